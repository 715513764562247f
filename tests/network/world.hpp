#ifndef DHT_TESTS_NETWORK_WORLD_HPP
#define DHT_TESTS_NETWORK_WORLD_HPP

#include <dht/sim/world.hpp>

#include "../catch.hpp"
#include "../usual_node.hpp"
#include <algorithm>
#include <string>

// What the tests of whole networks share: networks of nodes, and what must hold in all of them.
namespace dht::test {

/// A world that must end without complaints.
struct checked_world : sim::world {
    using world::world;

    ~checked_world() {
        INFO(complaints().size() << " complaints" << first_complaint());
        CHECK(complaints().empty());
    }

    [[nodiscard]] std::string first_complaint() const {
        if (complaints().empty()) return {};
        sim::complaint const& c = complaints().front();
        return ", the first: fault " + std::to_string(int(c.what)) + " of " +
               std::string{to_text(c.who).view()} + ", wake reason " + std::to_string(int(c.why)) +
               ", at " + std::to_string(c.at.time_since_epoch().count()) + " us";
    }

    info_hash draw_hash() {
        info_hash hash;
        workload().fill(hash.bytes);
        return hash;
    }

    node_id draw_id() { return to_node_id(draw_hash()); }

    std::size_t draw_below(std::size_t bound) {
        return static_cast<std::size_t>(below(workload(), bound));
    }
};

/// Which addresses the i-th host of a network has.
using address_plan = std::vector<endpoint> (*)(std::uint32_t i);

inline std::vector<endpoint> only_v4(std::uint32_t i) {
    return {sim::public_v4(i)};
}

inline std::vector<endpoint> only_v6(std::uint32_t i) {
    return {sim::public_v6(i)};
}

inline std::vector<endpoint> dual_stack(std::uint32_t i) {
    return {sim::public_v4(i), sim::public_v6(i)};
}

/// Nodes that all know the first one.
template <class Node = sim::node<>>
struct network {
    using host = sim::node_host<Node>;

    checked_world& world;
    std::vector<host*> hosts{};

    /// Adds hosts first_address .. first_address + count - 1, one each `apart`.
    void grow(std::size_t count, address_plan plan = only_v4, std::uint32_t first_address = 0,
              settings const& s = {}, duration apart = milliseconds{100}) {
        for (std::uint32_t i = 0; i < count; ++i) {
            auto& h = world.add<Node>(plan(first_address + i), s);
            hosts.push_back(&h);
            for (endpoint const& at : hosts.front()->addresses())
                if (hosts.size() > 1) h.bootstrap(at);
            world.run_for(apart);
        }
    }

    host& any() { return *hosts[world.draw_below(hosts.size())]; }
};

/// The `count` ids closest to a target, closest first: what a perfect lookup finds.
template <class Ids>
std::vector<node_id> true_closest(Ids ids, key160 const& target, std::size_t count) {
    std::sort(ids.begin(), ids.end(),
              [&](auto const& a, auto const& b) { return closer<160>(a, b, target); });
    return {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(std::min(count, ids.size()))};
}

template <class Hosts>
std::vector<node_id> ids_of(Hosts const& hosts, via_index via = 0) {
    std::vector<node_id> ids;
    for (auto const* h : hosts)
        ids.push_back(h->inside().own_id(via));
    return ids;
}

/// Which share of `expected` was found.
inline double recall(std::vector<node_contact> const& found, std::vector<node_id> const& expected) {
    std::size_t hits = 0;
    for (node_id const& id : expected)
        hits += static_cast<std::size_t>(std::count_if(
            found.begin(), found.end(), [&](node_contact const& n) { return n.id == id; }));
    return expected.empty() ? 1 : static_cast<double>(hits) / static_cast<double>(expected.size());
}

template <class Range, class T>
bool contains(Range const& range, T const& value) {
    return std::find(std::begin(range), std::end(range), value) != std::end(range);
}

template <class Node>
std::vector<node_contact> contacts_of(Node const& node, via_index via = 0) {
    std::vector<node_contact> contacts;
    node.for_each_contact(via, [&](contact const& c) {
        contacts.push_back({to_node_id(c.id), c.at});
    });
    return contacts;
}

/// Is somebody at that endpoint in the routing table?
template <class Node>
bool knows(Node const& node, endpoint const& at, via_index via = 0) {
    bool found = false;
    node.for_each_contact(via, [&](contact const& c) { found |= c.at == at; });
    return found;
}

/// How many torrents have peers at that node.
template <class Host>
std::size_t torrents_at(Host& h) {
    return h.use([](auto& n, instant) { return n.template policy<slots::peer_store>().keys(); });
}

template <class Host>
bool stores(Host& h, info_hash const& hash) {
    bool found = false;
    h.use([&](auto& n, instant) {
        n.template policy<slots::peer_store>().for_each(
            [&](info_hash const& k, stored_peer const&, instant) { found |= k == hash; });
    });
    return found;
}

} // namespace dht::test

#endif
