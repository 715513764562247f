#ifndef DHT_SIM_STANDARD_CLIENT_HPP
#define DHT_SIM_STANDARD_CLIENT_HPP

#include <dht/sim/client.hpp>
#include <dht/sim/population.hpp>
#include <dht/sim/standard_lookup.hpp>
#include <dht/sim/standard_responder.hpp>
#include <dht/wire/krpc_decode.hpp>

#include <memory>

namespace dht::inline DHT_ABI::sim {

/// A client that does what BEP 5 says and no more, as most clients did around 2010: the population
/// in which ours is measured, and what it is compared with. It shares nothing with our engine but
/// the codec. IPv4 only. It keeps its id when it comes back, as clients do that save it. At most
/// 6 KiB in a network of a million; nothing that a lookup allocated stays but its result.
class standard_client final : public client {
public:
    standard_client(ground& world, std::vector<endpoint> addresses,
                    standard_parameters const& p = {})
        : client{world, std::move(addresses)},
          parameters_{p},
          chance_{world.seed_for(at(), 0)},
          id_{random_key(chance_)},
          table_{id_, p},
          responder_{0, p} {
        DHT_ASSERT(at().ip.is_v4());
    }

    [[nodiscard]] node_id const& id() const noexcept { return id_; }

    [[nodiscard]] standard_table const& table() const noexcept { return table_; }

    [[nodiscard]] standard_store const& store() const noexcept { return responder_.store(); }

    // -- what a user may do

    /// Asks somebody for those close to us, and again while we know nobody.
    void bootstrap(endpoint const& router) override {
        router_ = packed_endpoint{router};
        ask_router();
        world().settle(*this);
    }

    operation_id find_node(key160 const& target) override {
        return search(operation_kind::find_node, target);
    }

    using client::find_peers;

    operation_id find_peers(info_hash const& hash, find_peers_options const&) override {
        return search(operation_kind::find_peers, hash);
    }

    /// Tells the eight closest that there is a peer at our address and that port.
    operation_id announce(info_hash const& hash, announce_options const& options) override {
        return search(operation_kind::announce, hash,
                      options.implied_port ? at().port : options.port);
    }

    [[nodiscard]] node_id own_id(via_index) const override { return id_; }

    /// Those that it would hand out.
    void for_each_contact(via_index, std::function<void(contact const&)> const& f) const override {
        for (standard_table::bucket const& b : table_.buckets())
            for (standard_contact const& c : b.contacts)
                if (c.replied && !table_.bad(c)) f({c.id, c.at.unpacked()});
    }

    /// The last word of an operation of this life; nullptr while there is none.
    [[nodiscard]] standard_outcome const* result(operation_id id) const noexcept override {
        for (standard_outcome const& o : results_)
            if (o.operation == id) return &o;
        return nullptr;
    }

    void forget_results() noexcept override { release(results_); }

    // -- what an oracle may do

    /// Begins with a table that others have filled.
    void know(standard_table table) {
        table_ = std::move(table);
        upkeep_at_ = clock() + milliseconds{1}; // not twice in one instant
        world().settle(*this);
    }

    /// As if that peer had been announced here just now.
    void keep(info_hash const& hash, endpoint const& peer) {
        responder_.store().add(hash, peer, clock());
    }

private:
    using question = standard_post::question;
    using cause = standard_post::cause;
    using reason = standard_post::reason;
    using word = standard_table::word;

    struct operation {
        standard_lookup lookup;
        std::uint16_t port = 0;        // of the peer that is announced
        bool is_upkeep = false;        // nobody wants to know the result
        std::uint32_t unconfirmed = 0; // announces that are under way
    };

    // -- life

    void begin() override {
        chance_ = dice{world().seed_for(at(), life())};
        responder_ = {chance_.next(), parameters_};
        post_ = {id_, static_cast<std::uint16_t>(chance_.next())};
    }

    void end() override {
        table_ = {id_, parameters_};
        responder_ = {0, parameters_};
        post_ = {};
        router_.reset();
        release(operations_);
        release(results_);
        upkeep_at_ = never;
    }

    void receive(instant now, via_index, endpoint const& from, byte_view bytes) override {
        krpc::message m;
        krpc::refusal why;
        if (!from.ip.is_v4()) return;
        if (krpc::decode(bytes, m, why) != errc::ok) {
            if (why.was_query) post_.refuse(from, why.tid, why.code, why.text);
        } else if (auto const* const query = std::get_if<krpc::query>(&m.body)) {
            responder_.answer({from, m.tid, now, table_, post_}, *query);
            meet({query->sender, packed_endpoint{from}}, word::query);
        } else if (auto const q = post_.take(m.tid, packed_endpoint{from})) {
            if (auto const* const reply = std::get_if<krpc::reply>(&m.body))
                on_reply(*q, *reply);
            else
                on_error(*q, std::get<krpc::error>(m.body));
        }
    }

