#include "../catch.hpp"
#include "workbench.hpp"

// Every seam of the extension slot: answers now and later, questions of its own, keys in the
// messages of others, a say in who enters the table, datagrams that are no KRPC, and deadlines.

using namespace bench;

namespace {

/// Answers the method "slow" when the time has come, or never.
struct slow_answers {
    using policy_slot = slots::extension;

    duration takes{};
    ticket parked{};
    instant due{};

    answer_verdict answer(extension_query const& q, extension_reply& r) noexcept {
        if (q.query.method == "rude") {
            r.code = krpc::error_code::generic;
            r.text = "go away";
            return answer_verdict::refused;
        }
        if (q.query.method == "quick") {
            r.fields.push_back({"x", as_bytes("i1e")});
            return answer_verdict::replied;
        }
        if (q.query.method != "slow") return answer_verdict::declined;
        parked = q.id;
        due = q.at.now + takes;
        return answer_verdict::later;
    }

    std::optional<late_answer> poll_answer(times at) noexcept {
        if (!parked || at.now < due) return std::nullopt;
        late_answer late{parked, answer_verdict::replied, {}};
        parked = {};
        late.reply.fields.push_back({"x", as_bytes("i42e")});
        return late;
    }
};

/// Asks one question and writes down what comes of it.
struct curious {
    using policy_slot = slots::extension;

    std::optional<extension_question> wish;
    std::string log;

    std::optional<extension_question> next(times) noexcept { return std::exchange(wish, {}); }

    void on_reply(times, std::uint32_t cookie, endpoint const&, krpc::reply const& r) noexcept {
        log += "reply " + std::to_string(cookie) + " " + std::string{as_text(r.r)};
    }

    void on_failure(times, std::uint32_t cookie, errc why) noexcept {
        log += "failure " + std::to_string(cookie) + " " + std::string{message(why)};
    }
};

/// A second one, so that answers have somebody to go wrong to.
struct curious_too : curious {};

/// Adds a key to the body and one to the top of every message, and reads those of others.
struct keyed {
    using policy_slot = slots::extension;

    std::string heard;

    void extend(times, outgoing_message const& m, added_fields& fields) noexcept {
        fields.body.push_back(
            {"hat", as_bytes(m.kind == message_kind::query ? "3:red" : "4:blue")});
        fields.top.push_back({"zz", as_bytes("i7e")});
    }

    void read(times, endpoint const&, krpc::message const& m) noexcept {
        if (auto const* const q = std::get_if<krpc::query>(&m.body)) heard += as_text(q->a);
        if (auto const* const r = std::get_if<krpc::reply>(&m.body)) heard += as_text(r->r);
    }
};

/// Says what the test wants to whoever has answered.
struct doorman {
    using policy_slot = slots::extension;

    entry_verdict verdict = entry_verdict::yes;
    unsigned asked_for = 0;

    entry_verdict may_enter(times, contact const& c) noexcept {
        if (!c.verified()) return entry_verdict::yes;
        ++asked_for;
        return verdict;
    }
};

struct strict_doorman : doorman {};

/// Takes what begins with '#'.
struct stun_like {
    using policy_slot = slots::extension;

    std::string heard;

    bool claims(std::byte first) noexcept { return first == std::byte{'#'}; }

    void receive(times, via_index, endpoint const&, byte_view bytes) noexcept {
        heard += as_text(bytes);
    }
};

/// Counts the seconds.
struct metronome {
    using policy_slot = slots::extension;

    instant next{seconds{101}};
    unsigned beats = 0;

    std::optional<instant> next_deadline() noexcept { return next; }

    void advance(times at) noexcept {
        for (; next <= at.now; next += seconds{1})
            ++beats;
    }
};

} // namespace

TEST_CASE("an extension answers a method of its own, at once or with a refusal") {
    workbench<slow_answers> b;
    auto const quick = b.tell(query("quick"));
    REQUIRE(quick.size() == 1);
    CHECK(quick[0].has("1:xi1e"));
    CHECK(quick[0].has("1:t2:aa"));
    auto const rude = b.tell(query("rude"));
    REQUIRE(rude.size() == 1);
    CHECK(rude[0].has("1:eli201e7:go awaye"));
}

