#ifndef DHT_CONTENT_INDEXER_HPP
#define DHT_CONTENT_INDEXER_HPP

#include <dht/base/saved_bytes.hpp>
#include <dht/policy/extension.hpp>
#include <dht/policy/keeps_state.hpp>
#include <dht/settings.hpp>
#include <dht/wire/compact.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace dht::inline DHT_ABI::content {

struct indexer_options {
    std::uint16_t questions_per_second = 20; ///< at least 1
    std::uint16_t in_flight_max = 32;
    seconds pause_min{10};         ///< between two questions to one node, whatever it allows
    seconds pause_unanswered{300}; ///< after silence; doubles each time up to revisit
    minutes revisit{360};          ///< of a node that has nothing new, or does not know BEP 51
    std::uint8_t idle_passes = 3;  ///< without news from a node, until it is left alone for revisit
    std::uint32_t nodes_max = 65'536;
    std::uint32_t hashes_known_max = 1'048'576; ///< at least so many last ones are told apart
    std::uint32_t queue_max = 65'536;           ///< hashes waiting for poll()
    /// Local addresses to ask from, IPv4 and IPv6; nodes of a family without one are left out.
    std::array<std::optional<via_index>, 2> via{via_index{0}, std::nullopt};
};

/// Extension: collects the torrents that nodes know peers of (BEP 51), politely: no node is asked
/// before the interval that it named is over. Every other question aims at the neighbours of who is
/// asked, so that crowds are explored; those between at points that halve the gaps of the key space
/// again and again (van der Corput 1935), so that no part of it is left out.
///
///     auto& i = node.get<dht::content::indexer>();
///     node.for_each_contact(0, [&](auto const& c) { i.visit(now, c.at); });
///     node.advance(now);
///     while (auto const hash = i.poll()) ...
class indexer {
public:
    using policy_slot = slots::extension;
    static constexpr std::string_view saved_as = "DHTX";

    indexer() : indexer{indexer_options{}} {}

    explicit indexer(indexer_options const& o)
        : options_{o},
          nodes_{o.nodes_max, {}},
          known_{o.hashes_known_max, {}},
          known_before_{o.hashes_known_max, {}} {}

    template <class Rng>
    void start(settings const&, Rng& rng) noexcept {
        hash_key const secret{rng.next(), rng.next()};
        nodes_ = {options_.nodes_max, secret};
        known_ = {options_.hashes_known_max, secret};
        known_before_ = {options_.hashes_known_max, secret};
    }

    // -- for the user; afterwards the node has to advance

    /// Somebody to begin with. False: too many nodes, known already, or of another family.
    bool visit(instant now, endpoint const& at) noexcept { return learn(now, at); }

    /// Each hash once, as far as memory reaches.
    std::optional<info_hash> poll() noexcept {
        if (found_.empty()) return std::nullopt;
        info_hash const first = found_.front();
        found_.pop_front();
        return first;
    }

    void pause() noexcept { paused_ = true; }

    void resume() noexcept { paused_ = false; }

    [[nodiscard]] std::size_t nodes() const noexcept { return nodes_.size(); }

    [[nodiscard]] std::uint64_t asked() const noexcept { return position_; }

    /// "DHTX", version 1; position (8); nodes (4); of each: endpoint (18), Unix time before which
    /// it is not asked (8), passes without news (1), failures (1). A checksum (8). Hashes are the
    /// user's matter.
    void save(times at, std::vector<std::byte>& out) const {
        saved_writer w{out, saved_as, 1};
        w.number(position_);
        w.number(static_cast<std::uint32_t>(nodes_.size()));
        for (auto const& [where, n] : nodes_) {
            duration const left = std::max(n.due - at.now, duration{});
            w.place(where);
            w.number(static_cast<std::uint64_t>(at.date + std::chrono::ceil<seconds>(left)) + 1);
            w.number(n.idle);
            w.number(n.failures);
        }
        w.end();
    }

