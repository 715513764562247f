#include <dht/wire/krpc_decode.hpp>
#include <dht/wire/krpc_encode.hpp>

#include "../../catch.hpp"
#include "krpc_samples.hpp"
#include "nodes.hpp"
#include <algorithm>

using namespace dht;
using namespace dht::krpc;
using test::krpc_sample;
using test::nodes_of;

namespace {

using buffer = std::array<std::byte, 2048>;

std::string text_of(buffer const& out, std::size_t size) {
    return std::string{as_text(byte_view{out}.first(size))};
}

node_id const sender{key160::from(as_bytes("abcdefghij0123456789"))};
key160 const target = key160::from(as_bytes("mnopqrstuvwxyz123456"));

std::string encoded(std::string_view method, arguments const& args, extra_fields body = {},
                    extra_fields top = {}) {
    buffer out;
    query_head const head{as_bytes("aa"), {}, sender, false};
    return text_of(out, encode_query(out, head, method, args, body, top));
}

std::string encoded(reply_parts const& parts, extra_fields body = {}, extra_fields top = {}) {
    buffer out;
    return text_of(out, encode_reply(out, parts, body, top));
}

reply_parts basic_reply() {
    reply_parts parts;
    parts.tid = as_bytes("aa");
    parts.sender = sender;
    return parts;
}

/// Owns what the parts of a decoded reply view when they are encoded again.
struct reply_again {
    explicit reply_again(krpc::message const& m) {
        reply const& r = std::get<reply>(m.body);
        compact::peer_reader in{r.values, family::ipv4};
        while (auto const peer = in.next())
            values.push_back(*peer);
        nodes = compact::packed(nodes_of(r.nodes, family::ipv4));
        nodes6 = compact::packed(nodes_of(r.nodes6, family::ipv6));
        for (std::size_t at = 0; at < r.samples.size(); at += 20)
            samples.push_back(to_info_hash(key160::from(r.samples.subspan(at, 20))));
        parts.tid = m.tid;
        parts.version = m.version;
        parts.sender = r.sender;
        parts.requester = m.external;
        // Absent or empty: decoding does not tell them apart, encoding does.
        if (as_text(r.r).find("5:nodes") != std::string_view::npos) parts.nodes = byte_view{nodes};
        if (!nodes6.empty()) parts.nodes6 = byte_view{nodes6};
        parts.token = r.token;
        parts.values = values;
        parts.filters = {r.filter_seeds, r.filter_peers};
        if (r.has_samples) parts.samples = {samples, r.num, r.interval_s};
        parts.item = {r.v, r.k, r.sig, r.seq};
    }

    reply_parts parts;
    std::vector<endpoint> values;
    std::vector<std::byte> nodes, nodes6;
    std::vector<info_hash> samples;
};

std::string again(krpc::message const& m) {
    buffer out;
    if (auto const* q = std::get_if<query>(&m.body))
        return text_of(out, encode_query(out, {m.tid, m.version, q->sender, q->read_only},
                                         q->method, q->args));
    if (auto const* e = std::get_if<error>(&m.body))
        return text_of(out, encode_error(out, m.tid, m.version, m.external,
                                         static_cast<error_code>(e->code), e->text));
    reply_again const r{m};
    return encoded(r.parts);
}

} // namespace

TEST_CASE("a decoded message is encoded to the same bytes") {
    // What breaks a rule is not reproduced, and num is always written with samples.
    std::string_view const exceptions[] = {"find_node_response_bad_nodes_len",
                                           "get_peers_response_nodes_bad_len",
                                           "read_only",
                                           "bep44_get_list_v",
                                           "bep51",
                                           "sample_infohashes_response_bad_len",
                                           "sample_infohashes_response_interval_over",
                                           "sample_infohashes_response_interval_negative"};
    std::size_t same = 0;
    for (test::sample const& s : test::krpc_samples()) {
        if (std::find(std::begin(exceptions), std::end(exceptions), s.name) != std::end(exceptions))
            continue;
        CAPTURE(s.name);
        krpc::message m;
        refusal why;
        REQUIRE(decode(s.bytes, m, why) == errc::ok);
        CHECK(again(m) == as_text(s.bytes));
        ++same;
    }
    CHECK(same + std::size(exceptions) == test::krpc_samples().size());
}