TEST_CASE("what every extension declines is an unknown method") {
    workbench<slow_answers> b;
    auto const out = b.tell(query("nobody_knows"));
    REQUIRE(out.size() == 1);
    CHECK(out[0].has("li204e"));
}

TEST_CASE("an extension answers later, and the query waits for it") {
    workbench<slow_answers> b{slow_answers{milliseconds{700}}};
    CHECK(b.tell(query("slow")).empty());
    CHECK(b.pass(milliseconds{600}).empty());
    auto const out = b.pass(milliseconds{200});
    REQUIRE(out.size() == 1);
    CHECK(out[0].to == b.other);
    CHECK(out[0].has("1:xi42e"));
    CHECK(out[0].has("1:t2:aa"));
    CHECK(b.pass(seconds{10}).empty()); // once
}

TEST_CASE("a query that is answered too late gets the error 202, and nothing behind it") {
    workbench<slow_answers> b{slow_answers{seconds{30}}};
    b.tell(query("slow"));
    auto const out = b.pass(seconds{3});
    REQUIRE(out.size() == 1);
    CHECK(out[0].has("li202e"));
    CHECK(b.pass(seconds{60}).empty());
}

TEST_CASE("waiting queries are bounded") {
    settings few;
    few.pending_queries_max = 2;
    workbench<slow_answers>::node_type node{few, seeded_random{1}, slow_answers{seconds{1}}};
    instant const now{seconds{100}};
    node.open(now, at(0x01020304));
    std::size_t refused = 0;
    for (int i = 0; i < 5; ++i)
        refused += tell(node, now, at(0x05060708), query("slow")).size();
    CHECK(refused == 3);
}

TEST_CASE("an extension asks, and the answer comes to it and to nobody else") {
    workbench<curious, curious_too> b;
    b.node.template get<curious_too>().wish = extension_question{0, b.other, "hat_size", {}, 77};
    b.node.template get<curious_too>().wish->arguments.push_back({"unit", as_bytes("2:cm")});
    b.node.advance(b.now);
    auto const asked = drain(b.node);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].to == b.other);
    CHECK(asked[0].has("1:q8:hat_size"));
    CHECK(asked[0].has("4:unit2:cm"));
    b.tell(answer_to(asked[0], id_a, "4:sizei58e"));
    CHECK(b.node.template get<curious_too>().log == "reply 77 d2:id20:" + id_a + "4:sizei58ee");
    CHECK(b.node.template get<curious>().log.empty());
}

TEST_CASE("an extension learns that nobody answered, or that the answer was an error") {
    workbench<curious> b;
    auto& asker = b.node.template get<curious>();
    asker.wish = extension_question{0, b.other, "hat_size", {}, 5};
    b.node.advance(b.now);
    auto const asked = drain(b.node);
    REQUIRE(asked.size() == 1);
    SECTION("nobody") {
        b.pass(seconds{30});
        CHECK(asker.log == "failure 5 " + std::string{message(errc::timed_out)});
    }
    SECTION("an error") {
        b.tell("d1:eli204e7:Unknowne" + tid_of(asked[0]) + "1:y1:ee");
        CHECK(asker.log == "failure 5 " + std::string{message(errc::remote_error)});
    }
}

TEST_CASE("a contact that does not know the question of an extension stays a contact") {
    workbench<curious> b;
    b.befriend(b.other, id_b);
    b.node.template get<curious>().wish = extension_question{0, b.other, "hat_size", {}, 5};
    b.node.advance(b.now);
    drain(b.node);
    // Only the table's own questions are answered.
    for (instant const end = b.now + seconds{24}; b.now < end;)
        for (sent const& question : b.pass(milliseconds{500}))
            if (question.to == b.other && !question.has("8:hat_size"))
                b.tell(answer_to(question, id_b));
    REQUIRE_FALSE(b.node.template get<curious>().log.empty());
    b.node.find_node(b.now, {});
    bool asked = false;
    for (sent const& q : drain(b.node))
        asked |= q.to == b.other && q.has("9:find_node");
    CHECK(asked);
}

