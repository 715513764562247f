#ifndef DHT_SECURE_DISJOINT_PATHS_HPP
#define DHT_SECURE_DISJOINT_PATHS_HPP

#include <dht/policy/lookup_strategy.hpp>

namespace dht::inline DHT_ABI {

/// Lookups over D disjoint paths (S/Kademlia, section 4.2; its authors advise 4 to 8): whoever lies
/// on one of them misleads no other. The contacts that a lookup begins with are dealt out to the
/// paths; each goes on with those who were named by answers on it, and with nobody who was asked on
/// another. Each ends as single_path does, and the lookup with the last. What they found is united:
/// the closest of all are the result.
///
/// A contact that serves one path is known on others, too, once answers there name it, and counts
/// for their end: the closest nodes, which all paths come to, are asked once. So D paths cost some
/// D - 1 times the way to the target's neighbourhood more than one.
template <unsigned D = 4>
struct disjoint_paths {
    static_assert(D >= 1 && D <= 16, "disjoint_paths<D>: 1 to 16 paths");

    using policy_slot = slots::lookup_strategy;
    static constexpr unsigned paths = D;

    struct state {
        std::uint8_t turn = 0; ///< whose turn it is to ask
    };

    template <class Rng>
    lookup_step next(state& s, lookup_view const& view, times, Rng&) const noexcept {
        bool waits = false;
        for (unsigned i = 0; i < D; ++i) {
            unsigned const path = (s.turn + i) % D;
            lookup_step step = single_path::next_among(
                view, [path](candidate const& c) { return (c.named_on & bits_of(path)) != 0; });
            if (step.what == lookup_step::kind::at_capacity) return step;
            if (step.what == lookup_step::kind::ask) {
                step.path = static_cast<std::uint8_t>(path);
                s.turn = static_cast<std::uint8_t>((path + 1) % D);
                return step;
            }
            waits |= step.what == lookup_step::kind::wait;
        }
        return {waits ? lookup_step::kind::wait : lookup_step::kind::finished};
    }

private:
    /// Contacts are dealt out to 16 before anybody knows how many paths there are.
    static constexpr unsigned bits_of(unsigned path) noexcept {
        unsigned bits = 0;
        for (unsigned p = path; p < 16; p += D)
            bits |= 1U << p;
        return bits;
    }
};

} // namespace dht::inline DHT_ABI

#endif
