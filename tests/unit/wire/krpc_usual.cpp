#include <dht/policy/random_source.hpp>
#include <dht/wire/krpc_decode.hpp>
#include <dht/wire/krpc_usual_reply.hpp>

#include "../../catch.hpp"
#include "../../same_message.hpp"
#include "../kad/samples.hpp"
#include "krpc_samples.hpp"

using namespace dht;
using namespace dht::krpc;
using namespace dht::test;

namespace {

/// Is it read by the short cut? What it reads has to be what the general way reads.
bool has_short_cut(byte_view datagram) {
    krpc::message quick;
    quick.tid = as_bytes("left over");
    quick.version = as_bytes("left over");
    quick.trailing_bytes = true;
    quick.canonical = false;
    if (!read_usual_query(datagram, quick)) return false;
    krpc::message whole;
    refusal why;
    REQUIRE(decode_any(datagram, whole, why) == errc::ok);
    REQUIRE(same_query(quick, whole));
    return true;
}

bool has_short_cut(std::string_view text) {
    return has_short_cut(as_bytes(text));
}

class dice {
public:
    explicit dice(std::uint64_t seed) : rng_{seed} {}

    bool toss() { return below(2) == 0; }

    std::size_t below(std::size_t n) { return static_cast<std::size_t>(dht::below(rng_, n)); }

    key160 key() { return random_key(rng_); }

