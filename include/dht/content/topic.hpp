#ifndef DHT_CONTENT_TOPIC_HPP
#define DHT_CONTENT_TOPIC_HPP

#include <dht/content/pace.hpp>
#include <dht/content/topic_members.hpp>
#include <dht/content/update.hpp>
#include <dht/policy/extension.hpp>

namespace dht::inline DHT_ABI::content {

/// A question of a topic that is on its way.
struct topic_question {
    enum class kind : std::uint8_t { look, names, put };

    kind what = kind::look;
    topic_place where{};
    std::int64_t seq = 0; ///< of the item that was put
};

/// One topic as a machine (BEP 50): the newest item, and for each local address of the node a table
/// of subscribers. Nobody is sent anything because an update came: each contact that is not known
/// to have our item is due for a put, now or when a token for it is there. That forwards, retries
/// and repairs alike.
class topic {
public:
    topic(ed25519_public_key const& k, byte_view salt, topic_commons& c, instant now) noexcept
        : k_{k},
          salt_{salt},
          key_{mutable_item_key(k, salt)},
          members_{c},
          forwards_{c.options.forward_interval, c.options.forward_burst},
          stranger_puts_{
              pace::of(c.options.stranger_puts_per_second, c.options.stranger_puts_per_second)},
          join_at_{now},
          join_pause_{c.options.join_retry_min} {}

    [[nodiscard]] item_key const& key() const noexcept { return key_; }

    [[nodiscard]] std::optional<item> const& newest() const noexcept { return item_; }

    [[nodiscard]] topic_members const& members() const noexcept { return members_; }

    [[nodiscard]] topic_members& members() noexcept { return members_; }

    std::optional<update> poll() noexcept {
        if (!fresh_) return std::nullopt;
        fresh_ = false;
        return update_by(*item_);
    }

    /// False: not the topic's, not newer, or not signed.
    bool publish(instant now, item const& i) noexcept {
        if (i.key() != key_ || !is_newer(i.seq) || !i.valid()) return false;
        keep(now, i.view());
        fresh_ = false;
        return true;
    }

    /// A valid item from others. Nothing happens unless it is newer.
    void take(instant now, item_view const& i) noexcept {
        if (!is_newer(i.seq)) return;
        keep(now, i);
        fresh_ = true;
    }

    // -- joining: the announcement brings peers, who are strangers until they answer on the topic

    [[nodiscard]] instant join_at() const noexcept { return joining_ ? never : join_at_; }

    extension_operation join(topic_commons const& c) noexcept {
        joining_ = true;
        if (c.read_only) return {find_peers_wish{to_info_hash(key_), {}}};
        return {announce_wish{to_info_hash(key_), {0, true, false}}};
    }

    void on_outcome(topic_commons& c, instant now, outcome const& o) {
        constexpr std::size_t met_max = 16;
        for (std::size_t i = std::min(met_max, o.peers.size()); i > 0; --i)
            members_.meet(now, o.peers[static_cast<std::size_t>(below(c.chance, o.peers.size()))]);
        if (!o.finished) return;
        joining_ = false;
        if (members_.contacts() > 0) join_pause_ = c.options.announce_period;
        join_at_ = now + jittered(join_pause_, c.chance);
        join_pause_ = std::min<duration>(2 * join_pause_, c.options.announce_period);
    }

    // -- asking

    /// When next() has something.
    [[nodiscard]] instant due(topic_commons const& c) const noexcept {
        instant first = members_.unknown().has_next() ? instant{} : never;
        for (topic_table const& t : members_.tables())
            for (subscriber const& s : t)
                first = std::min(first, std::min(look_due(s), put_due(c, s)));
        return first;
    }

