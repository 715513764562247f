#ifndef DHT_SIM_CHURN_HPP
#define DHT_SIM_CHURN_HPP

#include <dht/sim/session_law.hpp>
#include <dht/sim/world.hpp>

namespace dht::inline DHT_ABI::sim {

/// Lets hosts come and go: each is there for sessions of one law, and away between them by another.
/// Where the nodes of a law differ, each host is one of them for all its lives; the time of day is
/// that of its region. The world is in its steady state from the first moment: as many hosts are
/// there as always will be on average (at that hour, if they leave by the time of day), in the
/// middle of sessions that began long before. Of the sessions that end, a share `cleanly` does so
/// in good order (host::leave), the others as programs that are killed. What happens to one host
/// depends on the seed, its address and its region alone.
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
        session_law const there = all_->law_of(h, state::there);
        session_law const away = all_->law_of(h, state::away);
        double const there_mean = static_cast<double>(there.mean().count());
        double const away_mean = static_cast<double>(away.mean().count());
        bool is_there = chance.happens(there_mean / (there_mean + away_mean));
        duration rest = (is_there ? there : away).resident(chance).rest;
        // Days come and go for so long already that the state of the mean day is forgotten.
        duration const past = there.swing() + away.swing() == 0 ? duration{} : hours{24 * 7};
        std::uint64_t turn = 1;
        for (; rest < past; ++turn) {
            is_there = !is_there;
            chance = all_->dice_for(h, turn);
            rest += all_->next(h, is_there ? state::there : state::away, chance, rest - past);
        }
        if (is_there)
            h.start();
        else
            h.crash();
        wait(all_, h, turn, rest - past);
    }

private:
    enum class state : std::uint8_t { there, away };

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

        /// Its own, in which it may differ from others.
        [[nodiscard]] session_law law_of(host const& h, state s) const noexcept {
            dice chance = dice_for(h, s == state::there ? own_stay : own_absence);
            return (s == state::there ? there : away).of_node(chance);
        }

        /// How long it is there, or away, when that begins so long after now.
        [[nodiscard]] duration next(host const& h, state s, dice& chance,
                                    duration begins) const noexcept {
            duration const utc = seconds{static_cast<std::int64_t>(where.unix_now())};
            return law_of(h, s).newcomer(chance, utc + where.zone_of(h) + begins);
        }

        static constexpr std::uint64_t own_stay = ~std::uint64_t{0}; // turns that never come
        static constexpr std::uint64_t own_absence = own_stay - 1;
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
        wait(all, h, turn + 1, all->next(h, leaves ? state::away : state::there, chance, {}));
        if (leaves) return chance.happens(all->cleanly) ? h.leave() : h.crash();
        h.start();
        if (all->on_return) all->on_return(h);
    }

    std::shared_ptr<shared> all_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
