#ifndef DHT_SIM_PROTOCOL_CHECKER_HPP
#define DHT_SIM_PROTOCOL_CHECKER_HPP

#include <dht/sim/table_rules.hpp>
#include <dht/sim/world.hpp>
#include <dht/wire/krpc_decode.hpp>

namespace dht::inline DHT_ABI::sim {

/// Listens to nodes and holds them to their word: each answer belongs to a question, each contact
/// handed out has proven itself, each token was given before it is taken, the closest known are
/// told, nothing stored is forgotten, the table holds what it may hold, and the user is told what
/// happened. What is wrong becomes a complaint of the world. Believes nothing that nodes say of
/// themselves but their tables and ids: all else it has seen in their datagrams.
///
/// O(log n) for each datagram, O(contacts) for each reply with nodes and each `table_turn` steps.
class protocol_checker final : public watcher {
public:
    /// Looks into a table after each that many steps of its host.
    unsigned table_turn = 16;

    explicit protocol_checker(world& where) : world_{where} { where.attach(*this); }

    /// From now on. What the table holds already counts as proven.
    void follow(client const& c, settings const& s = {}) {
        followed_.emplace(&c, subject{{c, s}, {}});
    }

    /// What can only be said at the end: who left too many queries open.
    void conclude() {
        for (auto const& [h, s] : followed_)
            if (s.book.queries_received > 50 &&
                s.book.queries_answered < s.book.queries_received * 95 / 100)
                complain(*h, fault::leaves_open);
    }

    void on_sent(host const& by, datagram const& d) override {
        subject* const s = subject_of(by);
        if (s == nullptr) return;
        krpc::message m;
        krpc::refusal why;
        if (krpc::decode(d.bytes, m, why) != errc::ok || m.trailing_bytes || !m.canonical)
            return complain(by, fault::malformed, d.to);
        if (d.bytes.size() > s->table.limits().item_datagram_bytes_max)
            complain(by, fault::oversized, d.to);
        ledger::name const name{d.to, ledger::text_of(m.tid)};
        if (auto const* q = std::get_if<krpc::query>(&m.body)) return asks(by, *s, name, *q);
        if (m.external && *m.external != d.to) complain(by, fault::false_address, d.to);
        ledger::question* const question = open_question(s->book.received, name);
        if (question == nullptr) return complain(by, fault::answers_unasked, d.to);
        --question->open;
        ++s->book.queries_answered;
        if (auto const* r = std::get_if<krpc::reply>(&m.body))
            answers(by, *s, d, *question, *r);
        else
            refuses(by, *s, d, *question, std::get<krpc::error>(m.body));
    }

    void on_delivered(host const& to, datagram const& d) override {
        subject* const s = subject_of(to);
        krpc::message m;
        krpc::refusal why;
        if (s == nullptr || krpc::decode(d.bytes, m, why) != errc::ok) return;
        ledger::name const name{d.from, ledger::text_of(m.tid)};
        if (auto const* q = std::get_if<krpc::query>(&m.body)) {
            note_question(s->book.received[name], *q, d);
            ++s->book.queries_received;
        } else if (ledger::question* const asked = open_question(s->book.asked, name)) {
            asked->open = 0;
            if (world_.now() - asked->at < given_up_after) s->book.unanswered.erase(d.from);
            if (auto const* r = std::get_if<krpc::reply>(&m.body))
                learns(*s, d, *asked, *r);
            else if (auto& known = s->book.proofs[d.from]; !known.empty())
                known.push_back({known.back().id, s->book.now}); // alive, whoever it is
        }
    }

    void on_outcome(host const& of, outcome const& o) override {
        subject* const s = subject_of(of);
        if (s == nullptr) return;
        if (o.replied > o.asked || o.asked > s->book.questions_asked ||
            o.replied > s->book.questions_answered || o.stored > s->book.stores_confirmed)
            complain(of, fault::miscounts);
        if (o.kind == operation_kind::announce && o.stored > 0 && !has_stored_near(*s, o))
            complain(of, fault::stores_far_away);
        for (node_contact const& n : o.nodes)
            if (o.kind != operation_kind::sample && s->book.latest_proof(n.at, n.id) == nullptr)
                complain(of, fault::invents, n.at);
        for (endpoint const& p : o.peers)
            if (!s->book.peers_heard.contains(p)) complain(of, fault::invents, p);
    }

