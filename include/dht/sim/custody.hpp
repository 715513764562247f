#ifndef DHT_SIM_CUSTODY_HPP
#define DHT_SIM_CUSTODY_HPP

#include <dht/sim/host.hpp>
#include <dht/sim/watcher.hpp>
#include <dht/wire/item.hpp>
#include <dht/wire/krpc_decode.hpp>

#include <map>

namespace dht::inline DHT_ABI::sim {

/// Who keeps what for others, as far as it can be seen from outside: who has replied to an
/// announce_peer or a put keeps it until it stops or the time is over that all nodes grant. That a
/// full store has thrown something away is not seen.
class custody final : public watcher {
public:
    static constexpr duration peers_kept = minutes{30};  ///< the reference; ours keep them longer
    static constexpr duration items_kept = minutes{120}; ///< BEP 44

    /// Whether anybody, who may have stopped since, has been given something for that key over that
    /// family lately enough that it should still be there.
    [[nodiscard]] bool is_due(key160 const& key, family over, instant now) const {
        auto const found = kept_.find({key, over});
        return found != kept_.end() &&
               std::any_of(found->second.begin(), found->second.end(),
                           [&](auto const& each) { return now <= each.second.until; });
    }

    /// That host keeps something for that key, stored over that family.
    [[nodiscard]] bool keeps(host const& h, key160 const& key, family over, instant now) const {
        auto const found = kept_.find({key, over});
        if (found == kept_.end() || !h.up()) return false;
        auto const own = found->second.find(&h);
        return own != found->second.end() && own->second.life == h.life() &&
               now <= own->second.until;
    }

    void on_delivered(host const& to, datagram const& d) override {
        krpc::message m;
        krpc::refusal why;
        if (krpc::decode(d.bytes, m, why) != errc::ok) return;
        auto const* const q = std::get_if<krpc::query>(&m.body);
        if (auto const w = q != nullptr ? wish_of(*q) : std::nullopt)
            asked_[{&to, d.from}][{m.tid.begin(), m.tid.end()}] = *w;
    }

    void on_sent(host const& by, datagram const& d) override {
        auto const found = asked_.find({&by, d.to});
        if (found == asked_.end()) return;
        krpc::message m;
        krpc::refusal why;
        if (krpc::decode(d.bytes, m, why) != errc::ok || m.body.index() == 0) return;
        auto const own = found->second.find({m.tid.begin(), m.tid.end()});
        if (own == found->second.end()) return;
        wish const w = own->second;
        found->second.erase(own);
        if (found->second.empty()) asked_.erase(found);
        if (std::holds_alternative<krpc::reply>(m.body))
            kept_[{w.key, d.to.ip.ip_family()}][&by] = {d.at + w.lasts, by.life()};
    }

private:
    struct wish {
        key160 key{};
        duration lasts{};
    };

    struct copy {
        instant until{};
        unsigned life = 0;
    };

    static std::optional<wish> wish_of(krpc::query const& q) noexcept {
        if (auto const* const a = std::get_if<krpc::announce_peer>(&q.args))
            return wish{a->hash, peers_kept};
        if (auto const* const p = std::get_if<krpc::put_item>(&q.args))
            return wish{p->k.empty() ? immutable_item_key(p->v) : mutable_item_key(p->k, p->salt),
                        items_kept};
        return std::nullopt;
    }

    using tid = std::vector<std::byte>;

    std::map<std::pair<host const*, endpoint>, std::map<tid, wish>> asked_; ///< by whom
    std::map<std::pair<key160, family>, std::map<host const*, copy>> kept_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
