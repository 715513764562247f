#ifndef DHT_SIM_SESSION_LAW_HPP
#define DHT_SIM_SESSION_LAW_HPP

#include <dht/base/static_vector.hpp>
#include <dht/sim/sampling.hpp>

#include <span>

namespace dht::inline DHT_ABI::sim {

/// How long nodes stay in a network: a mixture of Weibull laws, as measurements of peer-to-peer
/// networks have them (Stutzbach and Rejaie 2006; Wang and Kangasharju 2013). With a shape below 1
/// who has stayed long will stay long. A network of N nodes that neither grows nor shrinks has
/// N / mean() arrivals per unit of time.
class session_law {
public:
    struct part {
        double online = 1; ///< its share of those that are online at any moment
        double shape = 1;  ///< k; 1: exponential
        duration scale{};  ///< lambda; of an exponential law the mean
        friend bool operator==(part const&, part const&) noexcept = default;
    };

    constexpr session_law(std::initializer_list<part> parts) noexcept {
        for (part const& p : parts)
            parts_.push_back(p);
    }

    /// One to four of them.
    explicit constexpr session_law(std::span<part const> parts) noexcept {
        for (part const& p : parts)
            parts_.push_back(p);
    }

    static constexpr session_law weibull(double shape, duration scale) noexcept {
        return {{1, shape, scale}};
    }

    static constexpr session_law exponential(duration mean) noexcept { return {{1, 1, mean}}; }

    [[nodiscard]] std::span<part const> parts() const noexcept {
        return {parts_.data(), parts_.size()};
    }

    friend bool operator==(session_law const&, session_law const&) noexcept = default;

    /// Of all sessions that begin.
    [[nodiscard]] duration mean() const noexcept {
        double rate = 0; // of arrivals, per unit of time and node online
        for (part const& p : parts_)
            rate += p.online / mean_of(p);
        return rounded(1 / rate);
    }

    /// The session of who arrives now.
    [[nodiscard]] duration newcomer(dice& chance) const noexcept {
        part const& p =
            choose(chance, [](part const& each) { return each.online / mean_of(each); });
        return rounded(sim::weibull(chance, p.shape, ticks(p.scale)));
    }

    struct presence {
        duration age;  ///< has been online so long
        duration rest; ///< and will be for so long
    };

    /// Somebody who is online at a moment that has nothing to do with him: worlds begin with such.
    /// Long sessions are met more often, in proportion to their length, anywhere in their course.
    [[nodiscard]] presence resident(dice& chance) const noexcept {
        part const& p = choose(chance, [](part const& each) { return each.online; });
        // (session / scale)^shape is exponential; weighted by length its law is this gamma.
        double const raised = gamma(chance, 1 + 1 / p.shape);
        double const session = ticks(p.scale) * std::pow(raised, 1 / p.shape);
        double const age = session * chance.fraction();
        return {rounded(age), rounded(session - age)};
    }

private:
    static constexpr double ticks(duration d) noexcept { return static_cast<double>(d.count()); }

    /// No session is longer than 30 years, nor shorter than a millisecond.
    static duration rounded(double n) noexcept {
        constexpr double longest = ticks(hours{24 * 365 * 30});
        constexpr double shortest = ticks(milliseconds{1});
        return duration{static_cast<duration::rep>(n > longest    ? longest
                                                   : n < shortest ? shortest
                                                                  : n)};
    }

    static double mean_of(part const& p) noexcept {
        return ticks(p.scale) * std::tgamma(1 + 1 / p.shape);
    }

    template <class Weight>
    part const& choose(dice& chance, Weight weight) const noexcept {
        double all = 0;
        for (part const& p : parts_)
            all += weight(p);
        double left = all * chance.fraction();
        for (part const& p : parts_)
            if ((left -= weight(p)) < 0) return p;
        return parts_[parts_.size() - 1];
    }

    static_vector<part, 4> parts_;
};

/// Sessions as measured, named as in the tables of their sources.
namespace sessions {

/// Three fits that agree: an IPFS crawl and BitTorrent traces of 2009 and 2010. Median 117 min.
inline constexpr session_law w60 = session_law::weibull(0.60, minutes{215});
/// Mainline in 2013 (Wang and Kangasharju): half are gone after 200 min, 3 % stay 9000 min.
inline constexpr session_law wmd = session_law::weibull(0.426, minutes{473});
/// KAD (Steiner, En-Najjary and Biersack 2009).
inline constexpr session_law kad = session_law::weibull(0.61, minutes{169});
/// What Bamboo was tried with (Rhea and others 2004): half are gone after 1.4 min.
inline constexpr session_law bam = session_law::exponential(milliseconds{121'186});
/// IPFS servers in 2025: most are there for days.
inline constexpr session_law ipfs25{{0.87, 1, hours{240}}, {0.13, 0.60, minutes{215}}};

} // namespace sessions

} // namespace dht::inline DHT_ABI::sim

#endif
