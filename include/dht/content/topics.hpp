#ifndef DHT_CONTENT_TOPICS_HPP
#define DHT_CONTENT_TOPICS_HPP

#include <dht/content/topic_answers.hpp>

#include <map>

namespace dht::inline DHT_ABI::content {

/// Extension: subscribes to mutable items and publishes them (BEP 50). The subscribers of an item
/// find each other through the DHT, keep an overlay of their own, and push each update through it:
/// it is there within seconds instead of at the next poll.
///
///     dht::node node{dht::settings{}, dht::content::topics{}};
///     auto& t = node.get<dht::content::topics>();
///     t.subscribe(now, k, salt);
///     t.publish(now, dht::sign_item(owner, salt, seq, v)); // by who has the key
///     node.advance(now);                                   // it has become due
///     while (auto const u = t.poll()) ...
///
/// What the draft leaves open, decided against amplification:
///
/// - A query on a topic that we do not subscribe to gets the error 203, and leaves no trace.
/// - Nobody is sent a put who has not answered a `get` on the topic and given a token. Who is only
///   named by others is asked `get`, a few at a time, twice at most.
/// - An update goes once to each contact that is not known to have it, again after 1.5 s without
///   an answer, three times at most; and topic_table_limits bounds the contacts.
/// - Updates are passed on at one per second after a burst of four; meanwhile the newest replaces
///   the others. Signatures are checked at two per second of one address, of all strangers twenty.
/// - An update that is invalid, old, or here already is never passed on.
/// - K is one in the table, but answers name up to eight nodes, the size of the home bucket: with
///   one it could not be filled. `find_node` is allowed for that, `sample_infohashes` is not.
/// - Each contact is asked `get` every three minutes: that renews tokens and repairs what was lost.
class topics {
public:
    using policy_slot = slots::extension;

    topics() : topics{topics_options{}} {}

    explicit topics(topics_options const& o)
        : questions_{pace::of(o.questions_per_second, questions_burst)} {
        commons_.options = o;
    }

    template <class Rng>
    void start(settings const& s, Rng& rng) {
        chacha_random::seed seed;
        rng.fill(seed);
        commons_.chance = chacha_random{seed};
        commons_.read_only = s.read_only;
        commons_.tokens.start(s, commons_.chance);
        settings counted = s;
        counted.queries_per_second = commons_.options.source_puts_per_second;
        counted.queries_burst = commons_.options.source_puts_burst;
        counted.sources_max = commons_.options.sources_max;
        commons_.puts.start(counted, commons_.chance);
    }

    // -- for the user; afterwards the node has to advance

    /// False: too many, or a salt of more than 64 bytes. Who is subscribed already stays so.
    bool subscribe(instant now, ed25519_public_key const& k, byte_view salt = {}) noexcept {
        item_key const key = mutable_item_key(k, salt);
        if (hosted_.contains(key)) return true;
        if (salt.size() > krpc::item_salt_bytes_max ||
            hosted_.size() >= commons_.options.topics_max)
            return false;
        note(hosted_.try_emplace(key, hosted{topic{k, salt, commons_, now}}).first->second);
        return true;
    }

    bool unsubscribe(item_key const& key) noexcept { return hosted_.erase(key) != 0; }

    /// Gives an item to all subscribers: one of ours, or one that is known from elsewhere. False:
    /// not subscribed, not signed, or not newer than what is known. To give it to nodes that do
    /// not subscribe as well is another matter: node.put or a republisher.
    bool publish(instant now, item const& i) noexcept {
        hosted* const h = find(i.key());
        if (h == nullptr || !h->machine.publish(now, i)) return false;
        note(*h);
        return true;
    }

    /// What others published, each topic's newest once.
    std::optional<update> poll() noexcept {
        for (auto& [key, h] : hosted_)
            if (auto u = h.machine.poll()) return u;
        return std::nullopt;
    }

    /// nullptr: not subscribed. Valid until unsubscribed.
    [[nodiscard]] topic const* find_topic(item_key const& key) const noexcept {
        auto const found = hosted_.find(key);
        return found == hosted_.end() ? nullptr : &found->second.machine;
    }

    [[nodiscard]] std::size_t size() const noexcept { return hosted_.size(); }