    /// Puts go before looks, and those before strangers.
    std::optional<topic_question> next(topic_commons const& c, instant now) noexcept {
        using kind = topic_question::kind;
        topic_question q;
        auto const put = [&](via_index via, subscriber& s) {
            if (put_due(c, s) > now) return false;
            ++s.puts;
            s.put_at = now + c.options.put_again_after;
            q = {kind::put, {via, s.at}, item_->seq};
            return true;
        };
        auto const look = [&](via_index via, subscriber& s) {
            if (look_due(s) > now) return false;
            s.looking = true;
            q = {s.names_next ? kind::names : kind::look, {via, s.at}};
            return true;
        };
        if (members_.any(put) || members_.any(look)) return q;
        auto const who = members_.unknown().next();
        return who ? std::optional{topic_question{kind::look, *who}} : std::nullopt;
    }

    /// `q` in words of KRPC; holds until the topic changes.
    [[nodiscard]] extension_question written(topic_commons& c, topic_question const& q) noexcept {
        extension_question e;
        e.via = q.where.via;
        e.to = q.where.at;
        e.topic = key_;
        if (q.what == topic_question::kind::put) {
            e.method = "put";
            e.known = put_of(q);
        } else if (q.what == topic_question::kind::names) {
            e.method = "find_node";
            e.known.emplace<krpc::find_node>().target = members_.neighbour(c, q.where.via);
        } else {
            e.method = "get";
            auto& get = e.known.emplace<krpc::get_item>();
            get.target = key_;
            if (item_) get.seq = item_->seq; // BEP 50: not while joining
        }
        return e;
    }

    void on_reply(topic_commons& c, instant now, topic_question const& q,
                  krpc::reply const& reply) {
        if (!equal(reply.topic, key_.bytes)) return lose(c, now, q); // it does not know BEP 50
        if (q.what == topic_question::kind::look) return on_look(c, now, q, reply);
        subscriber* const s = members_.name(q.where, reply.sender);
        if (s != nullptr && q.what == topic_question::kind::put)
            s->seq = std::max(s->seq.value_or(q.seq), q.seq);
        if (s != nullptr && q.what == topic_question::kind::names) rest(c, now, *s);
        members_.meet_named(now, q.where.via, reply);
    }

    void on_failure(topic_commons& c, instant now, topic_question const& q, errc why) {
        if (why == errc::invalid_argument) return lose(c, now, q);
        subscriber* const s = members_.find(q.where);
        if (s == nullptr) return fail_stranger(c, now, q, why);
        if (q.what == topic_question::kind::put) return fail_put(c, now, *s, why);
        s->looking = false;
        s->look_at = why == errc::limit_reached ? now + c.options.retry_after : now;
        if (why == errc::timed_out && ++s->failures >= c.options.failures_max)
            return lose(c, now, q);
        if (why != errc::remote_error) return;
        if (q.what == topic_question::kind::look) return lose(c, now, q); // it has left
        rest(c, now, *s);
    }

    // -- what others ask tells of them

    /// May a signature be checked for that source?
    bool may_check(topic_commons& c, instant now, topic_place const& from) noexcept {
        return c.puts.admit({now, {}}, from.at, event::method::put) &&
               (members_.find(from) != nullptr || stranger_puts_.try_pass(now));
    }

    /// That node showed a valid item: contacts with an older one get ours, others do not.
    void note_seq(topic_place const& who, std::int64_t seq) noexcept {
        if (subscriber* const s = members_.find(who)) s->seq = seq;
    }

    [[nodiscard]] ed25519_public_key const& owner() const noexcept { return k_; }

    [[nodiscard]] byte_view salt() const noexcept { return {salt_.data(), salt_.size()}; }

private:
    [[nodiscard]] bool is_newer(std::int64_t seq) const noexcept {
        return !item_ || seq > item_->seq;
    }

    /// It goes to every contact that lacks it, at the pace of forwards. One that is not under way
    /// yet is replaced, in its turn.
    void keep(instant now, item_view i) noexcept {
        i.k = k_;
        i.salt = salt();
        item_ = to_item(i);
        members_.any([](via_index, subscriber& s) {
            s.puts = 0;
            s.put_at = {};
            return false;
        });
        if (forward_from_ > now) return;
        forward_from_ = std::max(now, forwards_.ready());
        forwards_.pass(forward_from_);
    }

