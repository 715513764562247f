#ifndef DHT_SIM_GEOGRAPHY_HPP
#define DHT_SIM_GEOGRAPHY_HPP

#include <dht/base/static_vector.hpp>
#include <dht/sim/sampling.hpp>

#include <initializer_list>

namespace dht::inline DHT_ABI::sim {

/// A law by its quantiles, straight between them: shares ascend from 0 to 1.
class quantile_curve {
public:
    struct point {
        double share = 0;
        double value = 0;
    };

    constexpr quantile_curve() = default;

    constexpr quantile_curve(std::initializer_list<point> points) noexcept {
        for (point const& p : points)
            points_.push_back(p);
    }

    /// Where that share of all values is below; share in [0, 1].
    [[nodiscard]] constexpr double at(double share) const noexcept {
        std::size_t i = 1;
        while (i + 1 < points_.size() && points_[i].share < share)
            ++i;
        point const& low = points_[i - 1];
        point const& high = points_[i];
        double const way = (share - low.share) / (high.share - low.share);
        return low.value + way * (high.value - low.value);
    }

private:
    static_vector<point, 16> points_;
};

/// Where hosts are, and how long the ways between their regions take: round trips in milliseconds,
/// without the last miles. Each pair of hosts has its own fixed one, drawn from the law of its two
/// regions. Some hosts are far from everybody: of where a pair stands in its law each host decides
/// a part by itself, and chance the rest (a Gaussian copula, which leaves the law as it is).
class geography {
public:
    using region = std::uint8_t;

    /// Of a host.
    struct place {
        region where = 0;
        std::uint64_t host = 0; ///< a number of its own
    };

    /// One region, one law. remoteness: what each host decides, 0 (nothing) to 0.5 (both all).
    constexpr explicit geography(quantile_curve const& everywhere, double remoteness = 0) noexcept
        : remoteness_{remoteness} {
        shares_.push_back(1);
        laws_.push_back(everywhere);
    }

    /// Laws of the pairs in the order 00, 10, 11, 20, 21, 22, ...; shares add up to 1; `zones` are
    /// how far clocks are ahead of UTC, zero where they are left out.
    constexpr geography(std::initializer_list<double> shares,
                        std::initializer_list<quantile_curve> laws, double remoteness = 0,
                        std::initializer_list<hours> zones = {}) noexcept
        : remoteness_{remoteness} {
        for (double const share : shares)
            shares_.push_back(share);
        for (quantile_curve const& law : laws)
            laws_.push_back(law);
        for (hours const zone : zones)
            zones_.push_back(zone);
    }

    [[nodiscard]] constexpr std::size_t regions() const noexcept { return shares_.size(); }

    /// The region of a host that has this number.
    [[nodiscard]] constexpr region region_of(std::uint64_t number) const noexcept {
        double left = dice{number}.fraction();
        region r = 0;
        while (r + 1U < shares_.size() && (left -= shares_[r]) >= 0)
            ++r;
        return r;
    }

    /// How far the clocks of a region are ahead of UTC.
    [[nodiscard]] constexpr duration zone_of(region r) const noexcept {
        return r < zones_.size() ? zones_[r] : duration{};
    }

    /// Between two hosts; `ends` is a number that belongs to the pair.
    [[nodiscard]] duration round_trip(place const& a, place const& b,
                                      std::uint64_t ends) const noexcept {
        double const ms = law_of(a.where, b.where).at(share_of(a, b, ends));
        return duration{static_cast<duration::rep>(ms * 1'000)};
    }

private:
    /// Where the pair stands in its law. In [0, 1), all with the same chance.
    [[nodiscard]] double share_of(place const& a, place const& b,
                                  std::uint64_t ends) const noexcept {
        dice pair{ends};
        if (remoteness_ == 0) return pair.fraction();
        dice of_a{a.host ^ 0x72656d6f7465U};
        dice of_b{b.host ^ 0x72656d6f7465U};
        double const both = std::sqrt(remoteness_) * (normal(of_a) + normal(of_b));
        double const z = both + std::sqrt(1 - 2 * remoteness_) * normal(pair);
        return std::erfc(-z / std::numbers::sqrt2) / 2;
    }

    [[nodiscard]] constexpr quantile_curve const& law_of(region a, region b) const noexcept {
        std::size_t const high = a < b ? b : a;
        std::size_t const low = a < b ? a : b;
        return laws_[high * (high + 1) / 2 + low];
    }

    static_vector<double, 5> shares_;
    static_vector<quantile_curve, 15> laws_;
    static_vector<duration, 5> zones_;
    double remoteness_;
};

namespace geographies {

/// 490 PlanetLab hosts, 239 610 pairs (Zhu and others, NetLatency-Data). The remoteness is the one
/// with which the nearest of several hosts is about as near as measured.
inline constexpr geography pl490{quantile_curve{{0, 1},
                                                {0.01, 6.1},
                                                {0.05, 19.3},
                                                {0.10, 31.6},
                                                {0.25, 59.3},
                                                {0.50, 135.0},
                                                {0.75, 201.8},
                                                {0.90, 290.7},
                                                {0.95, 324.9},
                                                {0.99, 412.6},
                                                {0.999, 771.7},
                                                {1, 1'000}},
                                 0.35};

namespace detail {

/// Of a pair of regions four quantiles are known; the ends are ours.
constexpr quantile_curve between(double p10, double p50, double p90, double p99) noexcept {
    return {{0, 0.23 * p10}, {0.1, p10}, {0.5, p50}, {0.9, p90}, {0.99, p99}, {1, 1.3 * p99}};
}

} // namespace detail

/// 242 cities of five regions, 57 807 pairs (WonderNetwork, 2018): Europe and Asia, North America,
/// South America, Africa, Oceania. The laws of the pairs are measured; the shares of the regions
/// are those with which all pairs together have the quantiles that were measured; the remoteness as
/// above; one time zone for each, about where most of its cities are (ours).
inline constexpr geography wn242{
    {0.392, 0.425, 0.130, 0.010, 0.043},
    {detail::between(21, 78, 294, 480), detail::between(98, 150, 252, 374),
     detail::between(18, 48, 91, 130), detail::between(177, 235, 356, 503),
     detail::between(90, 136, 190, 231), detail::between(77, 157, 225, 291),
     detail::between(60, 169, 346, 525), detail::between(136, 228, 302, 339),
     detail::between(219, 305, 374, 606), detail::between(53, 179, 246, 599),
     detail::between(180, 309, 360, 452), detail::between(180, 223, 273, 313),
     detail::between(269, 337, 407, 453), detail::between(329, 428, 518, 948),
     detail::between(12, 36, 59, 86)},
    0.35,
    {hours{2}, hours{-6}, hours{-3}, hours{2}, hours{10}}};

} // namespace geographies

} // namespace dht::inline DHT_ABI::sim

#endif
