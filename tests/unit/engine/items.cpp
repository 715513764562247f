#include <dht/wire/krpc_decode.hpp>
#include <dht/wire/krpc_encode.hpp>

#include "../../catch.hpp"
#include "bench.hpp"

// What a node answers to get, put, scrape and sample_infohashes (BEP 44, 33, 51).

using namespace bench;

namespace {

struct item_server {
    instant now{seconds{100}};
    dht::node<seeded_random> node;
    endpoint asker = at(0x05060708, 4000);

    explicit item_server(settings const& s = {}) : node{s, seeded_random{1}} {
        node.open(now, at(0x01020304));
        drain(node);
    }

    /// The whole answer to a question of typed arguments.
    std::string ask(std::string_view method, krpc::arguments const& args) {
        std::array<std::byte, 2'000> buffer;
        std::size_t const bytes = krpc::encode_query(
            buffer, {as_bytes("aa"), {}, to_node_id(key160::from(as_bytes(id_a))), true}, method,
            args);
        auto const out = bench::tell(node, now, asker, as_text(byte_view{buffer}.first(bytes)));
        return out.size() == 1 ? out[0].bytes : std::to_string(out.size()) + " answers";
    }

    std::string get(item_key const& key, std::optional<std::int64_t> seq = {}) {
        return ask("get", krpc::get_item{key, seq, {}});
    }

    std::string token_for(item_key const& key) {
        std::string const reply = get(key);
        return reply.substr(reply.find("5:token16:") + 10, 16);
    }

    std::string put_with(item const& i, std::string_view token,
                         std::optional<std::int64_t> cas = {}) {
        krpc::put_item put{as_bytes(token), i.view().v, i.view().k, i.view().sig, i.view().salt};
        if (i.k) put.seq = i.seq;
        put.cas = cas;
        return ask("put", put);
    }

    std::string put(item const& i, std::optional<std::int64_t> cas = {}) {
        return put_with(i, token_for(i.key()), cas);
    }
};

bool is_error(std::string const& answer, int code) {
    return answer.find("1:eli" + std::to_string(code) + "e") != std::string::npos;
}

bool is_reply(std::string const& answer) {
    return answer.find("1:rd") != std::string::npos;
}

ed25519_key_pair const& item_owner() {
    static ed25519_key_pair const pair = ed25519_key_pair::from_seed({std::byte{7}});
    return pair;
}

item signed_item(std::string_view v, std::int64_t seq, std::string_view salt = "") {
    return sign_item(item_owner(), as_bytes(salt), seq, as_bytes(v));
}

/// A string whose encoding has that many bytes.
std::string value_of(std::size_t bytes) {
    std::size_t const header = bytes > 1'003 ? 5 : 4;
    return std::to_string(bytes - header) + ":" + std::string(bytes - header, 'v');
}

} // namespace

TEST_CASE("a flood of signatures is not verified, and keeps nothing else from being answered") {
    settings limits;
    limits.signatures_per_second = 256; // of one source 4, and 20 at once
    limits.queries_per_second = limits.queries_burst = 10'000;
    limits.items_per_source_max = 1'000;
    item_server s{limits};
    item const known = signed_item("5:known", 1, "known");
    REQUIRE(is_reply(s.put(known)));
    for (int i = 1; i < 100; ++i) {
        item forged = signed_item("5:false", 1, std::to_string(i));
        forged.sig[0] ^= std::byte{1};
        CHECK(is_error(s.put(forged), i < 20 ? 206 : 202));
    }
    CHECK(is_reply(s.put(known))); // nothing is to be verified
    CHECK(is_reply(s.put(immutable("3:new"))));
    CHECK(is_reply(s.ask("ping", krpc::ping{})));
    CHECK(is_error(s.put(signed_item("5:valid", 1, "b")), 202));
    s.now += milliseconds{250};
    CHECK(is_reply(s.put(signed_item("5:valid", 1, "b"))));
    CHECK(is_error(s.put(signed_item("5:valid", 2, "b")), 202));
    s.now += minutes{1}; // what was not used is not saved
    for (int i = 1; i < 30; ++i)
        CHECK(is_error(s.put(signed_item("5:valid", 1, "c" + std::to_string(i))), 202) == (i > 20));
    unsigned served = 0;
    for (std::uint32_t i = 0; i < 64; ++i) { // others hardly notice
        s.asker = at(0x05100000 + 0x10000 * i, 4000);
        served += is_reply(s.put(signed_item("5:valid", 1, "d" + std::to_string(i))));
    }
    CHECK(served >= 58);
}