    void on_step(host const& who) override {
        subject* const s = subject_of(who);
        if (s == nullptr || !who.up() || who.leaving() || ++s->steps % table_turn != 0) return;
        duration const ahead = who.clock() - world_.now();
        if (ahead != s->ahead) {
            s->book.patient_since = s->book.now;
            s->book.clock_was_set = true;
        }
        s->ahead = ahead;
        auto const found = [&](fault f, endpoint const& at) { complain(who, f, at); };
        s->table.check(s->book, found);
        s->table.check_ids(s->book, found);
    }

private:
    static constexpr duration token_good_for = minutes{5};   // at least, BEP 5
    static constexpr duration token_bad_after = minutes{20}; // generous: BEP 5 has 10
    static constexpr duration announced_within = minutes{2}; // no operation takes longer
    static constexpr duration given_up_after = seconds{4};   // nodes may take it for silence
    static constexpr std::size_t pestering = 10;             // questions without an answer
    static constexpr duration pestering_within = minutes{20};

    struct subject {
        table_view table;
        ledger book;
        unsigned life = 0;
        unsigned steps = 0;
        duration ahead{}; ///< its clock, of the world's
    };

    /// A host that has restarted knows nothing of before.
    subject* subject_of(host const& h) {
        auto const found = followed_.find(&h);
        if (found == followed_.end()) return nullptr;
        subject& s = found->second;
        if (s.life != h.life()) {
            s.life = h.life();
            s.book = {};
            s.book.now = s.book.patient_since = h.clock();
            if (h.up()) s.table.believe(s.book);
        }
        s.book.now = std::max(s.book.now, h.clock());
        return &s;
    }

    void complain(host const& who, fault what, endpoint const& to = {}) {
        world_.complain({world_.now(), who.at(), what, {}, to});
    }

    static ledger::question* open_question(std::map<ledger::name, ledger::question>& among,
                                           ledger::name const& name) {
        auto const found = among.find(name);
        return found == among.end() || found->second.open == 0 ? nullptr : &found->second;
    }

    void note_question(ledger::question& q, krpc::query const& said, datagram const& d) const {
        unsigned const open = q.open + 1;
        q = {world_.now(), std::string{said.method}, {}, {}, 0, {}, {}, open};
        std::visit(
            [&q](auto const& args) {
                if constexpr (requires { args.wants; }) q.wants = args.wants;
            },
            said.args);
        if (auto const* p = std::get_if<krpc::put_item>(&said.args);
            p != nullptr && !p->k.empty()) {
            q.target = mutable_item_key(p->k, p->salt);
            q.seq = p->seq.value_or(0);
        }
        if (auto const* f = std::get_if<krpc::find_node>(&said.args)) q.target = f->target;
        if (auto const* g = std::get_if<krpc::get_item>(&said.args)) q.target = g->target;
        if (auto const* x = std::get_if<krpc::sample_infohashes>(&said.args)) q.target = x->target;
        if (auto const* g = std::get_if<krpc::get_peers>(&said.args)) q.target = g->hash;
        if (auto const* a = std::get_if<krpc::announce_peer>(&said.args)) {
            q.target = a->hash;
            q.token = ledger::text_of(a->token);
            q.announced = {d.from.ip, a->implied_port ? d.from.port : a->port};
        }
    }

    /// On half of the closest at least: who answered at the very end may be left out.
    [[nodiscard]] bool has_stored_near(subject const& s, outcome const& o) const {
        std::size_t const closest = std::min<std::size_t>(4, o.nodes.size());
        std::size_t asked = 0;
        for (std::size_t i = 0; i < closest; ++i) {
            auto const found = s.book.asked_to_store.find(o.nodes[i].at);
            bool const ever = found != s.book.asked_to_store.end();
            asked += ever && world_.now() - found->second <= announced_within ? 1U : 0U;
        }
        return 2 * asked >= closest;
    }

    // -- what the host says

    void asks(host const& by, subject& s, ledger::name const& name, krpc::query const& said) {
        if (said.sender != s.table.own_id(name.peer)) complain(by, fault::false_id, name.peer);
        ledger::question& q = s.book.asked[name];
        if (q.open != 0 && world_.now() - q.at < seconds{10})
            complain(by, fault::tid_reused, name.peer);
        q.open = 0;
        note_question(q, said, {world_.now(), by.at(), name.peer, {}});
        bool const stores = said.method == "announce_peer" || said.method == "put";
        if (stores) s.book.asked_to_store[name.peer] = world_.now();
        s.book.questions_asked += said.method == "ping" || stores ? 0U : 1U;
        if (said.method == "announce_peer" &&
            !s.book.tokens_got.contains({q.token, name.peer.ip, q.target}))
            complain(by, fault::token_not_given, name.peer);
        auto& waiting = s.book.unanswered[name.peer];
        std::erase_if(waiting, [&](instant at) { return world_.now() - at > pestering_within; });
        waiting.push_back(world_.now());
        if (waiting.size() > pestering && !s.table.is_thin(name.peer.ip.ip_family()))
            complain(by, fault::pesters, name.peer);
    }

