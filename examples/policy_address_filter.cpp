/// An address filter of your own: the IP filter that users of clients load, as ranges from - to.
///
/// Every datagram, contact and peer passes the filter, with the use that it is wanted for: talk
/// (send to, receive from), keep (in the table), hand_out (to others) or store (as a peer). Refused
/// is as if it did not exist. A list may have half a million ranges, so they are sorted and
/// searched by halves.
#include "policy_demo.hpp"
#include <algorithm>

struct range {
    dht::address first;
    dht::address last;
};

class ip_filter {
public:
    using policy_slot = dht::slots::address_filter;

    ip_filter() = default;

    /// The ranges must not overlap.
    explicit ip_filter(std::vector<range> blocked) : blocked_{std::move(blocked)} {
        std::sort(blocked_.begin(), blocked_.end(),
                  [](range const& a, range const& b) { return a.first < b.first; });
    }

    [[nodiscard]] bool allows(dht::endpoint const& e, dht::address_use use) const noexcept {
        auto const behind =
            std::upper_bound(blocked_.begin(), blocked_.end(), e.ip,
                             [](dht::address const& ip, range const& r) { return ip < r.first; });
        if (behind != blocked_.begin() && e.ip <= std::prev(behind)->last) return false;
        return otherwise_.allows(e, use);
    }

    /// Limits per address and per subnet make sense here: this is the open network.
    [[nodiscard]] bool limits_subnets() const noexcept { return true; }

private:
    std::vector<range> blocked_;
    dht::martians_refused otherwise_;
};

int main() {
    dht::instant now{dht::seconds{1}};
    auto const ip = [](char const* text) { return *dht::parse_address(text); };
    dht::node node{dht::settings{}, ip_filter{{{ip("80.0.0.0"), ip("80.255.255.255")},
                                               {ip("60.61.62.0"), ip("60.61.62.99")}}}};
    dht::node<> blocked;
    demo::introduce(node, blocked, now); // blocked stands at 60.61.62.63
    std::size_t const before = node.good_contacts(0);
    dht::node<> welcome;
    welcome.open(now, demo::at("60.61.62.100:6881"));
    node.ping(now, welcome.local(0));
    demo::converse(node, welcome, now, dht::seconds{1});
    std::printf("contacts in the range: %zu, beside it: %zu\n", before, node.good_contacts(0));
    return demo::shown(before == 0 && node.good_contacts(0) == 1);
}
