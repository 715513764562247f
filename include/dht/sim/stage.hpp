#ifndef DHT_SIM_STAGE_HPP
#define DHT_SIM_STAGE_HPP

#include <dht/sim/churn.hpp>
#include <dht/sim/protocol_checker.hpp>
#include <dht/sim/report.hpp>
#include <dht/sim/rogue.hpp>
#include <dht/sim/scenario.hpp>

namespace dht::inline DHT_ABI::sim {

/// Puts a scenario on: builds the network from a seed, lets it settle, lets happen what the
/// scenario says, and reports how well nodes did. What the true closest nodes are, and who is
/// there, it knows as nobody in the world can.
class stage final : private watcher {
public:
    /// Adds the next host of the network to the world, with private addresses if a NAT will stand
    /// before it.
    using casting = std::function<client&(world&, std::vector<endpoint> addresses)>;

    stage(scenario const& played, std::uint64_t seed, casting const& cast)
        : played_{played},
          world_{seed, played.links},
          comings_{world_, seed, played.staying.value_or(session_law::exponential(hours{1})),
                   played.away, played.cleanly} {
        world_.attach(*this);
        comings_.on_return([this](host& h) { meet_routers(static_cast<client&>(h)); });
        disturb(seed);
        for (std::uint32_t i = 0; i < played_.nodes; ++i)
            add_member(i, cast);
        for (std::uint32_t i = 0; i < played_.rogues; ++i)
            add_rogue(i, dice{seed + i}.next());
        for (client* const c : members_)
            meet_routers(*c);
    }

    [[nodiscard]] sim::world& world() noexcept { return world_; }

    [[nodiscard]] std::vector<client*> const& members() const noexcept { return members_; }

    /// Calls tick(time since the begin, share of it that is over) each `every`, a millisecond at
    /// least, for progress bars and curves.
    void on_tick(duration every, std::function<void(duration, double)> tick) {
        every_ = std::max<duration>(every, milliseconds{1});
        tick_ = std::move(tick);
    }

    /// at_end() is called before the verdict: for checkers that have something to say then.
    report const& run(std::function<void()> const& at_end = {}) {
        if (tick_) tick();
        world_.run_for(played_.settling);
        if (played_.staying)
            for (std::size_t i = played_.routers; i < members_.size(); ++i)
                comings_.add(*members_[i]);
        for (act const& a : played_.acts)
            world_.call_after(a.at, [this, a] { perform(a); });
        world_.run_for(played_.lasting);
        if (at_end) at_end();
        conclude();
        return report_;
    }

    [[nodiscard]] report const& so_far() const noexcept { return report_; }

    /// Contacts in all tables of who is up: {all, those whose host is down or is somebody else}.
    [[nodiscard]] std::pair<std::size_t, std::size_t> contacts() const {
        std::map<address, node_id> living; // NATs choose ports
        for_each_identity([&](client const& c, via_index via) {
            living.emplace(outer_address(c, via), c.own_id(via));
        });
        std::size_t all = 0;
        std::size_t dead = 0;
        for_each_identity([&](client const& c, via_index via) {
            c.for_each_contact(via, [&](contact const& k) {
                if (is_rogue(k.at.ip)) return;
                auto const found = living.find(k.at.ip);
                ++all;
                dead += found == living.end() || found->second != k.id ? 1U : 0U;
            });
        });
        return {all, dead};
    }

private:
    struct errand {
        client const* of;
        operation_id id;
        act what;
        std::int64_t newest; ///< that had been put when it began
    };

    [[nodiscard]] std::vector<endpoint> addresses_of(std::uint32_t i) const {
        bool const islands = played_.addresses == dialing::islands && i >= played_.routers;
        bool const v6 = played_.addresses != dialing::ipv4 && (!islands || i % 3 != 0);
        bool const v4 = !islands || i % 3 != 1;
        std::vector<endpoint> all;
        if (v4) all.push_back(public_v4(i));
        if (v6) all.push_back(public_v6(i));
        return all;
    }

    // -- who is there

    static constexpr std::uint32_t first_rogue = 50'000; // in the address plan
    static constexpr std::uint32_t first_nat = 30'000;

    void disturb(std::uint64_t seed) {
        if (played_.clogging) {
            played_.clogging->seed += seed;
            disturbances_.push_back(world_.install(*played_.clogging));
        }
        if (played_.parting)
            disturbances_.push_back(world_.install(partitions{seed, *played_.parting}));
    }

