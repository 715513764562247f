#ifndef DHT_SIM_CHURN_HPP
#define DHT_SIM_CHURN_HPP

#include <dht/sim/session_law.hpp>
#include <dht/sim/world.hpp>

namespace dht::inline DHT_ABI::sim {

/// Lets hosts come and go: each is there for sessions of one law, and away between them by another.
/// The world is in its steady state from the first moment: as many hosts are there as always will
/// be on average, in the middle of sessions that began long before. Of the sessions that end, a
/// share `cleanly` does so in good order (host::leave), the others as programs that are killed.
/// What happens to one host depends on the seed and its address alone.
class churn {
public:
    churn(world& where, std::uint64_t seed, session_law const& there, session_law const& away,
          double cleanly = 0)
        : all_{std::make_shared<shared>(shared{where, seed, there, away, cleanly, {}})} {}

    /// Called with each host that has just come back.
    void on_return(std::function<void(host&)> f) { all_->on_return = std::move(f); }

    /// From now on that host comes and goes, until this object ends. Whether it is there now is up
    /// to chance: it may fall silent at once.
    void add(host& h) {
        dice chance = all_->dice_for(h, 0);
        double const there = static_cast<double>(all_->there.mean().count());
        double const away = static_cast<double>(all_->away.mean().count());
        bool const is_there = chance.happens(there / (there + away));
        duration const rest = (is_there ? all_->there : all_->away).resident(chance).rest;
        if (is_there)
            h.start();
        else
            h.crash();
        wait(all_, h, 1, rest);
    }

private:
    struct shared {
        world& where;
        std::uint64_t seed;
        session_law there;
        session_law away;
        double cleanly;
        std::function<void(host&)> on_return;

        [[nodiscard]] dice dice_for(host const& h, std::uint64_t turn) const noexcept {
            std::uint64_t const own = object_hash{}(key_for(seed, purpose::churn), h.at());
            return dice{dice{own + turn}.next()};
        }
    };

    static void wait(std::shared_ptr<shared> const& all, host& h, std::uint64_t turn, duration d) {
        std::weak_ptr<shared> const later = all;
        all->where.call_after(d, [later, &h, turn] {
            if (auto const still = later.lock()) change(still, h, turn);
        });
    }

    static void change(std::shared_ptr<shared> const& all, host& h, std::uint64_t turn) {
        dice chance = all->dice_for(h, turn);
        bool const leaves = h.up();
        wait(all, h, turn + 1, (leaves ? all->away : all->there).newcomer(chance));
        if (leaves) return chance.happens(all->cleanly) ? h.leave() : h.crash();
        h.start();
        if (all->on_return) all->on_return(h);
    }

    std::shared_ptr<shared> all_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
