#include <dht/wire/krpc_decode.hpp>

#include "../../catch.hpp"
#include "krpc_samples.hpp"
#include "nodes.hpp"

using namespace dht;
using namespace dht::krpc;
using test::hex_of;
using test::krpc_sample;
using test::nodes_of;

namespace {

/// A decoded message with the bytes that it views.
struct decoded {
    explicit decoded(std::string_view text) : decoded{as_bytes(text)} {}

    explicit decoded(byte_view datagram) : bytes{datagram.begin(), datagram.end()} {
        code = decode(bytes, m, why);
    }

    decoded(decoded const&) = delete;
    decoded& operator=(decoded const&) = delete;

    [[nodiscard]] krpc::query const& query() const { return std::get<krpc::query>(m.body); }

    [[nodiscard]] krpc::reply const& reply() const { return std::get<krpc::reply>(m.body); }

    [[nodiscard]] krpc::error const& error() const { return std::get<krpc::error>(m.body); }

    template <class Arguments>
    [[nodiscard]] Arguments const& arguments() const {
        return std::get<Arguments>(query().args);
    }

    /// "ok", "silence", or the code of the error reply.
    [[nodiscard]] std::string verdict() const {
        if (code == errc::ok) return "ok";
        return why.was_query ? std::to_string(static_cast<int>(why.code)) : "silence";
    }

    std::vector<std::byte> bytes;
    krpc::message m;
    refusal why;
    errc code;
};

std::string query_text(std::string_view method, std::string_view arguments) {
    return "d1:ad2:id20:abcdefghij0123456789" + std::string{arguments} + "e1:q" +
           std::to_string(method.size()) + ":" + std::string{method} + "1:t2:aa1:y1:qe";
}

std::string reply_text(std::string_view results) {
    return "d1:rd2:id20:abcdefghij0123456789" + std::string{results} + "e1:t2:aa1:y1:re";
}

std::string string_of(std::size_t size, char c) {
    return std::to_string(size) + ":" + std::string(size, c);
}

std::string const target_field = "6:target20:mnopqrstuvwxyz123456";
std::string const hash_field = "9:info_hash20:mnopqrstuvwxyz123456";
std::string const key_field = "1:k" + string_of(32, 'k');
std::string const sig_field = "3:sig" + string_of(64, 's');

} // namespace

TEST_CASE("every sample message is canonical, and all but two mean something") {
    for (test::sample const& s : test::krpc_samples()) {
        CAPTURE(s.name);
        decoded const d{s.bytes};
        std::string_view const name = s.name;
        bool const without_y = name == "read_only" || name == "bep44_get_list_v"; // "1:y0:"
        CHECK(d.code == (without_y ? errc::unknown_message : errc::ok));
        CHECK(d.m.canonical);
        CHECK_FALSE(d.m.trailing_bytes);
    }
}

TEST_CASE("queries of BEP 5") {
    decoded const ping{krpc_sample("ping_query")};
    CHECK(ping.query().method == "ping");
    CHECK(as_text(ping.query().sender.bytes) == "abcdefghij0123456789");
    CHECK(as_text(ping.m.tid) == "aa");
    CHECK(as_text(ping.query().a) == "d2:id20:abcdefghij0123456789e");
    CHECK(std::holds_alternative<krpc::ping>(ping.query().args));
    CHECK_FALSE(ping.query().read_only);

    decoded const find{krpc_sample("find_node_query")};
    CHECK(as_text(find.arguments<find_node>().target.bytes) == "mnopqrstuvwxyz123456");
    CHECK(find.arguments<find_node>().wants == want{});

    decoded const get{krpc_sample("get_peers_query")};
    CHECK(as_text(get.arguments<get_peers>().hash.bytes) == "mnopqrstuvwxyz123456");

    decoded const announced{krpc_sample("announce_peer_implied_port")};
    auto const& announce = announced.arguments<announce_peer>();
    CHECK(as_text(announce.hash.bytes) == "mnopqrstuvwxyz123456");
    CHECK(announce.implied_port);
    CHECK(announce.port == 6881);
    CHECK(as_text(announce.token) == "aoeusnth");
    CHECK_FALSE(announce.seed);
}