    void advance(instant now) override {
        while (auto const q = post_.take_failed(now)) {
            table_.failed(q->id, q->to);
            on_failure(*q);
        }
        if (upkeep_at_ <= now) keep_up(now);
    }

    [[nodiscard]] std::optional<deadline> next_deadline() const override {
        instant const failure = post_.next_failure();
        if (failure == never && upkeep_at_ == never) return std::nullopt;
        return failure <= upkeep_at_ ? deadline{failure, wake_reason::question_failed}
                                     : deadline{upkeep_at_, wake_reason::refresh};
    }

    std::optional<transmit> poll_transmit() override { return post_.poll(); }

    void take_outcomes() override {}

    // -- answers to our questions

    template <class Arguments>
    void ask(packed_endpoint const& to, key160 const& id, Arguments const& args,
             cause const& because) {
        post_.ask(to, id, args, because, clock() + parameters_.question_fails);
    }

    void on_reply(question const& q, krpc::reply const& reply) {
        if (q.id != reply.sender) table_.failed(q.id, q.to); // somebody else is there now
        meet({reply.sender, q.to}, word::reply);
        if (q.because.why == reason::joining) return join(q, reply);
        if (q.because.why == reason::making_room) return meet_again(q.because.newcomer);
        operation* const o = find(q.because.operation);
        if (o == nullptr) return;
        if (q.because.why == reason::searching) return go_on(*o, q, reply);
        ++o->lookup.result.stored;
        confirm(*o);
    }

    /// It lives, but does not do what we want.
    void on_error(question const& q, krpc::error const& e) {
        if (operation* const o = find(q.because.operation)) o->lookup.result.remote_error = e.code;
        on_failure(q);
    }

    void on_failure(question const& q) {
        if (q.because.why == reason::making_room) return meet_again(q.because.newcomer);
        operation* const o = find(q.because.operation);
        if (o == nullptr) return;
        if (q.because.why == reason::announcing) return confirm(*o);
        o->lookup.failed(q.to);
        drive(*o);
    }

    // -- the table

    /// Somebody sent us a query or a reply. Nobody is good who never replied: he is pinged.
    void meet(standard_contact who, word w) {
        who.replied = w == word::reply;
        auto const became = table_.heard(who, w, stamp_of(clock()));
        if (became == standard_table::entry::full) return make_room(who);
        if (became == standard_table::entry::known) return;
        upkeep_at_ = std::min(upkeep_at_, clock() + parameters_.refresh_after);
        if (!who.replied) ask(who.at, who.id, krpc::ping{}, {reason::verifying});
    }

    /// Room was being made for him: is there any now?
    void meet_again(standard_contact const& who) {
        meet(who, who.replied ? word::reply : word::query);
    }

    /// The questionable are pinged one after the other, until one is bad or all are good (BEP 5).
    void make_room(standard_contact const& newcomer) {
        auto const* const least = table_.to_ping(newcomer.id, stamp_of(clock()));
        if (least == nullptr || post_.asks(least->at, reason::making_room)) return;
        ask(least->at, least->id, krpc::ping{}, {reason::making_room, {}, newcomer});
    }

    void ask_router() {
        ask(*router_, {}, krpc::find_node{id_}, {reason::joining});
        upkeep_at_ = clock() + parameters_.bootstrap_again;
    }

    /// The first thing to look for are our neighbours (BEP 5).
    void join(question const& q, krpc::reply const& reply) {
        operation& o = add_operation(operation_kind::find_node, id_);
        o.is_upkeep = true;
        o.lookup.add(reply.sender, q.to);
        add_candidates(o.lookup, reply, 1);
        drive(o);
    }

    void keep_up(instant now) {
        upkeep_at_ = never;
        if (table_.buckets().empty()) {
            if (router_) ask_router();
            return;
        }
        for (;;) {
            std::size_t const bucket = table_.stalest();
            stamp const changed = table_.buckets()[bucket].changed;
            upkeep_at_ = instant_of(changed) + parameters_.refresh_after;
            if (upkeep_at_ > now) return;
            table_.touch(bucket, stamp_of(now));
            refresh(bucket);
        }
    }

    /// A lookup of any key in its range (BEP 5).
    void refresh(std::size_t bucket) {
        key160 const target = table_.key_in(bucket, random_key(chance_));
        operation& o = add_operation(operation_kind::find_node, target);
        o.is_upkeep = true;
        drive(o);
    }