    void add_member(std::uint32_t i, casting const& cast) {
        dice chance{object_hash{}(key_for(world_.seed(), purpose::network), i)};
        auto const before = played_.nats && i >= played_.routers ? played_.nats->draw(chance)
                                                                 : std::optional<nat_kind>{};
        if (!before) return members_.push_back(&cast(world_, addresses_of(i)));
        nat& gate = world_.add_nat({public_v4(first_nat + i).ip}, *before);
        members_.push_back(&cast(world_, {private_v4(i)}));
        world_.put_behind(*members_.back(), gate);
    }

    void add_rogue(std::uint32_t i, std::uint64_t seed) {
        std::uint32_t const number = first_rogue + 20 * i; // it takes eleven
        rogues_.push_back(std::make_unique<rogue>(world_, number, reachable(), seed));
    }

    /// By IPv4, which is what rogues speak.
    [[nodiscard]] std::vector<endpoint> reachable() const {
        std::vector<endpoint> all;
        for (client const* const c : members_)
            if (c->at().ip.is_v4() && c->behind() == nullptr) all.push_back(c->at());
        return all;
    }

    [[nodiscard]] static address outer_address(client const& c, via_index via = 0) {
        return c.behind() == nullptr ? c.at(via).ip : c.behind()->at().ip;
    }

    [[nodiscard]] bool is_rogue(address const& ip) const {
        return std::any_of(rogues_.begin(), rogues_.end(), [&](auto const& r) {
            return r->selves().front().at.ip == ip || r->selves().back().at.ip == ip;
        });
    }

    void meet_routers(client& c) {
        for (std::size_t i = 0; i < played_.routers && i < members_.size(); ++i)
            for (endpoint const& at : members_[i]->addresses())
                if (members_[i] != &c) c.bootstrap(at);
        for (auto const& r : rogues_)
            for (node_contact const& self : r->selves())
                c.bootstrap(self.at);
    }

    // -- acts