TEST_CASE("arguments of every method in the order of their keys") {
    std::string const head = "d1:ad2:id20:abcdefghij0123456789";
    auto const tail = [](std::string_view method) {
        return "e1:q" + std::to_string(method.size()) + ":" + std::string{method} +
               "1:t2:aa1:y1:qe";
    };
    info_hash const hash = to_info_hash(target);
    std::string const hash_text = "9:info_hash20:mnopqrstuvwxyz123456";
    std::string const target_text = "6:target20:mnopqrstuvwxyz123456";
    want const both{true, true};

    CHECK(encoded("ping", ping{}) == head + tail("ping"));
    CHECK(encoded("find_node", find_node{target, both}) ==
          head + target_text + "4:wantl2:n42:n6e" + tail("find_node"));
    CHECK(encoded("get_peers", get_peers{hash, {true, false}, true, true}) ==
          head + hash_text + "6:noseedi1e6:scrapei1e4:wantl2:n4e" + tail("get_peers"));
    CHECK(encoded("announce_peer", announce_peer{hash, as_bytes("tt"), 6881, true, true}) ==
          head + "12:implied_porti1e" + hash_text + "4:porti6881e4:seedi1e5:token2:tt" +
              tail("announce_peer"));
    CHECK(encoded("announce_peer", announce_peer{hash, as_bytes("tt"), 1, false, false}) ==
          head + hash_text + "4:porti1e5:token2:tt" + tail("announce_peer"));
    CHECK(encoded("announce_peer", announce_peer{hash, as_bytes("tt"), 0, true, false}) ==
          head + "12:implied_porti1e" + hash_text + "5:token2:tt" + tail("announce_peer"));
    CHECK(encoded("get", get_item{target, 7, {false, true}}) ==
          head + "3:seqi7e" + target_text + "4:wantl2:n6e" + tail("get"));
    CHECK(encoded("sample_infohashes", sample_infohashes{target, {}}) ==
          head + target_text + tail("sample_infohashes"));
    CHECK(encoded("vote", other{target, {}}) == head + target_text + tail("vote"));
    CHECK(encoded("vote", other{std::nullopt, both}) == head + "4:wantl2:n42:n6e" + tail("vote"));

    put_item immutable;
    immutable.token = as_bytes("tt");
    immutable.v = as_bytes("i1e");
    CHECK(encoded("put", immutable) == head + "5:token2:tt1:vi1e" + tail("put"));
    std::string const k(32, 'k');
    std::string const sig(64, 's');
    put_item const full{as_bytes("tt"),
                        as_bytes("i1e"),
                        as_bytes(k),
                        as_bytes(sig),
                        as_bytes("sa"),
                        std::int64_t{-2},
                        5};
    CHECK(encoded("put", full) == "d1:ad3:casi5e2:id20:abcdefghij01234567891:k32:" + k +
                                      "4:salt2:sa3:seqi-2e3:sig64:" + sig + "5:token2:tt1:vi1e" +
                                      tail("put"));
}

TEST_CASE("a query carries ro and v when there is something to say") {
    buffer out;
    query_head const head{as_bytes("aa"), as_bytes("DH01"), sender, true};
    CHECK(text_of(out, encode_query(out, head, "ping", ping{})) ==
          "d1:ad2:id20:abcdefghij0123456789e1:q4:ping2:roi1e1:t2:aa1:v4:DH011:y1:qe");
}

TEST_CASE("results in the order of their keys") {
    std::vector<node_contact> const nodes{{sender, {address::v4(0x61626364), 0x6566}}};
    std::vector<node_contact> const nodes6{
        {sender, {address::from(as_bytes("ABCDEFGHIJKLMNOP")), 0x5152}}};
    std::vector<endpoint> const values{nodes[0].at, nodes6[0].at};
    std::vector<info_hash> const samples{to_info_hash(target)};
    std::string const filter(256, 'f');
    std::string const k(32, 'k');
    std::string const sig(64, 's');
    reply_parts parts = basic_reply();
    parts.version = as_bytes("DH01");
    parts.requester = nodes[0].at;
    auto const packed = compact::packed(nodes);
    auto const packed6 = compact::packed(nodes6);
    parts.nodes = byte_view{packed};
    parts.nodes6 = byte_view{packed6};
    parts.token = as_bytes("tok");
    parts.values = values;
    parts.filters = {as_bytes(filter), as_bytes(filter)};
    parts.samples = {samples, 99, 60};
    parts.item = {as_bytes("le"), as_bytes(k), as_bytes(sig), 4};
    std::string const text = encoded(parts);
    CHECK(text == "d2:ip6:abcdef1:rd4:BFpe256:" + filter + "4:BFsd256:" + filter +
                      "2:id20:abcdefghij01234567898:intervali60e1:k32:" + k +
                      "5:nodes26:abcdefghij0123456789abcdef6:nodes638:abcdefghij0123456789"
                      "ABCDEFGHIJKLMNOPQR3:numi99e7:samples20:mnopqrstuvwxyz1234563:seqi4e"
                      "3:sig64:" +
                      sig +
                      "5:token3:tok1:vle6:valuesl6:abcdef18:ABCDEFGHIJKLMNOPQRee1:t2:aa"
                      "1:v4:DH011:y1:re");
    krpc::message m;
    refusal why;
    REQUIRE(decode(as_bytes(text), m, why) == errc::ok);
    CHECK(m.canonical);
    CHECK(again(m) == text);
}

TEST_CASE("empty parts that say something are written") {
    reply_parts parts = basic_reply();
    CHECK(encoded(parts) == "d1:rd2:id20:abcdefghij0123456789e1:t2:aa1:y1:re");
    parts.nodes = parts.nodes6 = byte_view{};
    parts.samples.emplace();
    CHECK(encoded(parts) == "d1:rd2:id20:abcdefghij01234567898:intervali0e5:nodes0:6:nodes60:"
                            "3:numi0e7:samples0:e1:t2:aa1:y1:re");
}

