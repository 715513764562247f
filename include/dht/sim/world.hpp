#ifndef DHT_SIM_WORLD_HPP
#define DHT_SIM_WORLD_HPP

#include <dht/base/slab.hpp>
#include <dht/sim/address_plan.hpp>
#include <dht/sim/datagram_pool.hpp>
#include <dht/sim/event_queue.hpp>
#include <dht/sim/node_host.hpp>
#include <dht/sim/record.hpp>
#include <dht/sim/scripted_host.hpp>
#include <dht/sim/watcher.hpp>

namespace dht::inline DHT_ABI::sim {

/// A deterministic world: hosts, a network between them, and virtual time. The same seed and the
/// same calls give the same world, datagram for datagram, on every machine: trace() proves it. The
/// fate of a datagram depends on the seed, its ends, its instant and how many its sender sent
/// before it in that instant, and on nothing else that happens: observers and other hosts cannot
/// change it.
class world : private ground {
public:
    explicit world(std::uint64_t seed, link network_between = continental)
        : network{network_between},
          seed_{seed},
          workload_{keyed_hash(key_for(seed, purpose::workload), {})},
          directory_{0xffffffff, {}} {}

    /// Between all hosts. May be changed at any time.
    link network;

    [[nodiscard]] instant now() const noexcept override { return now_; }

