/// An eviction policy of your own: contacts whose id does not fit their address give way to those
/// whose does.
///
/// A newcomer has answered us, but its bucket is full. The policy may keep everybody, replace
/// somebody, or have somebody asked first; the newcomer waits meanwhile and moves in when there is
/// no answer. Here ids that break BEP 42 go first, because anybody can choose those; otherwise the
/// default decides.
#include "policy_demo.hpp"

struct prefer_plausible {
    using policy_slot = dht::slots::eviction;

    dht::ping_before_evict otherwise{};

    dht::eviction_verdict judge(dht::routing_table const& table, dht::contact const& newcomer,
                                dht::contact_costs const& costs, dht::times at) const noexcept {
        std::optional<dht::key160> suspect;
        if (newcomer.plausible)
            table.for_each_at(table.depth_of(newcomer.id), [&](dht::contact const& c) {
                if (!c.plausible) suspect = c.id;
            });
        if (suspect) return {dht::eviction_verdict::kind::replace, suspect};
        return otherwise.judge(table, newcomer, costs, at);
    }
};

/// A node whose table has room for one contact in each bucket, and two others that compete for it.
int main() {
    dht::settings tiny;
    tiny.buckets.shallow.fill(1);
    tiny.buckets.deep = 1;
    dht::node_id zero{};
    dht::node_id implausible{};
    implausible.bytes[0] =
        std::byte{0x80}; // in the same bucket as the one below, as seen from zero
    auto const fits = *dht::node_id::from_hex("a5d43220bc8f112a3d426c84764f8c2a1150e616");

    dht::instant now{dht::seconds{1}};
    dht::node node{tiny, dht::fixed_id{zero}, prefer_plausible{}};
    dht::node first{dht::settings{}, dht::fixed_id{implausible}};
    dht::node second{dht::settings{}, dht::fixed_id{fits}};
    demo::introduce(node, first, now);
    second.open(now, demo::at("65.23.51.170:6881")); // a vector of BEP 42
    node.ping(now, second.local(0));
    demo::converse(node, second, now, dht::seconds{1});

    dht::node_id survivor{};
    node.for_each_contact(0, [&](dht::contact const& c) { survivor = dht::to_node_id(c.id); });
    std::printf("kept: %.40s\n", dht::to_hex(survivor.bytes).data());
    return demo::shown(survivor == fits);
}
