#ifndef DHT_SIM_HOST_HPP
#define DHT_SIM_HOST_HPP

#include <dht/outcome.hpp>
#include <dht/sim/clock.hpp>
#include <dht/sim/link.hpp>
#include <dht/sim/rule.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace dht::inline DHT_ABI::sim {

class host;
class nat;

/// What hosts stand on: the part of a world that they see.
class ground {
public:
    [[nodiscard]] virtual instant now() const noexcept = 0;

    [[nodiscard]] virtual unix_time unix_now() const noexcept = 0;

    /// A seed for what lives at that endpoint, another one each time it starts.
    [[nodiscard]] virtual std::uint64_t seed_for(endpoint const& at,
                                                 unsigned life) const noexcept = 0;

    /// Somebody used the host: sends what it has to say and sets its alarm.
    virtual void settle(host& h) = 0;

    /// An operation of a node there has something to tell.
    virtual void tell(host const& h, outcome const& o) = 0;

protected:
    ~ground() = default;
};

/// A machine in a world: one or more addresses, a door to the network, a clock that may be wrong,
/// and inside something with the five verbs (see node_host and scripted_host).
class host {
public:
    host(ground& world, std::vector<endpoint> addresses)
        : world_{world},
          addresses_{std::move(addresses)} {
        DHT_ASSERT(!addresses_.empty());
    }

    host(host const&) = delete;
    host& operator=(host const&) = delete;
    virtual ~host() = default;

    [[nodiscard]] endpoint const& at(via_index via = 0) const noexcept { return addresses_[via]; }

    [[nodiscard]] std::vector<endpoint> const& addresses() const noexcept { return addresses_; }

    /// The host's own stretch of the way: its last mile. Must outlive the host; any number of them
    /// may have the same, but each has queues of its own. nullptr: the world's.
    link const* door = nullptr;

    /// Where it is on a network with a map. By default its address decides.
    std::optional<geography::region> region{};

    /// The NAT before it, whose door and region then count; nullptr: none. See world::put_behind.
    [[nodiscard]] nat* behind() const noexcept { return behind_; }

    // -- life

    [[nodiscard]] bool up() const noexcept { return lives_ % 2 == 1; }

    /// Counts the times that it started.
    [[nodiscard]] unsigned life() const noexcept { return (lives_ + 1) / 2; }

    /// Comes up, or comes back: after a crash with nothing but its address and settings, after
    /// leave() with what it remembers.
    void start() {
        if (up()) return;
        ++lives_;
        begin();
        world_.settle(*this);
    }

    /// Falls silent in the middle of whatever it did, and forgets all.
    void crash() {
        if (!up()) return;
        ++lives_;
        stalled_until_ = instant::min();
        end();
    }

    /// Ends in good order: tells its outcomes, says what it still has to say, and remembers what it
    /// wants to know when it starts again.
    void leave() {
        if (!up()) return;
        leaving_ = true;
        say_goodbye();
        world_.settle(*this);
        crash();
        leaving_ = false;
    }

    [[nodiscard]] bool leaving() const noexcept { return leaving_; }

    // -- time

    /// What the clock of this host shows.
    [[nodiscard]] instant clock() const noexcept { return clock_.shows(world_.now()); }

    /// The date: all machines have the same.
    [[nodiscard]] unix_time unix_now() const noexcept { return world_.unix_now(); }

    /// Of the world's.
    [[nodiscard]] duration clock_ahead() const noexcept { return clock() - world_.now(); }

    void jump_clock(duration by) {
        clock_.jump(by);
        world_.settle(*this);
    }

    /// From now on its clock gains that many microseconds in each second, or loses them; quartz
    /// does less than 100.
    void drift_clock(double ppm) {
        clock_.drift(world_.now(), ppm);
        world_.settle(*this);
    }

    /// From now on it does nothing for that long, as a suspended laptop or a program that is stuck.
    /// Then it gets all that has come for it. Its clock goes on; jump_clock sets it back for one
    /// that stood still.
    void stall(duration d) {
        if (!up()) return;
        stalled_until_ = std::max(stalled_until_, world_.now() + d);
        world_.settle(*this);
    }

    /// Whether it wants to be woken, and when by its own clock.
    [[nodiscard]] virtual std::optional<deadline> next_deadline() const = 0;

    // -- what it has done

    [[nodiscard]] std::uint64_t datagrams_sent() const noexcept { return sent_; }

    [[nodiscard]] std::uint64_t datagrams_received() const noexcept { return received_; }

protected:
    [[nodiscard]] ground& world() const noexcept { return world_; }

private:
    friend class world;
    friend class nat;
    friend class roads;

    /// Who gets a datagram that has come here; `to` becomes its endpoint. nullptr: nobody may.
    virtual host* recipient(instant, endpoint const&, endpoint&) { return this; }

    virtual void begin() = 0;

    virtual void say_goodbye() {}

    virtual void end() = 0;
    virtual void receive(instant now, via_index via, endpoint const& from, byte_view bytes) = 0;

    /// A datagram has come to one of its addresses.
    virtual void arrive(datagram const& d) {
        via_index via = 0;
        while (at(via) != d.to)
            ++via;
        receive(d.at, via, d.from, d.bytes);
    }

    /// Who the datagram says it is from that poll_transmit gave last.
    [[nodiscard]] virtual endpoint const& source(via_index via) const noexcept { return at(via); }

    virtual void advance(instant now) = 0;
    virtual std::optional<transmit> poll_transmit() = 0;
    virtual void take_outcomes() = 0;

    ground& world_;
    std::vector<endpoint> addresses_;
    skewed_clock clock_;
    nat* behind_ = nullptr;
    unsigned lives_ = 0; // odd: alive
    bool leaving_ = false;
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;

    // What the world remembers of it.
    std::uint32_t index_ = 0;
    std::uint32_t burst_ = 0; // datagrams sent in this very instant
    instant burst_at_ = instant::min();
    instant alarm_at_ = never;
    std::uint64_t alarm_ = 0; // order of the pending wake-up; 0: none
    instant woken_at_ = instant::min();
    std::uint32_t woken_for_ = 0;  // reasons, one bit each, at that instant
    std::array<bool, 3> bursts_{}; // of losses: sending, on the network, receiving
    instant stalled_until_ = instant::min();
    std::unique_ptr<std::array<door_queue, 2>> queues_; // sending, receiving; once there are any
};

} // namespace dht::inline DHT_ABI::sim

#endif
