#ifndef DHT_CONTENT_FOLLOWER_HPP
#define DHT_CONTENT_FOLLOWER_HPP

#include <dht/content/pace.hpp>
#include <dht/content/update.hpp>
#include <dht/policy/extension.hpp>
#include <dht/settings.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace dht::inline DHT_ABI::content {

struct follower_options {
    seconds poll_min{300}; ///< between two looks at an item that has just changed
    minutes poll_max{60};  ///< it doubles up to here while nothing changes
    seconds retry_min{15}; ///< after a look that could not be had; doubles up to poll_max
    std::uint32_t followed_max = 1'024;
    std::uint16_t in_flight_max = 8;
};

/// Extension: looks at mutable items now and then and tells when one became newer (BEP 46,
/// "consuming content").
///
///     dht::node node{dht::settings{}, dht::content::follower{}};
///     node.get<dht::content::follower>().follow(now, k, salt);
///     node.advance(now);                              // it has become due
///     while (auto const u = node.get<dht::content::follower>().poll()) ...
class follower {
public:
    using policy_slot = slots::extension;

    follower() = default;

    explicit follower(follower_options const& o) noexcept : options_{o} {}

    template <class Rng>
    void start(settings const&, Rng& rng) noexcept {
        chacha_random::seed seed;
        rng.fill(seed);
        chance_ = chacha_random{seed};
    }

    // -- for the user; afterwards the node has to advance

    /// False: too many, or a salt of more than 64 bytes. Who is followed already stays so.
    bool follow(instant now, ed25519_public_key const& k, byte_view salt = {}) noexcept {
        item_key const name = mutable_item_key(k, salt);
        if (followed_.contains(name)) return true;
        if (salt.size() > krpc::item_salt_bytes_max || followed_.size() >= options_.followed_max)
            return false;
        entry& e = followed_[name];
        e.k = k;
        e.salt = static_vector<std::byte, krpc::item_salt_bytes_max>{salt};
        e.interval = options_.poll_min;
        set(e, name, now);
        return true;
    }

    bool unfollow(ed25519_public_key const& k, byte_view salt = {}) noexcept {
        auto const found = followed_.find(mutable_item_key(k, salt));
        if (found == followed_.end()) return false;
        agenda_.erase({found->second.next, found->first});
        followed_.erase(found);
        return true;
    }

    [[nodiscard]] std::size_t size() const noexcept { return followed_.size(); }

    /// An update that came by another way, as by content::topics (BEP 50): told like one that was
    /// looked for, and since news come by themselves the next look is poll_max away. False: nobody
    /// follows it, it is no newer, or not signed.
    bool offer(instant now, item const& newer) noexcept {
        auto const found = followed_.find(newer.key());
        if (found == followed_.end() || !newer.valid()) return false;
        entry& e = found->second;
        if (!keep_if_newer(e, found->first, newer)) return false;
        e.interval = options_.poll_max;
        if (agenda_.erase({e.next, found->first}) != 0)
            set(e, found->first, now + jittered(e.interval, chance_));
        return true;
    }

    /// Each newer item once; of several that nobody polled meanwhile only the newest.
    std::optional<update> poll() noexcept {
        while (!news_.empty()) {
            auto const found = followed_.find(news_.front());
            news_.pop_front();
            if (found == followed_.end() || !found->second.fresh) continue;
            entry& e = found->second;
            update u = update_by(std::move(*e.fresh));
            e.fresh.reset();
            return u;
        }
        return std::nullopt;
    }

    // -- for the node

    std::optional<extension_operation> next_operation(times at) noexcept {
        if (in_flight_.size() >= options_.in_flight_max || agenda_.empty() ||
            agenda_.begin()->first > at.now)
            return std::nullopt;
        item_key const name = agenda_.begin()->second;
        agenda_.erase(agenda_.begin());
        entry& e = followed_.at(name);
        e.cookie = ++last_cookie_;
        in_flight_[e.cookie] = name;
        get_wish wish;
        wish.k = e.k;
        wish.salt = e.salt;
        wish.options.newer_than = e.seq;
        return extension_operation{wish, e.cookie};
    }

    void on_outcome(times at, std::uint32_t cookie, outcome const& o) noexcept {
        auto const asked = in_flight_.find(cookie);
        if (asked == in_flight_.end()) return;
        item_key const name = asked->second;
        if (o.finished) in_flight_.erase(asked);
        auto const found = followed_.find(name);
        if (found == followed_.end() || found->second.cookie != cookie) return; // unfollowed
        entry& e = found->second;
        if (o.item && keep_if_newer(e, name, *o.item)) e.changed = true;
        if (o.finished) set(e, name, at.now + pause_after(e, o.error));
    }

    std::optional<instant> next_deadline() noexcept {
        if (agenda_.empty() || in_flight_.size() >= options_.in_flight_max) return std::nullopt;
        return agenda_.begin()->first;
    }

    void advance(times) noexcept {}

private:
    struct entry {
        ed25519_public_key k{};
        static_vector<std::byte, krpc::item_salt_bytes_max> salt{};
        std::optional<std::int64_t> seq{}; ///< the highest seen
        std::optional<dht::item> fresh{};  ///< not polled yet
        duration interval{};
        instant next{};
        std::uint32_t cookie = 0; ///< of the look under way, or the last one
        std::uint8_t failures = 0;
        bool changed = false; ///< during the look under way
    };

    void set(entry& e, item_key const& name, instant at) noexcept {
        e.next = at;
        agenda_.insert({at, name});
    }

    /// True: it was newer than what was seen so far.
    bool keep_if_newer(entry& e, item_key const& name, item const& i) noexcept {
        if (e.seq && i.seq <= *e.seq) return false;
        e.seq = i.seq;
        if (!e.fresh) news_.push_back(name);
        e.fresh = i;
        return true;
    }

    duration pause_after(entry& e, errc error) noexcept {
        duration const longest = options_.poll_max;
        if (error != errc::ok && !e.changed) {
            duration const wait = options_.retry_min * (1U << e.failures);
            if (e.failures < 10) ++e.failures;
            return jittered(std::min(wait, longest), chance_);
        }
        e.failures = 0;
        if (e.changed) e.interval = options_.poll_min;
        e.changed = false;
        duration const wait = e.interval;
        e.interval = std::min(2 * e.interval, longest);
        return jittered(wait, chance_);
    }

    follower_options options_{};
    chacha_random chance_{chacha_random::seed{}};
    std::map<item_key, entry> followed_;
    std::set<std::pair<instant, item_key>> agenda_; // of those that are not looked at now
    std::map<std::uint32_t, item_key> in_flight_;
    std::deque<item_key> news_;
    std::uint32_t last_cookie_ = 0;
};

} // namespace dht::inline DHT_ABI::content

#endif
