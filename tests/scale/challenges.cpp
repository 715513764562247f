#include <dht/secure/id_challenge.hpp>
#include <dht/wire/krpc_encode.hpp>

#include "../network/world.hpp"
#include <cstdio>
#include <map>

// A thousand nodes that ask for proofs of ids, and a thousand liars among them.

using namespace dht;
using namespace dht::test;

namespace {

constexpr std::uint32_t honest_count = 1'000;
constexpr std::uint32_t liar_count = 1'000;

using guarded_node = sim::node<puzzle_id, id_challenge>;
using guarded_host = sim::node_host<guarded_node, puzzle_id, id_challenge>;

ed25519_seed seed_of(std::uint32_t i) {
    ed25519_seed seed{};
    store_big_endian(seed.data(), i);
    return seed;
}

/// How a liar answers for an id that is not his.
enum class lie : std::uint8_t {
    own_key,   ///< the id of somebody else, proven with the liar's key
    no_key,    ///< an id that no key has; an error, or noise
    passed_on, ///< the id of somebody else, who is asked for the proof
    replayed   ///< the id of somebody else, and a proof that he gave earlier
};

/// Who goes by other people's ids. All of them are one host.
class liars {
public:
    liars(sim::world& w, std::vector<node_contact> honest)
        : honest_{std::move(honest)},
          chance_{99},
          host_{w.add_script(addresses(),
                             [this](sim::scripted_host&, sim::datagram const& d) { hear(d); })} {
        for (std::uint32_t i = 0; i < liar_count; ++i) {
            each liar;
            liar.at = host_.addresses()[i];
            liar.how = static_cast<lie>(i % 4);
            liar.victim = honest_[below(chance_, honest_.size())];
            liar.id = liar.victim.id;
            if (liar.how == lie::no_key) chance_.fill(liar.id.bytes);
            by_address_[liar.at] = all_.size();
            all_.push_back(liar);
        }
        for (each const& liar : all_)
            if (liar.how == lie::replayed) ask_for_proof(liar, liar.victim.at, "early!", {});
    }

    /// Each asks some honest nodes, as who joins does.
    void introduce_all() {
        for (each const& liar : all_)
            for (unsigned i = 0; i < 4; ++i) {
                std::array<std::byte, 300> bytes;
                endpoint const to = honest_[below(chance_, honest_.size())].at;
                host_.send_as(liar.at, to,
                              byte_view{bytes}.first(
                                  krpc::encode_query(bytes, {as_bytes("hi"), {}, liar.id},
                                                     "find_node", krpc::find_node{liar.id})));
            }
    }

    [[nodiscard]] bool is_one(endpoint const& e) const { return by_address_.contains(e); }

    std::array<unsigned, 4> asked_for_proof{}; ///< by kind of lie
    unsigned proofs_passed_on = 0;
    unsigned proofs_replayed = 0;

private:
    struct each {
        endpoint at;
        node_id id;
        lie how{};
        node_contact victim;
        std::vector<std::byte> proof{}; ///< the body of an answer of the victim's
    };

    struct passed_question {
        endpoint asker;
        std::string tid;
    };

