#ifndef DHT_SIM_WORLD_HPP
#define DHT_SIM_WORLD_HPP

#include <dht/base/slab.hpp>
#include <dht/sim/address_plan.hpp>
#include <dht/sim/conditions.hpp>
#include <dht/sim/datagram_pool.hpp>
#include <dht/sim/directory.hpp>
#include <dht/sim/event_queue.hpp>
#include <dht/sim/node_host.hpp>
#include <dht/sim/record.hpp>
#include <dht/sim/roads.hpp>
#include <dht/sim/scripted_host.hpp>
#include <dht/sim/watcher.hpp>

namespace dht::inline DHT_ABI::sim {

/// A deterministic world: hosts, a network between them, and virtual time. The same seed and the
/// same calls give the same world, datagram for datagram, with every compiler: trace() proves it.
/// (Logarithms and the like are the C library's: another one may round a latency otherwise.) The
/// fate of a datagram depends on the seed, its ends, its instant and how many its sender sent
/// before it in that instant, and on nothing else that happens: observers and other hosts cannot
/// change it. (Where there are bursts of losses, queues or NATs, also on what passed them before.)
class world : private ground {
public:
    explicit world(std::uint64_t seed, link const& network_between = continental)
        : world{seed, conditions{network_between, {}}} {}

    world(std::uint64_t seed, conditions const& c)
        : network{c.network},
          door{c.door},
          seed_{seed},
          workload_{keyed_hash(key_for(seed, purpose::workload), {})},
          roads_{seed, network, door} {}

    /// Between all hosts. May be changed at any time.
    link network;

    /// Of each host that has none of its own. May be changed at any time.
    link door;

    [[nodiscard]] instant now() const noexcept override { return now_; }

