#include <dht/wire/krpc_decode.hpp>
#include <dht/wire/krpc_usual_reply.hpp>

#include "../same_message.hpp"
#include <cstdlib>
#include <vector>

// Decodes a datagram. What is decoded is encoded, decoded and encoded again: the second encoding
// has to be canonical and equal to the first, and the messages have to be of one kind. Where there
// is a short cut it has to lead to the same.

namespace {

using namespace dht;

void insist(bool condition) {
    if (!condition) std::abort();
}

struct reply_storage {
    explicit reply_storage(krpc::reply const& r) {
        for (family const over : {family::ipv4, family::ipv6}) {
            compact::peer_reader in{r.values, over};
            values.clear();
            while (auto const peer = in.next())
                values.push_back(*peer);
        }
        nodes = usable(r.nodes, family::ipv4);
        nodes6 = usable(r.nodes6, family::ipv6);
        for (std::size_t at = 0; at < r.samples.size(); at += info_hash::size_bytes)
            samples.push_back(
                to_info_hash(key160::from(r.samples.subspan(at, info_hash::size_bytes))));
    }

    static std::vector<std::byte> usable(byte_view entries, family f) {
        std::vector<node_contact> nodes;
        compact::node_reader in{entries, f};
        while (auto const n = in.next())
            nodes.push_back(*n);
        return compact::packed(nodes);
    }

    std::vector<endpoint> values;
    std::vector<std::byte> nodes, nodes6;
    std::vector<info_hash> samples;
};

std::size_t encode(byte_span out, krpc::message const& m, krpc::query const& q) {
    return krpc::encode_query(out, {m.tid, m.version, q.sender, q.read_only}, q.method, q.args);
}

std::size_t encode(byte_span out, krpc::message const& m, krpc::error const& e) {
    return krpc::encode_error(out, m.tid, m.version, m.external,
                              static_cast<krpc::error_code>(e.code), e.text);
}

std::size_t encode(byte_span out, krpc::message const& m, krpc::reply const& r) {
    reply_storage const lists{r};
    krpc::reply_parts parts;
    parts.tid = m.tid;
    parts.version = m.version;
    parts.sender = r.sender;
    parts.requester = m.external;
    parts.nodes = byte_view{lists.nodes};
    parts.nodes6 = byte_view{lists.nodes6};
    parts.token = r.token;
    parts.values = lists.values;
    parts.filters = {r.filter_seeds, r.filter_peers};
    if (r.filter_seeds.empty() && r.filter_peers.empty()) parts.filters.reset();
    if (r.has_samples) parts.samples = {lists.samples, r.num, r.interval_s};
    bool const has_item = !r.v.empty() || !r.k.empty() || !r.sig.empty() || r.seq;
    if (has_item) parts.item = {r.v, r.k, r.sig, r.seq};
    std::size_t const size = krpc::encode_reply(out, parts);
    if (krpc::usual_reply::covers(parts)) {
        krpc::usual_reply const quick{parts, out.size()};
        std::vector<std::byte> written(quick.size());
        if (!written.empty()) quick.write(written.data());
        insist(equal(written, out.first(size)));
    }
    return size;
}

std::size_t encode(byte_span out, krpc::message const& m) {
    return std::visit([&](auto const& body) { return encode(out, m, body); }, m.body);
}

/// A value of BEP 44 travels as it came, so a reply can be canonical only when its value is.
bool holds_foreign_bencoding(krpc::message const& m) {
    auto const* const r = std::get_if<krpc::reply>(&m.body);
    return r != nullptr && !r->v.empty() && !bencode::is_canonical(r->v);
}

void round_trip(byte_view datagram, krpc::message const& m) {
    std::vector<std::byte> first(2 * datagram.size() + 512);
    std::vector<std::byte> second(first.size());
    std::size_t const size = encode(first, m);
    insist(size > 0);
    krpc::message again;
    krpc::refusal why;
    insist(krpc::decode(byte_view{first}.first(size), again, why) == errc::ok);
    insist(again.canonical || holds_foreign_bencoding(m));
    insist(!again.trailing_bytes && equal(again.tid, m.tid) &&
           again.body.index() == m.body.index());
    insist(equal(byte_view{first}.first(size), byte_view{second}.first(encode(second, again))));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    byte_view const datagram = std::as_bytes(std::span{data, size});
    krpc::message m;
    krpc::refusal why;
    errc const code = krpc::decode_any(datagram, m, why);
    if (krpc::message quick; krpc::read_usual_query(datagram, quick))
        insist(code == errc::ok && test::same_query(quick, m));
    if (code == errc::ok)
        round_trip(datagram, m);
    else
        insist(!why.was_query || (!why.text.empty() && why.tid.size() <= krpc::tid_bytes_max));
    return 0;
}