    // -- for the node

    void own_nodes(std::span<own_node const> nodes) noexcept {
        commons_.own.assign(nodes.begin(), nodes.end());
        for (auto& [key, h] : hosted_)
            h.machine.members().stand_at(commons_);
    }

    answer_verdict answer_on_topic(extension_query const& q, extension_reply& r) noexcept {
        hosted* const h = find({key160::from(q.query.topic)});
        if (h == nullptr) return answer_verdict::declined;
        if (!q.query.read_only)
            h->machine.members().meet(q.at.now, q.via, {q.query.sender, q.from});
        auto const verdict = std::visit(topic_answers{h->machine, commons_, q, r}, q.query.args);
        note(*h);
        return verdict;
    }

    std::optional<extension_question> next(times at) noexcept {
        if (at.now < questions_.ready()) return std::nullopt;
        for (auto& [key, h] : hosted_) {
            if (h.due > at.now) continue;
            auto const q = h.machine.next(commons_, at.now);
            note(h);
            if (!q) continue;
            questions_.pass(at.now);
            in_flight_[++last_cookie_] = {key, *q};
            extension_question e = h.machine.written(commons_, *q);
            e.cookie = last_cookie_;
            return e;
        }
        return std::nullopt;
    }

    void on_reply(times at, std::uint32_t cookie, endpoint const&,
                  krpc::reply const& reply) noexcept {
        conclude(cookie, [&](topic& t, topic_question const& q) {
            t.on_reply(commons_, at.now, q, reply);
        });
    }

    void on_failure(times at, std::uint32_t cookie, errc why) noexcept {
        conclude(cookie, [&](topic& t, topic_question const& q) {
            t.on_failure(commons_, at.now, q, why);
        });
    }

    std::optional<extension_operation> next_operation(times at) noexcept {
        if (!may_join()) return std::nullopt;
        for (auto& [key, h] : hosted_) {
            if (h.machine.join_at() > at.now) continue;
            extension_operation join = h.machine.join(commons_);
            join.cookie = ++last_cookie_;
            joining_[join.cookie] = key;
            return join;
        }
        return std::nullopt;
    }

    void on_outcome(times at, std::uint32_t cookie, outcome const& o) noexcept {
        auto const begun = joining_.find(cookie);
        if (begun == joining_.end()) return;
        if (hosted* const h = find(begun->second)) {
            h->machine.on_outcome(commons_, at.now, o);
            note(*h);
        }
        if (o.finished) joining_.erase(begun);
    }

    std::optional<instant> next_deadline() noexcept {
        instant first = never;
        for (auto const& [key, h] : hosted_) {
            if (h.due != never) first = std::min(first, std::max(h.due, questions_.ready()));
            if (may_join()) first = std::min(first, h.machine.join_at());
        }
        return first == never ? std::nullopt : std::optional{first};
    }

    void advance(times) noexcept {}

private:
    static constexpr std::uint16_t questions_burst = 8;

    struct hosted {
        topic machine;
        instant due = never; ///< of its next question, as it last said
    };

    struct asked {
        item_key key{};
        topic_question question{};
    };

    hosted* find(item_key const& key) noexcept {
        auto const found = hosted_.find(key);
        return found == hosted_.end() ? nullptr : &found->second;
    }

    [[nodiscard]] bool may_join() const noexcept {
        return joining_.size() < commons_.options.joins_in_flight_max;
    }

    void note(hosted& h) noexcept { h.due = h.machine.due(commons_); }

    /// Tells the topic that asked, if it is still there.
    template <class F>
    void conclude(std::uint32_t cookie, F&& tell) noexcept {
        auto const found = in_flight_.find(cookie);
        if (found == in_flight_.end()) return;
        asked const a = found->second;
        in_flight_.erase(found);
        hosted* const h = find(a.key);
        if (h == nullptr) return;
        tell(h->machine, a.question);
        note(*h);
    }

    topic_commons commons_;
    std::map<item_key, hosted> hosted_;
    std::map<std::uint32_t, asked> in_flight_;
    std::map<std::uint32_t, item_key> joining_;
    pace questions_;
    std::uint32_t last_cookie_ = 0;
};

} // namespace dht::inline DHT_ABI::content

#endif
