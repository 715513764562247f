#include <dht/content/follower.hpp>
#include <dht/content/topics.hpp>
#include <dht/wire/krpc_decode.hpp>

#include "../../catch.hpp"
#include "../../policy/workbench.hpp"
#include <memory>

// One subscriber on a workbench, and other subscribers, honest and hostile, played by hand.

using namespace bench;
using content::topics;
using content::topics_options;

namespace {

ed25519_key_pair const topic_owner = ed25519_key_pair::from_seed({std::byte{50}});
byte_view const salt = as_bytes("news");
item_key const topic_key = mutable_item_key(topic_owner.public_key(), salt);
topic_field const key_field{topic_key.bytes};

item issue(std::int64_t seq, std::string_view v = "4:news") {
    return sign_item(topic_owner, salt, seq, as_bytes(v));
}

/// Somebody who plays a subscriber.
struct peer {
    endpoint at;
    node_id id{};
    std::string token = "their token";
    std::optional<std::int64_t> seq{};
};

peer somebody(std::uint8_t n) {
    peer p{bench::at(0x05000001U + (std::uint32_t{n} << 16U))};
    p.id.bytes.fill(static_cast<std::byte>(n * 37));
    p.id.bytes[19] = static_cast<std::byte>(n);
    return p;
}

std::string text_of(byte_view bytes) {
    return std::string{as_text(bytes)};
}

/// A decoded datagram, with the memory that it views.
struct letter {
    endpoint to;
    std::shared_ptr<std::string> bytes;
    krpc::message m{};

    explicit letter(sent const& s) : to{s.to}, bytes{std::make_shared<std::string>(s.bytes)} {
        krpc::refusal why;
        REQUIRE(krpc::decode(as_bytes(*bytes), m, why) == errc::ok);
    }

    template <class T>
    [[nodiscard]] T const* asks() const {
        auto const* const q = std::get_if<krpc::query>(&m.body);
        return q == nullptr ? nullptr : std::get_if<T>(&q->args);
    }

    [[nodiscard]] krpc::reply const* reply() const { return std::get_if<krpc::reply>(&m.body); }

    /// 0: no error.
    [[nodiscard]] std::int32_t error() const {
        auto const* const e = std::get_if<krpc::error>(&m.body);
        return e == nullptr ? 0 : e->code;
    }
};

using letters = std::vector<letter>;

letters read(std::vector<sent> const& all) {
    letters read;
    for (sent const& s : all)
        read.emplace_back(s);
    return read;
}

template <class T>
letters asking(letters const& all) {
    letters some;
    for (letter const& l : all)
        if (l.asks<T>() != nullptr) some.push_back(l);
    return some;
}

struct stage {
    workbench<topics> b;

    explicit stage(topics_options const& o = {}) : b{topics{o}} {
        CHECK(subscription().subscribe(b.now, topic_owner.public_key(), salt));
        b.node.advance(b.now);
        CHECK(drain(b.node).empty());
    }

    topics& subscription() { return b.node.get<topics>(); }

    content::topic const& topic() { return *subscription().find_topic(topic_key); }

    std::optional<std::int64_t> seq() {
        return topic().newest() ? std::optional{topic().newest()->seq} : std::nullopt;
    }

    letters tell(endpoint const& from, std::string_view bytes) {
        return read(b.tell_from(from, bytes));
    }

    letters pass(duration d) {
        letters all = read(drain(b.node));
        for (letter const& l : read(b.pass(d)))
            all.push_back(l);
        return all;
    }

    /// Lets time pass, while `respond(letter) -> letters` plays the others.
    template <class F>
    void play(duration d, F&& respond) {
        for (instant const end = b.now + d; b.now < end;) {
            letters all = pass(milliseconds{100});
            for (std::size_t i = 0; i < all.size(); ++i)
                for (letter const& next : respond(letter{all[i]}))
                    all.push_back(next);
        }
    }

