#ifndef DHT_SIM_STAGE_HPP
#define DHT_SIM_STAGE_HPP

#include <dht/sim/churn.hpp>
#include <dht/sim/company.hpp>
#include <dht/sim/custody.hpp>
#include <dht/sim/protocol_checker.hpp>
#include <dht/sim/report.hpp>
#include <dht/sim/trails.hpp>

namespace dht::inline DHT_ABI::sim {

/// Puts a scenario on: builds the network from a seed, lets it settle, lets happen what the
/// scenario says, and reports how well nodes did. What the true closest nodes are, and who is
/// there, it knows as nobody in the world can.
class stage final : private watcher {
public:
    using casting = company::casting;

    stage(scenario const& played, std::uint64_t seed, casting const& cast)
        : played_{played},
          world_{seed, played.links},
          comings_{world_, seed, played.staying.value_or(session_law::exponential(hours{1})),
                   played.away, played.cleanly} {
        world_.attach(*this);
        world_.attach(trails_);
        world_.attach(custody_);
        comings_.on_return([this](host& h) { all_.meet_routers(static_cast<client&>(h)); });
        disturb(seed);
        all_.come(played_, world_, seed, cast);
        for (client* const c : members())
            all_.meet_routers(*c);
    }

    [[nodiscard]] sim::world& world() noexcept { return world_; }

    [[nodiscard]] std::vector<client*> const& members() const noexcept { return all_.members(); }

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
            for (std::size_t i = played_.routers; i < members().size(); ++i)
                comings_.add(*members()[i]);
        for (act const& a : played_.acts)
            world_.call_after(a.at, [this, a] { perform(a); });
        duration const last_quarter = played_.lasting / 4;
        for (int look = 1; look < looks; ++look) // the last one in the end
            world_.call_after(played_.lasting - look * last_quarter / looks,
                              [this] { look_at_tables(); });
        world_.run_for(played_.lasting);
        if (at_end) at_end();
        conclude();
        return report_;
    }

    [[nodiscard]] report const& so_far() const noexcept { return report_; }

    /// Contacts in all tables of who is up: {all, those whose host is down or is somebody else}.
    [[nodiscard]] std::pair<std::size_t, std::size_t> contacts() const { return all_.contacts(); }

    /// Who holds what was announced or put, key by key; without those too old to be held.
    [[nodiscard]] std::vector<holding> holdings() const {
        std::vector<holding> all;
        for (auto const& [name, key] : stored_) {
            holding h{name.first, name.second};
            bool due = false;
            for (family const f : {family::ipv4, family::ipv6}) {
                if (!custody_.is_due(key, f, world_.now())) continue;
                due = true;
                count_closest(h, key, f);
            }
            for (client const* const c : members())
                h.holders += holds(*c, key, family::ipv4) || holds(*c, key, family::ipv6) ? 1U : 0U;
            if (due) all.push_back(h);
        }
        return all;
    }

private:
    static constexpr int looks = 4; ///< at the tables: in a few hosts, one would be chance

    struct errand {
        client const* of;
        operation_id id;
        trails::number trail;
        act what;
        std::int64_t newest; ///< that had been put when it began
    };

    void disturb(std::uint64_t seed) {
        if (played_.clogging) {
            played_.clogging->seed += seed;
            disturbances_.push_back(world_.install(*played_.clogging));
        }
        if (played_.parting)
            disturbances_.push_back(world_.install(partitions{seed, *played_.parting}));
    }

    // -- acts