TEST_CASE("queries as live nodes send them") {
    CHECK(decoded{krpc_sample("live_find_node_request")}.query().method == "find_node");
    CHECK(hex_of(decoded{krpc_sample("live_get_peers_request_0")}.m.tid) == "0006");
    CHECK(hex_of(decoded{krpc_sample("live_get_peers_request_1")}.m.tid) == "0007");
}

TEST_CASE("replies of BEP 5") {
    decoded const ping{krpc_sample("ping_response")};
    CHECK(as_text(ping.reply().sender.bytes) == "mnopqrstuvwxyz123456");
    CHECK(as_text(ping.reply().r) == "d2:id20:mnopqrstuvwxyz123456e");

    decoded const peers{krpc_sample("get_peers_response_values")};
    CHECK(as_text(peers.reply().token) == "aoeusnth");
    compact::peer_reader in{peers.reply().values, family::ipv4};
    CHECK(in.next() == endpoint{address::v4(0x61786a65), 11893});
    CHECK(in.next() == endpoint{address::v4(0x69646874), 28269});
    CHECK(in.next() == std::nullopt);
}

TEST_CASE("node lists that cannot be cut into nodes count as absent") {
    decoded const found{krpc_sample("find_node_response_bad_nodes_len")};
    CHECK(found.reply().nodes.empty());
    CHECK(as_text(found.reply().sender.bytes) == "0123456789abcdefghij");
    decoded const got{krpc_sample("get_peers_response_nodes_bad_len")};
    CHECK(got.reply().nodes.empty());
    CHECK(as_text(got.reply().token) == "aoeusnth");
    CHECK(decoded{reply_text("6:nodes6" + string_of(39, 'n'))}.reply().nodes6.empty());
    CHECK(decoded{reply_text("6:nodes6" + string_of(76, 'n'))}.reply().nodes6.size() == 76);
}

TEST_CASE("node lists of none, one, eight and sixteen nodes") {
    CHECK(decoded{krpc_sample("find_node_response_zero_nodes")}.reply().nodes.empty());

    auto const one = decoded{krpc_sample("find_node_response_one_node")};
    REQUIRE(nodes_of(one.reply().nodes).size() == 1);
    CHECK(as_text(nodes_of(one.reply().nodes)[0].id.bytes) == "abcdefghijklmnopqrst");
    CHECK(nodes_of(one.reply().nodes)[0].at == endpoint{address::v4(0x8b828ef5), 3169});

    auto const eight = decoded{krpc_sample("find_node_response_eight_nodes")};
    REQUIRE(nodes_of(eight.reply().nodes).size() == 8);
    CHECK(as_text(nodes_of(eight.reply().nodes)[7].id.bytes) == "zyxwvutsrqponmlkjihg");
    CHECK(nodes_of(eight.reply().nodes)[7].at == endpoint{address::v4(0xf58e828b), 6931});

    CHECK(nodes_of(decoded{krpc_sample("live_find_node_response_1")}.reply().nodes).size() == 8);
    CHECK(nodes_of(decoded{krpc_sample("live_find_node_response_2")}.reply().nodes).size() == 16);
    CHECK(nodes_of(decoded{krpc_sample("live_find_node_response_3")}.reply().nodes).size() == 16);
}

