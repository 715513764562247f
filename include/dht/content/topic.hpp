#ifndef DHT_CONTENT_TOPIC_HPP
#define DHT_CONTENT_TOPIC_HPP

#include <dht/content/pace.hpp>
#include <dht/content/strangers.hpp>
#include <dht/content/topic_commons.hpp>
#include <dht/content/update.hpp>
#include <dht/kad/avoid_list.hpp>
#include <dht/policy/extension.hpp>
#include <dht/wire/compact.hpp>

namespace dht::inline DHT_ABI::content {

/// A question of a topic that is on its way.
struct topic_question {
    enum class kind : std::uint8_t { look, names, put };

    kind what = kind::look;
    via_index via = 0;
    endpoint to{};
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
          strangers_{c.options.strangers_max, c.options.strangers_in_flight_max},
          refused_{c.options.refused_max, c.draw_hash_key(), minutes{5}, minutes{40}},
          forwards_{c.options.forward_interval, c.options.forward_burst},
          stranger_puts_{duration{seconds{1}} / c.options.stranger_puts_per_second,
                         c.options.stranger_puts_per_second},
          join_at_{now},
          join_pause_{c.options.join_retry_min} {
        stand_at(c);
    }

    [[nodiscard]] item_key const& key() const noexcept { return key_; }

    [[nodiscard]] std::optional<item> const& newest() const noexcept { return item_; }

    [[nodiscard]] std::vector<topic_table> const& tables() const noexcept { return tables_; }

    [[nodiscard]] std::size_t contacts() const noexcept {
        std::size_t sum = 0;
        for (topic_table const& t : tables_)
            sum += t.size();
        return sum;
    }

    /// Our ids or addresses are others now.
    void stand_at(topic_commons const& c) {
        for (std::size_t via = 0; via < c.own.size(); ++via)
            if (via < tables_.size())
                tables_[via].move_to(c.own[via]);
            else
                tables_.emplace_back(c.own[via], c.options.table);
    }

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
            meet(now, o.peers[static_cast<std::size_t>(below(c.chance, o.peers.size()))]);
        if (!o.finished) return;
        joining_ = false;
        if (contacts() > 0) join_pause_ = c.options.announce_period;
        join_at_ = now + jittered(join_pause_, c.chance);
        join_pause_ = std::min<duration>(2 * join_pause_, c.options.announce_period);
    }

    // -- asking

    /// When next() has something.
    [[nodiscard]] instant due(topic_commons const& c) const noexcept {
        instant first = strangers_.has_next() ? instant{} : never;
        for (topic_table const& t : tables_)
            for (subscriber const& s : t)
                first = std::min(first, std::min(look_due(s), put_due(c, s)));
        return first;
    }

    /// Puts go before looks, and those before strangers.
    std::optional<topic_question> next(topic_commons const& c, instant now) noexcept {
        for (std::size_t via = 0; via < tables_.size(); ++via)
            for (subscriber& s : tables_[via])
                if (put_due(c, s) <= now) return put_to(c, static_cast<via_index>(via), s, now);
        for (std::size_t via = 0; via < tables_.size(); ++via)
            for (subscriber& s : tables_[via])
                if (look_due(s) <= now) return look_at(static_cast<via_index>(via), s);
        auto const who = strangers_.next();
        if (!who) return std::nullopt;
        return topic_question{topic_question::kind::look, who->via, who->at};
    }

    /// `q` in words of KRPC; holds until the topic changes.
    [[nodiscard]] extension_question written(topic_commons& c, topic_question const& q) noexcept {
        extension_question e;
        e.via = q.via;
        e.to = q.to;
        e.topic = key_;
        using kind = topic_question::kind;
        e.method = q.what == kind::look ? "get" : q.what == kind::put ? "put" : "find_node";
        if (q.what == kind::look)
            e.known = krpc::get_item{key_, item_ ? std::optional{item_->seq} : std::nullopt};
        else if (q.what == kind::names)
            e.known = krpc::find_node{neighbour(c, tables_[q.via])};
        else
            e.known = put_of(q);
        return e;
    }

    void on_reply(topic_commons& c, instant now, topic_question const& q,
                  krpc::reply const& reply) {
        if (!equal(reply.topic, key_.bytes)) return refuse(c, now, q); // it does not know BEP 50
        topic_table& table = tables_[q.via];
        subscriber* s = table.find(q.to);
        if (s != nullptr && s->id != reply.sender) {
            table.remove(q.to); // another node has that address now
            s = nullptr;
        }
        if (q.what == topic_question::kind::look) return on_look(c, now, q, s, reply);
        if (q.what == topic_question::kind::names) take_names(now, q.via, reply);
        if (s == nullptr) return;
        if (q.what == topic_question::kind::put)
            s->seq = std::max(s->seq.value_or(q.seq), q.seq);
        else
            rest(c, now, *s);
    }

    void on_failure(topic_commons& c, instant now, topic_question const& q, errc why) {
        subscriber* const s = tables_[q.via].find(q.to);
        if (why == errc::invalid_argument) return refuse(c, now, q);
        if (s == nullptr) {
            if (why == errc::limit_reached) return strangers_.forget({q.via, q.to});
            if (why == errc::timed_out && strangers_.try_again({q.via, q.to})) return;
            return refuse(c, now, q);
        }
        if (q.what == topic_question::kind::put) return fail_put(c, now, *s, why);
        s->looking = false;
        s->look_at = why == errc::limit_reached ? now + c.options.retry_after : now;
        if (why == errc::timed_out && ++s->failures >= c.options.failures_max)
            return refuse(c, now, q);
        if (why != errc::remote_error) return;
        if (q.what == topic_question::kind::look) return refuse(c, now, q); // it has left
        rest(c, now, *s);
    }