    void perform(act const& a) {
        client& who = *members()[a.who % members().size()];
        switch (a.does) {
        case verb::crash:
            return who.crash();
        case verb::leave:
            return who.leave();
        case verb::start:
            if (who.up()) return;
            who.start();
            return all_.meet_routers(who);
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
        divided_ = static_cast<std::size_t>(share * static_cast<double>(members().size()));
        std::set<endpoint> inside;
        for (std::size_t i = 0; i < divided_; ++i)
            inside.insert(members()[i]->addresses().begin(), members()[i]->addresses().end());
        wall_ = world_.install(partition(
            [inside = std::move(inside)](endpoint const& e) { return inside.contains(e); }));
    }

    void send_on_errand(client& who, act const& a) {
        key160 const target = target_of(a);
        if (a.does == verb::announce || a.does == verb::put)
            stored_.emplace(std::pair{a.does, a.what}, target);
        trails::number const trail = trails_.begin(who, target);
        if (operation_id const id = begin(who, a))
            errands_.push_back({&who, id, trail, a, newest_[a.what]});
        else
            trails_.end(trail);
    }

    /// Whose closest nodes it is about.
    [[nodiscard]] key160 target_of(act const& a) const {
        if (a.does != verb::put && a.does != verb::get) return key_of(a.what);
        return mutable_item_key(owner_of(a.what).public_key(), {});
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
        auto const [to_value, to_closest] = trails_.end(e.trail);
        unsigned const hops = to_value > 0 ? to_value : to_closest; // of finds and gets
        switch (e.what.does) {
        case verb::announce:
            report_.announces.add(o, o.stored > 0, to_closest);
            if (o.stored > 0) note_announced(*e.of, e.what.what);
            return;
        case verb::find:
            return count_found(o, still_announced(e.what.what), hops);
        case verb::put:
            report_.puts.add(o, o.stored > 0, to_closest);
            if (o.stored > 0 && o.item)
                newest_[e.what.what] = std::max(newest_[e.what.what], o.item->seq);
            return;
        case verb::get:
            if (e.newest > 0) report_.gets.add(o, o.item && o.item->seq >= e.newest, hops);
            return;
        default:
            report_.lookups.add(o, true, to_closest);
            report_.recall += recall(*e.of, key_of(e.what.what), o);
        }
    }

    void note_announced(client const& by, std::uint32_t what) {
        for (via_index via = 0; via < by.addresses().size(); ++via)
            announced_[what][{company::outer_address(by, via), port_of(by, via)}] = world_.now();
    }

    /// 0: some port that its NAT has chosen.
    static std::uint16_t port_of(client const& c, via_index via) {
        return c.behind() == nullptr ? c.at(via).port : std::uint16_t{0};
    }

    void count_found(outcome const& o, std::set<endpoint> const& there, unsigned hops) {
        if (there.empty()) return;
        auto const brought = std::count_if(there.begin(), there.end(), [&](endpoint const& e) {
            return std::any_of(o.peers.begin(), o.peers.end(), [&](endpoint const& p) {
                return p.ip == e.ip && (e.port == 0 || e.port == p.port);
            });
        });
        report_.finds.add(o, brought > 0, hops);
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
        auto const closest =
            all_.closest_to(target, asker.at().ip.ip_family(),
                            [&](client const& c) { return &c != &asker && side_of(c) == side; });
        auto const hits = std::count_if(closest.begin(), closest.end(), [&](auto const& r) {
            return std::any_of(o.nodes.begin(), o.nodes.end(),
                               [&](node_contact const& n) { return n.id == r.id; });
        });
        return closest.empty() ? 1
                               : static_cast<double>(hits) / static_cast<double>(closest.size());
    }

    void count_closest(holding& h, key160 const& key, family f) const {
        for (auto const& r : all_.closest_to(key, f, [](client const&) { return true; })) {
            ++h.closest;
            h.of_closest += holds(*r.at, key, f) ? 1U : 0U;
        }
    }

    [[nodiscard]] bool holds(client const& c, key160 const& key, family f) const {
        return custody_.keeps(c, key, f, world_.now());
    }

    [[nodiscard]] bool side_of(client const& c) const {
        auto const at = std::find(members().begin(), members().end(), &c) - members().begin();
        return static_cast<std::size_t>(at) < divided_;
    }

    void tick() {
        duration const all = played_.settling + played_.lasting;
        duration const over = world_.now() - world_begin;
        tick_(over, static_cast<double>(over.count()) / static_cast<double>(all.count()));
        world_.call_after(every_, [this] { tick(); });
    }

    void look_at_tables() {
        auto const [all, dead] = contacts();
        report_.contacts += static_cast<double>(all) / looks;
        report_.dead_contacts += static_cast<double>(dead) / looks;
    }

    void conclude() {
        look_at_tables();
        report_.holdings = holdings();
        report_.complaints = world_.complaints();
        report_.traffic = world_.counts();
        report_.trace = world_.trace();
        report_.judge(played_);
    }

    scenario played_;
    sim::world world_;
    churn comings_;
    company all_;
    std::vector<rule_guard> disturbances_;
    std::vector<errand> errands_;
    std::map<std::uint32_t, std::map<endpoint, instant>> announced_; ///< torrents by whom, when
    std::map<std::uint32_t, std::int64_t> newest_;                   ///< each item's highest seq
    std::map<std::pair<verb, std::uint32_t>, key160> stored_;        ///< by what, and its number
    trails trails_;
    custody custody_;
    std::size_t divided_ = 0; ///< hosts before this number are on one side
    rule_guard wall_;
    duration every_{};
    std::function<void(duration, double)> tick_;
    report report_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