TEST_CASE("what stands around the body: t, v, ip, ro") {
    CHECK(hex_of(decoded{krpc_sample("ping_response_binary_tid")}.m.tid) == "0004");
    CHECK(hex_of(decoded{krpc_sample("empty_return")}.m.tid) == "8c25");
    decoded const with_ip{krpc_sample("ip_key")};
    CHECK(hex_of(with_ip.m.tid) == "03");
    CHECK(with_ip.m.external == endpoint{address::v4(0x7ca8b408), 62844});
    CHECK(decoded{krpc_sample("live_find_node_response_1")}.m.external == std::nullopt);
    CHECK(hex_of(decoded{krpc_sample("live_find_node_response_1")}.m.version) == "4a420000");
    CHECK(decoded{krpc_sample("live_find_node_response_3")}.m.external ==
          endpoint{address::v4(0xcb007107), 6881});
    CHECK(decoded{"d2:ip18:" + std::string(1, ' ') + std::string(17, '\1') +
                  "1:rd2:id20:abcdefghij0123456789e1:t0:1:y1:re"}
              .m.external->ip.ip_family() == family::ipv6);
}

TEST_CASE("ip of another size, of port 0 or mapped is ignored") {
    using namespace std::string_view_literals;
    std::string_view const ip = GENERATE(
        "4:abcd"sv, "6:abcd\0\0"sv, "18:\0\0\0\0\0\0\0\0\0\0\377\377abcdxx"sv, "i7e"sv, "le"sv);
    decoded const d{"d2:ip" + std::string{ip} + "1:rd2:id20:abcdefghij0123456789e1:t0:1:y1:re"};
    CHECK(d.code == errc::ok);
    CHECK(d.m.external == std::nullopt);
}

TEST_CASE("ro is set by the integer 1 alone") {
    auto const read_only = [](std::string_view value) {
        return decoded{"d1:ad2:id20:abcdefghij0123456789e1:q4:ping2:ro" + std::string{value} +
                       "1:t2:aa1:y1:qe"}
            .query()
            .read_only;
    };
    CHECK(read_only("i1e"));
    for (std::string_view const value :
         {"i0e", "i2e", "i-1e", "1:1", "li1ee", "i99999999999999999999e"})
        CHECK_FALSE(read_only(value));
}

TEST_CASE("a topic is a string of 20 bytes at the top (BEP 50), anything else an unknown key") {
    std::string const id = "2:id20:abcdefghij0123456789";
    auto const ping = [&](std::string const& c) {
        return "d1:ad" + id + "e" + c + "1:q4:ping1:t2:aa1:y1:qe";
    };
    std::string const name = "mnopqrstuvwxyz123456";
    CHECK(as_text(decoded{ping("1:c20:" + name)}.query().topic) == name);
    for (auto const* other : {"", "1:c3:abc", "1:ci20e", "1:cle", "1:cde"})
        CHECK(decoded{ping(other)}.query().topic.empty());
    std::string const reply = "1:rd" + id + "e1:t2:aa1:y1:re";
    CHECK(as_text(decoded{"d1:c20:" + name + reply}.reply().topic) == name);
    CHECK(decoded{"d1:c21:" + name + "x" + reply}.reply().topic.empty());
    CHECK(decoded{"d" + reply}.reply().topic.empty());
}

TEST_CASE("want is two bits whatever the list says") {
    auto const wants = [](std::string_view list) {
        return decoded{query_text("find_node", target_field + "4:want" + std::string{list})}
            .arguments<find_node>()
            .wants;
    };
    CHECK(wants("l2:n4e") == want{true, false});
    CHECK(wants("l2:n6e") == want{false, true});
    CHECK(wants("l2:n42:n6e") == want{true, true});
    CHECK(wants("l2:n62:n42:n8e") == want{true, true});
    CHECK(wants("l2:n52:n7i4el2:n4ed2:n42:n6ee") == want{});
    CHECK(wants("le") == want{});
    CHECK(wants("2:n4") == want{});
    CHECK(wants("i4e") == want{});
    CHECK(wants("d2:n42:n6e") == want{});
}

TEST_CASE("want is read in every query that may have nodes in its answer") {
    want const both{true, true};
    std::string const list = "4:wantl2:n42:n6e";
    CHECK(decoded{query_text("get_peers", hash_field + list)}.arguments<get_peers>().wants == both);
    CHECK(decoded{query_text("get", target_field + list)}.arguments<get_item>().wants == both);
    CHECK(decoded{query_text("sample_infohashes", target_field + list)}
              .arguments<sample_infohashes>()
              .wants == both);
    CHECK(decoded{query_text("vote", target_field + list)}.arguments<other>().wants == both);
}