TEST_CASE("an immutable item is kept under the SHA-1 of its value and given back") {
    item_server s;
    item const i = immutable("12:Hello World!");
    CHECK(i.key() == *info_hash::from_hex("e5f96f6f38320f0f33959cb4d3d656452117aadb"));
    CHECK(s.get(i.key()).find("1:v12:") == std::string::npos);
    CHECK(is_reply(s.put(i)));
    std::string const reply = s.get(i.key());
    CHECK(reply.find("1:v12:Hello World!") != std::string::npos);
    CHECK(reply.find("5:token16:") != std::string::npos);
    CHECK(reply.find("5:nodes0:") != std::string::npos);
    CHECK(reply.find("3:seq") == std::string::npos);
}

TEST_CASE("a mutable item comes with key, seq and signature") {
    item_server s;
    item const i = signed_item("3:abc", 4, "foobar");
    CHECK(is_reply(s.put(i)));
    std::string const reply = s.get(i.key());
    CHECK(reply.find("1:v3:abc") != std::string::npos);
    CHECK(reply.find("3:seqi4e") != std::string::npos);
    CHECK(reply.find("1:k32:" + std::string{as_text(*i.k)}) != std::string::npos);
    CHECK(reply.find("3:sig64:" + std::string{as_text(i.sig)}) != std::string::npos);
    CHECK(reply.find("4:salt") == std::string::npos); // the asker knows it
}

TEST_CASE("who has the newest seq already gets no value") {
    item_server s;
    item const i = signed_item("3:abc", 4);
    s.put(i);
    CHECK(s.get(i.key(), 3).find("1:v3:abc") != std::string::npos);
    for (std::int64_t const seq : {4, 5}) {
        std::string const reply = s.get(i.key(), seq);
        CHECK(reply.find("1:v3:") == std::string::npos);
        CHECK(reply.find("3:seqi4e") != std::string::npos);
        CHECK(reply.find("5:token16:") != std::string::npos);
    }
}

