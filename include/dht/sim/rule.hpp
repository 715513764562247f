#ifndef DHT_SIM_RULE_HPP
#define DHT_SIM_RULE_HPP

#include <dht/base/endpoint.hpp>
#include <dht/base/time.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

/// Rules decide the fate of single datagrams: the scalpel beside the statistics of link.hpp.
namespace dht::inline DHT_ABI::sim {

/// A datagram that enters the network: behind NATs, `from` is what the receiver sees.
struct datagram {
    instant at{};
    endpoint from;
    endpoint to;
    byte_view bytes;
};

/// What becomes of it.
struct verdict {
    enum class kind : std::uint8_t {
        pass,      ///< the next rule decides; after the last one the links do
        deliver,   ///< arrives after exactly that time
        drop,      ///< never arrives
        duplicate, ///< arrives twice, each time as the links say
        delay,     ///< sets out that much later, then as the links say
    };

    kind what = kind::pass;
    duration after{};
};

constexpr verdict pass() noexcept {
    return {};
}

constexpr verdict deliver(duration after) noexcept {
    return {verdict::kind::deliver, after};
}

constexpr verdict drop() noexcept {
    return {verdict::kind::drop, {}};
}

constexpr verdict duplicate() noexcept {
    return {verdict::kind::duplicate, {}};
}

constexpr verdict delay(duration after) noexcept {
    return {verdict::kind::delay, after};
}

using rule = std::function<verdict(datagram const&)>;

/// Keeps a rule in force for as long as it lives. May outlive the world.
class [[nodiscard]] rule_guard {
public:
    rule_guard() noexcept = default;

    explicit rule_guard(std::shared_ptr<rule> in_force) noexcept : in_force_{std::move(in_force)} {}

    void lift() noexcept { in_force_.reset(); }

private:
    std::shared_ptr<rule> in_force_;
};

/// Rules in the order in which they were installed. The first verdict other than pass counts.
class rule_list {
public:
    rule_guard install(rule r) {
        auto in_force = std::make_shared<rule>(std::move(r));
        rules_.push_back(in_force);
        return rule_guard{std::move(in_force)};
    }

    verdict judge(datagram const& d) {
        bool any_lifted = false;
        verdict found;
        for (std::size_t i = 0; i < rules_.size() && found.what == verdict::kind::pass; ++i) {
            auto const r = rules_[i].lock();
            any_lifted |= r == nullptr;
            if (r != nullptr) found = (*r)(d);
        }
        if (any_lifted) std::erase_if(rules_, [](auto const& r) { return r.expired(); });
        return found;
    }

private:
    std::vector<std::weak_ptr<rule>> rules_;
};

/// Nothing passes between those for whom `inside(endpoint)` is true and the others.
template <class Inside>
rule partition(Inside inside) {
    return [inside](datagram const& d) { return inside(d.from) == inside(d.to) ? pass() : drop(); };
}

/// Nothing passes from those for whom `inside(endpoint)` is true to the others. They hear them.
template <class Inside>
rule one_way_partition(Inside inside) {
    return
        [inside](datagram const& d) { return inside(d.from) && !inside(d.to) ? drop() : pass(); };
}

} // namespace dht::inline DHT_ABI::sim

#endif