TEST_CASE("scrape, noseed and seed are flags (BEP 33)") {
    auto const get = decoded{query_text("get_peers", hash_field + "6:noseedi1e6:scrapei1e")};
    CHECK(get.arguments<get_peers>().noseed);
    CHECK(get.arguments<get_peers>().scrape);
    auto const off = decoded{query_text("get_peers", hash_field + "6:noseedi0e6:scrape1:1")};
    CHECK_FALSE(off.arguments<get_peers>().noseed);
    CHECK_FALSE(off.arguments<get_peers>().scrape);
    auto const seed = [](std::string_view value) {
        return decoded{query_text("announce_peer", hash_field + "4:porti1e4:seed" +
                                                       std::string{value} + "5:token1:t")}
            .arguments<announce_peer>()
            .seed;
    };
    CHECK(seed("i1e"));
    CHECK_FALSE(seed("i2e")); // "if the value was not 1 it is a peer"
}

TEST_CASE("ports of announce_peer") {
    auto const announce = [](std::string_view port, std::string_view implied = "") {
        return query_text("announce_peer",
                          std::string{implied} + hash_field + std::string{port} + "5:token1:t");
    };
    CHECK(decoded{announce("4:porti1e")}.arguments<announce_peer>().port == 1);
    CHECK(decoded{announce("4:porti65535e")}.arguments<announce_peer>().port == 65535);
    for (std::string_view const port :
         {"", "4:porti0e", "4:porti65536e", "4:porti-1e", "4:port4:6881", "4:porti72417e",
          "4:porti18446744073709558497e"}) {
        CAPTURE(port);
        CHECK(decoded{announce(port)}.verdict() == "203");
        CHECK(decoded{announce(port, "12:implied_porti0e")}.verdict() == "203");
        decoded const implied{announce(port, "12:implied_porti1e")};
        CHECK(implied.arguments<announce_peer>().implied_port);
        CHECK(implied.arguments<announce_peer>().port == 0);
    }
    // "present and non-zero" (BEP 5)
    CHECK(decoded{announce("", "12:implied_porti7e")}.arguments<announce_peer>().implied_port);
    CHECK(decoded{announce("", "12:implied_port1:1")}.verdict() == "203");
}

TEST_CASE("a query lacks or spoils what its method requires") {
    std::string const id = "d1:ad2:id20:abcdefghij0123456789";
    std::string const mutable_rest = "3:seqi1e" + sig_field + "5:token1:t1:v1:A";
    std::string const text = GENERATE_COPY(
        query_text("find_node", ""), query_text("find_node", hash_field),
        query_text("find_node", "6:target" + string_of(21, 't')), query_text("get_peers", ""),
        query_text("get_peers", target_field),
        query_text("get_peers", "9:info_hash" + string_of(32, 'h')), query_text("get", ""),
        query_text("get", "6:targeti5e"), query_text("sample_infohashes", ""),
        query_text("announce_peer", hash_field + "4:porti1e"),
        query_text("announce_peer", "4:porti1e5:token1:t"),
        query_text("announce_peer", hash_field + "4:porti1e5:tokeni1e"),
        query_text("put", "1:v1:A"), query_text("put", "5:token1:t"),
        query_text("put", "5:tokenle1:v1:A"),
        query_text("put", key_field + "3:seqi1e5:token1:t1:v1:A"),     // no sig
        query_text("put", key_field + sig_field + "5:token1:t1:v1:A"), // no seq
        query_text("put", "1:k" + string_of(33, 'k') + mutable_rest),  // no key
        query_text("put", "1:kle" + mutable_rest),                     // no key
        query_text("put", "1:k0:" + mutable_rest),                     // no key
        query_text("put",
                   key_field + "3:seq1:1" + sig_field + "5:token1:t1:v1:A"), // no number
        query_text("put", key_field + "3:seqi9223372036854775808e" + sig_field +
                              "5:token1:t1:v1:A"), // too large
        query_text("put", "3:cas1:1" + key_field + mutable_rest),
        query_text("put", key_field + "3:seqi1e3:sig" + string_of(63, 's') + "5:token1:t1:v1:A"),
        query_text("put", "5:token1:t1:vd1:bi1e1:ai1ee"), // unsorted: BEP 44 says refuse
        query_text("put", "5:token1:t1:vi01e"));
    CAPTURE(text);
    decoded const d{text};
    CHECK(d.code == errc::wrong_type);
    CHECK(d.verdict() == "203");
    CHECK(as_text(d.why.tid) == "aa");
    CHECK_FALSE(d.why.text.empty());
}

