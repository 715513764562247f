#ifndef DHT_CONTENT_REPUBLISHER_HPP
#define DHT_CONTENT_REPUBLISHER_HPP

#include <dht/content/ring.hpp>
#include <dht/policy/extension.hpp>
#include <dht/policy/keeps_state.hpp>
#include <dht/wire/saved_item.hpp>

#include <algorithm>
#include <deque>

namespace dht::inline DHT_ABI::content {

struct republisher_options {
    minutes item_period{60};    ///< BEP 44: once an hour; nodes forget after two
    minutes torrent_period{20}; ///< BEP 5: nodes forget after some 30 to 45 minutes
    seconds retry_after{300};   ///< when nobody stored
    std::uint32_t items_max = 4'096;
    std::uint32_t torrents_max = 4'096;
    std::uint16_t in_flight_max = 16;
};

/// An item that is no longer kept, since its owner published a newer one.
struct superseded {
    item_key key{};
    dht::item newer;
};

/// Extension: puts items and announces torrents again before nodes forget them (BEP 44,
/// "expiration"; BEP 5). The first time is within a period of keep(): publish at once what has to
/// be there at once. The work is spread evenly over the period.
///
///     dht::node node{dht::settings{}, dht::content::republisher{}};
///     node.get<dht::content::republisher>().keep(now, item);
///     node.advance(now); // it may have become due
class republisher {
public:
    using policy_slot = slots::extension;
    static constexpr std::string_view saved_as = "DHTR";

    republisher() : republisher{republisher_options{}} {}

    explicit republisher(republisher_options const& o)
        : options_{o},
          items_{o.item_period, o.retry_after, o.items_max},
          torrents_{o.torrent_period, o.retry_after, o.torrents_max} {}

    // -- for the user; afterwards the node has to advance

    /// False: too many, an item that no node would store, or older than the one that is kept.
    bool keep(instant now, item const& what) noexcept {
        if (!what.valid()) return false;
        if (item const* const kept = items_.find(what.key()); kept != nullptr)
            if (kept->seq > what.seq) return false;
        return items_.keep(now, what.key(), what);
    }

    /// False: too many, or no port.
    bool keep(instant now, info_hash const& hash, announce_options const& o) noexcept {
        if (o.port == 0 && !o.implied_port) return false;
        return torrents_.keep(now, hash, o);
    }

    bool forget(item_key const& key) noexcept { return items_.forget(key); }

    bool forget(info_hash const& hash) noexcept { return torrents_.forget(hash); }

    [[nodiscard]] std::size_t items() const noexcept { return items_.size(); }

    [[nodiscard]] std::size_t torrents() const noexcept { return torrents_.size(); }

    /// Items that were given up. When nobody polls the oldest news are lost.
    std::optional<superseded> poll() noexcept {
        if (news_.empty()) return std::nullopt;
        superseded first = std::move(news_.front());
        news_.pop_front();
        return first;
    }

    /// "DHTR", version 1; items (4), each as in wire/saved_item.hpp; torrents (4); of each: hash
    /// (20), port (2), flags (1: implied port, 2: seed). A checksum (8).
    void save(times, std::vector<std::byte>& out) const {
        saved_writer w{out, saved_as, 1};
        w.number(static_cast<std::uint32_t>(items_.size()));
        items_.for_each([&](key160 const&, item const& i) { save_item(w, i.view()); });
        w.number(static_cast<std::uint32_t>(torrents_.size()));
        torrents_.for_each([&](key160 const& hash, announce_options const& o) {
            w.bytes(hash.bytes);
            w.number(o.port);
            w.number(static_cast<std::uint8_t>((o.implied_port ? 1 : 0) + (o.seed ? 2 : 0)));
        });
        w.end();
    }

