#ifndef DHT_KAD_CROWDED_SITES_HPP
#define DHT_KAD_CROWDED_SITES_HPP

#include <dht/base/address.hpp>
#include <dht/base/thin_vector.hpp>

#include <algorithm>

namespace dht::inline DHT_ABI {

/// Sites (/24 of IPv4, /64 of IPv6) where more than one id has answered us. Many ids on few sites
/// are what somebody has who wants to fill tables: the addresses of one network are cheap, networks
/// are not (Pruenster and others 2022). Among millions of honest nodes a table meets two of one
/// site by rare chance. The last 256 that were noted, 8 bytes each. O(sites).
class crowded_sites {
public:
    [[nodiscard]] bool empty() const noexcept { return names_.empty(); }

    [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }

    [[nodiscard]] bool hold(address const& a) const noexcept {
        return !empty() && std::find(names_.begin(), names_.end(), name_of(a)) != names_.end();
    }

    void note(address const& a) {
        std::uint64_t const name = name_of(a);
        std::uint64_t* place = std::find(names_.begin(), names_.end(), name);
        if (place == names_.end() && names_.size() < sites_max)
            return static_cast<void>(names_.push_back(name));
        if (place == names_.end()) place = names_.begin();
        std::rotate(place, place + 1, names_.end());
        names_.back() = name;
    }

    void shrink_to_fit() { names_.shrink_to_fit(); }

private:
    static constexpr std::size_t sites_max = 256;

    static std::uint64_t name_of(address const& a) noexcept {
        return a.is_v4() ? a.v4_value() >> 8U : source_of(a);
    }

    thin_vector<std::uint64_t> names_; // in the order in which they were noted last
};

} // namespace dht::inline DHT_ABI

#endif
