/// A preference of your own: a provider whose network is slow or expensive is asked last.
///
/// A preference is a cost in milliseconds, or nothing: never ask. Costs of all preferences add up,
/// and of the candidates that are about equally close to what is looked for the cheapest is asked.
/// A node may have many; giving one replaces the default, so name `measured_rtt` too if round trips
/// shall still count.
#include "policy_demo.hpp"

struct avoid_provider {
    using policy_slot = dht::slots::preference;

    dht::address net{};
    unsigned bits = 0;
    dht::milliseconds penalty{1'000}; ///< as if each answer took a second longer

    [[nodiscard]] std::optional<dht::milliseconds> cost(dht::contact const& c,
                                                        dht::times) const noexcept {
        return in_subnet(c.at.ip, net, bits) ? penalty : dht::milliseconds{0};
    }
};

int main() {
    dht::instant const now{dht::seconds{1}};
    dht::node node{dht::settings{}, dht::measured_rtt{}, dht::fixed_alpha{1},
                   avoid_provider{*dht::parse_address("60.61.0.0"), 16}};
    node.open(now, demo::at("5.6.7.8:6881"));

    // Two contacts at the same distance of what we look for, as far as their common prefix goes.
    dht::endpoint const places[] = {demo::at("60.61.62.63:6881"), demo::at("70.71.72.73:6881")};
    for (dht::endpoint const& place : places) {
        dht::node<dht::fixed_id> other{
            dht::settings{}, dht::fixed_id{dht::to_node_id(
                                 dht::key160{{std::byte{0x80}, std::byte{place == places[1]}}})}};
        other.open(now, place);
        node.ping(now, place);
        demo::carry(node, other, now);
        demo::carry(other, node, now);
    }
    while (node.poll_transmit()) {
    } // what joining asked

    node.find_node(now, dht::key160{{std::byte{0x81}}});
    auto const asked = node.poll_transmit();
    std::printf("asked first: %s\n", std::string{dht::to_text(asked->to).view()}.c_str());
    return demo::shown(asked->to == places[1]);
}
