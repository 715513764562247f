#ifndef DHT_KAD_DENSITY_TEST_HPP
#define DHT_KAD_DENSITY_TEST_HPP

#include <algorithm>
#include <span>

/// Are there more nodes around a key than chance allows? Among uniform ids the nodes within any
/// distance of a key are Poisson distributed; identities that somebody put there, to be the closest
/// and to hide what is stored, come on top (Sohl 2020; Sridhar and others, arXiv 2307.12212). Sums
/// and products only: the same on every machine, and without <cmath>.
namespace dht::inline DHT_ABI {

/// The chance of at least `count` nodes where `expected` are by an estimate that rests on
/// `certainty` nodes. Poisson, with a mean that is as uncertain as that: negative binomial.
/// O(count).
inline double chance_of_crowd(unsigned count, double expected, unsigned certainty) noexcept {
    constexpr unsigned terms_max = 64; // the rest is less than 1e-9 of it where it counts
    double const share = expected / (certainty + expected);
    double term = 1; // the chance of exactly i nodes; first of none: (1 - share) ^ certainty
    double power = 1 - share;
    for (unsigned rest = certainty; rest > 0; rest /= 2, power *= power)
        term *= rest % 2 == 0 ? 1 : power;
    auto const step = [&](unsigned i) { term *= (certainty + i) * share / (i + 1); };
    double below = 0;
    for (unsigned i = 0; i < count; step(i++))
        below += term;
    if (expected >= count) return std::max(0.0, 1 - below);
    double tail = 0; // added up from its own end: 1 - below has no digits left
    for (unsigned i = count; i < count + terms_max; step(i++))
        tail += term;
    return tail;
}

/// Which of the closest nodes are looked at: the first six are anywhere (whoever leaves two of
/// eight places to others hides nothing), to the twentieth.
struct density_window {
    unsigned first = 7;
    unsigned last = 20;
};

/// How dense it is around a key.
struct density {
    /// Below it a lookup is suspicious. One in 12 000 honest lookups is, of nodes whose size
    /// estimate rests on 64 of their own; of those whose closest are 8 (10, 12, 16, 20) Sybils
    /// between the key and its closest honest node .763 (.889, .952, .993, .9987). No test of these
    /// distances does much better: with the size known exactly and the number of Sybils, too, the
    /// likelihood ratio finds .83 of 8. Drawn by benchmarks/eclipse.cpp.
    static constexpr double suspicious_below = 1.1e-5;

    /// Below it, it is worth to store, and to look, in the region around as well: one in 200 honest
    /// lookups, .935 of those with 8 Sybils, .9993 with 16.
    static constexpr double crowded_below = 1e-3;

    double p_value = 1; ///< the least chance, over the window, of as many nodes as near
    unsigned crowd = 0; ///< how many nodes that is the chance of

    [[nodiscard]] constexpr bool suspicious() const noexcept { return p_value < suspicious_below; }

    [[nodiscard]] constexpr bool crowded() const noexcept { return p_value < crowded_below; }
};

/// `expected[i]`: how many nodes should be as close as the i-th closest is; ascending. What is
/// longer than the window is not looked at.
inline density density_of(std::span<double const> expected, unsigned certainty,
                          density_window window = {}) noexcept {
    density all;
    for (unsigned i = window.first; i <= window.last && i <= expected.size(); ++i) {
        if (expected[i - 1] >= i) continue; // less than chance alone would have
        double const p = chance_of_crowd(i, expected[i - 1], certainty);
        if (p < all.p_value) all = {p, i};
    }
    return all;
}

} // namespace dht::inline DHT_ABI

#endif
