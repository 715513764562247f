#include "../../catch.hpp"
#include "bench.hpp"
#include <algorithm>

// What a node does about sites of many ids.

using namespace bench;

namespace {

/// A node that is told names.
struct listener_of_names {
    instant now{seconds{100}};
    dht::node<seeded_random> node;
    seeded_random chance{2};

    explicit listener_of_names(settings const& s = {}) : node{s, seeded_random{1}} {
        node.open(now, at(0x01020304));
        drain(node);
    }

    std::string any_id() {
        node_id id;
        chance.fill(id.bytes);
        return std::string{as_text(id.bytes)};
    }

    std::vector<sent> answer(sent const& q, std::string const& id, std::string const& nodes = {}) {
        std::string const names =
            nodes.empty() ? "" : "5:nodes" + std::to_string(nodes.size()) + ":" + nodes;
        return tell(node, now, q.to, "d1:rd2:id20:" + id + names + "e" + tid_of(q) + "1:y1:re");
    }

    /// It answers a ping, and may name others at these places. Returns what is asked then.
    std::vector<sent> hear(endpoint const& who, std::vector<endpoint> const& named = {}) {
        std::string nodes;
        for (endpoint const& where : named) {
            nodes += any_id();
            nodes.resize(nodes.size() + 6);
            compact::write_endpoint(reinterpret_cast<std::byte*>(nodes.data()) + nodes.size() - 6,
                                    where);
        }
        node.ping(now, who);
        std::vector<sent> asked;
        for (sent const& q : drain(node))
            if (q.to == who) asked = answer(q, any_id(), nodes);
        while (node.poll_outcome())
            continue;
        return asked;
    }

    [[nodiscard]] bool has(endpoint const& who) const {
        bool found = false;
        node.for_each_contact(0, [&](contact const& c) { found |= c.at == who; });
        return found;
    }
};

bool is_asked(std::vector<sent> const& questions, endpoint const& who) {
    return std::any_of(questions.begin(), questions.end(),
                       [&](sent const& q) { return q.to == who && q.has("4:ping"); });
}

endpoint const first_there = at(0x05060701);
endpoint const mate = at(0x05060702);
endpoint const other_site = at(0x05060802);

} // namespace

TEST_CASE("who is named beside a contact of his site is asked whether he is there") {
    listener_of_names l;
    l.hear(first_there);
    l.hear(at(0x09000001));
    REQUIRE(l.has(first_there));
    auto const asked = l.hear(at(0x0b000001), {mate, other_site});
    CHECK(is_asked(asked, mate));
    CHECK_FALSE(is_asked(asked, other_site));
    for (sent const& q : asked)
        if (q.to == mate) l.answer(q, l.any_id());
    CHECK_FALSE(l.has(mate));
    CHECK_FALSE(is_asked(l.hear(at(0x0d000001), {at(0x05060703)}), at(0x05060703))); // it is known
}

TEST_CASE("who is named with another id at the address of a contact is not asked for it") {
    listener_of_names l;
    l.hear(first_there);
    CHECK_FALSE(is_asked(l.hear(at(0x0b000001), {first_there}), first_there));
}

namespace {

/// 128 are named at the site of a contact; how many of them are asked.
std::size_t asked_of_many_mates(listener_of_names& l) {
    std::size_t asked = 0;
    for (std::uint32_t i = 0; i < 16; ++i) {
        std::vector<endpoint> named;
        for (std::uint32_t n = 0; n < 8; ++n)
            named.push_back(at(0x05060702 + 8 * i + n));
        for (sent const& q : l.hear(at(0x0b000001 + (i << 16U)), named))
            asked += same_site(q.to.ip, first_there.ip) && q.has("4:ping");
    }
    return asked;
}

} // namespace

TEST_CASE("names do not have a node ask more than 65 at once, and four a second") {
    listener_of_names l;
    l.hear(first_there);
    CHECK(asked_of_many_mates(l) == 65);
    l.now += seconds{2};
    CHECK(asked_of_many_mates(l) == 8);
}

TEST_CASE("names leave half of the questions that may be open to others") {
    settings few;
    few.transactions_max = 32;
    listener_of_names l{few};
    l.hear(first_there);
    CHECK(asked_of_many_mates(l) <= 16);
    CHECK(l.node.ping(l.now, at(0x0d000009)));
}

TEST_CASE("where a crowd turns up the node looks around for others") {
    listener_of_names l;
    auto const lookups = [&](duration d) {
        std::size_t begun = 0;
        for (duration passed{}; passed < d; passed += milliseconds{500}) {
            l.now += milliseconds{500};
            l.node.advance(l.now);
            auto questions = drain(l.node);
            for (std::size_t i = 0; i < questions.size(); ++i) {
                sent const q = questions[i];
                begun += q.to == first_there && q.has("9:find_node");
                if (tid_of(q).empty()) continue;
                for (sent& more : l.answer(q, q.to == first_there ? id_a : id_b))
                    questions.push_back(std::move(more));
            }
        }
        return begun;
    };
    l.node.ping(l.now, first_there);
    l.answer(drain(l.node).at(0), id_a);
    CHECK(lookups(minutes{4}) >= 4); // it joins
    CHECK(lookups(minutes{2}) <= 1);
    l.hear(mate);
    CHECK(lookups(minutes{2}) >= 4);
}
