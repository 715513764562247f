#include <dht/secure/single_use_tokens.hpp>

#include "../../catch.hpp"
#include "bench.hpp"

// Who announces or puts with a token that is not good, there, for him and now, gets the error 203
// and nothing is stored.

using namespace bench;

namespace {

template <class Scheme>
struct token_server {
    instant now{seconds{100}};
    dht::node<seeded_random, Scheme> node;
    endpoint const asker = at(0x05060708, 4000);

    explicit token_server(std::uint64_t seed = 1) : node{settings{}, seeded_random{seed}} {
        node.open(now, at(0x01020304));
    }

    std::string token(std::string const& hash = id_b) {
        auto const out = tell(node, now, asker,
                              "d1:ad2:id20:" + id_a + "9:info_hash20:" + hash +
                                  "e1:q9:get_peers2:roi1e1:t2:aa1:y1:qe");
        auto const at = out.at(0).bytes.find("5:token") + 7;
        return out.at(0).bytes.substr(at + 3, std::stoul(out.at(0).bytes.substr(at)));
    }

    std::string announce(std::string const& token, endpoint const& from, int port = 6881,
                         std::string const& hash = id_b) {
        auto const out = tell(node, now, from,
                              "d1:ad2:id20:" + id_a + "9:info_hash20:" + hash + "4:porti" +
                                  std::to_string(port) + "e5:token" + std::to_string(token.size()) +
                                  ":" + token + "e1:q13:announce_peer2:roi1e1:t2:aa1:y1:qe");
        REQUIRE(out.size() == 1);
        CHECK(out[0].to == from);
        return out[0].bytes;
    }

    std::size_t stored() { return node.template policy<slots::peer_store>().peers(); }

    void pass(duration d) {
        now += d;
        node.advance(now);
        drain(node);
    }
};

bool is_203(std::string const& answer) {
    return answer.substr(0, 11) == "d1:eli203e9" && answer.find("9:bad token") != answer.npos;
}

} // namespace

TEMPLATE_TEST_CASE("another's token, or one for another target, node or time, gets the error 203",
                   "", hmac_tokens, single_use_tokens) {
    token_server<TestType> s;
    token_server<TestType> other{2};
    std::string const token = s.token();
    for (endpoint const& thief : {at(0x05060709, 4000), at(0x05060708U ^ 0x80000000U, 4000),
                                  endpoint{address::v6({std::byte{0x2a}, std::byte{1}}), 4000}})
        CHECK(is_203(s.announce(token, thief)));
    CHECK(is_203(s.announce(token, s.asker, 6881, id_a)));
    CHECK(is_203(other.announce(token, other.asker)));
    CHECK(is_203(s.announce(other.token(), s.asker)));
    CHECK(s.stored() == 0);
    CHECK(other.stored() == 0);
    s.pass(minutes{16});
    CHECK(is_203(s.announce(token, s.asker)));
    CHECK(s.stored() == 0);

    std::string const good = s.token(); // that nothing else was wrong
    CHECK_FALSE(is_203(s.announce(good, s.asker)));
    CHECK(s.stored() == 1);
}

TEST_CASE("a token that was used gets the error 203, but for a repetition of the same announce") {
    token_server<single_use_tokens> s;
    std::string const token = s.token();
    endpoint const same_ip = at(0x05060708, 4001);
    CHECK_FALSE(is_203(s.announce(token, s.asker, 6881)));
    CHECK(is_203(s.announce(token, s.asker, 6882)));
    CHECK(is_203(s.announce(token, same_ip, 7000)));
    CHECK(s.stored() == 1);
    CHECK_FALSE(is_203(s.announce(token, same_ip, 6881)));
    CHECK(s.stored() == 1);
    CHECK_FALSE(is_203(s.announce(s.token(), s.asker, 6882))); // with another token
}

TEST_CASE("the second put with one token is the error 203 only for another target") {
    token_server<single_use_tokens> s;
    auto const get = [&](std::string const& target) {
        return tell(s.node, s.now, s.asker,
                    "d1:ad2:id20:" + id_a + "6:target20:" + target + "e1:q3:get1:t2:aa1:y1:qe")
            .at(0)
            .bytes;
    };
    auto const put = [&](std::string const& token, std::string const& v) {
        return tell(s.node, s.now, s.asker,
                    "d1:ad2:id20:" + id_a + "5:token24:" + token + "1:v" + v +
                        "e1:q3:put1:t2:aa1:y1:qe")
            .at(0)
            .bytes;
    };
    std::string const key{as_text(immutable_item_key(as_bytes("1:a")).bytes)};
    std::string const reply = get(key);
    std::string const token = reply.substr(reply.find("5:token24:") + 10, 24);
    CHECK(is_203(put(token, "1:b")));
    CHECK_FALSE(is_203(put(token, "1:a")));
    CHECK_FALSE(is_203(put(token, "1:a")));
    CHECK(get(key).find("1:v1:a") != std::string::npos);
}
