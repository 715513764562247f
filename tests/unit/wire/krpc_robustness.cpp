#include <dht/wire/krpc_decode.hpp>

#include "../../catch.hpp"
#include "krpc_samples.hpp"

// Datagrams that have brought down other nodes, or made them do much for little.

using namespace dht;
using namespace dht::krpc;
using namespace std::string_view_literals;
using test::repeat;

namespace {

struct outcome {
    std::string verdict; ///< "ok", "silence", or the code of the error reply
    krpc::message m;
};

outcome decode_of(std::string_view text) {
    outcome o;
    refusal why;
    errc const code = decode(as_bytes(text), o.m, why);
    o.verdict = code == errc::ok ? "ok"
                : why.was_query  ? std::to_string(static_cast<int>(why.code))
                                 : "silence";
    return o;
}

reply const& reply_of(outcome const& o) {
    return std::get<reply>(o.m.body);
}

query const& query_of(outcome const& o) {
    return std::get<query>(o.m.body);
}

} // namespace

TEST_CASE("refused with 203") {
    std::string_view const text = GENERATE(
        // no arguments at all: crashes where they are used unseen
        "d1:q4:ping1:t2:aa1:y1:qe"sv, "d1:q9:get_peers1:t2:aa1:y1:qe"sv,
        "d1:q3:put1:t2:aa1:y1:qe"sv, "d1:q13:announce_peer1:t2:aa1:y1:qe"sv,
        "d1:q17:sample_infohashes1:t2:aa1:y1:qe"sv,
        // a token that is no string: crashes where it is compared as one
        "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:tokenl"
        "1:xee1:q13:announce_peer1:t2:aa1:y1:qe"sv,
        "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:token"
        "i5ee1:q13:announce_peer1:t2:aa1:y1:qe"sv,
        // k without sig: crashes where one implies the other
        "d1:ad2:id20:abcdefghij01234567891:k32:w\377\204\220Z\221\223cg\300\023`\2001\004\371$2"
        "\374\331\004\2445\021\207m\365\315\363\347\345H3:seqi1e5:token4:tttt1:v1:Ae1:q3:put1:t"
        "2:aa1:y1:qe"sv,
        // a key of 31 bytes
        "d1:ad2:id20:abcdefghij01234567891:k31:w\377\204\220Z\221\223cg\300\023`\2001\004\371$2"
        "\374\331\004\2445\021\207m\365\315\363\347\3453:seqi1e3:sig64:ssssssssssssssssssssssss"
        "ssssssssssssssssssssssssssssssssssssssss5:token4:tttt1:v1:Ae1:q3:put1:t2:aa1:y1:qe"sv,
        // ids of 19 bytes
        "d1:ad2:id20:abcdefghij01234567896:target19:mnopqrstuvwxyz12345e1:q3:get1:t2:aa1:y1:qe"sv,
        "d1:ad2:id19:abcdefghij0123456786:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:"
        "y1:qe"sv,
        // a port of 17 bits
        "d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234564:porti65536e5:token"
        "4:tttte1:q13:announce_peer1:t2:aa1:y1:qe"sv);
    CAPTURE(text);
    CHECK(decode_of(text).verdict == "203");
}

TEST_CASE("dropped in silence") {
    std::string const nested =
        "d1:a" + repeat(1000, "l") + repeat(1000, "e") + "1:q4:ping1:t2:aa1:y1:qe";
    REQUIRE(nested.size() == 2027);
    CHECK(decode_of(nested).verdict == "silence");
    CHECK(decode_of("").verdict == "silence");
    CHECK(decode_of("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:ti5e1:y1:qe").verdict ==
          "silence");
    CHECK(decode_of("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y5:querye").verdict ==
          "silence");
    CHECK(decode_of("d1:r1:x1:t2:aa1:y1:re").verdict == "silence");
}

TEST_CASE("a port is optional when it is implied") {
    outcome const o =
        decode_of("d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:"
                  "mnopqrstuvwxyz1234565:token4:tttte1:q13:announce_peer1:t2:aa1:y1:qe");
    REQUIRE(o.verdict == "ok");
    CHECK(std::get<announce_peer>(query_of(o).args).implied_port);
}

TEST_CASE("an unknown method with a target can be answered like find_node") {
    outcome const o = decode_of("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e"
                                "1:q10:frobnicate1:t2:aa1:y1:qe");
    REQUIRE(o.verdict == "ok");
    CHECK(std::get<other>(query_of(o).args).target.has_value());
}

TEST_CASE("a want list of hundreds is two bits") {
    std::string const text =
        "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz1234564:wantl" +
        repeat(300, "2:n4") + "ee1:q9:find_node1:t2:aa1:y1:qe";
    outcome const o = decode_of(text);
    REQUIRE(o.verdict == "ok");
    CHECK(std::get<find_node>(query_of(o).args).wants == want{true, false});
}

TEST_CASE("a read-only query is a query that says so") {
    outcome const o = decode_of("d1:ad2:id20:abcdefghij0123456789e1:q4:ping2:roi1e1:t2:aa1:y1:qe");
    REQUIRE(o.verdict == "ok");
    CHECK(query_of(o).read_only);
}

