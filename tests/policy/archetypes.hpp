#ifndef DHT_TESTS_POLICY_ARCHETYPES_HPP
#define DHT_TESTS_POLICY_ARCHETYPES_HPP

#include <dht/dht.hpp>

/// The least model of each slot: what a policy must have, and nothing else. A node of nothing but
/// these compiles and answers, so no part of the engine asks more of a policy than its concept
/// says.
namespace archetype {

using namespace dht;

struct transport {
    using policy_slot = slots::transport;

    std::array<std::byte, 2'048> buffer{};
    std::size_t sent_bytes = 0;

    byte_span reserve(reservation const&) noexcept { return buffer; }

    void commit(std::size_t bytes) noexcept { sent_bytes = bytes; }
};

struct random_source {
    using policy_slot = slots::random_source;

    std::uint64_t state = 1;

    std::uint64_t next() noexcept { return state = state * 6364136223846793005U + 1; }

    void fill(byte_span out) noexcept {
        for (std::byte& b : out)
            b = static_cast<std::byte>(next() >> 56U);
    }
};

struct id_generator {
    using policy_slot = slots::id_generator;

    template <class Rng>
    node_id generate(address const&, Rng&) const {
        return {};
    }

    bool plausible(node_id const&, address const&) const noexcept { return true; }
};

struct token_scheme {
    using policy_slot = slots::token_scheme;

    token issue(token_claim const&) const noexcept { return {}; }

    token_verdict verify(token_claim const&, byte_view, ticket) noexcept {
        return token_verdict::invalid;
    }

    instant rotate(times) noexcept { return never; }
};

struct refresh_strategy {
    using policy_slot = slots::refresh_strategy;

    template <class Rng>
    refresh_step next(routing_table const&, times, Rng&) noexcept {
        return {{}, {}, never};
    }
};

struct eviction {
    using policy_slot = slots::eviction;

    eviction_verdict judge(routing_table const&, contact const&, contact_costs const&,
                           times) noexcept {
        return {};
    }
};

struct preference {
    using policy_slot = slots::preference;

    std::optional<milliseconds> cost(contact const&, times) const noexcept {
        return milliseconds{0};
    }
};

struct lookup_strategy {
    using policy_slot = slots::lookup_strategy;

    struct state {};

    template <class Rng>
    lookup_step next(state&, lookup_view const&, times, Rng&) const noexcept {
        return {};
    }
};

struct concurrency {
    using policy_slot = slots::concurrency;

    unsigned width(lookup_progress const&) const noexcept { return 1; }
};

struct timeouts {
    using policy_slot = slots::timeouts;

    void observe(duration) noexcept {}

    duration stall_after(contact const&) const noexcept { return seconds{1}; }

    duration fail_after(contact const&) const noexcept { return seconds{1}; }
};

struct address_filter {
    using policy_slot = slots::address_filter;

    bool allows(endpoint const&, address_use) const noexcept { return true; }

    bool limits_subnets() const noexcept { return false; }
};

struct admission {
    using policy_slot = slots::admission;

    bool admit(times, endpoint const&, event::method) noexcept { return true; }
};

struct peer_store {
    using policy_slot = slots::peer_store;

    store_verdict announce(instant, info_hash const&, stored_peer const&) noexcept {
        return store_verdict::full;
    }

    bool accepts(instant, info_hash const&, address const&) noexcept { return false; }

    template <class Rng>
    std::size_t sample(instant, info_hash const&, peer_wish, Rng&, std::span<endpoint>) noexcept {
        return 0;
    }

    template <class Rng>
    std::size_t sample_keys(Rng&, std::span<info_hash>) noexcept {
        return 0;
    }

    std::size_t keys() const noexcept { return 0; }

    bool filters(instant, info_hash const&, scrape_filters) noexcept { return false; }

    instant expire(instant) noexcept { return never; }

    void own_ids(std::span<node_id const>) noexcept {}

    template <class F>
    void for_each(F&&) const {}
};

struct item_store {
    using policy_slot = slots::item_store;

    std::optional<krpc::error_code> put(instant, address const&, item_key const&,
                                        item_view const&) noexcept {
        return krpc::error_code::server;
    }

    std::optional<item_view> get(instant, item_key const&) noexcept { return {}; }

    bool accepts(instant, item_key const&, address const&) noexcept { return false; }

    instant expire(instant) noexcept { return never; }

    void own_ids(std::span<node_id const>) noexcept {}

    template <class F>
    void for_each(F&&) const {}

    bool restore(instant, item_key const&, item_view const&, instant) noexcept { return false; }
};

struct authenticator {
    using policy_slot = slots::authenticator;

    std::size_t room(envelope const&) noexcept { return 0; }

    template <class Rng>
    std::size_t seal(times, Rng&, envelope const&, byte_span, std::size_t used) noexcept {
        return used;
    }

    auth_verdict open(times, envelope const&, byte_view, krpc::message const&) noexcept {
        return {};
    }

    bool demands(message_kind, event::method) noexcept { return false; }
};

struct observer {
    using policy_slot = slots::observer;

    void on(event::limit_reached const&) noexcept {}
};

// Each part of an extension alone.

struct answerer {
    using policy_slot = slots::extension;

    answer_verdict answer(extension_query const&, extension_reply&) noexcept {
        return answer_verdict::declined;
    }
};

struct topic_keeper {
    using policy_slot = slots::extension;

    answer_verdict answer_on_topic(extension_query const&, extension_reply&) noexcept {
        return answer_verdict::declined;
    }
};

struct asker {
    using policy_slot = slots::extension;

    std::optional<extension_question> next(times) noexcept { return {}; }

    void on_reply(times, std::uint32_t, endpoint const&, krpc::reply const&) noexcept {}

    void on_failure(times, std::uint32_t, errc) noexcept {}
};

struct writer {
    using policy_slot = slots::extension;

    void extend(times, outgoing_message const&, added_fields&) noexcept {}
};

struct reader {
    using policy_slot = slots::extension;

    void read(times, endpoint const&, krpc::message const&) noexcept {}
};

struct guard {
    using policy_slot = slots::extension;

    entry_verdict may_enter(times, contact const&) noexcept { return entry_verdict::yes; }
};

struct claimant {
    using policy_slot = slots::extension;

    bool claims(std::byte) noexcept { return false; }

    void receive(times, via_index, endpoint const&, byte_view) noexcept {}
};

struct self_knower {
    using policy_slot = slots::extension;

    void own_nodes(std::span<own_node const>) noexcept {}
};

struct sleeper {
    using policy_slot = slots::extension;

    std::optional<instant> next_deadline() noexcept { return {}; }

    void advance(times) noexcept {}
};

using node = dht::node<transport, random_source, id_generator, token_scheme, refresh_strategy,
                       eviction, preference, lookup_strategy, concurrency, timeouts, address_filter,
                       admission, peer_store, item_store, authenticator, observer, answerer,
                       topic_keeper, asker, writer, reader, guard, claimant, self_knower, sleeper>;

} // namespace archetype

#endif
