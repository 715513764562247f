#ifndef DHT_OBSERVE_STATISTICS_HPP
#define DHT_OBSERVE_STATISTICS_HPP

#include <dht/base/histogram.hpp>
#include <dht/policy/observer.hpp>

#include <cmath>

namespace dht::inline DHT_ABI::observe {

namespace detail {

template <class Fact, class List>
inline constexpr std::size_t position_of = 0;
template <class Fact, class First, class... Rest>
inline constexpr std::size_t position_of<Fact, event::list<First, Rest...>> =
    std::is_same_v<Fact, First> ? 0 : 1 + position_of<Fact, event::list<Rest...>>;

template <class List>
inline constexpr std::size_t size_of = 0;
template <class... Fact>
inline constexpr std::size_t size_of<event::list<Fact...>> = sizeof...(Fact);

} // namespace detail

/// One counter per enumerator.
template <class Enum, std::size_t N>
class counts {
public:
    std::uint64_t& operator[](Enum e) noexcept { return counts_[static_cast<std::size_t>(e)]; }

    std::uint64_t operator[](Enum e) const noexcept { return counts_[static_cast<std::size_t>(e)]; }

    [[nodiscard]] std::uint64_t sum() const noexcept {
        std::uint64_t all = 0;
        for (std::uint64_t const n : counts_)
            all += n;
        return all;
    }

private:
    std::array<std::uint64_t, N> counts_{};
};

using method_counts = counts<event::method, event::method_count>;
using purpose_counts = counts<event::purpose, event::purpose_count>;

/// What happened per second lately: each event fades with a time constant of ten seconds.
class rate {
public:
    void add(instant at, double amount) noexcept {
        faded_ = per_second(at) + amount / fade_s;
        if (at > last_) last_ = at;
    }

    [[nodiscard]] double per_second(instant now) const noexcept {
        if (now <= last_) return faded_;
        return faded_ * std::exp(-std::chrono::duration<double>(now - last_).count() / fade_s);
    }

private:
    static constexpr double fade_s = 10;

    double faded_ = 0;
    instant last_{};
};

/// Everything that `statistics` knows, at one moment.
struct statistics_snapshot {
    instant at{}; ///< of the last fact; the rates are those of that moment

    std::array<std::uint64_t, detail::size_of<event::all>> facts{};
    counts<event::drop_reason, event::drop_reason_count> dropped;
    counts<event::limit, event::limit_count> limits;

    method_counts queries;   ///< of others, admitted
    method_counts answers;   ///< of ours to them
    method_counts questions; ///< of ours, sent
    purpose_counts asked;    ///< the same by purpose, and what became of them
    purpose_counts answered;
    purpose_counts stalled;
    purpose_counts failed;
    std::uint64_t answered_late = 0;

    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_sent = 0;
    double received_per_second = 0; ///< datagrams
    double sent_per_second = 0;
    double bytes_received_per_second = 0;
    double bytes_sent_per_second = 0;

    histogram round_trips_us;
    histogram received_bytes; ///< sizes of datagrams
    histogram sent_bytes;

    /// How often that fact was published.
    template <class Fact>
    [[nodiscard]] std::uint64_t heard() const noexcept {
        return facts[detail::position_of<Fact, event::all>];
    }
};

/// Counts every fact of a node, and what in them is worth counting. Allocates nothing; takes about
/// 7 KiB.
///
///     dht::node node{dht::settings{}, dht::observe::statistics{}};
///     auto const now = node.get<dht::observe::statistics>().snapshot();
class statistics {
public:
    using policy_slot = slots::observer;

    template <class Fact>
    void on(Fact const& fact) noexcept {
        ++totals_.facts[detail::position_of<Fact, event::all>];
        if (fact.at > totals_.at) totals_.at = fact.at;
        note(fact);
    }

    [[nodiscard]] statistics_snapshot snapshot() const noexcept {
        statistics_snapshot s{totals_};
        s.received_per_second = received_.per_second(s.at);
        s.sent_per_second = sent_.per_second(s.at);
        s.bytes_received_per_second = bytes_received_.per_second(s.at);
        s.bytes_sent_per_second = bytes_sent_.per_second(s.at);
        return s;
    }

private:
    /// Of the other facts it is enough how often they come.
    template <class Fact>
    void note(Fact const&) noexcept {}

    void note(event::datagram_received const& f) noexcept {
        totals_.bytes_received += f.bytes;
        totals_.received_bytes.add(f.bytes);
        received_.add(f.at, 1);
        bytes_received_.add(f.at, f.bytes);
    }

    void note(event::datagram_sent const& f) noexcept {
        totals_.bytes_sent += f.bytes;
        totals_.sent_bytes.add(f.bytes);
        sent_.add(f.at, 1);
        bytes_sent_.add(f.at, f.bytes);
    }

    void note(event::datagram_dropped const& f) noexcept { ++totals_.dropped[f.why]; }

    void note(event::query_received const& f) noexcept { ++totals_.queries[f.what]; }

    void note(event::query_answered const& f) noexcept { ++totals_.answers[f.what]; }

    void note(event::question_sent const& f) noexcept {
        ++totals_.questions[f.what];
        ++totals_.asked[f.why];
    }

    void note(event::question_answered const& f) noexcept {
        ++totals_.answered[f.why];
        totals_.answered_late += f.late ? 1 : 0;
        auto const us = f.round_trip.count();
        constexpr std::int64_t longest = 0xffffffff;
        totals_.round_trips_us.add(static_cast<std::uint32_t>(us < 0         ? 0
                                                              : us < longest ? us
                                                                             : longest));
    }

    void note(event::question_stalled const& f) noexcept { ++totals_.stalled[f.why]; }

    void note(event::question_failed const& f) noexcept { ++totals_.failed[f.why]; }

    void note(event::limit_reached const& f) noexcept { ++totals_.limits[f.what]; }

    statistics_snapshot totals_;
    rate received_;
    rate sent_;
    rate bytes_received_;
    rate bytes_sent_;
};

} // namespace dht::inline DHT_ABI::observe

#endif
