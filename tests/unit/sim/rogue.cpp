#include <dht/sim/rogue.hpp>

#include "../../catch.hpp"
#include <map>

// What a rogue does to a host that asks it, and unasked. The victim is scripted: it gives a token
// to whoever asks for one, and writes down what came.

using namespace dht;

namespace {

constexpr std::uint32_t first_address = 50'000;

struct rogue_scene {
    struct note {
        sim::datagram came; ///< its bytes are gone
        std::string tid;
        std::string method; ///< of a query
        std::optional<node_id> name;
        std::optional<endpoint> external;
        bool refuses = false;
        key160 target{};
        std::string token;
    };

    static std::string text(byte_view bytes) { return std::string{as_text(bytes)}; }

    void hear(sim::datagram const& d) {
        krpc::message m;
        krpc::refusal why;
        REQUIRE(krpc::decode(d.bytes, m, why) == errc::ok);
        note n;
        n.came = d;
        n.tid = text(m.tid);
        n.external = m.external;
        if (auto const* const r = std::get_if<krpc::reply>(&m.body)) n.name = r->sender;
        n.refuses = std::holds_alternative<krpc::error>(m.body);
        if (auto const* const q = std::get_if<krpc::query>(&m.body)) hear(d, m, *q, n);
        notes.push_back(n);
    }

    void hear(sim::datagram const& d, krpc::message const& m, krpc::query const& q, note& n) {
        n.method = q.method;
        if (auto const* const a = std::get_if<krpc::announce_peer>(&q.args)) {
            n.target = a->hash;
            n.token = text(a->token);
        }
        if (q.method != "get_peers") return;
        std::string const given = "for " + text(m.tid);
        krpc::reply_parts parts;
        parts.tid = m.tid;
        parts.token = as_bytes(given);
        answer(d.from, parts);
    }

    void answer(endpoint const& to, krpc::reply_parts const& parts) {
        sim::packet bytes(500);
        bytes.resize(krpc::encode_reply(bytes, parts));
        host.send(to, bytes);
    }

    void ask(endpoint const& to, krpc::arguments const& args, std::string_view method) {
        sim::packet bytes(500);
        bytes.resize(
            krpc::encode_query(bytes, {as_bytes("question"), {}, victim_id}, method, args));
        host.send(to, bytes);
        w.run_for(milliseconds{400}); // the rogue itself begins after a second
    }

    sim::world w{1};
    node_id victim_id{};
    std::vector<note> notes;
    endpoint const victim = sim::public_v4(1);
    sim::scripted_host& host =
        w.add_script(victim, [this](sim::scripted_host&, sim::datagram const& d) { hear(d); });
    sim::rogue who{w, first_address, {victim}, 7};
};

} // namespace

TEST_CASE("a rogue lies in all that it answers") {
    rogue_scene s;
    auto const& selves = s.who.selves();
    REQUIRE(selves.size() == 8);
    for (std::size_t i : {0U, 1U}) {
        s.ask(selves[i].at, krpc::ping{}, "ping");
        REQUIRE(s.notes.size() == i + 1);
        CHECK(s.notes[i].external);
        CHECK(s.notes[i].external->ip != s.victim.ip);
    }
    CHECK(s.notes[0].came.from == selves[0].at);
    CHECK(s.notes[0].tid == "question");
    CHECK(s.notes[1].came.from == selves[5].at);
    CHECK(s.notes[1].tid == "question");
}

TEST_CASE("a rogue changes transaction ids, takes the asker's id, and refuses to store") {
    rogue_scene s;
    auto const& selves = s.who.selves();
    s.ask(selves[2].at, krpc::ping{}, "ping");
    CHECK(s.notes.at(0).tid != "question");
    CHECK(s.notes.at(0).tid.substr(0, 7) == "questio");
    s.ask(selves[3].at, krpc::ping{}, "ping");
    CHECK(s.notes.at(1).name == s.victim_id);
    s.notes.clear();
    s.ask(selves[4].at, krpc::announce_peer{{}, as_bytes("good"), 1}, "announce_peer");
    REQUIRE_FALSE(s.notes.empty());
    CHECK(s.notes.at(0).refuses);
}

TEST_CASE("a rogue announces with a token where it is not good, and when it is no more") {
    rogue_scene s;
    s.w.run_for(minutes{40});
    unsigned wrong = 0;
    unsigned late = 0;
    unsigned answers = 0;
    std::map<std::string, instant> given;
    for (auto const& n : s.notes) {
        answers += n.name ? 1U : 0U;
        if (n.method == "get_peers") given["for " + n.tid] = n.came.at;
        if (n.method != "announce_peer") continue;
        REQUIRE(given.contains(n.token));
        bool const for_that = n.token == "for " + rogue_scene::text(n.target.bytes);
        duration const age = n.came.at - given[n.token];
        wrong += age < seconds{2} ? 1U : 0U;
        late += age > minutes{29} && for_that ? 1U : 0U;
        CHECK((for_that || age < seconds{2}));
    }
    CHECK(answers > 100); // to nothing that was asked
    CHECK(wrong > 100);
    CHECK(late > 100);
}