    void perform(act const& a) {
        client& who = *members_[a.who % members_.size()];
        switch (a.does) {
        case verb::crash:
            return who.crash();
        case verb::leave:
            return who.leave();
        case verb::start:
            if (who.up()) return;
            who.start();
            return meet_routers(who);
        case verb::split:
            return split(a.amount);
        case verb::heal:
            divided_ = 0;
            return wall_.lift();
        case verb::lose:
            world_.network.loss = a.amount;
            return;
        case verb::jump:
            return who.jump_clock(milliseconds{static_cast<std::int64_t>(a.amount * 1'000)});
        default:
            if (who.up()) send_on_errand(who, a);
        }
    }

    void split(double share) {
        divided_ = static_cast<std::size_t>(share * static_cast<double>(members_.size()));
        std::set<endpoint> inside;
        for (std::size_t i = 0; i < divided_; ++i)
            inside.insert(members_[i]->addresses().begin(), members_[i]->addresses().end());
        wall_ = world_.install(partition(
            [inside = std::move(inside)](endpoint const& e) { return inside.contains(e); }));
    }

    void send_on_errand(client& who, act const& a) {
        operation_id const id = begin(who, a);
        if (id) errands_.push_back({&who, id, a, newest_[a.what]});
    }

    operation_id begin(client& who, act const& a) {
        info_hash const hash = to_info_hash(key_of(a.what));
        switch (a.does) {
        case verb::announce:
            if (a.amount == 1) return who.announce(hash, {.port = 1, .implied_port = true});
            return who.announce(hash, {.port = who.at().port});
        case verb::find:
            return who.find_peers(hash, {});
        case verb::put: {
            auto const seq = static_cast<std::int64_t>(a.amount);
            return who.put(sign_item(owner_of(a.what), {}, seq, as_bytes("1:x")));
        }
        case verb::get:
            return who.get(owner_of(a.what).public_key());
        default:
            return who.find_node(key_of(a.what));
        }
    }

    static ed25519_key_pair owner_of(std::uint32_t what) {
        ed25519_seed seed{};
        store_big_endian(seed.data(), what);
        return ed25519_key_pair::from_seed(seed);
    }

    [[nodiscard]] key160 key_of(std::uint32_t what) const {
        key160 key;
        seeded_random{world_.seed() + 0x6b6579ULL + what}.fill(key.bytes);
        return key;
    }

    // -- what comes of it

    void on_outcome(host const& of, outcome const& o) override {
        auto const done = std::find_if(errands_.begin(), errands_.end(), [&](errand const& e) {
            return e.of == &of && e.id == o.operation;
        });
        if (done == errands_.end()) return;
        errand const e = *done;
        errands_.erase(done);
        switch (e.what.does) {
        case verb::announce:
            report_.announces.add(o, o.stored > 0);
            if (o.stored > 0) note_announced(*e.of, e.what.what);
            return;
        case verb::find:
            return count_found(o, still_announced(e.what.what));
        case verb::put:
            report_.puts.add(o, o.stored > 0);
            if (o.stored > 0 && o.item)
                newest_[e.what.what] = std::max(newest_[e.what.what], o.item->seq);
            return;
        case verb::get:
            if (e.newest > 0) report_.gets.add(o, o.item && o.item->seq >= e.newest);
            return;
        default:
            report_.lookups.add(o, true);
            report_.recall += recall(*e.of, key_of(e.what.what), o);
        }
    }

    void note_announced(client const& by, std::uint32_t what) {
        for (via_index via = 0; via < by.addresses().size(); ++via)
            announced_[what][{outer_address(by, via), port_of(by, via)}] = world_.now();
    }

    /// 0: some port that its NAT has chosen.
    static std::uint16_t port_of(client const& c, via_index via) {
        return c.behind() == nullptr ? c.at(via).port : std::uint16_t{0};
    }

    void count_found(outcome const& o, std::set<endpoint> const& there) {
        if (there.empty()) return;
        auto const brought = std::count_if(there.begin(), there.end(), [&](endpoint const& e) {
            return std::any_of(o.peers.begin(), o.peers.end(), [&](endpoint const& p) {
                return p.ip == e.ip && (e.port == 0 || e.port == p.port);
            });
        });
        report_.finds.add(o, brought > 0);
        report_.peers_there += there.size();
        report_.peers_brought += static_cast<std::uint64_t>(brought);
    }

    /// By whom, so that those who store it have not forgotten it yet.
    [[nodiscard]] std::set<endpoint> still_announced(std::uint32_t what) const {
        std::set<endpoint> there;
        if (auto const known = announced_.find(what); known != announced_.end())
            for (auto const& [at, when] : known->second)
                if (world_.now() - when < minutes{28}) there.insert(at);
        return there;
    }

    /// Which share of the 8 closest that could be found was found, over the family of the first
    /// address.
    [[nodiscard]] double recall(client const& asker, key160 const& target, outcome const& o) const {
        bool const side = side_of(asker);
        family const f = asker.at().ip.ip_family();
        std::vector<node_id> ids;
        for_each_identity([&](client const& c, via_index via) {
            if (&c != &asker && side_of(c) == side && c.at(via).ip.ip_family() == f &&
                c.behind() == nullptr)
                ids.push_back(c.own_id(via));
        });
        std::size_t const count = std::min<std::size_t>(8, ids.size());
        std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count), ids.end(),
                          [&](auto const& a, auto const& b) { return closer<160>(a, b, target); });
        std::size_t hits = 0;
        for (std::size_t i = 0; i < count; ++i)
            hits += std::any_of(o.nodes.begin(), o.nodes.end(),
                                [&](node_contact const& n) { return n.id == ids[i]; })
                        ? 1U
                        : 0U;
        return count == 0 ? 1 : static_cast<double>(hits) / static_cast<double>(count);
    }

    [[nodiscard]] bool side_of(client const& c) const {
        auto const at = std::find(members_.begin(), members_.end(), &c) - members_.begin();
        return static_cast<std::size_t>(at) < divided_;
    }

    template <class F>
    void for_each_identity(F&& f) const {
        for (client const* const c : members_)
            for (via_index via = 0; c->up() && via < c->addresses().size(); ++via)
                f(*c, via);
    }

    void tick() {
        duration const all = played_.settling + played_.lasting;
        duration const over = world_.now() - instant{};
        tick_(over, static_cast<double>(over.count()) / static_cast<double>(all.count()));
        world_.call_after(every_, [this] { tick(); });
    }

    void conclude() {
        auto const [all, dead] = contacts();
        report_.contacts = all;
        report_.dead_contacts = dead;
        report_.complaints = world_.complaints();
        report_.traffic = world_.counts();
        report_.trace = world_.trace();
        report_.judge(played_);
    }

    scenario played_;
    sim::world world_;
    churn comings_;
    std::vector<client*> members_;
    std::vector<std::unique_ptr<rogue>> rogues_;
    std::vector<rule_guard> disturbances_;
    std::vector<errand> errands_;
    std::map<std::uint32_t, std::map<endpoint, instant>> announced_; ///< torrents by whom, when
    std::map<std::uint32_t, std::int64_t> newest_;                   ///< each item's highest seq
    std::size_t divided_ = 0; ///< hosts before this number are on one side
    rule_guard wall_;
    duration every_{};
    std::function<void(duration, double)> tick_;
    report report_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
