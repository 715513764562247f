#ifndef DHT_SIM_DIRECTORY_HPP
#define DHT_SIM_DIRECTORY_HPP

#include <dht/sim/nat.hpp>

namespace dht::inline DHT_ABI::sim {

/// Who is reached where on the network. O(1).
class directory {
public:
    /// Nobody else may have its addresses.
    void add(host& h) {
        for (endpoint const& e : h.addresses()) {
            DHT_ASSERT(by_endpoint_.find(e) == nullptr);
            *by_endpoint_.find_or_insert(e) = &h;
        }
    }

    /// IPv4 endpoints of the host mean something only behind the NAT from now on; IPv6 endpoints
    /// are the way to it.
    void put_behind(host& h, nat& gate) {
        for (endpoint const& e : h.addresses())
            if (e.ip.is_v4())
                by_endpoint_.erase(e);
            else
                *by_endpoint_.find(e) = &gate;
        gate.admit(h);
    }

    /// The host, or the NAT on the way to it; nullptr: nobody.
    [[nodiscard]] host* find(endpoint const& to) const noexcept {
        host* const* const exact = by_endpoint_.find(to);
        host* const* const found = exact != nullptr ? exact : by_endpoint_.find({to.ip, 0});
        return found == nullptr ? nullptr : *found;
    }

private:
    dense_map<endpoint, host*, object_hash> by_endpoint_{0xffffffff, {}}; // port 0: all of a NAT
};

} // namespace dht::inline DHT_ABI::sim

#endif