TEST_CASE("items that are too big are left for the responder to refuse: the token counts first") {
    auto const value = [](std::size_t bytes) { // its encoding has `bytes` bytes
        return string_of(bytes - (bytes > 1003 ? 5 : 4), 'v');
    };
    REQUIRE(value(1000).size() == 1000);
    auto const immutable = [&](std::size_t bytes) {
        return query_text("put", "5:token1:t1:v" + value(bytes));
    };
    CHECK(decoded{immutable(1000)}.verdict() == "ok");
    CHECK(decoded{immutable(1001)}.arguments<put_item>().v.size() == 1001);
    auto const salted = [](std::size_t bytes) {
        return query_text("put", key_field + "4:salt" + string_of(bytes, 'x') + "3:seqi1e" +
                                     sig_field + "5:token1:t1:v1:A");
    };
    CHECK(decoded{salted(64)}.arguments<put_item>().salt.size() == 64);
    CHECK(decoded{salted(65)}.arguments<put_item>().salt.size() == 65);
    CHECK(decoded{salted(0)}.arguments<put_item>().salt.empty());
}

TEST_CASE("put is immutable without k, whatever else is there") {
    decoded const d{query_text("put", "3:casi1e4:salt" + string_of(70, 'x') + "3:seqi5e" +
                                          sig_field + target_field + "5:token2:tt1:vli1ee")};
    auto const& put = d.arguments<put_item>();
    CHECK(as_text(put.v) == "li1ee");
    CHECK(as_text(put.token) == "tt");
    CHECK(put.k.empty());
    CHECK(put.sig.empty());
    CHECK(put.salt.empty());
    CHECK_FALSE(put.seq);
    CHECK_FALSE(put.cas);
}

TEST_CASE("put is mutable with k") {
    decoded const d{query_text("put", "3:casi-1e" + key_field +
                                          "4:salt3:foo3:seqi9223372036854775807e" + sig_field +
                                          "5:token2:tt1:vd1:ai1ee")};
    auto const& put = d.arguments<put_item>();
    CHECK(as_text(put.k) == std::string(32, 'k'));
    CHECK(as_text(put.sig) == std::string(64, 's'));
    CHECK(as_text(put.salt) == "foo");
    CHECK(put.seq == INT64_MAX);
    CHECK(put.cas == -1);
    CHECK(as_text(put.v) == "d1:ai1ee");
}

TEST_CASE("get has an optional seq") {
    CHECK(decoded{query_text("get", target_field)}.arguments<get_item>().seq == std::nullopt);
    CHECK(decoded{query_text("get", "3:seqi3e" + target_field)}.arguments<get_item>().seq == 3);
    CHECK(decoded{query_text("get", "3:seq1:3" + target_field)}.arguments<get_item>().seq ==
          std::nullopt);
}