    letters ask(peer const& from, std::string_view method, krpc::arguments const& args,
                bool read_only = false, byte_view topic = topic_key.bytes) {
        std::array<std::byte, 2'048> buffer;
        raw_fields top;
        topic_field const field{topic};
        field.join(top);
        std::size_t const size = krpc::encode_query(
            buffer, {as_bytes("aa"), {}, from.id, read_only}, method, args, {}, top);
        return tell(from.at, as_text(byte_view{buffer}.first(size)));
    }

    letters answer(letter const& question, peer const& by, krpc::reply_parts parts,
                   bool with_topic = true) {
        std::array<std::byte, 2'048> buffer;
        raw_fields top;
        if (with_topic) key_field.join(top);
        parts.tid = question.m.tid;
        parts.sender = by.id;
        std::size_t const size = krpc::encode_reply(buffer, parts, {}, top);
        return tell(by.at, as_text(byte_view{buffer}.first(size)));
    }

    letters refuse(letter const& question, krpc::error_code code) {
        std::array<std::byte, 256> buffer;
        std::size_t const size = krpc::encode_error(buffer, question.m.tid, {}, {}, code, "no");
        return tell(question.to, as_text(byte_view{buffer}.first(size)));
    }

    static krpc::reply_parts look_of(peer const& p) {
        krpc::reply_parts parts;
        parts.token = as_bytes(p.token);
        parts.item = {{}, {}, {}, p.seq};
        return parts;
    }

    /// Somebody asks on the topic, is asked, and answers: what is sent meanwhile is returned.
    letters befriend(peer const& p) {
        letters all;
        auto const keep = [&](letters const& more) {
            all.insert(all.end(), more.begin(), more.end());
        };
        keep(ask(p, "get", krpc::get_item{topic_key, p.seq, {}}));
        for (std::size_t i = 0; i < all.size(); ++i) {
            letter const l = all[i];
            if (l.to == p.at && l.asks<krpc::get_item>()) keep(answer(l, p, look_of(p)));
            if (l.to == p.at && l.asks<krpc::find_node>()) keep(answer(l, p, {}));
        }
        return all;
    }

    /// The token that it gives to that one.
    std::string token_for(peer const& p) {
        for (letter const& l : ask(p, "get", krpc::get_item{topic_key, {}, {}}, true))
            if (l.reply() != nullptr) return text_of(l.reply()->token);
        return {};
    }

    letters put(peer const& from, std::string const& token, item_view const& i) {
        krpc::put_item put{as_bytes(token), i.v, i.k, i.sig, i.salt, i.seq, i.cas};
        return ask(from, "put", put, true);
    }

    /// With a good token; the code of the answer, 0: it was accepted.
    std::int32_t put(peer const& from, item_view const& i) {
        letters const all = put(from, token_for(from), i);
        for (letter const& l : all)
            if (l.reply() != nullptr || l.error() != 0) return l.error();
        return -1;
    }

    bool publish(item const& i) {
        bool const done = subscription().publish(b.now, i);
        b.node.advance(b.now);
        return done;
    }
};

std::int32_t code_of(letters const& all) {
    REQUIRE(all.size() == 1);
    return all[0].error();
}

constexpr auto protocol = static_cast<std::int32_t>(krpc::error_code::protocol);

} // namespace

TEST_CASE("subscribing announces our port to the topic, and asks whom that finds (BEP 50)") {
    workbench<topics> b;
    b.befriend(b.other, id_b);
    CHECK(b.node.get<topics>().subscribe(b.now, topic_owner.public_key(), salt));
    b.node.advance(b.now);
    auto const asked = drain(b.node);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].has("9:info_hash20:" + text_of(topic_key.bytes)));
    auto const found = b.tell(answer_to(asked[0], id_b,
                                        "5:token2:ok6:valuesl6:\x09\x09\x09\x09\x1a\xe1"
                                        "e"));
    auto const after = b.pass(seconds{4});
    bool announced = false;
    std::size_t looks = 0;
    for (auto const& all : {found, after})
        for (sent const& s : all) {
            announced = announced || (s.has("12:implied_porti1e") && s.has("13:announce_peer"));
            bool const look = s.has("1:c20:" + text_of(topic_key.bytes) + "1:q3:get");
            CHECK(look == (s.to == at(0x09090909, 6881)));
            CHECK_FALSE((look && s.has("3:seqi"))); // we have nothing yet
            looks += look;
        }
    CHECK(announced);
    CHECK(looks == 1);
}