TEST_CASE("an extension is told that a question can never be asked") {
    workbench<curious> b;
    auto& asker = b.node.template get<curious>();
    SECTION("because of where it should go") {
        asker.wish = extension_question{0, {}, "hat_size", {}, 5};
    }
    SECTION("because of where it should come from") {
        asker.wish = extension_question{9, b.other, "hat_size", {}, 5};
    }
    b.node.advance(b.now);
    CHECK(drain(b.node).empty());
    CHECK(asker.log == "failure 5 " + std::string{message(errc::invalid_argument)});
}

TEST_CASE("an extension adds keys to questions and answers, in their places") {
    workbench<keyed> b;
    b.node.ping(b.now, b.other);
    auto const asked = drain(b.node);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].has("d1:ad3:hat3:red2:id20:"));
    CHECK(asked[0].has("1:y1:q2:zzi7ee"));
    auto const answered = b.tell(query("ping"));
    REQUIRE(answered.size() == 1);
    CHECK(answered[0].has("1:rd3:hat4:blue2:id20:"));
    CHECK(answered[0].has("1:y1:r2:zzi7ee"));
}

TEST_CASE("an extension reads keys of queries and of answers to our questions") {
    workbench<keyed> b;
    b.tell(query("ping", "3:tieb")); // malformed: never read
    CHECK(b.node.template get<keyed>().heard.empty());
    b.tell(query("ping", "3:tie5:green"));
    CHECK(b.node.template get<keyed>().heard == "d2:id20:" + id_a + "3:tie5:greene");
    b.node.template get<keyed>().heard.clear();
    b.node.ping(b.now, b.other);
    auto const asked = drain(b.node);
    b.tell("d1:rd2:id20:" + id_b + "e1:t6:xxxxxx1:y1:re"); // nobody asked: never read
    CHECK(b.node.template get<keyed>().heard.empty());
    b.tell(answer_to(asked.at(0), id_a, "3:tie4:pink"));
    CHECK(b.node.template get<keyed>().heard == "d2:id20:" + id_a + "3:tie4:pinke");
}

TEST_CASE("two nodes with one extension exchange its keys") {
    workbench<keyed> a;
    workbench<keyed> b{seed{2}};
    a.node.ping(a.now, b.other);
    auto const question = drain(a.node);
    auto const reply = b.tell_from(at(0x01020304, 1), question.at(0).bytes);
    a.tell(reply.at(0).bytes);
    CHECK(b.node.template get<keyed>().heard.find("3:hat3:red") != std::string::npos);
    CHECK(a.node.template get<keyed>().heard.find("3:hat4:blue") != std::string::npos);
    CHECK(a.result()->error == errc::ok);
}

TEST_CASE("an extension keeps contacts out of the table") {
    for (entry_verdict const verdict :
         {entry_verdict::yes, entry_verdict::no, entry_verdict::ask_first}) {
        workbench<doorman> b{doorman{verdict}};
        b.befriend(b.other, id_a);
        CHECK(b.node.template get<doorman>().asked_for == 1);
        CHECK(b.node.good_contacts(0) == (verdict == entry_verdict::yes ? 1 : 0));
    }
}

TEST_CASE("of several doormen the strictest counts, whatever their order") {
    workbench<doorman, strict_doorman> b;
    SECTION("the first") {
        b.node.template get<doorman>().verdict = entry_verdict::no;
    }
    SECTION("the second") {
        b.node.template get<strict_doorman>().verdict = entry_verdict::no;
    }
    b.befriend(b.other, id_a);
    CHECK(b.node.good_contacts(0) == 0);
}