    /// No contact any more, if it was one. Without any the DHT is asked anew.
    void lose(topic_commons const& c, instant now, topic_question const& q) {
        bool const had_any = members_.contacts() > 0;
        members_.refuse(now, q.where);
        if (!had_any || members_.contacts() > 0) return;
        join_pause_ = c.options.join_retry_min;
        join_at_ = std::min(join_at_, now + join_pause_);
    }

    void fail_stranger(topic_commons const& c, instant now, topic_question const& q, errc why) {
        if (why == errc::limit_reached) return members_.unknown().forget(q.where);
        if (why == errc::timed_out && members_.unknown().try_again(q.where)) return;
        lose(c, now, q);
    }

    // -- looks

    static instant look_due(subscriber const& s) noexcept { return s.looking ? never : s.look_at; }

    void on_look(topic_commons& c, instant now, topic_question const& q, krpc::reply const& reply) {
        subscriber* const s = members_.settle(q.where, reply.sender);
        if (may_bring_newer(reply) && may_check(c, now, q.where) && is_signed(reply))
            take(now, {reply.v, {}, reply.sig, {}, *reply.seq, std::nullopt});
        if (s != nullptr) {
            rest(c, now, *s);
            s->names_next = true;
            s->look_at = now;
            s->seq = reply.seq;
            if (s->write.empty()) s->put_at = {}; // else a put may be on its way
            s->write.clear();
            if (reply.token.size() <= token_bytes_max) s->write = token{reply.token};
        }
        members_.meet_named(now, q.where.via, reply);
    }

    [[nodiscard]] bool may_bring_newer(krpc::reply const& reply) const noexcept {
        return reply.seq && is_newer(*reply.seq) && !reply.v.empty() &&
               reply.v.size() <= krpc::item_value_bytes_max && bencode::is_canonical(reply.v);
    }

    [[nodiscard]] bool is_signed(krpc::reply const& reply) const noexcept {
        return item_signature_valid(k_, salt(), *reply.seq, reply.v, reply.sig);
    }

    /// It has answered: the next look is a period away.
    static void rest(topic_commons& c, instant now, subscriber& s) noexcept {
        s.failures = 0;
        s.looking = false;
        s.names_next = false;
        s.look_at = now + jittered(c.options.look_period, c.chance);
    }

    // -- puts

    [[nodiscard]] bool lacks_item(subscriber const& s) const noexcept {
        return item_ && (!s.seq || *s.seq < item_->seq);
    }

    [[nodiscard]] instant put_due(topic_commons const& c, subscriber const& s) const noexcept {
        bool const can = !s.write.empty() && s.puts < c.options.puts_max;
        return can && lacks_item(s) ? std::max(s.put_at, forward_from_) : never;
    }

    [[nodiscard]] krpc::put_item put_of(topic_question const& q) noexcept {
        token const& t = members_.find(q.where)->write;
        item_view const i = item_->view();
        return {{t.data(), t.size()}, i.v, i.k, i.sig, i.salt, i.seq};
    }

    /// Why it was refused tells a look: of an old token it brings a new one, of an old item the
    /// newer. Nobody answered: is he still there?
    void fail_put(topic_commons const& c, instant now, subscriber& s, errc why) noexcept {
        if (why == errc::limit_reached) {
            --s.puts;
            s.put_at = now + c.options.retry_after;
            return;
        }
        if (!lacks_item(s)) return;
        s.names_next = false;
        s.look_at = std::min(s.look_at, now);
        if (why != errc::remote_error) return;
        s.write.clear();
        s.looking = false;
    }

    ed25519_public_key k_;
    static_vector<std::byte, krpc::item_salt_bytes_max> salt_;
    item_key key_;
    std::optional<item> item_{};
    bool fresh_ = false; // nobody has polled it yet
    topic_members members_;
    pace forwards_;
    pace stranger_puts_;
    instant forward_from_{}; // no put of item_ before
    instant join_at_;
    duration join_pause_;
    bool joining_ = false;
};

} // namespace dht::inline DHT_ABI::content

#endif