    // -- what others ask tells of them

    /// Somebody on the topic, who has an id that there may be a place for.
    void meet(instant now, via_index via, node_contact const& who) {
        if (!tables_[via].has_place(who.id)) return;
        refused_.forgive(who.at);
        meet(now, via, who.at);
    }

    /// May a signature be checked for that source?
    bool may_check(topic_commons& c, instant now, via_index via, endpoint const& from) noexcept {
        return c.puts.admit({now, {}}, from, event::method::put) &&
               (tables_[via].find(from) != nullptr || stranger_puts_.try_pass(now));
    }

    /// That node showed a valid item: contacts with an older one get ours, others do not.
    void note_seq(via_index via, endpoint const& at, std::int64_t seq) noexcept {
        if (subscriber* const s = tables_[via].find(at)) s->seq = seq;
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
        for (topic_table& table : tables_)
            for (subscriber& s : table) {
                s.puts = 0;
                s.put_at = {};
            }
        if (forward_from_ > now) return;
        forward_from_ = std::max(now, forwards_.ready());
        forwards_.pass(forward_from_);
    }

    // -- strangers

    void meet(instant now, endpoint const& at) {
        for (std::size_t via = 0; via < tables_.size(); ++via)
            if (tables_[via].own().at.ip.ip_family() == at.ip.ip_family())
                return meet(now, static_cast<via_index>(via), at);
    }

    void meet(instant now, via_index via, endpoint const& at) {
        topic_table& table = tables_[via];
        if (table.admits(at) && table.find(at) == nullptr && !refused_.holds(at, now))
            strangers_.add({via, at});
    }

    /// No subscriber, or not any more.
    void refuse(topic_commons const& c, instant now, topic_question const& q) {
        bool const had_any = contacts() > 0;
        tables_[q.via].remove(q.to);
        strangers_.forget({q.via, q.to});
        refused_.add(q.to, now);
        if (!had_any || contacts() > 0) return;
        join_pause_ = c.options.join_retry_min;
        join_at_ = std::min(join_at_, now + join_pause_);
    }

    // -- looks

    static instant look_due(subscriber const& s) noexcept { return s.looking ? never : s.look_at; }

    static topic_question look_at(via_index via, subscriber& s) noexcept {
        using kind = topic_question::kind;
        s.looking = true;
        return {s.names_next ? kind::names : kind::look, via, s.at};
    }

    void on_look(topic_commons& c, instant now, topic_question const& q, subscriber* s,
                 krpc::reply const& reply) {
        strangers_.forget({q.via, q.to});
        if (s == nullptr) s = tables_[q.via].add({reply.sender, q.to});
        if (may_bring_newer(reply) && may_check(c, now, q.via, q.to) && is_signed(reply))
            take(now, {reply.v, {}, reply.sig, {}, *reply.seq, std::nullopt});
        if (s != nullptr) {
            rest(c, now, *s);
            s->names_next = true;
            s->look_at = now;
            s->seq = reply.seq;
            s->put_at = {};
            s->write.clear();
            if (reply.token.size() <= token_bytes_max) s->write = token{reply.token};
        }
        take_names(now, q.via, reply);
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

    void take_names(instant now, via_index via, krpc::reply const& reply) {
        topic_table const& table = tables_[via];
        family const f = table.own().at.ip.ip_family();
        compact::node_reader reader{f == family::ipv4 ? reply.nodes : reply.nodes6, f};
        for (std::size_t i = 0; i < topic_nodes::capacity(); ++i) {
            auto const n = reader.next();
            if (!n) return;
            if (table.has_place(n->id)) meet(now, via, n->at);
        }
    }

    /// Where to look for more contacts: around us, and in one of the buckets that lead there.
    static key160 neighbour(topic_commons& c, topic_table const& table) noexcept {
        key160 target = table.own().id;
        auto const depth = static_cast<unsigned>(below(c.chance, 2U * (table.home_depth() + 1U)));
        if (depth > table.home_depth()) return target;
        key160 chance;
        c.chance.fill(chance.bytes);
        target = with_prefix(target, depth + 1, chance);
        target.flip_bit(depth);
        return target;
    }

    // -- puts

    [[nodiscard]] bool lacks_item(subscriber const& s) const noexcept {
        return item_ && (!s.seq || *s.seq < item_->seq);
    }

    [[nodiscard]] instant put_due(topic_commons const& c, subscriber const& s) const noexcept {
        bool const can = !s.write.empty() && s.puts < c.options.puts_max;
        return can && lacks_item(s) ? std::max(s.put_at, forward_from_) : never;
    }

    topic_question put_to(topic_commons const& c, via_index via, subscriber& s,
                          instant now) const noexcept {
        ++s.puts;
        s.put_at = now + c.options.put_again_after;
        return {topic_question::kind::put, via, s.at, item_->seq};
    }

    [[nodiscard]] krpc::put_item put_of(topic_question const& q) noexcept {
        token const& t = tables_[q.via].find(q.to)->write;
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
    std::vector<topic_table> tables_{};
    content::strangers strangers_;
    avoid_list refused_;
    pace forwards_;
    pace stranger_puts_;
    instant forward_from_{}; // no put of item_ before
    instant join_at_;
    duration join_pause_;
    bool joining_ = false;
};

} // namespace dht::inline DHT_ABI::content

#endif