    void answers(host const& by, subject& s, datagram const& d, ledger::question const& q,
                 krpc::reply const& r) {
        if (r.sender != s.table.own_id(d.to)) complain(by, fault::false_id, d.to);
        hands_out(by, s, d, q, r.nodes, family::ipv4);
        hands_out(by, s, d, q, r.nodes6, family::ipv6);
        if (!r.token.empty())
            s.book.tokens_given[{ledger::text_of(r.token), d.to.ip, q.target}] = s.book.now;
        if (q.method == "get_peers") hands_out_peers(by, s, d, q, r);
        if (q.method == "announce_peer") {
            if (age_of_token(s, d.to, q) > token_bad_after)
                complain(by, fault::accepts_bad_token, d.to);
            s.book.peers[q.target][q.announced] = s.book.now;
        }
        if (q.method == "put" && q.seq != 0) takes_item(by, s, d, q);
    }

    void takes_item(host const& by, subject& s, datagram const& d, ledger::question const& q) {
        auto& [seq, when] = s.book.items[q.target];
        bool const kept = s.book.now - when < s.table.limits().item_lifetime - minutes{2};
        if (seq > q.seq && kept) complain(by, fault::accepts_older, d.to);
        seq = q.seq;
        when = s.book.now;
    }

    void refuses(host const& by, subject& s, datagram const& d, ledger::question const& q,
                 krpc::error const& e) {
        if (q.method == "announce_peer" && e.code == 203 && q.announced.port != 0 &&
            age_of_token(s, d.to, q) < token_good_for)
            complain(by, fault::refuses_good_token, d.to);
    }

    [[nodiscard]] static duration age_of_token(subject const& s, endpoint const& who,
                                               ledger::question const& q) {
        auto const given = s.book.tokens_given.find({q.token, who.ip, q.target});
        return given == s.book.tokens_given.end() ? duration::max() : s.book.now - given->second;
    }

    /// Everybody has proven himself to this host, and nobody whom it trusts would be closer.
    void hands_out(host const& by, subject& s, datagram const& d, ledger::question const& q,
                   byte_view nodes, family f) {
        bool const wanted = ledger::wants_nodes(q, f, d.to.ip.ip_family());
        if (nodes.empty() && !wanted) return;
        compact::node_reader in{nodes, f};
        std::vector<node_contact> told;
        while (auto const n = in.next()) {
            told.push_back(*n);
            if (s.book.latest_proof(n->at, n->id) == nullptr)
                complain(by, fault::hands_out_unproven, n->at);
            if (s.table.is_silent(*n)) complain(by, fault::hands_out_silent, n->at);
        }
        if (s.table.knows_closer(told, q.target, d.to, f))
            complain(by, fault::withholds_closer, d.to);
    }

    void hands_out_peers(host const& by, subject& s, datagram const& d, ledger::question const& q,
                         krpc::reply const& r) {
        auto const& known = s.book.peers[q.target];
        compact::peer_reader in{r.values, d.to.ip.ip_family()};
        bool any = false;
        while (auto const p = in.next()) {
            any = true;
            auto const found = known.find(*p);
            if (found == known.end() ||
                s.book.now - found->second > s.table.limits().peer_lifetime + minutes{2})
                complain(by, fault::hands_out_strangers, *p);
        }
        for (auto const& [at, when] : known)
            if (!any && at.ip.ip_family() == d.to.ip.ip_family() &&
                s.book.now - when < s.table.limits().peer_lifetime - minutes{2})
                return complain(by, fault::forgets_peers, d.to);
    }

    // -- what it hears

    static void learns(subject& s, datagram const& d, ledger::question const& q,
                       krpc::reply const& r) {
        s.book.proofs[d.from].push_back({r.sender, s.book.now});
        bool const stored = q.method == "announce_peer" || q.method == "put";
        s.book.stores_confirmed += stored ? 1U : 0U;
        s.book.questions_answered += stored || q.method == "ping" ? 0U : 1U;
        if (!r.token.empty())
            s.book.tokens_got.insert({ledger::text_of(r.token), d.from.ip, q.target});
        compact::peer_reader in{r.values, d.from.ip.ip_family()};
        while (auto const p = in.next())
            s.book.peers_heard.insert(*p);
    }

    world& world_;
    std::map<host const*, subject> followed_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