TEST_CASE("unknown methods keep their name, and a target when they have one") {
    decoded const with_target{query_text("vote", target_field)};
    CHECK(with_target.query().method == "vote");
    CHECK(as_text(with_target.arguments<other>().target->bytes) == "mnopqrstuvwxyz123456");
    CHECK(decoded{query_text("x", hash_field)}.arguments<other>().target.has_value());
    CHECK_FALSE(decoded{query_text("", "")}.arguments<other>().target.has_value());
    CHECK_FALSE(decoded{query_text("pong", "6:target3:abc")}.arguments<other>().target.has_value());
    CHECK(decoded{query_text("pings", "")}.query().method == "pings");
}

TEST_CASE("q, a and id are required of every query") {
    for (std::string_view const text :
         {"d1:ad2:id20:abcdefghij0123456789e1:t2:aa1:y1:qe",
          "d1:ad2:id20:abcdefghij0123456789e1:qi4e1:t2:aa1:y1:qe", "d1:q4:ping1:t2:aa1:y1:qe",
          "d1:a2:id1:q4:ping1:t2:aa1:y1:qe", "d1:ale1:q4:ping1:t2:aa1:y1:qe",
          "d1:ade1:q4:ping1:t2:aa1:y1:qe", "d1:ad2:idi5ee1:q4:ping1:t2:aa1:y1:qe",
          "d1:ad2:id21:abcdefghij0123456789_e1:q4:ping1:t2:aa1:y1:qe"}) {
        CAPTURE(text);
        CHECK(decoded{text}.verdict() == "203");
    }
}

TEST_CASE("without a tid that can be echoed there is silence") {
    std::string const ping = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping";
    CHECK(decoded{ping + "1:y1:qe"}.code == errc::missing_field);
    CHECK(decoded{ping + "1:ti5e1:y1:qe"}.verdict() == "silence");
    CHECK(decoded{ping + "1:tl2:aae1:y1:qe"}.verdict() == "silence");
    CHECK(decoded{ping + "1:t" + string_of(33, 't') + "1:y1:qe"}.code == errc::out_of_range);
    CHECK(decoded{"d1:q4:ping1:t" + string_of(33, 't') + "1:y1:qe"}.verdict() == "silence");
    CHECK(decoded{ping + "1:t" + string_of(32, 't') + "1:y1:qe"}.m.tid.size() == 32);
    CHECK(decoded{ping + "1:t0:1:y1:qe"}.code == errc::ok);
}

TEST_CASE("what is neither query, reply nor error is met with silence") {
    for (std::string_view const y :
         {"", "1:y0:", "1:y1:x", "1:y1:Q", "1:y2:qq", "1:yi5e", "1:yle"}) {
        CAPTURE(y);
        decoded const d{"d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa" + std::string{y} + "e"};
        CHECK(d.code == errc::unknown_message);
        CHECK(d.verdict() == "silence");
    }
}

TEST_CASE("what is no dictionary is met with silence") {
    for (std::string_view const text :
         {"", "i5e", "le", "3:abc", "\x01\x00\x00\x00", "A", "e", "d", "d1:t2:aa1:y1:q",
          "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:q", "d1:t2:aa1:y1:qi5e"}) {
        CAPTURE(text);
        CHECK(decoded{text}.verdict() == "silence");
        CHECK(decoded{text}.code != errc::ok);
    }
}

TEST_CASE("a reply needs r and its id, and nobody is told when they are missing") {
    for (std::string_view const text :
         {"d1:t2:aa1:y1:re", "d1:r1:x1:t2:aa1:y1:re", "d1:rde1:t2:aa1:y1:re",
          "d1:rd2:id19:abcdefghij012345678e1:t2:aa1:y1:re",
          "d1:ad2:id20:abcdefghij0123456789e1:t2:aa1:y1:re"}) {
        CAPTURE(text);
        CHECK(decoded{text}.code == errc::missing_field);
        CHECK(decoded{text}.verdict() == "silence");
    }
}

