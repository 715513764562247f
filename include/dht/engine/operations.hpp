#ifndef DHT_ENGINE_OPERATIONS_HPP
#define DHT_ENGINE_OPERATIONS_HPP

#include <dht/engine/found_peers.hpp>
#include <dht/engine/membership.hpp>
#include <dht/wire/bloom.hpp>

namespace dht::inline DHT_ABI::engine {

/// What an operation on an item of BEP 44 wants, and the best that it has found.
struct item_work {
    get_wish wanted;
    std::optional<dht::item> found{};         ///< valid, with the highest seq so far
    dht::item given{};                        ///< put: what is to be stored
    put_options put{};                        ///< put
    std::optional<ed25519_key_pair> signer{}; ///< put: signs when the search is over
    std::vector<std::byte> memory{};          ///< for the first that is found

    [[nodiscard]] byte_view salt() const noexcept {
        return {wanted.salt.data(), wanted.salt.size()};
    }
};

/// The union of the filters that nodes sent (BEP 33).
struct swarm_filters {
    bloom_filter seeds{};
    bloom_filter leeches{};
    bool heard = false;
};

/// Who waits for an operation: the user, or an extension and the name it gave.
struct operation_owner {
    std::uint32_t extension = 0; ///< ordinal among those that begin operations; 0: the user
    std::uint32_t cookie = 0;
};

/// What one operation has gathered. It lives until its last outcome was polled.
struct operation {
    operation_kind kind{};
    instant started{};
    found_peers peers;
    std::size_t reported = 0; ///< peers that progress outcomes have told of
    std::vector<node_contact> nodes{};
    announce_options announce{};
    std::optional<item_work> item{};
    std::optional<swarm_filters> swarm{};
    std::optional<key_sample> sample{};
    std::vector<error_count> errors{};
    operation_owner owner{};
    timer_subject newest_lookup{}; ///< its siblings are the others
    unsigned lookups = 0;          ///< still running
    unsigned searching = 0;        ///< of those, not yet at their closest nodes
    std::uint32_t stored = 0;
    std::uint32_t asked = 0;
    std::uint32_t replied = 0;
    std::int32_t remote_error = 0;
    errc error = errc::ok;
    instant ended{};
    bool finished = false;
    bool has_news = false;
    bool suspicious = false; ///< one of its lookups was

    /// When all has been asked.
    [[nodiscard]] errc verdict() const noexcept {
        if (kind == operation_kind::put && stored == 0 && !errors.empty())
            return errc::remote_error;
        return replied > 0 ? errc::ok : error;
    }

    static constexpr std::size_t codes_max = 16; // strangers choose them

    /// A node refused to store.
    void count_error(std::int32_t code) {
        for (error_count& e : errors)
            if (e.code == code) return static_cast<void>(++e.count);
        if (errors.size() < codes_max) errors.push_back({code, 1});
    }
};

/// The operations that users and extensions started and what they have to say, in the order in
/// which it became known. News of one operation merge until they are polled, so that nobody who
/// polls late makes them grow.
class operation_list {
public:
    explicit operation_list(std::size_t limit) noexcept : running_{limit} {}

    operation_id start(operation_kind kind, operation_owner owner, instant now,
                       std::size_t peers_max, hash_key secret) {
        operation o{kind, now, {peers_max, secret}};
        o.owner = owner;
        news& all = owner.extension == 0 ? for_user_ : for_extensions_;
        all.ids.reserve_widely(2 * (size() + 1)); // up to half are told
        return named_by<operation_tag>(subject_of(running_.emplace(std::move(o))));
    }

    [[nodiscard]] std::size_t size() const noexcept { return running_.size(); }

    operation* find(operation_id id) noexcept {
        return running_.find(named_by<operation>(subject_of(id)));
    }

    void has_news(operation_id id) {
        operation* const o = find(id);
        if (o == nullptr || o->has_news) return;
        o->has_news = true;
        (o->owner.extension == 0 ? for_user_ : for_extensions_).ids.push_back(id);
    }

    /// For the user.
    bool poll(outcome& into) {
        operation_id const id = next_of(for_user_);
        if (id) report(id, *find(id), into);
        return static_cast<bool>(id);
    }

    /// tell(owner, outcome) for each that an extension waits for.
    template <class F>
    void tell_extensions(F&& tell) {
        while (operation_id const id = next_of(for_extensions_)) {
            operation_owner const owner = find(id)->owner;
            outcome o;
            report(id, *find(id), o);
            tell(owner, std::move(o));
        }
    }

    void shrink_to_fit() {
        running_.shrink_to_fit();
        for_user_.ids.shrink_to_fit();
        for_extensions_.ids.shrink_to_fit();
    }

    template <class F>
    void for_each(F&& f) {
        running_.for_each(
            [&](auto h, operation& o) { f(named_by<operation_tag>(subject_of(h)), o); });
    }

private:
    struct news {
        thin_vector<operation_id> ids{};
        std::size_t next = 0;
    };

    operation_id next_of(news& n) {
        while (n.next < n.ids.size()) {
            operation_id const id = n.ids[n.next++];
            if (2 * n.next >= n.ids.size()) { // half is told: O(1) each in the long run
                n.ids.erase_front(n.next);
                n.next = 0;
            }
            if (find(id) != nullptr) return id;
        }
        return {};
    }

    /// Whatever stood in `out` is gone; its memory may serve again.
    void report(operation_id id, operation& o, outcome& out) {
        o.has_news = false;
        out.operation = id;
        out.kind = o.kind;
        out.finished = o.finished;
        out.error = o.error;
        out.remote_error = o.remote_error;
        out.stored = o.stored;
        out.asked = o.asked;
        out.replied = o.replied;
        out.suspicious = o.suspicious;
        if (!o.finished) return report_news(o, out);
        report_end(o, out);
        running_.erase(named_by<operation>(subject_of(id)));
    }

    static void report_news(operation& o, outcome& out) {
        auto const fresh = o.peers.all().subspan(o.reported);
        o.reported += fresh.size();
        out.peers.assign(fresh.begin(), fresh.end());
        if (o.kind == operation_kind::get)
            out.item = o.item->found;
        else
            out.item.reset();
        out.nodes.clear();
        out.errors.clear();
        out.sample.reset();
        out.scrape.reset();
        out.took = {};
    }

    static void report_end(operation& o, outcome& out) {
        out.peers = o.peers.take();
        out.nodes = std::move(o.nodes);
        out.errors = std::move(o.errors);
        out.sample = std::move(o.sample);
        out.took = o.ended - o.started;
        out.item.reset();
        out.scrape.reset();
        if (o.item && o.kind == operation_kind::get) out.item = std::move(o.item->found);
        bool const has_put = o.item && o.kind == operation_kind::put;
        if (has_put && !o.item->signer) // else it ended before it was signed
            out.item = std::move(o.item->given);
        if (o.swarm && o.swarm->heard)
            out.scrape = {o.swarm->seeds.estimate(), o.swarm->leeches.estimate()};
    }

    slab<operation> running_;
    news for_user_;
    news for_extensions_;
};

} // namespace dht::inline DHT_ABI::engine

#endif
