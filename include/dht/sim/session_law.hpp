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
///
/// Nodes may differ (`spread`), and leave rather at night (`daily`). A law whose nodes differ is
/// that of a whole network, where each arrival is another node; who follows one node through its
/// sessions asks once for its own law (of_node).
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

    /// The same, but each node has a factor of its own on all scales: lognormal, of those who
    /// arrive half are below 1; sigma is the deviation of its logarithm.
    [[nodiscard]] constexpr session_law spread(double sigma) const noexcept {
        session_law law = *this;
        law.spread_ = sigma;
        return law;
    }

    /// The same, but by the time of day nodes are more or less likely to leave: see haste().
    [[nodiscard]] constexpr session_law daily(double swing) const noexcept {
        session_law law = *this;
        law.swing_ = swing;
        return law;
    }

    [[nodiscard]] std::span<part const> parts() const noexcept {
        return {parts_.data(), parts_.size()};
    }

    [[nodiscard]] double spread() const noexcept { return spread_; }

    /// In [0, 1].
    [[nodiscard]] double swing() const noexcept { return swing_; }

    /// How many times as likely somebody leaves at that time since local midnight as on the mean of
    /// the day: 1 + swing at 3 in the night, 1 - swing at 3 in the afternoon.
    [[nodiscard]] double haste(duration local) const noexcept {
        if (swing_ == 0) return 1;
        double const days = ticks(local - hours{21}) / ticks(hours{24});
        return 1 + swing_ * std::sin(2 * std::numbers::pi * days);
    }

    /// The law of one node, one of those who arrive, for all its sessions. Nothing is drawn where
    /// nodes do not differ.
    [[nodiscard]] session_law of_node(dice& chance) const noexcept {
        return spread_ == 0 ? *this : scaled(lognormal(chance, 1, spread_));
    }

    /// The law of one of those who are online at a moment: of nodes with longer sessions more are.
    [[nodiscard]] session_law of_resident(dice& chance) const noexcept {
        if (spread_ == 0) return *this;
        // A lognormal law weighted by its own value is another one, with a higher median.
        return scaled(lognormal(chance, std::exp(spread_ * spread_), spread_));
    }

    friend bool operator==(session_law const&, session_law const&) noexcept = default;

    /// Of all sessions that begin; as long as on the mean day.
    [[nodiscard]] duration mean() const noexcept {
        double rate = 0; // of arrivals, per unit of time and node online
        for (part const& p : parts_)
            rate += p.online / mean_of(p);
        return rounded(std::exp(spread_ * spread_ / 2) / rate);
    }

    /// The session of who arrives at that time since local midnight.
    [[nodiscard]] duration newcomer(dice& chance, duration local = {}) const noexcept {
        session_law const own = of_node(chance);
        part const& p =
            own.choose(chance, [](part const& each) { return each.online / mean_of(each); });
        return rounded(swing_ == 0 ? sim::weibull(chance, p.shape, ticks(p.scale))
                                   : through_the_days(chance, p, local));
    }

    struct presence {
        duration age;  ///< has been online so long
        duration rest; ///< and will be for so long
    };

    /// Somebody who is online at a moment that has nothing to do with him: worlds begin with such.
    /// Long sessions are met more often, in proportion to their length, anywhere in their course.
    /// So are nodes whose sessions are long. As on the mean day.
    [[nodiscard]] presence resident(dice& chance) const noexcept {
        session_law const own = of_resident(chance);
        part const& p = own.choose(chance, [](part const& each) { return each.online; });
        // (session / scale)^shape is exponential; weighted by length its law is this gamma.
        double const raised = gamma(chance, 1 + 1 / p.shape);
        double const session = ticks(p.scale) * std::pow(raised, 1 / p.shape);
        double const age = session * chance.fraction();
        return {rounded(age), rounded(session - age)};
    }

private:
    constexpr session_law() = default;

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

    [[nodiscard]] session_law scaled(double factor) const noexcept {
        session_law law;
        for (part const& p : parts_)
            law.parts_.push_back({p.online, p.shape, rounded(factor * ticks(p.scale))});
        law.swing_ = swing_;
        return law;
    }

    /// He feels like leaving as often as on the worst time of day, and each time goes through with
    /// it as often as the hour has it (thinning: Lewis and Shedler 1979).
    double through_the_days(dice& chance, part const& p, duration local) const noexcept {
        double const worst = 1 + swing_;
        double raised = 0; // (age / scale)^shape, which grows evenly with the hazard
        for (;;) {
            raised += sim::exponential(chance) / worst;
            double const age = ticks(p.scale) * std::pow(raised, 1 / p.shape);
            if (chance.happens(haste(local + rounded(age)) / worst)) return age;
        }
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
    double spread_ = 0;
    double swing_ = 0;
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

namespace detail {

constexpr session_law trace(double scale_min, double shape) noexcept {
    constexpr auto minute = static_cast<double>(duration{minutes{1}}.count());
    return session_law::weibull(shape, duration{static_cast<duration::rep>(scale_min * minute)});
}

} // namespace detail

/// BitTorrent swarms, by trace and year (Delft P2P Trace Archive, table 14; the unit is not printed
/// there, and taken for minutes).
inline constexpr session_law t6_05 = detail::trace(287.93, 0.63);
inline constexpr session_law t6_09 = detail::trace(246.24, 0.67);
inline constexpr session_law t7_05 = detail::trace(205.71, 0.62);
inline constexpr session_law t7_09 = detail::trace(222.56, 0.60);
inline constexpr session_law t8_05 = detail::trace(203.09, 0.61);
inline constexpr session_law t8_09 = detail::trace(181.91, 0.59);
inline constexpr session_law t9_05 = detail::trace(175.47, 0.59);
inline constexpr session_law t9_09 = detail::trace(200.80, 0.55);
inline constexpr session_law t10_05 = detail::trace(238.85, 0.61);
inline constexpr session_law t11_03 = detail::trace(1249.08, 0.75);
inline constexpr session_law t14_07 = detail::trace(53.89, 0.60);
inline constexpr session_law t15_07 = detail::trace(651.81, 0.64);

/// Not measured but made up, so that there is something to learn about each node: in the laws above
/// age says all that can be known of who will stay.
inline constexpr session_law h12 = session_law::weibull(0.9, minutes{120}).spread(1.2);
/// And of the time of day, by which Mainline's nodes come and go (Wang and Kangasharju 2013).
inline constexpr session_law diu = h12.daily(0.6);

} // namespace sessions

} // namespace dht::inline DHT_ABI::sim

#endif
