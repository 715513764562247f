#ifndef DHT_POLICY_ADDRESS_FILTER_HPP
#define DHT_POLICY_ADDRESS_FILTER_HPP

#include <dht/base/endpoint.hpp>
#include <dht/policy/slots.hpp>

#include <span>

/// Slot address_filter: may we talk to this endpoint, keep it, hand it out, store it as a peer.
///
/// | expression                | type | meaning                                            |
/// |---------------------------|------|----------------------------------------------------|
/// | `t.allows(endpoint, use)` | bool | false: as if that endpoint did not exist           |
/// | `t.limits_subnets()`      | bool | do limits per address and subnet suit this network |
///
/// Both noexcept, per datagram and per contact. A filter F with `using hands_out_all_kept = F;`
/// is not asked again about contacts that it let in, eight of which go into most answers; those
/// derived from it are. Port 0 and unroutable addresses never reach a filter. IP filters of clients
/// and rules about where to bind belong here. Default: `martians_refused`. Beside it: `allow_local`
/// and `block_list<Inner>`.
namespace dht::inline DHT_ABI {

enum class address_use : std::uint8_t { talk, keep, hand_out, store };

template <class T>
concept address_filter = requires(T const& t, endpoint const& e, address_use use) {
    { t.allows(e, use) }
    noexcept->std::same_as<bool>;
    { t.limits_subnets() }
    noexcept->std::same_as<bool>;
};

template <class T>
concept hands_out_all_kept = address_filter<T> && std::same_as<typename T::hands_out_all_kept, T>;

/// Only global unicast addresses exist; ports below 1024 are not stored as peers (a known way to
/// point clients at other people's services, PEERS trap 17).
struct martians_refused {
    using policy_slot = slots::address_filter;
    using hands_out_all_kept = martians_refused;

    [[nodiscard]] bool allows(endpoint const& e, address_use use) const noexcept {
        if (use == address_use::store && e.port < 1'024) return false;
        return !is_local(e.ip);
    }

    [[nodiscard]] bool limits_subnets() const noexcept { return true; }
};

/// For private and test networks: local addresses are as good as others, and many nodes may share
/// one.
struct allow_local {
    using policy_slot = slots::address_filter;
    using hands_out_all_kept = allow_local;

    [[nodiscard]] bool allows(endpoint const&, address_use) const noexcept { return true; }

    [[nodiscard]] bool limits_subnets() const noexcept { return false; }
};

struct address_range {
    address net;
    unsigned bits = 0; ///< prefix length, 0..32 or 0..128
};

/// Inner's answer, except for ranges that the user blocks for every use. The ranges stay the
/// caller's.
template <class Inner = martians_refused>
class block_list {
public:
    using policy_slot = slots::address_filter;

    explicit block_list(std::span<address_range const> blocked, Inner inner = {}) noexcept
        : blocked_{blocked},
          inner_{inner} {}

    [[nodiscard]] bool allows(endpoint const& e, address_use use) const noexcept {
        for (address_range const& range : blocked_)
            if (in_subnet(e.ip, range.net, range.bits)) return false;
        return inner_.allows(e, use);
    }

    [[nodiscard]] bool limits_subnets() const noexcept { return inner_.limits_subnets(); }

private:
    std::span<address_range const> blocked_;
    [[no_unique_address]] Inner inner_;
};

} // namespace dht::inline DHT_ABI

#endif