TEST_CASE("an empty tid is a tid, for the transactions to find unknown") {
    outcome const o = decode_of("d1:rd2:id20:abcdefghij0123456789e1:t0:1:y1:re");
    REQUIRE(o.verdict == "ok");
    CHECK(o.m.tid.empty());
}

TEST_CASE("errors need no id, and not even a code") {
    CHECK(decode_of("d1:ele1:t2:aa1:y1:ee").verdict == "ok");
    outcome const o = decode_of("d1:eli203e1:xe1:t2:aa1:y1:ee");
    REQUIRE(o.verdict == "ok");
    CHECK(std::get<error>(o.m.body).code == 203);
}

TEST_CASE("a node list of 27 bytes counts as absent") {
    outcome const o = decode_of("d1:rd2:id20:abcdefghij01234567895:nodes27:nnnnnnnnnnnnnnnnnnnnnnnn"
                                "nnne1:t2:aa1:y1:re");
    REQUIRE(o.verdict == "ok");
    CHECK(reply_of(o).nodes.empty());
}

TEST_CASE("a node may name itself; who knows its own id leaves it out") {
    outcome const o = decode_of("d1:rd2:id20:abcdefghij01234567895:nodes26:abcdefghij0123456789"
                                "\300\000\002\001\032\341e1:t2:aa1:y1:re"sv);
    REQUIRE(o.verdict == "ok");
    compact::node_reader in{reply_of(o).nodes, family::ipv4};
    CHECK(in.next()->id == reply_of(o).sender);
}

TEST_CASE("one string of three peers") {
    outcome const o = decode_of(
        "d1:rd2:id20:abcdefghij01234567895:token1:t6:valuesl18:\001\002\003\004\005\006\001\002"
        "\003\004\005\006\001\002\003\004\005\006ee1:t2:aa1:y1:re"sv);
    REQUIRE(o.verdict == "ok");
    compact::peer_reader in{reply_of(o).values, family::ipv4};
    for (int i = 0; i < 3; ++i)
        CHECK(in.next() == endpoint{address::v4(0x01020304), 0x0506});
    CHECK(in.next() == std::nullopt);
}

TEST_CASE("an ip of five bytes is ignored") {
    outcome const o =
        decode_of("d2:ip5:\001\002\003\004\0051:rd2:id20:abcdefghij0123456789e1:t2:aa1:y1:re"sv);
    REQUIRE(o.verdict == "ok");
    CHECK(o.m.external == std::nullopt);
}

TEST_CASE("a filter of 255 bytes is ignored, the other one kept") {
    outcome const o = decode_of("d1:rd4:BFpe255:" + std::string(255, '\0') +
                                "4:BFsd256:" + std::string(256, '\0') +
                                "2:id20:abcdefghij0123456789e1:t2:aa1:y1:re");
    REQUIRE(o.verdict == "ok");
    CHECK(reply_of(o).filter_peers.empty());
    CHECK(reply_of(o).filter_seeds.size() == 256);
}

TEST_CASE("a version that is no string is ignored") {
    outcome const o = decode_of("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:vli1ee1:y1:qe");
    REQUIRE(o.verdict == "ok");
    CHECK(o.m.version.empty());
}

TEST_CASE("bytes behind a message are noted") {
    outcome const o = decode_of("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qeXYZ");
    REQUIRE(o.verdict == "ok");
    CHECK(o.m.trailing_bytes);
}

namespace {

/// In memory of exactly its size, so that a sanitizer sees the first byte read behind it.
errc decode_exact(byte_view datagram) {
    std::vector<std::byte> const exact{datagram.begin(), datagram.end()};
    krpc::message m;
    refusal why;
    return decode(exact, m, why);
}

} // namespace

TEST_CASE("a message cut off anywhere is refused") {
    for (test::sample const& s : test::krpc_samples())
        for (std::size_t size = 0; size < s.bytes.size(); ++size) {
            CAPTURE(s.name, size);
            CHECK(decode_exact(byte_view{s.bytes}.first(size)) != errc::ok);
        }
}

TEST_CASE("a damaged message is decoded or refused, and nothing else happens") {
    std::uint32_t state = 2463534242; // xorshift32 (Marsaglia 2003): the same damage in every run
    auto const random = [&state] {
        state ^= state << 13U;
        state ^= state >> 17U;
        state ^= state << 5U;
        return state;
    };
    constexpr std::string_view likely = "0123456789:delidyqrt";
    std::size_t refused = 0;
    for (test::sample const& s : test::krpc_samples())
        for (int round = 0; round < 2000; ++round) {
            auto bytes = s.bytes;
            for (std::uint32_t damage = random() % 4 + 1; damage > 0; --damage) {
                std::byte const any = static_cast<std::byte>(random() >> 24U);
                std::byte const grammar = static_cast<std::byte>(likely[random() % likely.size()]);
                bytes[random() % bytes.size()] = random() % 2 == 0 ? any : grammar;
            }
            refused += decode_exact(bytes) != errc::ok ? 1U : 0U;
        }
    CHECK(refused > 1000);
}
