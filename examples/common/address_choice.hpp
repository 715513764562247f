#ifndef DHT_EXAMPLES_COMMON_ADDRESS_CHOICE_HPP
#define DHT_EXAMPLES_COMMON_ADDRESS_CHOICE_HPP

#include <dht/policy/address_filter.hpp>

#include <variant>

namespace example {

/// A policy of our own for the slot address_filter. The filters of the library are chosen when the
/// program is compiled; this one holds either of two and is chosen when the program starts.
class address_choice {
public:
    using policy_slot = dht::slots::address_filter;

    static address_choice global_only() noexcept { return {}; }

    static address_choice local_too() noexcept {
        address_choice choice;
        choice.filter_ = dht::allow_local{};
        return choice;
    }

    [[nodiscard]] bool allows(dht::endpoint const& e, dht::address_use use) const noexcept {
        return std::visit([&](auto const& filter) { return filter.allows(e, use); }, filter_);
    }

    [[nodiscard]] bool limits_subnets() const noexcept {
        return std::visit([](auto const& filter) { return filter.limits_subnets(); }, filter_);
    }

private:
    std::variant<dht::martians_refused, dht::allow_local> filter_;
};

static_assert(dht::address_filter<address_choice>);

} // namespace example

#endif