    static std::vector<endpoint> addresses() {
        std::vector<endpoint> all;
        for (std::uint32_t i = 0; i < liar_count; ++i)
            all.push_back(sim::public_v4(100'000 + i));
        return all;
    }

    void hear(sim::datagram const& d) {
        krpc::message m;
        krpc::refusal why;
        if (krpc::decode(d.bytes, m, why) != errc::ok) return;
        each& liar = all_[by_address_.at(d.to)];
        if (auto const* const q = std::get_if<krpc::query>(&m.body))
            answer(liar, d, m, *q);
        else if (auto const* const r = std::get_if<krpc::reply>(&m.body))
            take_proof(liar, m, *r);
    }

    void answer(each& liar, sim::datagram const& d, krpc::message const& m, krpc::query const& q) {
        if (q.method == "id_challenge") return answer_challenge(liar, d, m, q);
        std::vector<node_contact> friends;
        for (unsigned i = 0; i < 8; ++i) {
            each const& other = all_[below(chance_, all_.size())];
            friends.push_back({other.id, other.at});
        }
        std::vector<std::byte> const nodes = compact::packed(friends);
        krpc::reply_parts parts = reply(liar, d, m.tid);
        if (q.method != "ping") parts.nodes = byte_view{nodes};
        if (q.method == "get_peers") parts.token = as_bytes("good");
        send(liar, d.from, parts, {});
    }

    void answer_challenge(each& liar, sim::datagram const& d, krpc::message const& m,
                          krpc::query const& q) {
        ++asked_for_proof[static_cast<std::size_t>(liar.how)];
        auto const nonce = detail::challenge_question::read(q.a);
        REQUIRE(nonce);
        switch (liar.how) {
        case lie::own_key: {
            auto const pair = ed25519_key_pair::from_seed(seed_of(70'000 + d.to.port));
            detail::challenge_text const text{*nonce, liar.id, q.sender, d.from.ip};
            detail::challenge_answer const proof{{pair.public_key(), pair.sign(text.bytes())}};
            return send(liar, d.from, reply(liar, d, m.tid), proof.fields());
        }
        case lie::no_key: {
            if (below(chance_, 3) == 0) return; // silence
            if (below(chance_, 2) == 0) return refuse(liar, d, m.tid);
            detail::challenge_proof noise;
            chance_.fill(noise.key);
            chance_.fill(noise.signature);
            detail::challenge_answer const proof{noise};
            return send(liar, d.from, reply(liar, d, m.tid), proof.fields());
        }
        case lie::passed_on:
            passed_["pass" + std::to_string(next_)] = {d.from, std::string{as_text(m.tid)}};
            return ask_for_proof(liar, liar.victim.at, "pass" + std::to_string(next_++), q.a);
        case lie::replayed:
            if (liar.proof.empty()) return;
            ++proofs_replayed;
            auto const proof = detail::challenge_answer::read(liar.proof);
            detail::challenge_answer const again{*proof};
            return send(liar, d.from, reply(liar, d, m.tid), again.fields());
        }
    }

    /// With the nonce of the question that is passed on; otherwise with one of its own.
    void ask_for_proof(each const& liar, endpoint const& whom, std::string const& tid,
                       byte_view question) {
        auto const asked = detail::challenge_question::read(question);
        detail::challenge_question const q{asked.value_or(detail::challenge_nonce{})};
        auto const fields = q.fields();
        std::array<std::byte, 600> bytes;
        node_id const sender = liar.id;
        host_.send_as(
            liar.at, whom,
            byte_view{bytes}.first(krpc::encode_query(bytes, {as_bytes(tid), {}, sender},
                                                      "id_challenge", krpc::other{}, fields)));
    }

    void take_proof(each& liar, krpc::message const& m, krpc::reply const& r) {
        if (as_text(m.tid) == "early!") return liar.proof.assign(r.r.begin(), r.r.end());
        auto const at = passed_.find(std::string{as_text(m.tid)});
        auto const proof = detail::challenge_answer::read(r.r);
        if (at == passed_.end() || !proof) return;
        ++proofs_passed_on;
        krpc::reply_parts parts;
        parts.tid = as_bytes(at->second.tid);
        parts.sender = liar.id;
        send(liar, at->second.asker, parts, detail::challenge_answer{*proof}.fields());
    }

    static krpc::reply_parts reply(each const& liar, sim::datagram const& d, byte_view tid) {
        krpc::reply_parts parts;
        parts.tid = tid;
        parts.sender = liar.id;
        parts.requester = d.from;
        return parts;
    }

    void send(each const& liar, endpoint const& to, krpc::reply_parts const& parts,
              raw_fields const& extra) {
        std::array<std::byte, 1'400> bytes;
        host_.send_as(liar.at, to, byte_view{bytes}.first(krpc::encode_reply(bytes, parts, extra)));
    }

    void refuse(each const& liar, sim::datagram const& d, byte_view tid) {
        std::array<std::byte, 300> bytes;
        host_.send_as(liar.at, d.from,
                      byte_view{bytes}.first(krpc::encode_error(
                          bytes, tid, {}, {}, krpc::error_code::method_unknown, "unknown")));
    }

    std::vector<node_contact> honest_;
    seeded_random chance_;
    sim::scripted_host& host_;
    std::vector<each> all_{};
    std::map<endpoint, std::size_t> by_address_{};
    std::map<std::string, passed_question> passed_{};
    unsigned next_ = 0;
};

std::vector<guarded_host*> grow_guarded(checked_world& w) {
    std::vector<guarded_host*> all;
    settings small; // a third of the usual contacts: proofs are what this takes time for
    small.buckets = {{32, 16, 8, 8}, 8};
    for (std::uint32_t i = 0; i < honest_count; ++i) {
        puzzle_rules const free_of_charge{0, 0};
        auto const key = puzzle_key::from_seed(free_of_charge, seed_of(i));
        all.push_back(&w.add<guarded_node>(sim::public_v4(i), small, puzzle_id{*key},
                                           id_challenge{key->pair()}));
        if (i > 0) all.back()->bootstrap(all.front()->addresses().front());
        w.run_for(milliseconds{50});
    }
    w.run_for(minutes{2});
    return all;
}

} // namespace

TEST_CASE("none of a thousand liars enters the table of a node that asks for proofs") {
    checked_world w{4'242};
    auto const honest = grow_guarded(w);
    std::vector<node_contact> known;
    for (guarded_host const* h : honest)
        known.push_back({h->inside().own_id(0), h->addresses().front()});
    liars others{w, known};
    w.run_for(seconds{5});
    for (unsigned i = 0; i < 5; ++i) {
        others.introduce_all();
        w.run_for(minutes{1});
    }

    std::size_t contacts = 0;
    std::size_t false_ones = 0;
    challenge_counts all;
    for (guarded_host const* h : honest) {
        for (node_contact const& n : contacts_of(h->inside())) {
            ++contacts;
            false_ones += others.is_one(n.at);
        }
        auto const& c = h->inside().get<id_challenge>().counts();
        all.asked += c.asked;
        all.proven += c.proven;
        all.refuted += c.refuted;
        all.unanswered += c.unanswered;
    }
    std::printf("1000 liars: %zu contacts, %zu false; %llu challenges, %llu proofs, %llu refuted, "
                "%llu unanswered; asked of each kind %u %u %u %u, %u passed on, %u replayed\n",
                contacts, false_ones, static_cast<unsigned long long>(all.asked),
                static_cast<unsigned long long>(all.proven),
                static_cast<unsigned long long>(all.refuted),
                static_cast<unsigned long long>(all.unanswered), others.asked_for_proof[0],
                others.asked_for_proof[1], others.asked_for_proof[2], others.asked_for_proof[3],
                others.proofs_passed_on, others.proofs_replayed);
    CHECK(false_ones == 0);
    CHECK(contacts >= 30 * honest.size());
    for (unsigned const times : others.asked_for_proof) // each lie was tried
        CHECK(times >= 100);
    CHECK(others.proofs_passed_on >= 100);
    CHECK(others.proofs_replayed >= 100);
}

TEST_CASE("challenges from false addresses bring those less than they cost") {
    checked_world w{4'243};
    auto const key = puzzle_key::from_seed({0, 0}, seed_of(1));
    auto& node =
        w.add<guarded_node>(sim::public_v4(1), {}, puzzle_id{*key}, id_challenge{key->pair()});
    endpoint const victim = sim::public_v4(2);
    std::size_t sent = 0;
    std::size_t received = 0;
    auto const guard = w.install([&](sim::datagram const& d) {
        if (d.to == victim) received += d.bytes.size();
        return sim::pass();
    });
    auto& spoofer = w.add_script(sim::public_v4(3), {});
    seeded_random chance{5};
    for (unsigned i = 0; i < 2'000; ++i) {
        detail::challenge_nonce nonce;
        node_id id;
        chance.fill(nonce);
        chance.fill(id.bytes);
        detail::challenge_question const q{nonce};
        std::array<std::byte, 600> bytes;
        std::size_t const size = krpc::encode_query(bytes, {as_bytes("aa"), {}, id}, "id_challenge",
                                                    krpc::other{}, q.fields());
        spoofer.send_as(victim, node.addresses().front(), byte_view{bytes}.first(size));
        sent += size;
        w.run_for(milliseconds{10});
    }
    w.run_for(minutes{1});
    std::printf("false addresses: %zu bytes sent, %zu came to the victim\n", sent, received);
    CHECK(received > 0);
    CHECK(received <= sent);
}