TEST_CASE("keys come in any order, unknown keys are ignored, of repeated ones the first counts") {
    decoded const turned{"d1:y1:q1:t2:aa1:q9:find_node1:ad6:target20:mnopqrstuvwxyz1234562:id20:"
                         "abcdefghij0123456789ee"};
    CHECK(as_text(turned.arguments<find_node>().target.bytes) == "mnopqrstuvwxyz123456");
    CHECK_FALSE(turned.m.canonical);

    decoded const unknown{"d1:ad2:bsi1e2:id20:abcdefghij01234567894:nameld1:xleeee2:hod1:ai1ee"
                          "1:q4:ping1:t2:aa5:tokeni1e1:y1:qe"};
    CHECK(std::holds_alternative<ping>(unknown.query().args));
    CHECK(unknown.m.canonical);

    decoded const twice{"d1:ad2:id20:abcdefghij01234567892:id20:xxxxxxxxxxxxxxxxxxxxe1:ade1:q4:ping"
                        "1:t2:aa1:t2:bb1:y1:q1:y1:re"};
    CHECK(twice.code == errc::ok);
    CHECK(as_text(twice.query().sender.bytes) == "abcdefghij0123456789");
    CHECK(as_text(twice.m.tid) == "aa");
    CHECK_FALSE(twice.m.canonical);

    CHECK(decoded{"d1:a1:x1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"}.verdict() ==
          "203");
}

TEST_CASE("bytes behind the message are noted") {
    decoded const d{"d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qeXYZ"};
    CHECK(d.code == errc::ok);
    CHECK(d.m.trailing_bytes);
    CHECK(d.m.canonical);
}

TEST_CASE("errors are taken as they come") {
    struct {
        std::string_view e;
        int code;
        std::string_view text;
    } const cases[] = {
        {"1:eli201e23:A Generic Error Ocurrede", 201, "A Generic Error Ocurred"},
        {"1:eli203e1:xe", 203, "x"},
        {"1:eli302ee", 302, ""},
        {"1:el4:onlye", 201, "only"},
        {"1:el4:texti207ee", 207, "text"},
        {"1:ele", 201, ""},
        {"1:e6:sorry!", 201, "sorry!"},
        {"1:ede", 201, ""},
        {"1:ei203e", 201, ""},
        {"1:eli99999999999e1:xe", 201, "x"},
        {"1:eli-5e1:xe", -5, "x"},
        {"1:elli203eee", 201, ""},
        {"", 201, ""},
    };

    for (auto const& c : cases) {
        CAPTURE(c.e);
        decoded const d{"d" + std::string{c.e} + "1:t2:aa1:y1:ee"};
        REQUIRE(d.code == errc::ok);
        CHECK(d.error().code == c.code);
        CHECK(d.error().text == c.text);
    }
}

TEST_CASE("replies of BEP 44") {
    std::string text{as_text(krpc_sample("bep44_get_list_v"))};
    text.replace(text.find("1:y0:"), 5, "1:y1:r");
    decoded const d{text};
    REQUIRE(d.code == errc::ok);
    CHECK(as_text(d.reply().v) == "l3:tee3:heee");
    CHECK(d.reply().seq == 0);
    CHECK(as_text(d.reply().k) == std::string(32, 'K'));
    CHECK(as_text(d.reply().sig) == std::string(64, 'S'));

    decoded const spoilt{reply_text("1:k31:" + std::string(31, 'k') + "3:seq1:13:sigle5:tokeni1e")};
    REQUIRE(spoilt.code == errc::ok);
    CHECK(spoilt.reply().k.empty());
    CHECK(spoilt.reply().sig.empty());
    CHECK_FALSE(spoilt.reply().seq);
    CHECK(spoilt.reply().token.empty());
    CHECK(spoilt.reply().v.empty());
}