    [[nodiscard]] unix_time unix_now() const noexcept override {
        return unix_time{1'700'000'000} + now_.time_since_epoch();
    }

    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

    // -- who is there

    /// A node on those addresses, up from now on. Policies but the random source are given as to
    /// the node itself.
    template <class Node, class... P>
    node_host<Node, P...>& add(std::vector<endpoint> addresses, settings const& s = {},
                               P... policies) {
        return settled(std::make_unique<node_host<Node, P...>>(
            static_cast<ground&>(*this), std::move(addresses), s, std::move(policies)...));
    }

    template <class Node, class... P>
    node_host<Node, P...>& add(endpoint const& address, settings const& s = {}, P... policies) {
        return add<Node>(std::vector{address}, s, std::move(policies)...);
    }

    /// A host of another kind there, made from what its constructor takes behind the addresses.
    template <class Host, class... Args>
    Host& add_host(endpoint const& address, Args&&... args) {
        return settled(std::make_unique<Host>(static_cast<ground&>(*this), std::vector{address},
                                              std::forward<Args>(args)...));
    }

    /// Something else there: see scripted_host.
    scripted_host& add_script(std::vector<endpoint> addresses, scripted_host::script on_datagram) {
        return settled(std::make_unique<scripted_host>(
            static_cast<ground&>(*this), std::move(addresses), std::move(on_datagram)));
    }

    scripted_host& add_script(endpoint const& address, scripted_host::script on_datagram) {
        return add_script(std::vector{address}, std::move(on_datagram));
    }

    /// Nobody interferes with datagrams but rules, for as long as their guards live.
    rule_guard install(rule r) { return rules_.install(std::move(r)); }

    // -- time

    /// Lets the next thing happen. False: nothing will ever happen.
    bool step() {
        if (future_.empty()) return false;
        happening const next = future_.take();
        now_ = next.at;
        if (next.host == happening::no_host) {
            call(next.what);
        } else if (host& h = *hosts_[next.host]; next.what != happening::wake_up) {
            arrive(h, next.what);
        } else if (next.order == h.alarm_) {
            wake(h);
        }
        return true;
    }

    /// Calls f() when that time is over, in between what hosts do.
    void call_after(duration d, std::function<void()> f) {
        std::uint32_t const place = calls_.emplace(std::move(f)).index;
        future_.push(now_ + std::max(d, duration{}), happening::no_host, place);
    }

    void run_for(duration d) {
        run_until([] { return false; }, d);
    }

    /// Until done(), asked after each step, or until the time is over. Returns done().
    template <class Done>
    bool run_until(Done&& done, duration limit) {
        instant const end = now_ + limit;
        while (!done()) {
            if (future_.next_at() > end) {
                now_ = end;
                return false;
            }
            step();
        }
        return true;
    }

    /// Runs until the operation of that host has ended and returns its result.
    template <class Host>
    outcome finish(Host const& h, operation_id id, duration limit = minutes{5}) {
        run_until([&] { return h.result(id) != nullptr; }, limit);
        outcome const* const last = h.result(id);
        return last == nullptr ? outcome{} : *last;
    }

    // -- what is to be seen

    /// A hash of every delivery so far: time, ends and bytes.
    [[nodiscard]] std::uint64_t trace() const noexcept { return trace_; }

    [[nodiscard]] traffic_counts const& counts() const noexcept { return counts_; }

    /// The first thousand.
    [[nodiscard]] std::vector<complaint> const& complaints() const noexcept { return complaints_; }

    /// Tells `w` of everything from now on.
    void attach(watcher& w) { watchers_.push_back(&w); }

    /// Writes down what a host must not do. Watchers add what they find.
    void complain(complaint const& c) {
        if (complaints_.size() < complaints_max) complaints_.push_back(c);
    }

    /// f(host&) for everybody, in the order in which they were added.
    template <class F>
    void for_each_host(F&& f) {
        for (auto const& h : hosts_)
            f(*h);
    }

    /// Chance for whoever uses the world: drawing from it changes nothing else.
    [[nodiscard]] seeded_random& workload() noexcept { return workload_; }

private:
    static constexpr std::size_t complaints_max = 1'000;

    [[nodiscard]] std::uint64_t seed_for(endpoint const& at,
                                         unsigned life) const noexcept override {
        hash_key const key = key_for(seed_ + life, purpose::nodes);
        return object_hash{}(key, at);
    }

    template <class Host>
    Host& settled(std::unique_ptr<Host> newcomer) {
        Host& h = *newcomer;
        host& base = h;
        base.index_ = static_cast<std::uint32_t>(hosts_.size());
        hosts_.push_back(std::move(newcomer));
        for (endpoint const& e : h.addresses()) {
            DHT_ASSERT(directory_.find(e) == nullptr);
            *directory_.find_or_insert(e) = base.index_;
        }
        h.start();
        return h;
    }

    void settle(host& h) override {
        if (!h.up()) return;
        while (auto const t = h.poll_transmit())
            send(h, *t);
        h.take_outcomes();
        set_alarm(h);
        for (watcher* const w : watchers_)
            w->on_step(h);
    }

    void tell(host const& h, outcome const& o) override {
        for (watcher* const w : watchers_)
            w->on_outcome(h, o);
    }

    void call(std::uint32_t place) {
        auto const h = calls_.at_index(place);
        std::function<void()> const f = std::move(*calls_.find(h));
        calls_.erase(h); // before f, which may make more calls
        f();
    }

    // -- waking

    /// One wake-up per host is pending. One that became too early sets itself anew when it comes
    /// up; one that became too late stays in the queue and is known by its order.
    void set_alarm(host& h) {
        auto const next = h.next_deadline();
        if (!next) {
            h.alarm_ = 0;
            return;
        }
        instant at = next->at - h.clock_error_;
        if (at <= now_) at = now_ + patience(h, next->why);
        if (h.alarm_ != 0 && h.alarm_at_ <= at) return;
        h.alarm_at_ = at;
        h.alarm_ = future_.push(at, h.index_, happening::wake_up);
    }

    /// Nobody is woken twice at one instant for one reason: the world would stand still.
    duration patience(host const& h, wake_reason why) {
        if (h.woken_at_ != now_ || (h.woken_for_ >> static_cast<unsigned>(why) & 1U) == 0)
            return {};
        complain({now_, h.at(), fault::wakes_for_nothing, why, {}});
        return milliseconds{1};
    }

    void wake(host& h) {
        h.alarm_ = 0;
        auto const due = h.up() ? h.next_deadline() : std::nullopt;
        if (!due) return;
        if (due->at > h.clock()) return set_alarm(h);
        if (h.woken_at_ != now_) h.woken_for_ = 0;
        h.woken_at_ = now_;
        h.woken_for_ |= 1U << static_cast<unsigned>(due->why);
        h.advance(h.clock());
        settle(h);
    }

    // -- datagrams

    void send(host& h, transmit const& t) {
        datagram const d{now_, h.source(t.via), t.to, t.bytes};
        if (!may_send(d)) return;
        for (watcher* const w : watchers_)
            w->on_sent(h, d);
        ++h.sent_;
        ++counts_.sent;
        counts_.sent_bytes += d.bytes.size();
        verdict const v = rules_.judge(d);
        std::uint32_t const* const receiver = directory_.find(d.to);
        if (v.what == verdict::kind::drop)
            ++counts_.lost;
        else if (receiver == nullptr)
            ++counts_.nobody;
        else if (v.what == verdict::kind::deliver)
            fly(d, *receiver, v.after);
        else
            travel_to(h, d, *receiver, v.what == verdict::kind::duplicate);
    }

    bool may_send(datagram const& d) {
        bool const martian = is_martian(d.to) || (is_local(d.to.ip) && !is_local(d.from.ip));
        bool const across = d.to.ip.ip_family() != d.from.ip.ip_family();
        if (martian)
            complain({now_, d.from, fault::sends_to_martian, {}, d.to});
        else if (across)
            complain({now_, d.from, fault::sends_across_family, {}, d.to});
        return !martian && !across;
    }

    /// Through the sender's door, the network, and the receiver's door.
    void travel_to(host& h, datagram const& d, std::uint32_t receiver, bool twice) {
        host const& other = *hosts_[receiver];
        std::array<hop, 3> const way{hop{h.door, door_of(h)},
                                     hop{network, ends_of(d), region_of(h), region_of(other)},
                                     hop{other.door, door_of(other)}};
        dice chance = dice_for(h, d);
        for (int copies = twice ? 2 : 1; copies > 0; --copies) {
            arrivals const when = travel(way, chance);
            if (when.empty()) ++counts_.lost;
            if (when.full() || copies > 1) ++counts_.duplicated;
            for (duration const after : when)
                fly(d, receiver, after);
        }
    }

    [[nodiscard]] std::uint64_t door_of(host const& h) const noexcept {
        return object_hash{}(key_for(seed_, purpose::network), h.at());
    }

    [[nodiscard]] geography::region region_of(host const& h) const noexcept {
        if (network.map == nullptr) return 0;
        return h.region ? *h.region : network.map->region_of(door_of(h));
    }

    /// The same for both directions.
    [[nodiscard]] std::uint64_t ends_of(datagram const& d) const noexcept {
        struct {
            address low;
            address high;
        } const ends{std::min(d.from.ip, d.to.ip), std::max(d.from.ip, d.to.ip)};

        return object_hash{}(key_for(seed_, purpose::network), ends);
    }

    [[nodiscard]] dice dice_for(host& h, datagram const& d) const noexcept {
        if (h.burst_at_ != now_) h.burst_ = 0;
        h.burst_at_ = now_;

        struct {
            endpoint from;
            endpoint to;
            std::uint32_t ordinal;
            duration::rep at;
        } const name{d.from, d.to, h.burst_++, now_.time_since_epoch().count()};

        return dice{object_hash{}(key_for(seed_, purpose::network), name)};
    }

    void fly(datagram const& d, std::uint32_t receiver, duration after) {
        future_.push(now_ + after, receiver, flights_.put(d.from, d.to, d.bytes));
    }

    void arrive(host& h, std::uint32_t what) {
        datagram_pool::flight f = flights_.take(what);
        if (h.up()) {
            ++counts_.delivered;
            ++h.received_;
            note(f);
for (watcher* const w : watchers_)
                w->on_delivered(h, {now_, f.from, f.to, f.bytes});
            h.arrive({h.clock(), f.from, f.to, f.bytes});
            settle(h);
        } else {
            ++counts_.nobody;
        }
        flights_.recycle(what, std::move(f));
    }

    void note(datagram_pool::flight const& f) noexcept {
        auto const at = static_cast<std::uint64_t>(now_.time_since_epoch().count());
        trace_ = object_hash{}({trace_, at}, std::array{f.from, f.to});
        trace_ = keyed_hash({trace_, at}, f.bytes);
    }

    std::uint64_t seed_;
    instant now_{};
    seeded_random workload_;
    event_queue future_;
    datagram_pool flights_;
    rule_list rules_;
    slab<std::function<void()>> calls_{0xffffffff};
    std::vector<watcher*> watchers_;
    std::vector<std::unique_ptr<host>> hosts_;
    dense_map<endpoint, std::uint32_t, object_hash> directory_;
    traffic_counts counts_;
    std::vector<complaint> complaints_;
    std::uint64_t trace_ = 0;
};

} // namespace dht::inline DHT_ABI::sim

#endif