TEST_CASE("puts are refused with the code of BEP 44, and what is kept stays") {
    item_server s;
    s.put(signed_item("3:abc", 4));
    SECTION("203 before all others: a bad token") {
        CHECK(is_error(s.put_with(immutable(value_of(1'001)), "sixteen letters!"), 203));
        CHECK(is_error(s.put_with(signed_item("1:x", 9), "short"), 203));
    }
    SECTION("203: a token of another target") {
        std::string const token = s.token_for(immutable("1:a").key());
        CHECK(is_error(s.put_with(immutable("1:b"), token), 203));
    }
    SECTION("203: a value that is not canonical") {
        CHECK(is_error(s.put(immutable("d1:bi1e1:ai1ee")), 203));
        CHECK(is_error(s.put(immutable("i01e")), 203));
    }
    SECTION("205") {
        CHECK(is_error(s.put(immutable(value_of(1'001))), 205));
    }
    SECTION("205 before 207") {
        item i = signed_item("1:x", 9);
        i.v = immutable(value_of(1'001)).v;
        std::string const salt(65, 's');
        std::string const token = s.token_for(mutable_item_key(*i.k, as_bytes(salt)));
        CHECK(is_error(
            s.ask("put", krpc::put_item{as_bytes(token), i.v, *i.k, i.sig, as_bytes(salt), 9, {}}),
            205));
    }
    SECTION("207 before 206") {
        std::string const salt(65, 's');
        item const i = signed_item("1:x", 9);
        item_key const key = mutable_item_key(*i.k, as_bytes(salt));
        std::string const token = s.token_for(key);
        CHECK(is_error(
            s.ask("put", krpc::put_item{as_bytes(token), i.v, *i.k, i.sig, as_bytes(salt), 9, {}}),
            207));
    }
    SECTION("206 before 301") {
        item i = signed_item("3:abd", 5);
        i.sig[3] ^= std::byte{1};
        CHECK(is_error(s.put(i, 99), 206));
    }
    SECTION("206: the signature of another seq") {
        item i = signed_item("3:abd", 5);
        i.seq = 6;
        CHECK(is_error(s.put(i), 206));
    }
    SECTION("301 before 302") {
        CHECK(is_error(s.put(signed_item("3:abd", 3), 3), 301));
    }
    SECTION("302: an older seq") {
        CHECK(is_error(s.put(signed_item("3:abd", 3)), 302));
    }
    SECTION("302: the same seq with another value") {
        CHECK(is_error(s.put(signed_item("3:abd", 4)), 302));
    }
    CHECK(s.get(signed_item("3:abc", 4).key()).find("1:v3:abc") != std::string::npos);
}

TEST_CASE("cas compares with the stored seq") {
    item_server s;
    s.put(signed_item("3:abc", 4));
    CHECK(is_error(s.put(signed_item("3:abd", 5), 3), 301));
    CHECK(is_reply(s.put(signed_item("3:abd", 5), 4)));
    CHECK(is_reply(s.put(signed_item("3:abd", 5), 5))); // the same again: refreshed
}

TEST_CASE("a put with a key and without seq or signature is never stored") {
    item_server s;
    std::string const key(as_text(item_owner().public_key()));
    std::string const token = s.token_for(mutable_item_key(item_owner().public_key(), {}));
    for (std::string const& rest :
         {std::string{}, std::string{"3:seqi1e"}, "3:sig64:" + std::string(64, 's')}) {
        auto const out = bench::tell(s.node, s.now, s.asker,
                                     "d1:ad2:id20:" + id_a + "1:k32:" + key + rest +
                                         "5:token16:" + token + "1:v1:xe1:q3:put1:t2:aa1:y1:qe");
        REQUIRE(out.size() == 1);
        CHECK(is_error(out[0].bytes, 203));
    }
    CHECK(s.get(mutable_item_key(item_owner().public_key(), {})).find("1:v1:x") ==
          std::string::npos);
}

TEST_CASE("an item of a thousand bytes is stored and read") {
    item_server s;
    item const i = signed_item(value_of(1'000), 1, std::string(64, 's'));
    CHECK(is_reply(s.put(i)));
    CHECK(s.get(i.key()).find(value_of(1'000)) != std::string::npos);
}

TEST_CASE("items are forgotten after two hours unless they are put again") {
    item_server s;
    item const once = immutable("4:once");
    item const again = immutable("5:again");
    s.put(once);
    s.put(again);
    for (int half_hours = 0; half_hours < 5; ++half_hours) {
        s.now += minutes{30};
        s.node.advance(s.now);
        drain(s.node);
        s.put(again);
    }
    CHECK(s.get(once.key()).find("4:once") == std::string::npos);
    CHECK(s.get(again.key()).find("5:again") != std::string::npos);
}

TEST_CASE("sample_infohashes always has its three keys (BEP 51)") {
    item_server s;
    std::string const reply = s.ask("sample_infohashes", krpc::sample_infohashes{{}, {}});
    CHECK(reply.find("8:intervali300e") != std::string::npos);
    CHECK(reply.find("3:numi0e") != std::string::npos);
    CHECK(reply.find("7:samples0:") != std::string::npos);
    CHECK(reply.find("5:nodes0:") != std::string::npos);
}

TEST_CASE("a sample is random, fits the datagram, and stays the same for its interval") {
    item_server s;
    seeded_random chance{9};
    auto& store = s.node.policy<slots::peer_store>();
    for (std::uint32_t i = 0; i < 200; ++i) {
        info_hash hash;
        chance.fill(hash.bytes);
        store.announce(s.now, hash, {at(0x0a000000 + i), false});
    }
    auto const sample = [&] {
        std::string const reply = s.ask("sample_infohashes", krpc::sample_infohashes{{}, {}});
        CHECK(reply.size() <= 1'024);
        CHECK(reply.find("3:numi200e") != std::string::npos);
        krpc::message m;
        krpc::refusal why;
        REQUIRE(krpc::decode(as_bytes(reply), m, why) == errc::ok);
        return std::string{as_text(std::get<krpc::reply>(m.body).samples)};
    };
    std::string const first = sample();
    CHECK(first.size() / 20 > 30);
    s.now += seconds{299};
    CHECK(sample() == first);
    s.now += seconds{2};
    CHECK(sample() != first);
}