TEST_CASE("ask_first: the contact is asked once more, and may enter then") {
    workbench<doorman> b{doorman{entry_verdict::ask_first}};
    b.tell(introduction());
    auto asked = b.pass(seconds{2}); // the newcomer is asked for the first time
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].to == b.other);
    b.tell(answer_to(asked[0]));
    CHECK(b.node.good_contacts(0) == 0);
    b.node.template get<doorman>().verdict = entry_verdict::yes;
    asked = b.await(seconds{30});
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].to == b.other);
    b.tell(answer_to(asked[0]));
    CHECK(b.node.good_contacts(0) == 1);
}

TEST_CASE("ask_first holds for somebody who was never a newcomer, too") {
    workbench<doorman> b{doorman{entry_verdict::ask_first}};
    b.befriend(b.other, id_a);
    CHECK(b.node.good_contacts(0) == 0);
    b.node.template get<doorman>().verdict = entry_verdict::yes;
    auto const asked = b.await(seconds{30});
    REQUIRE(asked.size() == 1);
    b.tell(answer_to(asked[0]));
    CHECK(b.node.good_contacts(0) == 1);
}

TEST_CASE("whoever is kept out is not asked for it again and again") {
    workbench<doorman> b{doorman{entry_verdict::no}};
    b.tell(introduction());
    auto const asked = b.pass(seconds{2});
    REQUIRE(asked.size() == 1);
    b.tell(answer_to(asked[0]));
    b.tell_from(at(0x08090a0b), query("ping"));
    for (sent const& s : b.pass(minutes{5}))
        CHECK(s.to != b.other);
}

TEST_CASE("an extension takes the datagrams that it claims, and no KRPC") {
    workbench<stun_like> b;
    b.tell("#binding");
    CHECK(b.node.template get<stun_like>().heard == "#binding");
    b.tell("?other");
    CHECK(b.tell(query("ping")).size() == 1);
    b.tell("");
    CHECK(b.node.template get<stun_like>().heard == "#binding");
}

TEST_CASE("an extension is woken when it wants to be") {
    workbench<metronome> b;
    REQUIRE(b.node.next_deadline());
    CHECK(b.node.next_deadline()->at <= b.now + seconds{1});
    b.pass(seconds{10});
    CHECK(b.node.template get<metronome>().beats == 10);
    bool named = false;
    for (int i = 0; i < 20 && !named; ++i) {
        named = b.node.next_deadline()->why == wake_reason::extension;
        b.pass(milliseconds{100});
    }
    CHECK(named);
}

namespace {

std::string const topic_name = "TTTTTTTTTTtttttttttt";

/// Keeps one topic: answers pings on it, refuses the rest, and asks on it.
struct one_topic {
    using policy_slot = slots::extension;

    std::optional<extension_question> wish;
    std::string log;
    std::size_t nodes = 0;

    answer_verdict answer_on_topic(extension_query const& q, extension_reply& r) noexcept {
        if (as_text(q.query.topic) != topic_name) return answer_verdict::declined;
        log += q.query.method;
        r.code = krpc::error_code::seq_too_old;
        r.text = "old";
        r.parts.item = {{}, {}, {}, 7};
        return q.query.method == "ping" ? answer_verdict::replied : answer_verdict::refused;
    }

    std::optional<extension_question> next(times) noexcept { return std::exchange(wish, {}); }

    void on_reply(times, std::uint32_t, endpoint const&, krpc::reply const& r) noexcept {
        log += "reply on " + std::string{as_text(r.topic)};
    }

    void on_failure(times, std::uint32_t, errc why) noexcept { log += message(why); }

    void own_nodes(std::span<own_node const> all) noexcept { nodes = all.size(); }
};

/// Not from a read-only node: without a topic its sender would become a contact.
std::string on_topic(std::string_view method, std::string_view topic, std::string_view args = "") {
    return "d1:ad2:id20:" + id_a + std::string{args} + "e1:c" + std::to_string(topic.size()) + ":" +
           std::string{topic} + "1:q" + std::to_string(method.size()) + ":" + std::string{method} +
           "1:t2:aa1:y1:qe";
}

} // namespace