    /// Goes on from there; of who is known already the later turn counts. snapshot_damaged,
    /// snapshot_version: nothing was changed.
    errc restore(times at, byte_view bytes) {
        saved_reader in{bytes, saved_as, 1};
        auto const position = in.number<std::uint64_t>();
        std::vector<std::pair<endpoint, node>> read;
        for (auto n = in.number<std::uint32_t>(); n > 0 && in.ok(); --n) {
            endpoint const where = in.place();
            auto const date = static_cast<std::int64_t>(in.number<std::uint64_t>());
            std::int64_t const wait = std::clamp<std::int64_t>(
                date - static_cast<std::int64_t>(at.date), 0, krpc::sample_interval_s_max + 2);
            read.push_back({where, {at.now + seconds{wait}, in.number<std::uint8_t>()}});
            read.back().second.failures = std::min(in.number<std::uint8_t>(), failures_max);
        }
        if (in.end() != errc::ok) return in.end();
        position_ = position;
        for (auto const& [where, n] : read)
            adopt(where, n);
        return errc::ok;
    }

    // -- for the node

    std::optional<extension_question> next(times at) noexcept {
        if (auto const due = next_deadline(); !due || *due > at.now) return std::nullopt;
        endpoint const to = agenda_.begin()->second;
        agenda_.erase(agenda_.begin());
        node& n = *nodes_.find(to);
        n.due = at.now + pause_after_silence(n); // for save(), until it has answered
        in_flight_[++last_cookie_] = to;
        next_slot_ =
            at.now + duration{seconds{1}} / std::max<int>(1, options_.questions_per_second);
        aim(n);
        extension_question q;
        q.via = *via_to(to);
        q.to = to;
        q.method = "sample_infohashes";
        q.arguments.push_back({"target", target_});
        q.cookie = last_cookie_;
        return q;
    }

    void on_reply(times at, std::uint32_t cookie, endpoint const&,
                  krpc::reply const& reply) noexcept {
        auto const asked = in_flight_.find(cookie);
        if (asked == in_flight_.end()) return;
        endpoint const from = asked->second;
        in_flight_.erase(asked);
        node& n = *nodes_.find(from);
        n.id = reply.sender;
        n.failures = 0;
        n.interval = seconds{reply.interval_s};
        bool const news = collect(reply.samples);
        std::size_t const samples = reply.samples.size() / info_hash::size_bytes;
        bool const has_more = reply.has_samples && reply.num > static_cast<std::int64_t>(samples);
        n.idle = news || n.idle == 0xff ? 0 : static_cast<std::uint8_t>(n.idle + 1);
        duration pause = std::max<duration>(n.interval, options_.pause_min);
        if (!has_more || n.idle >= options_.idle_passes)
            pause = std::max<duration>(pause, options_.revisit);
        set(n, from, at.now + pause);
        learn_from(at.now, reply.nodes, family::ipv4);
        learn_from(at.now, reply.nodes6, family::ipv6);
    }

    void on_failure(times at, std::uint32_t cookie, errc why) noexcept {
        auto const asked = in_flight_.find(cookie);
        if (asked == in_flight_.end()) return;
        endpoint const from = asked->second;
        in_flight_.erase(asked);
        node& n = *nodes_.find(from);
        duration pause = pause_after_silence(n);
        if (why == errc::remote_error) // it does not know BEP 51
            pause = std::max<duration>(pause, options_.revisit);
        if (why != errc::limit_reached && n.failures < failures_max) ++n.failures;
        set(n, from, at.now + pause);
    }

    std::optional<instant> next_deadline() noexcept {
        if (paused_ || agenda_.empty() || in_flight_.size() >= options_.in_flight_max)
            return std::nullopt;
        return std::max(next_slot_, agenda_.begin()->first);
    }

    void advance(times) noexcept {}

private:
    static constexpr std::uint8_t failures_max = 8; ///< that are told apart