    // -- lookups

    operation_id search(operation_kind kind, key160 const& target, std::uint16_t port = 0) {
        operation& o = add_operation(kind, target);
        o.port = port;
        operation_id const id = o.lookup.result.operation;
        drive(o);
        world().settle(*this);
        return id;
    }

    operation& add_operation(operation_kind kind, key160 const& target) {
        standard_lookup lookup{kind, target, parameters_};
        lookup.result.operation = {++operations_begun_, 1};
        lookup.result.started = clock();
        for (standard_contact const& c : table_.closest(target))
            lookup.add(c.id, c.at);
        operations_.push_back(std::make_unique<operation>(operation{std::move(lookup)}));
        return *operations_.back();
    }

    [[nodiscard]] operation* find(operation_id id) noexcept {
        for (auto const& o : operations_)
            if (o->lookup.result.operation == id) return o.get();
        return nullptr;
    }

    /// Asks whom there is to ask. May end the operation.
    void drive(operation& o) {
        while (auto const* const c = o.lookup.next())
            ask_candidate(o, *c);
        if (o.lookup.finished() && o.unconfirmed == 0) announce(o);
    }

    void ask_candidate(operation const& o, standard_lookup::candidate const& c) {
        cause const because{reason::searching, o.lookup.result.operation};
        key160 const& target = o.lookup.target();
        if (o.lookup.result.kind == operation_kind::find_node)
            ask(c.at, c.id, krpc::find_node{target}, because);
        else
            ask(c.at, c.id, krpc::get_peers{to_info_hash(target)}, because);
    }

    void go_on(operation& o, question const& q, krpc::reply const& reply) {
        auto* const c = o.lookup.replied(q.to);
        if (c == nullptr) return;
        unsigned const hops = c->hops;
        c->token.assign(reply.token.begin(), reply.token.end());
        add_peers(o.lookup.result, reply, hops);
        add_candidates(o.lookup, reply, hops + 1);
        drive(o);
    }

    void add_candidates(standard_lookup& lookup, krpc::reply const& reply, unsigned hops) const {
        compact::node_reader nodes{reply.nodes, family::ipv4};
        while (auto const n = nodes.next())
            if (!is_martian(n->at) && n->id != id_ && n->at != at())
                lookup.add(n->id, packed_endpoint{n->at}, hops);
    }

    void add_peers(standard_outcome& result, krpc::reply const& reply, unsigned hops) const {
        compact::peer_reader values{reply.values, family::ipv4};
        while (auto const peer = values.next()) {
            if (!result.first_value) result.hops = hops;
            if (!result.first_value) result.first_value = clock() - result.started;
            auto& all = result.peers;
            if (std::find(all.begin(), all.end(), *peer) == all.end()) all.push_back(*peer);
        }
    }

    /// The lookup is over: its results are told, once they are stored.
    void announce(operation& o) {
        for (auto const* const c : o.lookup.closest())
            if (o.lookup.result.kind == operation_kind::announce && !c->token.empty())
                ask_to_store(o, *c);
        if (o.unconfirmed == 0) conclude(o);
    }

    void ask_to_store(operation& o, standard_lookup::candidate const& c) {
        krpc::announce_peer const args{to_info_hash(o.lookup.target()), c.token, o.port};
        ask(c.at, c.id, args, {reason::announcing, o.lookup.result.operation});
        ++o.unconfirmed;
    }

    void confirm(operation& o) {
        if (--o.unconfirmed == 0) conclude(o);
    }

    void conclude(operation& o) {
        standard_outcome& result = o.lookup.result;
        auto const closest = o.lookup.closest();
        for (auto const* const c : closest)
            result.nodes.push_back({to_node_id(c->id), c->at.unpacked()});
        if (!result.first_value && !closest.empty()) result.hops = closest.front()->hops;
        result.finished = true;
        result.took = clock() - result.started;
        if (!o.is_upkeep) {
            world().tell(*this, result);
            results_.push_back(std::move(result));
        }
        std::erase_if(operations_, [&](auto const& each) { return each.get() == &o; });
        if (operations_.empty()) release(operations_);
    }

    standard_parameters parameters_;
    dice chance_;
    node_id id_;
    standard_table table_;
    standard_responder responder_;
    standard_post post_;
    std::optional<packed_endpoint> router_;
    std::vector<std::unique_ptr<operation>> operations_;
    std::vector<standard_outcome> results_;
    instant upkeep_at_ = never; // nothing is due before
    std::uint32_t operations_begun_ = 0;
};

} // namespace dht::inline DHT_ABI::sim

#endif
