#ifndef DHT_EXAMPLES_COMMON_ID_CHOICE_HPP
#define DHT_EXAMPLES_COMMON_ID_CHOICE_HPP

#include <dht/policy/id_generator.hpp>
#include <dht/policy/random_source.hpp>

#include <optional>
#include <utility>

namespace example {

/// A policy of our own for the slot id_generator: the ids of BEP 42, but the first local address
/// starts with the id that the user asked for. It is kept until the external address contradicts
/// it.
class id_choice {
public:
    using policy_slot = dht::slots::id_generator;

    id_choice() noexcept = default;

    explicit id_choice(std::optional<dht::node_id> const& first) noexcept : first_{first} {}

    /// The next id, unless it contradicts the external address: call this before restore(), which
    /// asks once more whether an id was chosen.
    void choose(std::optional<dht::node_id> const& next) noexcept { first_ = next; }

    template <class Rng>
    dht::node_id generate(dht::address const& external, Rng& rng) const {
        auto const wanted = std::exchange(first_, std::nullopt);
        bool const fits = wanted && (external == dht::address{} || plausible(*wanted, external));
        return fits ? *wanted : dht::bep42_id{}.generate(external, rng);
    }

    [[nodiscard]] bool plausible(dht::node_id const& id, dht::address const& at) const noexcept {
        return dht::bep42_id{}.plausible(id, at);
    }

private:
    mutable std::optional<dht::node_id> first_; // taken by the first who asks
};

static_assert(dht::id_generator<id_choice, dht::system_random>);

} // namespace example

#endif