    struct node {
        instant due{}; ///< not asked before
        std::uint8_t idle = 0;
        std::uint8_t failures = 0;
        seconds interval{};          ///< that it named last: who is silent may have meant it again
        std::optional<node_id> id{}; ///< once it has answered
    };

    [[nodiscard]] std::optional<via_index> via_to(endpoint const& where) const noexcept {
        return options_.via[where.ip.is_v4() ? 0 : 1];
    }

    [[nodiscard]] duration pause_after_silence(node const& n) const noexcept {
        duration const pause = options_.pause_unanswered * (1U << n.failures);
        return std::max<duration>(n.interval, std::min<duration>(pause, options_.revisit));
    }

    void set(node& n, endpoint const& where, instant due) noexcept {
        n.due = due;
        agenda_.insert({due, where});
    }

    bool learn(instant due, endpoint const& where) noexcept {
        if (is_martian(where) || !via_to(where) || nodes_.find(where) != nullptr) return false;
        if (nodes_.full()) forget_silent(due);
        node* const n = nodes_.find_or_insert(where);
        if (n == nullptr) return false;
        set(*n, where, due);
        return true;
    }

    void adopt(endpoint const& where, node n) noexcept {
        if (node const* const known = nodes_.find(where)) {
            if (agenda_.erase({known->due, where}) == 0) return; // it is being asked
            n.due = std::max(n.due, known->due);
            nodes_.erase(where);
        }
        if (learn(n.due, where)) *nodes_.find(where) = n;
    }

    /// Makes room: who stays away longest, if it was silent.
    void forget_silent(instant now) noexcept {
        if (agenda_.empty()) return;
        auto const [due, where] = *agenda_.rbegin();
        if (due <= now || nodes_.find(where)->failures < 3) return;
        agenda_.erase({due, where});
        nodes_.erase(where);
    }

    void learn_from(instant now, byte_view entries, family f) noexcept {
        compact::node_reader reader{entries, f};
        while (auto const n = reader.next())
            learn(now, n->at);
    }

    /// True: some of them are new.
    bool collect(byte_view samples) noexcept {
        bool news = false;
        for (; samples.size() >= info_hash::size_bytes;
             samples = samples.subspan(info_hash::size_bytes)) {
            auto const hash = to_info_hash(key160::from(samples.first(info_hash::size_bytes)));
            if (known_.find(hash) != nullptr || known_before_.find(hash) != nullptr) continue;
            news = true;
            if (found_.size() >= options_.queue_max) continue; // it will be met again
            found_.push_back(hash);
            if (known_.full()) {
                std::swap(known_, known_before_);
                known_.clear();
            }
            *known_.find_or_insert(hash) = true;
        }
        return news;
    }

    /// The 20 bytes that the next question aims at, bencoded.
    void aim(node const& n) noexcept {
        key160 target{};
        if (std::uint64_t const turn = position_++; n.id && turn % 2 == 0) {
            target = *n.id;
            target.flip_bit(159);
        } else {
            for (unsigned i = 0; i < 64; ++i) // the number of the question, mirrored
                target.set_bit(i, (turn >> 1U >> i & 1U) != 0);
        }
        bencode::writer out{target_};
        out.string(byte_view{target.bytes});
    }

    indexer_options options_;
    dense_map<endpoint, node, object_hash> nodes_;
    std::set<std::pair<instant, endpoint>> agenda_; // of those that are not asked now
    std::map<std::uint32_t, endpoint> in_flight_;
    dense_map<info_hash, bool, object_hash> known_;
    dense_map<info_hash, bool, object_hash> known_before_;
    std::deque<info_hash> found_;
    std::array<std::byte, 23> target_{}; // "20:" and the key
    instant next_slot_{};
    std::uint64_t position_ = 0;
    std::uint32_t last_cookie_ = 0;
    bool paused_ = false;
};

static_assert(keeps_state<indexer>);

} // namespace dht::inline DHT_ABI::content

#endif