    [[nodiscard]] unix_time unix_now() const noexcept override {
        return unix_time{1'700'000'000} + (now_ - world_begin);
    }

    [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

    /// How far local time is ahead of UTC where that host is.
    [[nodiscard]] duration zone_of(host const& h) const noexcept { return roads_.zone_of(h); }

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

    /// A NAT with these public IPv4 addresses and nobody behind it. For a carrier's give it to
    /// put_behind, too.
    nat& add_nat(std::vector<address> const& outer, nat_kind const& kind) {
        return settled(std::make_unique<nat>(static_cast<ground&>(*this), outer, kind));
    }

    /// From now on that host, or NAT, is behind that NAT and reached only through it. Its IPv4
    /// addresses should be private. Hosts behind other NATs may have the same, but nodes with equal
    /// addresses have equal chance: see private_v4.
    void put_behind(host& h, nat& gate) { directory_.put_behind(h, gate); }

    /// Nobody interferes with datagrams but rules, for as long as their guards live.
    rule_guard install(rule r) { return rules_.install(std::move(r)); }

    // -- time

    /// Lets the next thing happen. False: nothing will ever happen.
    bool step() {
        if (future_.empty()) return false;
        ++steps_;
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
    [[nodiscard]] std::uint64_t trace() const noexcept { return chronicle_.trace(); }

    [[nodiscard]] traffic_counts const& counts() const noexcept { return counts_; }

    /// How often anything happened.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

    /// The first thousand.
    [[nodiscard]] std::vector<complaint> const& complaints() const noexcept {
        return chronicle_.complaints();
    }

    /// Tells `w` of everything from now on.
    void attach(watcher& w) { audience_.join(w); }

    /// Writes down what a host must not do. Watchers add what they find.
    void complain(complaint const& c) { chronicle_.complain(c); }

    /// Chance for whoever uses the world: drawing from it changes nothing else.
    [[nodiscard]] seeded_random& workload() noexcept { return workload_; }

private:
    static constexpr duration nearby = milliseconds{1}; ///< between hosts behind one NAT

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
        directory_.add(h);
        h.start();
        return h;
    }

    void settle(host& h) override {
        if (!h.up()) return;
        if (h.stalled_until_ > now_) return set_alarm(h, h.stalled_until_);
        while (auto const t = h.poll_transmit())
            send(h, *t);
        h.take_outcomes();
        set_alarm(h);
        audience_.stepped(h);
    }

    void tell(host const& h, outcome const& o) override { audience_.told(h, o); }

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
        instant const at = h.clock_.when(next->at);
        set_alarm(h, at > now_ ? at : now_ + patience(h, next->why));
    }

    void set_alarm(host& h, instant at) {
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
        if (h.stalled_until_ >= now_) return wake_later(h);
        auto const due = h.up() ? h.next_deadline() : std::nullopt;
        if (!due) return;
        if (due->at > h.clock()) return set_alarm(h);
        if (h.woken_at_ != now_) h.woken_for_ = 0;
        h.woken_at_ = now_;
        h.woken_for_ |= 1U << static_cast<unsigned>(due->why);
        h.advance(h.clock());
        settle(h);
    }

    /// When a host goes on, it first reads what has come meanwhile.
    void wake_later(host& h) {
        if (h.stalled_until_ == now_) h.stalled_until_ = instant::min();
        settle(h);
    }

    // -- datagrams

    void send(host& h, transmit const& t) {
        datagram d{now_, h.source(t.via), t.to, t.bytes};
        if (!may_send(d)) return;
        audience_.sent(h, d);
        ++h.sent_;
        ++counts_.sent;
        counts_.sent_bytes += d.bytes.size();
        way_out const way = leave(h, now_, d.from, d.to);
        if (way.at == nullptr)
            ++counts_.filtered;
        else if (way.stays)
            deliver(d, way.at->index_, nearby);
        else
            cross(*way.at, d);
    }

    /// From a host, or from the NAT before it, into the network.
    void cross(host& h, datagram const& d) {
        verdict const v = rules_.judge(d);
        host* const receiver = directory_.find(d.to);
        if (v.what == verdict::kind::drop)
            ++counts_.dropped;
        else if (receiver == nullptr)
            ++counts_.nobody;
        else if (v.what == verdict::kind::deliver)
            deliver(d, receiver->index_, v.after);
        else
            travel_to(h, d, *receiver, v);
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

    void travel_to(host& h, datagram const& d, host& other, verdict const& v) {
        auto const wait = roads_.wait(h, direction::out, now_, d.bytes.size());
        if (!wait) {
            ++counts_.overflowed;
            return;
        }
        dice chance = roads_.dice_for(h, d);
        int const copies = v.what == verdict::kind::duplicate ? 2 : 1;
        if (copies > 1) ++counts_.duplicated;
        for (int i = 0; i < copies; ++i) {
            fate const f = roads_.cross(h, d, other, chance);
            set_out(d, other.index_, *wait + v.after, f, chance);
        }
    }

    void set_out(datagram const& d, std::uint32_t receiver, duration wait, fate const& f,
                 dice& chance) {
        if (f.when.empty()) ++(f.too_large ? counts_.too_large : counts_.lost);
        if (f.when.full()) ++counts_.duplicated;
        for (duration const after : f.when) {
            std::uint32_t const place = fly(d, receiver, wait + after);
            if (!f.corrupted) continue;
            flights_[place].flip_bit(chance.next());
            ++counts_.corrupted;
        }
    }

    std::uint32_t fly(datagram const& d, std::uint32_t receiver, duration after) {
        std::uint32_t const place = flights_.put(d.from, d.to, d.bytes);
        future_.push(now_ + after, receiver, place);
        return place;
    }

    /// Not through the receiver's door.
    void deliver(datagram const& d, std::uint32_t receiver, duration after) {
        std::uint32_t const place = fly(d, receiver, after);
        flights_[place].queued = true;
    }

    void arrive(host& h, std::uint32_t what) {
        datagram_pool::flight& f = flights_[what];
        if (!f.queued && is_held_up(h, f, what)) return;
        host* const receiver = h.recipient(now_, f.from, f.to);
        if (receiver == nullptr)
            drop(what, counts_.filtered);
        else if (!receiver->up())
            drop(what, counts_.nobody);
        else if (receiver->stalled_until_ > now_)
            future_.push(receiver->stalled_until_, receiver->index_, what);
        else
            hand_over(*receiver, what);
    }

    /// By the queue of the receiver's door, for some time or for ever.
    bool is_held_up(host& h, datagram_pool::flight& f, std::uint32_t what) {
        auto const wait = roads_.wait(h, direction::in, now_, f.bytes.size());
        f.queued = true;
        if (!wait)
            drop(what, counts_.overflowed);
        else if (*wait > duration{})
            future_.push(now_ + *wait, h.index_, what);
        return !wait || *wait > duration{};
    }

    void drop(std::uint32_t what, std::uint64_t& cause) {
        ++cause;
        flights_.recycle(what, flights_.take(what));
    }

    void hand_over(host& h, std::uint32_t what) {
        datagram_pool::flight f = flights_.take(what);
        ++counts_.delivered;
        ++h.received_;
        chronicle_.note(now_, f.from, f.to, f.bytes);
        audience_.delivered(h, {now_, f.from, f.to, f.bytes});
        h.arrive({h.clock(), f.from, f.to, f.bytes});
        flights_.recycle(what, std::move(f));
        settle(h);
    }

    std::uint64_t seed_;
    instant now_ = world_begin;
    seeded_random workload_;
    event_queue future_;
    datagram_pool flights_;
    rule_list rules_;
    slab<std::function<void()>> calls_{0xffffffff};
    audience audience_;
    std::vector<std::unique_ptr<host>> hosts_;
    directory directory_;
    roads roads_;
    traffic_counts counts_;
    chronicle chronicle_;
    std::uint64_t steps_ = 0;
};

} // namespace dht::inline DHT_ABI::sim

#endif