TEST_CASE("a query on a topic is for who keeps it, and its answer names the topic (BEP 50)") {
    workbench<one_topic> b;
    auto const replied = b.tell(on_topic("ping", topic_name));
    REQUIRE(replied.size() == 1);
    CHECK(replied[0].has("d1:c20:" + topic_name + "2:ip"));
    CHECK(replied[0].has("3:seqi7e"));
    auto const refused = b.tell(on_topic("get_peers", topic_name, "9:info_hash20:" + id_b));
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].has("d1:c20:" + topic_name + "1:eli302e3:olde"));
    CHECK(b.node.get<one_topic>().log == "pingget_peers");
}

TEST_CASE("a topic that nobody keeps is an error, and costs no state") {
    workbench<one_topic> b;
    auto const out = b.tell(on_topic("ping", id_b));
    REQUIRE(out.size() == 1);
    CHECK(out[0].has("d1:c20:" + id_b + "1:eli203e28:not subscribed to that topice"));
    CHECK(b.node.get<one_topic>().log.empty());
}

TEST_CASE("the table takes nobody from the overlay of a topic") {
    workbench<one_topic> b;
    for (auto const* name : {&topic_name, &id_b}) {
        b.tell(on_topic("ping", *name));
        CHECK(b.pass(minutes{1}).empty());
    }
    auto& keeper = b.node.get<one_topic>();
    keeper.log.clear();
    keeper.wish = extension_question{0, b.other, "get", {}, 1, krpc::get_item{}, key160{}};
    keeper.wish->topic = key160::from(as_bytes(topic_name));
    b.node.advance(b.now);
    auto const asked = drain(b.node);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].has("6:target20:"));
    CHECK(asked[0].has("e1:c20:" + topic_name + "1:q3:get"));
    std::string nodes = id_b + std::string{"\x21\x22\x23\x24\x1a\xe1", 6};
    std::string answer = answer_to(asked[0], id_a, "5:nodes26:" + nodes);
    answer.insert(1, "1:c20:" + topic_name);
    b.tell(answer);
    CHECK(keeper.log == "reply on " + topic_name);
    CHECK(b.node.good_contacts(0) == 0);
    CHECK(b.pass(minutes{1}).empty());
}

TEST_CASE("silence on a topic costs a contact nothing") {
    workbench<one_topic> b;
    b.befriend(b.other, id_b);
    for (instant const end = b.now + seconds{24}; b.now < end;) {
        b.node.get<one_topic>().wish =
            extension_question{0, b.other, "ping", {}, 1, krpc::ping{}, key160{}};
        for (sent const& question : b.pass(milliseconds{500}))
            if (!question.has("1:c20:")) b.tell(answer_to(question, id_b));
    }
    CHECK(b.node.get<one_topic>().log.find(message(errc::timed_out)) != std::string::npos);
    b.node.find_node(b.now, {});
    bool asked = false;
    for (sent const& q : drain(b.node))
        asked |= q.to == b.other && q.has("9:find_node");
    CHECK(asked);
}

TEST_CASE("to a node without such an extension a topic is an unknown key") {
    workbench<> b;
    auto const out = b.tell(on_topic("ping", topic_name));
    REQUIRE(out.size() == 1);
    CHECK_FALSE(out[0].has(topic_name));
    CHECK(b.await(seconds{2}).size() == 1); // it became a newcomer as ever
}

TEST_CASE("a key c that is no topic is an unknown key, too") {
    workbench<one_topic> b;
    auto const out = b.tell(on_topic("ping", "short"));
    REQUIRE(out.size() == 1);
    CHECK(out[0].has("1:rd2:id20:"));
    CHECK(b.node.get<one_topic>().log.empty());
}

TEST_CASE("an extension is told who we are") {
    workbench<one_topic> b;
    CHECK(b.node.get<one_topic>().nodes == 1);
    b.node.open(b.now, at(0x01020305));
    CHECK(b.node.get<one_topic>().nodes == 2);
}