TEST_CASE("a read-only node looks for peers, and does not announce itself") {
    settings s;
    s.read_only = true;
    dht::node<seeded_random, topics> node{s, seeded_random{1}};
    instant const now{seconds{100}};
    node.open(now, at(0x01020304));
    node.get<topics>().subscribe(now, topic_owner.public_key(), salt);
    auto const join = node.get<topics>().next_operation({now, {}});
    REQUIRE(join);
    CHECK(std::holds_alternative<find_peers_wish>(join->wish));
}

TEST_CASE("a topic that we do not subscribe to is an error, and nobody is asked for it") {
    stage s;
    peer const p = somebody(1);
    letters const all = s.ask(p, "get", krpc::get_item{p.id, {}, {}}, false, p.id.bytes);
    CHECK(code_of(all) == protocol);
    CHECK(s.pass(minutes{1}).empty());
    CHECK(s.subscription().unsubscribe(topic_key));
    CHECK(code_of(s.ask(p, "get", krpc::get_item{topic_key, {}, {}})) == protocol);
    CHECK(s.pass(minutes{1}).empty());
}

TEST_CASE("on a topic there is its item and nothing else") {
    stage s;
    peer const p = somebody(1);
    node_id const other = p.id;
    CHECK(code_of(s.ask(p, "ping", krpc::ping{}, true)) == 0);
    CHECK(code_of(s.ask(p, "find_node", krpc::find_node{other, {}}, true)) == 0);
    CHECK(code_of(s.ask(p, "get_peers", krpc::get_peers{to_info_hash(topic_key)}, true)) ==
          protocol);
    CHECK(code_of(s.ask(p, "sample_infohashes", krpc::sample_infohashes{topic_key, {}}, true)) ==
          protocol);
    krpc::announce_peer const announce{to_info_hash(topic_key), as_bytes("x"), 1};
    CHECK(code_of(s.ask(p, "announce_peer", announce, true)) == protocol);
    CHECK(code_of(s.ask(p, "get", krpc::get_item{other, {}, {}}, true)) == protocol);
    CHECK(code_of(s.ask(p, "vote", krpc::other{}, true)) == 204);
    item const elsewhere = sign_item(topic_owner, as_bytes("olds"), 1, as_bytes("1:x"));
    CHECK(s.put(p, elsewhere.view()) == protocol);
    CHECK(s.put(p, item_view{as_bytes("1:x"), {}, {}, {}, 0, {}}) == protocol);
}

TEST_CASE("get answers with the item, or with its seq alone to who has it") {
    stage s;
    peer const p = somebody(1);
    letters all = s.ask(p, "get", krpc::get_item{topic_key, {}, {}}, true);
    REQUIRE(all.size() == 1);
    CHECK_FALSE(all[0].reply()->seq);
    CHECK_FALSE(all[0].reply()->token.empty());
    CHECK(equal(all[0].reply()->topic, topic_key.bytes));
    item const big = issue(7, "990:" + std::string(990, 'x'));
    CHECK(s.publish(big));
    all = s.ask(p, "get", krpc::get_item{topic_key, 6, {}}, true);
    REQUIRE(all.size() == 1);
    CHECK(all[0].reply()->seq == 7);
    CHECK(equal(all[0].reply()->v, big.v));
    CHECK(equal(all[0].reply()->sig, big.sig));
    all = s.ask(p, "get", krpc::get_item{topic_key, 7, {}}, true);
    REQUIRE(all.size() == 1);
    CHECK(all[0].reply()->seq == 7);
    CHECK(all[0].reply()->v.empty());
}

