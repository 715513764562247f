#ifndef DHT_SIM_PACER_HPP
#define DHT_SIM_PACER_HPP

#include <dht/sim/world.hpp>

namespace dht::inline DHT_ABI::sim {

/// Calls f() at a steady rate of virtual time, from now on and until this object ends. Above 1 000
/// per second in volleys, one each millisecond.
class pacer {
public:
    /// per_second: above 0, at most 1e9.
    pacer(world& where, double per_second, std::function<void()> f)
        : state_{std::make_shared<state>(where, per_second, std::move(f))} {
        wait(state_);
    }

private:
    struct state {
        state(world& w, double per_second, std::function<void()> what)
            : where{w},
              tick{tick_of(per_second)},
              each_tick{per_second * static_cast<double>(tick.count()) / 1e6},
              f{std::move(what)} {}

        static duration tick_of(double per_second) {
            DHT_ASSERT(per_second > 0 && per_second <= 1e9);
            duration const apart{static_cast<duration::rep>(1e6 / per_second)};
            return std::max(duration{milliseconds{1}}, apart);
        }

        world& where;
        duration tick;
        double each_tick;
        std::function<void()> f;
        double due = 0;
    };

    static void wait(std::shared_ptr<state> const& s) {
        std::weak_ptr<state> const later = s;
        s->where.call_after(s->tick, [later] {
            if (auto const still = later.lock()) beat(still);
        });
    }

    static void beat(std::shared_ptr<state> const& s) {
        wait(s);
        for (s->due += s->each_tick; s->due >= 1 - 1e-9; --s->due)
            s->f();
    }

    std::shared_ptr<state> state_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
