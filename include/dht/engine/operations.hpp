#ifndef DHT_ENGINE_OPERATIONS_HPP
#define DHT_ENGINE_OPERATIONS_HPP

#include <dht/engine/membership.hpp>

namespace dht::inline DHT_ABI::engine {

/// What one operation has gathered. It lives until its last outcome was polled.
struct operation {
    operation_kind kind{};
    instant started{};
    dense_map<endpoint, bool, object_hash> peers; ///< distinct, in the order they came
    std::size_t reported = 0;                     ///< peers that progress outcomes have told of
    std::vector<node_contact> nodes{};
    announce_options announce{};
    unsigned lookups = 0; ///< still running
    std::uint32_t stored = 0;
    std::uint32_t asked = 0;
    std::uint32_t replied = 0;
    std::int32_t remote_error = 0;
    errc error = errc::ok;
    instant ended{};
    bool finished = false;
    bool has_news = false;
};

/// The operations that users started and what they have to say, in the order in which it became
/// known. News of one operation merge until they are polled, so that nobody who polls late makes
/// them grow.
class operation_list {
public:
    explicit operation_list(std::size_t limit) noexcept : running_{limit} {}

    operation_id start(operation_kind kind, instant now, std::size_t peers_max, hash_key secret) {
        return named_by<operation_tag>(
            subject_of(running_.emplace(operation{kind, now, {peers_max, secret}})));
    }

    operation* find(operation_id id) noexcept {
        return running_.find(named_by<operation>(subject_of(id)));
    }

    void has_news(operation_id id) {
        operation* const o = find(id);
        if (o == nullptr || o->has_news) return;
        o->has_news = true;
        news_.push_back(id);
    }

    std::optional<outcome> poll() {
        while (next_ < news_.size()) {
            operation_id const id = news_[next_++];
            if (2 * next_ >= news_.size()) { // half is told: O(1) each in the long run
                news_.erase(news_.begin(), news_.begin() + static_cast<std::ptrdiff_t>(next_));
                next_ = 0;
            }
            if (operation* const o = find(id)) return report(id, *o);
        }
        return std::nullopt;
    }

    template <class F>
    void for_each(F&& f) {
        running_.for_each(
            [&](auto h, operation& o) { f(named_by<operation_tag>(subject_of(h)), o); });
    }

private:
    outcome report(operation_id id, operation& o) {
        o.has_news = false;
        outcome out;
        out.operation = id;
        out.kind = o.kind;
        out.finished = o.finished;
        out.error = o.error;
        out.remote_error = o.remote_error;
        out.stored = o.stored;
        out.asked = o.asked;
        out.replied = o.replied;
        for (std::size_t i = o.finished ? 0 : o.reported; i < o.peers.size(); ++i)
            out.peers.push_back(o.peers.at(i).key);
        o.reported = o.peers.size();
        if (!o.finished) return out;
        out.nodes = std::move(o.nodes);
        out.took = o.ended - o.started;
        running_.erase(named_by<operation>(subject_of(id)));
        return out;
    }

    slab<operation> running_;
    std::vector<operation_id> news_;
    std::size_t next_ = 0;
};

} // namespace dht::inline DHT_ABI::engine

#endif