    std::vector<std::byte> bytes(std::size_t n) {
        std::vector<std::byte> all(n);
        rng_.fill(all);
        return all;
    }

private:
    seeded_random rng_;
};

want some_want(dice& chance) {
    return {chance.toss(), chance.toss()};
}

/// Of the four kinds that have a short cut.
arguments some_arguments(dice& chance, byte_view token) {
    info_hash const hash = to_info_hash(chance.key());
    switch (chance.below(4)) {
    case 0:
        return ping{};
    case 1:
        return find_node{chance.key(), some_want(chance)};
    case 2:
        return get_peers{hash, some_want(chance), chance.toss(), chance.toss()};
    default:
        return announce_peer{hash, token, static_cast<std::uint16_t>(1 + chance.below(65'535)),
                             chance.toss(), chance.toss()};
    }
}

std::string_view name_of(arguments const& args) {
    constexpr std::array<std::string_view, 4> names{"ping", "find_node", "get_peers",
                                                    "announce_peer"};
    return names[args.index()];
}

std::vector<std::byte> some_query(dice& chance) {
    auto const token = chance.bytes(chance.below(40));
    auto const tid = chance.bytes(chance.below(9));
    auto const version = chance.bytes(chance.below(2) * 4);
    arguments const args = some_arguments(chance, token);
    query_head const head{tid, version, to_node_id(chance.key()), chance.toss()};
    std::vector<std::byte> datagram(1'024);
    datagram.resize(encode_query(datagram, head, name_of(args), args));
    return datagram;
}

} // namespace

TEST_CASE("usual queries have a short cut, which reads what the general way reads") {
    dice chance{1};
    for (int i = 0; i < 20'000; ++i)
        REQUIRE(has_short_cut(some_query(chance)));
}

TEST_CASE("no damage leads the short cut astray") {
    dice chance{2};
    std::size_t read = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto datagram = some_query(chance);
        for (std::size_t n = 1 + chance.below(3); n > 0; --n) {
            std::size_t const at = chance.below(datagram.size());
            constexpr std::string_view likely = "0123456789:deil";
            switch (chance.below(4)) {
            case 0:
                datagram[at] = static_cast<std::byte>(likely[chance.below(likely.size())]);
                break;
            case 1:
                datagram[at] = static_cast<std::byte>(chance.below(256));
                break;
            case 2:
                datagram.erase(datagram.begin() + static_cast<std::ptrdiff_t>(at));
                break;
            default:
                datagram.resize(at + 1);
            }
            if (datagram.empty()) break;
        }
        datagram.shrink_to_fit(); // a sanitizer sees what is read behind it
        read += has_short_cut(datagram);
    }
    CHECK(read > 5'000); // damage inside of ids and tokens is none
}

TEST_CASE("what nodes send has a short cut, or is left to the general way") {
    std::size_t quick = 0;
    for (test::sample const& s : test::krpc_samples()) {
        CAPTURE(s.name);
        quick += has_short_cut(s.bytes);
    }
    CHECK(quick >= 7);
}

TEST_CASE("unusual queries are left to the general way") {
    std::string const id = "2:id20:abcdefghij0123456789";
    std::string const hash = "9:info_hash20:mnopqrstuvwxyz123456";
    auto const announce = [&](std::string const& port, std::string const& token) {
        return "d1:ad" + id + hash + port + token + "e1:q13:announce_peer1:t2:aa1:y1:qe";
    };
    CHECK(has_short_cut(announce("4:porti6881e", "5:token2:xy")));
    CHECK(has_short_cut(announce("4:porti65535e", "5:token0:")));
    CHECK_FALSE(has_short_cut(announce("4:porti65536e", "5:token2:xy")));
    CHECK_FALSE(has_short_cut(announce("4:porti0e", "5:token2:xy")));
    CHECK_FALSE(has_short_cut(announce("4:porti06881e", "5:token2:xy")));
    CHECK_FALSE(has_short_cut(announce("4:porti-1e", "5:token2:xy")));
    CHECK_FALSE(has_short_cut(announce("4:porti688100e", "5:token2:xy")));
    CHECK_FALSE(has_short_cut(announce("", "5:token2:xy")));
    CHECK_FALSE(has_short_cut(announce("4:porti6881e", "")));
    CHECK_FALSE(has_short_cut(announce("4:porti6881e", "5:token02:xy")));
    CHECK_FALSE(has_short_cut(announce("4:porti6881e", "5:token2:xy1:xi1e")));
    auto const ping = [&](std::string const& behind) {
        return "d1:ad" + id + "e1:q4:ping" + behind;
    };
    CHECK(has_short_cut(ping("1:t2:aa1:y1:qe")));
    CHECK(has_short_cut(ping("2:roi1e1:t0:1:v0:1:y1:qe")));
    CHECK(has_short_cut(ping("1:t32:" + std::string(32, 'x') + "1:y1:qe")));
    CHECK_FALSE(has_short_cut(ping("1:t33:" + std::string(33, 'x') + "1:y1:qe")));
    CHECK_FALSE(has_short_cut(ping("2:roi0e1:t2:aa1:y1:qe")));
    CHECK_FALSE(has_short_cut(ping("1:t2:aa1:y1:qee")));
    CHECK_FALSE(has_short_cut(ping("1:t2:aa1:y1:q")));
    CHECK_FALSE(has_short_cut(ping("1:t2:aa1:y1:re")));
    CHECK_FALSE(has_short_cut(ping("1:y1:q1:t2:aae")));
    CHECK_FALSE(has_short_cut("d1:c20:01234567890123456789" + ping("1:t2:aa1:y1:qe").substr(1)));
    CHECK_FALSE(has_short_cut(std::string_view{}));
}

TEST_CASE("what a query asks about is guessed where it usually stands, and nowhere else") {
    dice chance{5};
    std::size_t guessed = 0;
    for (int i = 0; i < 2'000; ++i) {
        auto const datagram = some_query(chance);
        byte_view const seen = guess_info_hash(datagram);
        krpc::message m;
        REQUIRE(read_usual_query(datagram, m));
        auto const& args = std::get<query>(m.body).args;
        info_hash const* asked = nullptr;
        if (auto const* const g = std::get_if<get_peers>(&args)) asked = &g->hash;
        if (auto const* const a = std::get_if<announce_peer>(&args)) asked = &a->hash;
        REQUIRE(seen.empty() == (asked == nullptr));
        if (asked != nullptr) REQUIRE(as_text(seen) == as_text(asked->bytes));
        guessed += asked != nullptr;
        for (std::size_t cut = 0; cut < 100 && cut < datagram.size(); ++cut) {
            std::vector<std::byte> const part(datagram.begin(),
                                              datagram.begin() + static_cast<std::ptrdiff_t>(cut));
            REQUIRE(guess_info_hash(part).size() % 20 == 0); // a sanitizer watches
        }
    }
    CHECK(guessed > 800);
}

// -- replies

namespace {

struct some_reply {
    explicit some_reply(dice& chance)
        : tid{chance.bytes(chance.below(33))},
          version{chance.bytes(chance.below(2) * 4)},
          token{chance.bytes(chance.below(2) * chance.below(40))},
          values(chance.below(3) * chance.below(100)) {
        nodes = some_nodes(chance, true);
        nodes6 = some_nodes(chance, false);
        for (endpoint& e : values)
            e = some_endpoint(chance, chance.below(4) > 0);
        parts.tid = tid;
        parts.version = version;
        parts.sender = to_node_id(chance.key());
        if (chance.toss()) parts.requester = some_endpoint(chance, chance.toss());
        if (chance.toss()) parts.nodes = byte_view{nodes};
        if (chance.below(4) == 0) parts.nodes6 = byte_view{nodes6};
        parts.token = token;
        parts.values = values;
    }

    static std::vector<std::byte> some_nodes(dice& chance, bool v4) {
        std::vector<node_contact> nodes(chance.below(17));
        for (node_contact& n : nodes)
            n = {to_node_id(chance.key()), some_endpoint(chance, v4)};
        return compact::packed(nodes);
    }

    static endpoint some_endpoint(dice& chance, bool v4) {
        auto const port = static_cast<std::uint16_t>(1 + chance.below(65'535));
        return {address::from(chance.bytes(v4 ? 4 : 16)), port};
    }

    std::vector<std::byte> tid, version, token, nodes, nodes6;
    std::vector<endpoint> values;
    reply_parts parts;
};

} // namespace

TEST_CASE("a usual reply has the bytes that the general way gives it, whatever room there is") {
    dice chance{3};
    for (int i = 0; i < 20'000; ++i) {
        some_reply const some{chance};
        REQUIRE(usual_reply::covers(some.parts));
        std::size_t const room = chance.toss() ? 1'400 : chance.below(1'400);
        std::vector<std::byte> general(room);
        general.resize(encode_reply(general, some.parts));
        usual_reply const quick{some.parts, room};
        REQUIRE(quick.size() == general.size());
        std::vector<std::byte> written(quick.size());
        if (!written.empty()) quick.write(written.data());
        REQUIRE(as_text(written) == as_text(general));
    }
}

TEST_CASE("replies with more than that are left to the general way") {
    dice chance{4};
    some_reply const some{chance};
    std::vector<std::byte> const filter(256);
    std::vector<info_hash> const samples(2);
    auto const covered = [&](auto&& change) {
        reply_parts parts = some.parts;
        change(parts);
        return usual_reply::covers(parts);
    };
    CHECK(covered([](reply_parts&) {}));
    CHECK_FALSE(covered([&](reply_parts& p) { p.filters = {filter, {}}; }));
    CHECK_FALSE(covered([&](reply_parts& p) { p.filters.emplace(); }));
    CHECK_FALSE(covered([&](reply_parts& p) { p.samples = {samples, 0, 0}; }));
    CHECK_FALSE(covered([&](reply_parts& p) { p.item = {as_bytes("1:x"), {}, {}, {}}; }));
    CHECK_FALSE(covered([&](reply_parts& p) { p.item = {{}, {}, {}, 1}; }));
    CHECK_FALSE(covered([&](reply_parts& p) { p.token = filter; }));
    CHECK_FALSE(covered([&](reply_parts& p) { p.version = filter; }));
    CHECK_FALSE(covered([&](reply_parts& p) { p.tid = filter; }));
}
