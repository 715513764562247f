#ifndef DHT_SECURE_FAIR_SOURCE_HPP
#define DHT_SECURE_FAIR_SOURCE_HPP

#include <dht/policy/lookup_strategy.hpp>

#include <optional>

namespace dht::inline DHT_ABI {

/// Nobody's answer alone decides whom a lookup asks. Every answer is a source: those whom it named,
/// those whom their answers named, and so on, are its progeny. Questions are spread over sources
/// evenly, at each level: of those whom one answer named, one is asked (or his progeny gone into)
/// who has had the fewest questions, those in vain counted twice; nobody new is asked while
/// somebody's progeny had fewer than `patience`. A liar and all whom he leads to share one portion
/// of the questions, however many they are and however close to the target they claim to be; honest
/// answers share the others. Who was named by several belongs to the first: of honest nodes that a
/// liar names, too, his others get a part of that portion.
///
/// Whether to ask and when to end is Inner's, which has one path. O(candidates x depth) per
/// question.
template <class Inner = single_path>
struct fair_source {
    static_assert(
        !requires { Inner::paths; }, "fair_source<Inner>: Inner has one path");

    using policy_slot = slots::lookup_strategy;
    using state = typename Inner::state;

    Inner inner{};
    std::uint8_t patience = 2; ///< least questions for the progeny of somebody who answered

    template <class Rng>
    lookup_step next(state& s, lookup_view const& view, times at, Rng& rng) const noexcept {
        lookup_step step = inner.next(s, view, at, rng);
        if (step.what == lookup_step::kind::ask)
            step.position = family_tree{view}.fairest(patience).value_or(step.position);
        return step;
    }

private:
    static bool can_be_asked(candidate const& c) noexcept {
        return c.state == candidate_state::fresh && c.cost_ms != cost_never;
    }

    /// Who was named by whom.
    class family_tree {
    public:
        explicit family_tree(lookup_view const& view) noexcept : all_{view.candidates} {
            for (std::size_t i = 0; i < size(); ++i)
                if (all_[i].answer != 0 && all_[i].answer < answers_.size())
                    answers_[all_[i].answer] = static_cast<std::uint16_t>(i);
            for (std::size_t i = 0; i < size(); ++i)
                parents_[i] = parent_of(all_[i]);
            for (std::size_t i = 0; i < size(); ++i)
                tell_ancestors(i, cost_of(all_[i]), can_be_asked(all_[i]));
        }

        /// Nothing: nobody can be asked.
        [[nodiscard]] std::optional<std::size_t> fairest(unsigned patience) const noexcept {
            std::size_t at = fairest_child(root, patience);
            while (at != root && !can_be_asked(all_[at]))
                at = fairest_child(at, patience);
            return at != root ? std::optional{at} : std::nullopt;
        }

    private:
        static constexpr std::size_t candidates_max = 1'024; // of settings
        static constexpr std::size_t questions_max = 1'024;  // of one lookup
        static constexpr std::size_t root = candidates_max;

        [[nodiscard]] std::size_t size() const noexcept {
            return std::min(all_.size(), candidates_max);
        }

        /// In questions. Liars may name nobody but the dead, or honest nodes where they are not.
        static unsigned cost_of(candidate const& c) noexcept {
            if (c.state == candidate_state::fresh) return 0;
            return c.state == candidate_state::failed ? 2 : 1;
        }

        void tell_ancestors(std::size_t of, unsigned cost, bool open) noexcept {
            if (cost == 0 && !open) return;
            for (std::size_t p = parents_[of]; p != root; p = parents_[p]) {
                asked_[p] = static_cast<std::uint16_t>(asked_[p] + cost);
                open_[p] |= open;
            }
        }

        /// Named by our own table, or by somebody who is forgotten: root.
        [[nodiscard]] std::uint16_t parent_of(candidate const& c) const noexcept {
            std::size_t const p = c.source < answers_.size() ? answers_[c.source] : root;
            bool const known = c.source != 0 && p < size() && all_[p].answer == c.source;
            return static_cast<std::uint16_t>(known ? p : root);
        }

        /// The one with the fewest questions, of several the closest: can be asked himself, or has
        /// descendants who can. root: there is none.
        [[nodiscard]] std::size_t fairest_child(std::size_t parent,
                                                unsigned patience) const noexcept {
            std::size_t best = root;
            unsigned fewest = ~0U;
            for (std::size_t i = 0; i < size(); ++i) {
                bool const himself = can_be_asked(all_[i]);
                if (parents_[i] != parent || (!himself && !open_[i])) continue;
                unsigned const questions = himself ? 2 * patience : 2U * asked_[i] + 1;
                if (questions >= fewest) continue;
                fewest = questions;
                best = i;
            }
            return best;
        }

        std::span<candidate const> all_;
        std::array<std::uint16_t, questions_max + 1> answers_{}; // whose that was, by its ordinal
        std::array<std::uint16_t, candidates_max> parents_{};    // by position
        std::array<std::uint16_t, candidates_max> asked_{};      // questions to descendants
        std::array<bool, candidates_max> open_{};                // has descendants who can be asked
    };
};

} // namespace dht::inline DHT_ABI

#endif