TEST_CASE("extensions add keys in their places") {
    bencode::raw_field const body[] = {{"hint", as_bytes("i1e")}, {"vz", as_bytes("le")}};
    bencode::raw_field const top[] = {{"auth", as_bytes("2:xx")}, {"z", as_bytes("de")}};
    CHECK(encoded("ping", ping{}, body, top) ==
          "d1:ad4:hinti1e2:id20:abcdefghij01234567892:vzlee4:auth2:xx1:q4:ping1:t2:aa1:y1:q1:zdee");
    reply_parts parts = basic_reply();
    std::vector<endpoint> const values{{address::v4(0x61626364), 0x6566}};
    parts.values = values;
    CHECK(encoded(parts, body, top) ==
          "d4:auth2:xx1:rd4:hinti1e2:id20:abcdefghij01234567896:valuesl6:abcdefe2:vzlee1:t2:aa"
          "1:y1:r1:zdee");
}

TEST_CASE("errors carry code, text and the address that asked") {
    buffer out;
    std::size_t const size = encode_error(out, as_bytes("aa"), as_bytes("DH01"),
                                          endpoint{address::v4(0x61626364), 0x6566},
                                          error_code::method_unknown, "Method Unknown");
    CHECK(text_of(out, size) == "d1:eli204e14:Method Unknowne2:ip6:abcdef1:t2:aa1:v4:DH011:y1:ee");
}

TEST_CASE("a buffer that is too small gives 0 and keeps what stands behind it") {
    auto const nodes =
        compact::packed(std::vector<node_contact>(8, {sender, {address::v4(0x61626364), 0x6566}}));
    reply_parts parts = basic_reply();
    parts.nodes = byte_view{nodes};
    parts.token = as_bytes("token");
    std::size_t const whole = encoded(parts).size();
    buffer out{};
    for (std::size_t size = 0; size < whole; ++size) {
        CAPTURE(size);
        out[size] = std::byte{0x55};
        CHECK(encode_reply(byte_span{out}.first(size), parts) == 0);
        CHECK(out[size] == std::byte{0x55});
    }
    CHECK(encode_reply(byte_span{out}.first(whole), parts) == whole);
    CHECK(encode_query(byte_span{out}.first(50), {}, "ping", ping{}) == 0);
    CHECK(encode_error(byte_span{out}.first(20), {}, {}, {}, error_code::generic, "text") == 0);
}

TEST_CASE("values fill the room that is left, and never push out anything else") {
    auto const nodes =
        compact::packed(std::vector<node_contact>(8, {sender, {address::v4(0x61626364), 0x6566}}));
    std::vector<endpoint> const many4(300, {address::v4(0x61626364), 0x6566});
    std::vector<endpoint> const many6(300, {address::from(as_bytes("ABCDEFGHIJKLMNOP")), 0x5152});
    bencode::raw_field const body[] = {{"zz", as_bytes("i1e")}};
    for (auto const* values : {&many4, &many6}) {
        std::size_t const entry = values == &many4 ? 8 : 21;
        reply_parts parts = basic_reply();
        parts.nodes = byte_view{nodes};
        parts.token = as_bytes("token");
        std::size_t const bare = encoded(parts, body).size();
        parts.values = *values;
        for (std::size_t size = bare; size < 1030; ++size) {
            CAPTURE(size, entry);
            buffer out;
            std::size_t const used = encode_reply(byte_span{out}.first(size), parts, body);
            std::size_t const count = size < bare + 10 ? 0 : (size - bare - 10) / entry;
            REQUIRE(used == (count == 0 ? bare : bare + 10 + count * entry));
            krpc::message m;
            refusal why;
            REQUIRE(decode(byte_view{out}.first(used), m, why) == errc::ok);
            CHECK(m.canonical);
            CHECK(std::get<reply>(m.body).values.size() == count * entry);
            CHECK(std::get<reply>(m.body).nodes.size() == 8 * 26);
        }
    }
}

TEST_CASE("a reply with everything that get_peers gives fits 1024 bytes (BEP 32)") {
    auto const nodes =
        compact::packed(std::vector<node_contact>(8, {sender, {address::v4(0x61626364), 0x6566}}));
    std::vector<node_contact> const nodes6(
        8, {sender, {address::from(as_bytes("ABCDEFGHIJKLMNOP")), 0x5152}});
    std::vector<endpoint> const values(100, nodes6[0].at);
    reply_parts parts = basic_reply();
    parts.version = as_bytes("DH01");
    parts.requester = nodes6[0].at;
    auto const packed6 = compact::packed(nodes6);
    parts.nodes = byte_view{nodes};
    parts.nodes6 = byte_view{packed6};
    parts.token = as_bytes("0123456789012345678901234567890123456789");
    parts.values = values;
    buffer out;
    std::size_t const used = encode_reply(byte_span{out}.first(1024), parts);
    CHECK(used > 1000);
    CHECK(used <= 1024);
}