    /// Keeps what was saved, too, as far as there is room and signatures are right.
    /// snapshot_damaged, snapshot_version: nothing was changed.
    errc restore(times at, byte_view bytes) {
        saved_reader in{bytes, saved_as, 1};
        std::vector<item> items;
        for (std::uint32_t n = in.number<std::uint32_t>(); n > 0 && in.ok(); --n)
            items.push_back(read_item(in));
        std::vector<std::pair<info_hash, announce_options>> torrents;
        for (std::uint32_t n = in.number<std::uint32_t>(); n > 0 && in.ok(); --n) {
            auto& [hash, o] = torrents.emplace_back();
            in.fill(hash.bytes);
            o.port = in.number<std::uint16_t>();
            auto const flags = in.number<std::uint8_t>();
            o.implied_port = (flags & 1U) != 0;
            o.seed = (flags & 2U) != 0;
        }
        if (in.end() != errc::ok) return in.end();
        for (item const& i : items)
            keep(at.now, i);
        for (auto const& [hash, o] : torrents)
            keep(at.now, hash, o);
        return errc::ok;
    }

    // -- for the node

    std::optional<extension_operation> next_operation(times at) noexcept {
        if (in_flight_.size() >= options_.in_flight_max) return std::nullopt;
        if (!doubted_.empty()) return look_for_newer();
        if (auto const key = items_.take_due(at.now))
            return begin({*key, work::put}, put_wish{*items_.find(*key), {}});
        if (auto const key = torrents_.take_due(at.now))
            return begin({*key, work::announce},
                         announce_wish{to_info_hash(*key), *torrents_.find(*key)});
        return std::nullopt;
    }

    void on_outcome(times at, std::uint32_t cookie, outcome const& o) noexcept {
        auto const found = in_flight_.find(cookie);
        if (!o.finished || found == in_flight_.end()) return;
        task const ended = found->second;
        in_flight_.erase(found);
        if (ended.what == work::look) return give_up_if_older(ended.key, o);
        if (ended.what == work::announce) {
            if (o.stored == 0) torrents_.retry(ended.key, at.now);
            return;
        }
        item const* const kept = items_.find(ended.key);
        if (kept == nullptr) return;
        // Anybody may say 302: only an item that the owner signed is believed.
        if (kept->k && refused_as_old(o))
            doubted_.push_back(ended.key);
        else if (o.stored == 0)
            items_.retry(ended.key, at.now);
    }

    std::optional<instant> next_deadline() noexcept {
        if (in_flight_.size() >= options_.in_flight_max) return std::nullopt;
        if (!doubted_.empty()) return instant{};
        instant const next = std::min(items_.next_at(), torrents_.next_at());
        return next == never ? std::nullopt : std::optional{next};
    }

    void advance(times) noexcept {}

private:
    enum class work : std::uint8_t { put, announce, look };

    struct task {
        key160 key{};
        work what{};
    };

    template <class Wish>
    extension_operation begin(task const& t, Wish const& wish) noexcept {
        in_flight_[++last_cookie_] = t;
        return {wish, last_cookie_};
    }

    static bool refused_as_old(outcome const& o) noexcept {
        for (error_count const& e : o.errors)
            if (e.code == static_cast<std::int32_t>(krpc::error_code::seq_too_old)) return true;
        return false;
    }

    std::optional<extension_operation> look_for_newer() noexcept {
        while (!doubted_.empty()) {
            key160 const key = doubted_.front();
            doubted_.pop_front();
            item const* const kept = items_.find(key);
            if (kept == nullptr) continue;
            return begin({key, work::look}, get_wish{{}, kept->k, kept->salt, {kept->seq, false}});
        }
        return std::nullopt;
    }

    void give_up_if_older(key160 const& key, outcome const& o) noexcept {
        item const* const kept = items_.find(key);
        if (kept == nullptr || !o.item || o.item->seq <= kept->seq) return;
        if (news_.size() >= options_.items_max) news_.pop_front();
        news_.push_back({item_key{key}, *o.item});
        items_.forget(key);
    }

    republisher_options options_;
    ring<item> items_;
    ring<announce_options> torrents_;
    std::map<std::uint32_t, task> in_flight_;
    std::deque<key160> doubted_; // somebody has a newer one, it seems
    std::deque<superseded> news_;
    std::uint32_t last_cookie_ = 0;
};

static_assert(keeps_state<republisher>);

} // namespace dht::inline DHT_ABI::content

#endif