TEST_CASE("a put is judged like any other (BEP 44), and what is invalid or old goes no further") {
    stage s;
    s.befriend(somebody(9));
    peer const p = somebody(1);
    CHECK(s.publish(issue(5)));
    CHECK(asking<krpc::put_item>(s.pass(seconds{10})).size() == 3);
    item const newer = issue(6);
    CHECK(code_of(s.put(p, "a bad token", newer.view())) == protocol);
    CHECK(code_of(s.put(p, s.token_for(somebody(2)), newer.view())) == protocol);
    item forged = newer;
    forged.sig[0] ^= std::byte{1};
    CHECK(s.put(p, forged.view()) == 206);
    item_view big = newer.view();
    std::string const v = "997:" + std::string(997, 'x');
    big.v = as_bytes(v);
    CHECK(s.put(p, big) == 205);
    std::string const salty(65, 's');
    item_view salted = newer.view();
    salted.salt = as_bytes(salty);
    CHECK(s.put(p, salted) == 207);
    item_view cas = newer.view();
    cas.cas = 4;
    CHECK(s.put(p, cas) == 301);
    CHECK(s.put(p, issue(4).view()) == 302);
    CHECK(s.put(p, issue(5, "5:other").view()) == 302);
    CHECK(s.put(p, issue(5).view()) == 0); // it is here
    CHECK(s.seq() == 5);
    CHECK_FALSE(s.subscription().poll());
    CHECK(asking<krpc::put_item>(s.pass(minutes{10})).empty());
    cas.cas = 5;
    CHECK(s.put(p, cas) == 0);
    CHECK(s.seq() == 6);
}

TEST_CASE("a valid and newer put is news, and goes to everybody but its sender") {
    stage s;
    std::array const others{somebody(1), somebody(2), somebody(3)};
    for (peer const& p : others)
        s.befriend(p);
    CHECK(s.topic().members().contacts() == 3);
    item const update = issue(1);
    letters all = s.put(others[0], s.token_for(others[0]), update.view());
    auto const later = s.pass(milliseconds{100});
    all.insert(all.end(), later.begin(), later.end());
    letters const puts = asking<krpc::put_item>(all);
    REQUIRE(puts.size() == 2);
    for (letter const& l : puts) {
        CHECK(l.to != others[0].at);
        auto const& put = *l.asks<krpc::put_item>();
        CHECK(equal(std::get<krpc::query>(l.m.body).topic, topic_key.bytes));
        CHECK(as_text(put.token) == "their token");
        CHECK(equal(put.v, update.v));
        CHECK(equal(put.k, *update.k));
        CHECK(equal(put.sig, update.sig));
        CHECK(equal(put.salt, salt));
        CHECK(put.seq == 1);
    }
    auto const news = s.subscription().poll();
    REQUIRE(news);
    CHECK(news->item == update);
    CHECK_FALSE(s.subscription().poll());
    for (letter const& l : puts)
        s.answer(l, somebody(l.to == others[1].at ? 2 : 3), {});
    CHECK(asking<krpc::put_item>(s.pass(seconds{30})).empty());
    s.put(others[1], s.token_for(others[1]), update.view()); // a replay
    CHECK(asking<krpc::put_item>(s.pass(seconds{30})).empty());
}