TEST_CASE("values may be a list or one string") {
    auto const peer_of = [](decoded const& d) {
        compact::peer_reader in{d.reply().values, family::ipv4};
        return in.next();
    };
    endpoint const e{address::v4(0x61626364), 0x6566};
    CHECK(peer_of(decoded{reply_text("6:valuesl6:abcdefe")}) == e);
    CHECK(peer_of(decoded{reply_text("6:values12:abcdefabcdef")}) == e);
    CHECK(peer_of(decoded{reply_text("6:valuesle")}) == std::nullopt);
    CHECK(peer_of(decoded{reply_text("6:valuesi5e")}) == std::nullopt);
    CHECK(peer_of(decoded{reply_text("6:valuesd6:abcdef6:abcdefe")}) == std::nullopt);
}

TEST_CASE("filters have 256 bytes, under the name of BEP 33 or the misspelt one") {
    std::string const filter = string_of(256, '\1');
    CHECK(decoded{reply_text("4:BFsd" + filter)}.reply().filter_seeds.size() == 256);
    CHECK(decoded{reply_text("4:BFse" + filter)}.reply().filter_seeds.size() == 256);
    CHECK(decoded{reply_text("4:BFpe" + filter)}.reply().filter_peers.size() == 256);
    CHECK(decoded{reply_text("4:BFpe" + string_of(255, '\1'))}.reply().filter_peers.empty());
    CHECK(decoded{reply_text("4:BFsd" + string_of(257, '\1'))}.reply().filter_seeds.empty());
}

TEST_CASE("replies of BEP 51") {
    decoded const hello{krpc_sample("bep51")};
    CHECK(hello.reply().has_samples);
    CHECK(hello.reply().samples.empty());
    CHECK(hello.reply().interval_s == 420);
    CHECK(hello.reply().num == 0);

    CHECK(std::holds_alternative<sample_infohashes>(
        decoded{krpc_sample("sample_infohashes_query")}.query().args));

    decoded const none{krpc_sample("sample_infohashes_response_empty")};
    CHECK(none.reply().has_samples);
    CHECK(none.reply().samples.empty());

    decoded const two{krpc_sample("sample_infohashes_response_two")};
    CHECK(as_text(two.reply().samples) == "mnopqrstuvwxyz1234560123456789abcdefghij");
    CHECK(two.reply().num == 300);
    CHECK(two.reply().interval_s == 21600);

    CHECK_FALSE(decoded{krpc_sample("sample_infohashes_response_of_a_node_without_bep51")}
                    .reply()
                    .has_samples);
    CHECK_FALSE(decoded{krpc_sample("sample_infohashes_response_bad_len")}.reply().has_samples);
    decoded const over{krpc_sample("sample_infohashes_response_interval_over")};
    CHECK(over.reply().interval_s == 21600);
    decoded const negative{krpc_sample("sample_infohashes_response_interval_negative")};
    CHECK(negative.reply().interval_s == 0);
    CHECK(negative.reply().num == 0);
    CHECK(negative.reply().has_samples);
}

TEST_CASE("a message that is used again keeps nothing of what it held") {
    krpc::message m;
    refusal why;
    auto const put = query_text("put", "3:casi-1e" + key_field + "4:salt3:foo3:seqi1e" + sig_field +
                                           "5:token2:tt1:vd1:ai1ee");
    REQUIRE(decode(as_bytes(put), m, why) == errc::ok);
    auto const immutable = query_text("put", "5:token2:tt1:v1:A");
    REQUIRE(decode(as_bytes(immutable), m, why) == errc::ok);
    CHECK(std::get<put_item>(std::get<query>(m.body).args).k.empty());
    REQUIRE(decode(krpc_sample("live_find_node_response_2"), m, why) == errc::ok);
    REQUIRE(decode(krpc_sample("ping_response"), m, why) == errc::ok);
    CHECK(std::get<reply>(m.body).nodes.empty());
    CHECK(m.external == std::nullopt);
    CHECK(decode(as_bytes("d1:q4:ping1:t2:aa1:y1:qe"), m, why) == errc::wrong_type);
    CHECK(why.was_query);
    CHECK(decode(as_bytes("x"), m, why) == errc::malformed);
    CHECK_FALSE(why.was_query);
    CHECK(why.tid.empty());
}