TEST_CASE("a put without an answer is tried three times, and then never again") {
    stage s;
    s.befriend(somebody(1));
    CHECK(s.publish(issue(1)));
    instant last{};
    std::size_t count = 0;
    s.play(minutes{1}, [&](letter const& l) {
        if (!l.asks<krpc::put_item>()) return letters{};
        CHECK(s.b.now - last >= milliseconds{1'400});
        last = s.b.now;
        ++count;
        return letters{};
    });
    CHECK(count == 3);
    CHECK(s.topic().members().contacts() == 0); // who does not answer looks is no contact
}

TEST_CASE("a token that is refused is replaced, a contact that refuses all is left alone") {
    stage s;
    peer p = somebody(1);
    s.befriend(p);
    CHECK(s.publish(issue(1)));
    std::size_t puts = 0;
    p.token = "a fresh one";
    s.play(minutes{2}, [&](letter const& l) {
        if (l.asks<krpc::get_item>()) return s.answer(l, p, stage::look_of(p));
        if (l.asks<krpc::find_node>()) return s.answer(l, p, {});
        CHECK(as_text(l.asks<krpc::put_item>()->token) ==
              (puts++ == 0 ? "their token" : "a fresh one"));
        return s.refuse(l, krpc::error_code::protocol);
    });
    CHECK(puts == 3);
    CHECK(s.topic().members().contacts() == 1);
}

TEST_CASE("looks repair: who has an older item gets ours, who has a newer one gives his") {
    stage s;
    CHECK(s.publish(issue(5)));
    peer behind = somebody(1);
    behind.seq = 4;
    letters all = s.befriend(behind);
    auto const later = s.pass(milliseconds{100});
    all.insert(all.end(), later.begin(), later.end());
    REQUIRE(asking<krpc::put_item>(all).size() == 1);
    CHECK(asking<krpc::put_item>(all)[0].asks<krpc::put_item>()->seq == 5);

    peer const ahead = somebody(2);
    item const newer = issue(6);
    all = s.ask(ahead, "ping", krpc::ping{});
    letters const look = asking<krpc::get_item>(all);
    REQUIRE(look.size() == 1);
    CHECK(look[0].asks<krpc::get_item>()->seq == 5);
    krpc::reply_parts parts = stage::look_of(ahead);
    parts.item = {newer.v, *newer.k, {}, 6};
    SECTION("signed") {
        parts.item->sig = newer.sig;
        all = s.answer(look[0], ahead, parts);
        auto const more = s.pass(milliseconds{100});
        all.insert(all.end(), more.begin(), more.end());
        CHECK(s.seq() == 6);
        letters const puts = asking<krpc::put_item>(all);
        REQUIRE(puts.size() == 1);
        CHECK(puts[0].to == behind.at);
    }
    SECTION("forged") {
        item const another = issue(7);
        parts.item->sig = another.sig;
        s.answer(look[0], ahead, parts);
        CHECK(s.seq() == 5);
        for (letter const& l : asking<krpc::put_item>(s.pass(seconds{3})))
            CHECK(l.asks<krpc::put_item>()->seq == 5);
    }
}

TEST_CASE("nobody is sent a put who has not answered on the topic") {
    stage s;
    peer const asker = somebody(1);    // he asks, and never answers
    peer const ordinary = somebody(2); // a node that does not know BEP 50
    peer const named = somebody(3);    // somebody tells of him
    peer const teller = somebody(4);
    s.ask(asker, "ping", krpc::ping{});
    for (letter const& l : asking<krpc::get_item>(s.ask(ordinary, "ping", krpc::ping{})))
        s.answer(l, ordinary, stage::look_of(ordinary), false);
    auto const nodes = compact::packed(std::array{node_contact{named.id, named.at}});
    std::size_t asked = 0;
    for (letter const& l : asking<krpc::get_item>(s.ask(teller, "ping", krpc::ping{}))) {
        krpc::reply_parts parts = stage::look_of(teller);
        parts.nodes = byte_view{nodes};
        for (letter const& next : s.answer(l, teller, parts))
            asked += next.to == named.at;
    }
    CHECK(s.topic().members().contacts() == 1);
    CHECK(s.publish(issue(1)));
    for (letter const& l : s.pass(minutes{1})) {
        if (l.asks<krpc::put_item>()) CHECK(l.to == teller.at);
        asked += l.to == named.at;
        CHECK(l.to != ordinary.at);
    }
    CHECK(asked == 2); // twice: one lost datagram is no sign
}

TEST_CASE("who names many is believed a few, who is named is asked a few at a time") {
    stage s;
    peer const liar = somebody(1);
    std::vector<node_contact> nodes;
    for (std::uint8_t n = 10; n < 50; ++n)
        nodes.push_back({somebody(n).id, somebody(n).at});
    letters asked = asking<krpc::get_item>(s.ask(liar, "ping", krpc::ping{}));
    REQUIRE(asked.size() == 1);
    krpc::reply_parts parts = stage::look_of(liar);
    auto const thirty = compact::packed(std::span<node_contact const>{nodes}.first(30));
    parts.nodes = byte_view{thirty};
    s.answer(asked[0], liar, parts);
    std::size_t strangers = 0;
    for (letter const& l : s.pass(seconds{1}))
        strangers += l.to != liar.at;
    CHECK(strangers <= 8);
    for (std::uint8_t n = 50; n < 150; ++n)
        s.ask(somebody(n), "ping", krpc::ping{});
    strangers = 0;
    for (letter const& l : s.pass(milliseconds{500}))
        strangers += l.to != liar.at && l.asks<krpc::get_item>() != nullptr;
    CHECK(strangers <= 8);
}

TEST_CASE("updates are passed on at a pace, and of those that wait only the newest") {
    stage s;
    peer const p = somebody(1);
    s.befriend(p);
    std::vector<std::int64_t> seen;
    auto const answer = [&](letter const& l) {
        if (auto const* const put = l.asks<krpc::put_item>()) seen.push_back(*put->seq);
        return s.answer(l, p, {});
    };
    for (std::int64_t seq = 1; seq <= 15; ++seq) { // all within 1.5 s
        CHECK(s.publish(issue(seq)));
        s.play(milliseconds{100}, answer);
    }
    s.play(seconds{10}, answer);
    CAPTURE(seen);
    CHECK(seen == std::vector<std::int64_t>{1, 2, 3, 4, 10, 15}); // at 0 .. 0.3 s, 1 s, 2 s
}

TEST_CASE("the checks of signatures that one address, and all strangers, can cause are bounded") {
    stage s;
    peer const p = somebody(1);
    item forged = issue(6);
    forged.sig[0] ^= std::byte{1};
    std::array<unsigned, 3> told{};
    auto const count = [&](std::int32_t code) { ++told[code == 206 ? 0 : code == 202 ? 1 : 2]; };
    SECTION("one address") {
        for (int i = 0; i < 20; ++i)
            count(s.put(p, forged.view()));
        CHECK(told == std::array<unsigned, 3>{8, 12, 0});
        s.pass(seconds{1});
        CHECK(s.put(p, issue(6).view()) == 0); // not banned
    }
    SECTION("all strangers, and a contact has nothing to fear from them") {
        peer const contact = somebody(99);
        s.befriend(contact);
        for (std::uint8_t n = 1; n <= 30; ++n)
            count(s.put(somebody(n), forged.view()));
        CHECK(told == std::array<unsigned, 3>{20, 10, 0});
        CHECK(s.put(contact, issue(6).view()) == 0);
    }
}

TEST_CASE("a subscriber that leaves is forgotten at once, one that is silent after three looks") {
    stage s;
    peer const p = somebody(1);
    s.befriend(p);
    s.b.now += minutes{4};
    s.b.node.advance(s.b.now);
    letters const looks = asking<krpc::get_item>(read(drain(s.b.node)));
    REQUIRE(looks.size() == 1);
    SECTION("an error") {
        s.refuse(looks[0], krpc::error_code::protocol);
        CHECK(s.topic().members().contacts() == 0);
    }
    SECTION("silence") {
        s.pass(seconds{8});
        CHECK(s.topic().members().contacts() == 1);
        s.pass(seconds{12});
        CHECK(s.topic().members().contacts() == 0);
    }
    s.pass(minutes{30});
}

TEST_CASE("publishing needs a subscription, a signature, and a newer seq") {
    stage s;
    CHECK_FALSE(s.publish(sign_item(topic_owner, as_bytes("olds"), 1, as_bytes("1:x"))));
    item forged = issue(1);
    forged.seq = 2;
    CHECK_FALSE(s.publish(forged));
    CHECK(s.publish(issue(2)));
    CHECK_FALSE(s.publish(issue(2)));
    CHECK_FALSE(s.publish(issue(1)));
    CHECK_FALSE(s.subscription().poll()); // our own is no news
}

TEST_CASE("topics are bounded") {
    topics_options few;
    few.topics_max = 2;
    stage s{few};
    auto& t = s.subscription();
    CHECK(t.subscribe(s.b.now, topic_owner.public_key(), as_bytes("2")));
    CHECK_FALSE(t.subscribe(s.b.now, topic_owner.public_key(), as_bytes("3")));
    CHECK(t.subscribe(s.b.now, topic_owner.public_key(), salt)); // already
    CHECK_FALSE(t.subscribe(s.b.now, topic_owner.public_key(), as_bytes(std::string(65, 'x'))));
    CHECK(t.size() == 2);
}

TEST_CASE("a follower takes updates from a topic, tells them once, and looks less often (BEP 46)") {
    content::follower f;
    settings const limits;
    seeded_random chance{1};
    f.start(limits, chance);
    instant now{seconds{100}};
    CHECK_FALSE(f.offer(now, issue(3))); // nobody follows it
    CHECK(f.follow(now, topic_owner.public_key(), salt));
    item forged = issue(3);
    forged.v.back() = std::byte{'x'};
    CHECK_FALSE(f.offer(now, forged));
    CHECK(f.offer(now, issue(3)));
    CHECK_FALSE(f.offer(now, issue(3)));
    CHECK_FALSE(f.offer(now, issue(2)));
    auto const u = f.poll();
    REQUIRE(u);
    CHECK(u->item == issue(3));
    CHECK_FALSE(f.poll());
    REQUIRE(f.next_deadline());
    CHECK(*f.next_deadline() >= now + minutes{54});
    CHECK_FALSE(f.next_operation({now, {}}));
    CHECK(f.next_operation({now + minutes{67}, {}}));
    CHECK(f.offer(now + minutes{67}, issue(4))); // while it looks
    CHECK_FALSE(f.next_deadline());
}

TEST_CASE("a topic has a table for each local address, and one item") {
    stage s;
    s.b.node.open(s.b.now, {address::v6({std::byte{0x2a}, std::byte{1}}), 6881});
    peer p = somebody(1);
    s.befriend(p);
    peer q = somebody(2);
    q.at = {address::v6({std::byte{0x2a}, std::byte{2}}), 6881};
    std::array<std::byte, 256> buffer;
    raw_fields top;
    key_field.join(top);
    byte_view const query = byte_view{buffer}.first(krpc::encode_query(
        buffer, {as_bytes("aa"), {}, q.id}, "get", krpc::get_item{topic_key, {}, {}}, {}, top));
    letters const asked =
        asking<krpc::get_item>(read(bench::tell(s.b.node, s.b.now, q.at, as_text(query), 1)));
    REQUIRE(asked.size() == 1);
    krpc::reply_parts parts = stage::look_of(q);
    parts.tid = asked[0].m.tid;
    parts.sender = q.id;
    byte_view const reply = byte_view{buffer}.first(krpc::encode_reply(buffer, parts, {}, top));
    bench::tell(s.b.node, s.b.now, q.at, as_text(reply), 1);
    REQUIRE(s.topic().members().tables().size() == 2);
    CHECK(s.topic().members().tables()[0].size() == 1);
    CHECK(s.topic().members().tables()[1].size() == 1);
    CHECK(s.publish(issue(1)));
    letters const puts = asking<krpc::put_item>(s.pass(seconds{1}));
    REQUIRE(puts.size() == 2);
    CHECK(puts[0].to == p.at);
    CHECK(puts[1].to == q.at);
}

TEST_CASE("whatever bytes come on a topic, it keeps to its bounds and to signed items") {
    unsigned const number = GENERATE(1U, 2U, 3U);
    CAPTURE(number);
    stage s;
    seeded_random chance{number};
    CHECK(s.publish(issue(1)));
    item const newer = issue(2);
    std::vector<std::string> seeds;
    for (std::uint8_t n = 1; n <= 3; ++n) {
        peer const p = somebody(n);
        s.befriend(p);
        std::string const t = s.token_for(p);
        std::array<std::byte, 2'048> buffer;
        raw_fields top;
        key_field.join(top);
        std::array const names{"ping", "find_node", "get_peers", "announce_peer", "get", "put"};
        krpc::put_item const put{as_bytes(t), newer.v, *newer.k, newer.sig, salt, 2};
        for (krpc::arguments const& args :
             {krpc::arguments{krpc::ping{}}, krpc::arguments{krpc::get_item{topic_key, 1, {}}},
              krpc::arguments{krpc::find_node{p.id, {}}}, krpc::arguments{put}})
            seeds.push_back(text_of(byte_view{buffer}.first(krpc::encode_query(
                buffer, {as_bytes("aa"), {}, p.id}, names[args.index()], args, {}, top))));
    }
    for (int i = 0; i < 3'000; ++i) {
        std::string bytes = seeds[below(chance, seeds.size())];
        for (auto flips = below(chance, 3); flips-- > 0;)
            bytes[below(chance, bytes.size())] = static_cast<char>(chance.next());
        peer const p = somebody(static_cast<std::uint8_t>(below(chance, 200)));
        for (letter const& l : s.tell(p.at, bytes)) {
            if (!l.asks<krpc::get_item>() || below(chance, 2) == 0) continue;
            krpc::reply_parts parts = stage::look_of(p);
            parts.item = {newer.v, {}, {}, static_cast<std::int64_t>(chance.next())};
            s.answer(l, p, parts);
        }
        s.pass(milliseconds{below(chance, 500)});
        bool const bounded =
            s.topic().members().contacts() <= content::topic_table_limits{}.contacts_max;
        bool const signed_item = s.topic().newest() == issue(1) || s.topic().newest() == newer;
        if (!bounded || !signed_item) FAIL(i);
    }
}

TEST_CASE("a token that was refused is not used again, even if no other is to be had") {
    stage s;
    s.befriend(somebody(1));
    CHECK(s.publish(issue(1)));
    std::size_t puts = 0;
    s.play(seconds{10}, [&](letter const& l) {
        puts += l.asks<krpc::put_item>() != nullptr;
        return l.asks<krpc::put_item>() ? s.refuse(l, krpc::error_code::protocol) : letters{};
    });
    CHECK(puts == 1);
}

TEST_CASE("tokens live a quarter of an hour, whatever the date does meanwhile") {
    stage s;
    peer const p = somebody(1);
    std::string const token = s.token_for(p);
    s.b.node.set_unix_time(s.b.now, unix_time{2'000'000'000});
    s.b.now += minutes{13};
    CHECK(code_of(s.put(p, token, issue(1).view())) == 0);
    s.b.now += minutes{3};
    CHECK(code_of(s.put(p, token, issue(2).view())) == protocol);
    CHECK(s.put(p, issue(2).view()) == 0);
}

TEST_CASE("of many topics a few join at a time") {
    topics t;
    seeded_random chance{1};
    t.start(settings{}, chance);
    times const at{instant{seconds{100}}, {}};
    for (std::uint8_t n = 0; n < 20; ++n)
        CHECK(t.subscribe(at.now, topic_owner.public_key(), std::array{std::byte{n}}));
    std::vector<std::uint32_t> cookies;
    while (auto const join = t.next_operation(at))
        cookies.push_back(join->cookie);
    CHECK(cookies.size() == 8);
    CHECK_FALSE(t.next_deadline()); // until one has ended
    outcome done;
    done.finished = true;
    t.on_outcome(at, cookies.front(), done);
    CHECK(t.next_operation(at));
    CHECK_FALSE(t.next_operation(at));
}
