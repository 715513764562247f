#ifndef DHT_TESTS_FUZZ_WATCHED_NODE_HPP
#define DHT_TESTS_FUZZ_WATCHED_NODE_HPP

#include <dht/content/topics.hpp>
#include <dht/dht.hpp>

#include "strangers.hpp"
#include <algorithm>

namespace fuzz {

/// martians_refused or allow_local, as the input says.
struct either_filter {
    using policy_slot = slots::address_filter;
    bool local = false;

    [[nodiscard]] bool allows(endpoint const& e, address_use use) const noexcept {
        return local || martians_refused{}.allows(e, use);
    }

    [[nodiscard]] bool limits_subnets() const noexcept { return !local; }
};

/// Adds up what the node says that it does.
struct ledger {
    using policy_slot = slots::observer;
    std::size_t datagrams_sent = 0;
    std::size_t questions_sent = 0;
    std::size_t questions_closed = 0;
    std::size_t peers_stored = 0;
    std::size_t items_stored = 0;

    void on(event::datagram_sent const&) noexcept { ++datagrams_sent; }

    void on(event::question_sent const&) noexcept { ++questions_sent; }

    void on(event::question_answered const&) noexcept { ++questions_closed; }

    void on(event::question_refused const&) noexcept { ++questions_closed; }

    void on(event::question_failed const&) noexcept { ++questions_closed; }

    void on(event::peer_stored const&) noexcept { ++peers_stored; }

    void on(event::item_stored const&) noexcept { ++items_stored; }
};

/// A question that the node has asked.
struct asked {
    via_index via = 0;
    endpoint to;
    packet tid;
    key160 target; ///< that of the question; the node's own id when it has none
};

/// An operation that has not said how it ended, and the item that it looks for.
struct unfinished {
    operation_id id;
    std::optional<key160> item;
};

/// A token that the node has given to `owner`.
struct granted {
    via_index via = 0;
    endpoint owner;
    key160 target;
    packet token;
    instant at{};
};

/// A node of which every step is looked at: what it sends, what it says, when it wants to be woken.
/// It may subscribe to topics.
class watched_node {
public:
    using node_type = dht::node<seeded_random, either_filter, ledger, content::topics>;

    watched_node(settings const& limits, either_filter filter)
        : filter_{filter},
          node_{limits, seeded_random{1}, filter, ledger{}} {
        open({address::v4(own_v4), own_port});
        open({v6_of(own_v6, 1), own_port});
    }

    instant now{seconds{100}};
    std::vector<asked> questions{}; ///< the newest last
    std::vector<granted> tokens{};  ///< the newest last
    std::vector<unfinished> running{};

    node_type& node() noexcept { return node_; }

    ledger const& sums() noexcept { return node_.get<ledger>(); }

    [[nodiscard]] node_id own_id(via_index via) const noexcept { return node_.own_id(via); }

    void open(endpoint const& local) {
        node_.open(now, local);
        look();
    }

    /// The local address that hosts of that family write to.
    [[nodiscard]] static via_index via_for(endpoint const& from) noexcept {
        return from.ip.is_v4() ? 0 : 1;
    }

    void tell(endpoint const& from, byte_view datagram) { tell(from, via_for(from), datagram); }

    void tell(endpoint const& from, via_index via, byte_view datagram) {
        source asker{via, from, {}, {}};
        krpc::message m;
        krpc::refusal why;
        bool const decoded = krpc::decode(datagram, m, why) == errc::ok;
        asker.tid = decoded ? m.tid : why.tid;
        if (auto const* const q = std::get_if<krpc::query>(&m.body); decoded && q != nullptr)
            asker.target = target_of(q->args);
        asker_ = &asker;
        change([&] { node_.receive(now, via, from, datagram); });
        asker_ = nullptr;
    }

    /// Any other verb but those that start operations.
    template <class Verb>
    void change(Verb&& verb) {
        note_ids();
        verb();
        look();
    }

    /// `verb` starts an operation, which may look for an item under that key.
    template <class Verb>
    void start(Verb&& verb, std::optional<key160> const& item = {}) {
        note_ids();
        if (operation_id const id = verb()) running.push_back({id, item});
        look();
    }

    /// Time passes at once, and whoever was asked to be woken comes late.
    void jump(duration d) {
        now += d;
        change([&] { node_.advance(now); });
        for (int again = 0; again < 2 && is_due(); ++again)
            change([&] { node_.advance(now); });
        insist(!is_due()); // or its driver would spin
    }

    /// Time passes from deadline to deadline, as with a good driver.
    void pass(duration d) {
        constexpr int deadlines_max = 40;
        instant const end = now + d;
        for (int i = 0; i < deadlines_max; ++i) {
            auto const next = node_.next_deadline();
            if (!next || next->at > end) break;
            jump(next->at > now ? next->at - now : duration{0});
        }
        jump(end - now);
    }

    /// What holds always, but takes too long to be looked at after each step.
    void check_tables() const {
        for (via_index via = 0; via < node_.addresses(); ++via) {
            std::vector<key160> ids;
            node_.for_each_contact(via, [&](contact const& c) {
                check_contact(via, c);
                ids.push_back(c.id);
            });
            insist(ids.size() <= contacts_max());
            std::sort(ids.begin(), ids.end());
            insist(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
            insist(node_.good_contacts(via) <= ids.size());
            insist(node_.network_size(via) >= 0);
        }
    }

    /// All operations end in time.
    void wait_for_operations() {
        jump(node_.limits().operation_time_max + seconds{1});
        insist(running.empty());
    }

    /// All operations end at once, and a stopped node is silent.
    void stop() {
        change([&] { node_.stop(now); });
        std::size_t const sent = sent_;
        start([&] { return node_.ping(now, endpoint_of(0)); });
        jump(hours{1});
        insist(!node_.next_deadline() && running.empty() && sent_ == sent);
    }

private:
    /// Whose datagram the node is looking at.
    struct source {
        via_index via = 0;
        endpoint from;
        byte_view tid;
        std::optional<key160> target;
        bool answered = false;
    };

    static constexpr std::size_t remembered_max = 32;

    void note_ids() {
        for (via_index via = 0; via < node_.addresses(); ++via)
            ids_before_[via] = node_.own_id(via);
    }

    [[nodiscard]] bool is_due() const noexcept {
        auto const next = node_.next_deadline();
        return next && next->at <= now;
    }

    static std::optional<key160> target_of(krpc::arguments const& args) {
        if (auto const* const a = std::get_if<krpc::find_node>(&args)) return a->target;
        if (auto const* const a = std::get_if<krpc::get_peers>(&args)) return a->hash;
        if (auto const* const a = std::get_if<krpc::announce_peer>(&args)) return a->hash;
        if (auto const* const a = std::get_if<krpc::get_item>(&args)) return a->target;
        if (auto const* const a = std::get_if<krpc::sample_infohashes>(&args)) return a->target;
        return std::nullopt;
    }

    template <class T>
    static void remember(std::vector<T>& list, T value) {
        if (list.size() >= remembered_max) list.erase(list.begin());
        list.push_back(std::move(value));
    }

    void look() {
        while (auto const t = node_.poll_transmit()) {
            ++sent_;
            check_datagram(*t);
        }
        while (auto const o = node_.poll_outcome())
            check_outcome(*o);
        check_ledger();
        check_stores();
    }

    void check_datagram(transmit const& t) {
        insist(!t.bytes.empty());
        insist(t.via < node_.addresses() && exists(t.to));
        for (via_index via = 0; via < node_.addresses(); ++via)
            insist(t.to != node_.local(via));
        krpc::message m;
        krpc::refusal why;
        insist(krpc::decode(t.bytes, m, why) == errc::ok && m.canonical && !m.trailing_bytes);
        insist(t.bytes.size() <= bytes_max(t.to, m));
        std::visit([&](auto const& body) { check(t, m, body); }, m.body);
    }

    [[nodiscard]] std::size_t bytes_max(endpoint const& to, krpc::message const& m) const {
        settings const& s = node_.limits();
        auto const* const q = std::get_if<krpc::query>(&m.body);
        auto const* const r = std::get_if<krpc::reply>(&m.body);
        if (q != nullptr && std::holds_alternative<krpc::put_item>(q->args))
            return s.item_datagram_bytes_max;
        if (r != nullptr && !r->v.empty()) return s.item_datagram_bytes_max;
        return to.ip.is_v4() ? s.datagram_bytes_max
                             : std::min<std::size_t>(s.datagram_bytes_max, 1'024);
    }

    void check(transmit const& t, krpc::message const& m, krpc::query const& q) {
        insist(t.to.ip.ip_family() == node_.local(t.via).ip.ip_family());
        insist(is_own_id(t.via, q.sender));
        remember(questions, {t.via, t.to, packet{m.tid.begin(), m.tid.end()},
                             target_of(q.args).value_or(q.sender)});
    }

    void check(transmit const& t, krpc::message const& m, krpc::reply const& r) {
        check_answer(t, m);
        insist(is_own_id(t.via, r.sender));
        if (!r.token.empty() && asker_->target)
            remember(tokens, {t.via, t.to, *asker_->target, {r.token.begin(), r.token.end()}, now});
    }

    void check(transmit const& t, krpc::message const& m, krpc::error const& e) {
        check_answer(t, m);
        insist(e.code >= 201 && !e.text.empty());
    }

    /// One answer, at once, to whoever asked, from the address that was asked.
    void check_answer(transmit const& t, krpc::message const& m) {
        insist(asker_ != nullptr && !asker_->answered && !node_.limits().read_only);
        insist(asker_->from == t.to && asker_->via == t.via && equal(asker_->tid, m.tid));
        insist(m.external == asker_->from);
        asker_->answered = true;
    }

    /// It may have changed in the midst of this step.
    [[nodiscard]] bool is_own_id(via_index via, node_id const& id) const noexcept {
        return id == node_.own_id(via) || id == ids_before_[via];
    }

    void check_outcome(outcome const& o) {
        settings const& s = node_.limits();
        auto const at = std::find_if(running.begin(), running.end(),
                                     [&](unfinished const& u) { return u.id == o.operation; });
        insist(at != running.end());
        insist(o.peers.size() <= s.operation_peers_max);
        insist(o.kind == operation_kind::sample || o.nodes.size() <= s.results * node_.addresses());
        insist(o.replied <= o.asked && o.stored <= s.store_nodes_max * node_.addresses());
        if (o.item) check_item(*o.item, *at);
        if (o.sample) check_sample(*o.sample);
        if (o.finished) running.erase(at);
    }

    /// Whatever strangers answer, an item is what its key names and its owner signed.
    static void check_item(item const& found, unfinished const& by) {
        insist(found.valid() && by.item && key160{found.key()} == *by.item);
    }

    static void check_sample(key_sample const& s) {
        insist(s.interval >= seconds{0} && s.interval <= hours{6} && s.num >= 0);
        insist(s.supported || s.hashes.empty());
    }

    void check_ledger() {
        ledger const& all = sums();
        insist(all.datagrams_sent == sent_);
        insist(all.questions_closed <= all.questions_sent);
        insist(all.questions_sent - all.questions_closed <= node_.limits().transactions_max);
    }

    void check_stores() {
        auto const& peers = node_.policy<slots::peer_store>();
        insist(peers.peers() <= node_.limits().peers_max);
        insist(peers.keys() <= node_.limits().torrents_max);
        auto const& items = node_.policy<slots::item_store>();
        insist(items.items() <= node_.limits().items_max);
        insist(items.value_bytes() <= node_.limits().items_bytes_max);
    }

    void check_contact(via_index via, contact const& c) const {
        insist(c.verified() && exists(c.at) && c.id != node_.own_id(via));
        insist(c.at.ip.ip_family() == node_.local(via).ip.ip_family());
    }

    [[nodiscard]] bool exists(endpoint const& e) const noexcept {
        return !is_martian(e) && (filter_.local || !is_local(e.ip));
    }

    [[nodiscard]] std::size_t contacts_max() const noexcept {
        std::size_t sum = 0;
        for (unsigned depth = 0; depth < 8 * key160::size_bytes; ++depth)
            sum += node_.limits().buckets.at(depth);
        return sum;
    }

    either_filter filter_;
    node_type node_;
    std::array<node_id, 32> ids_before_{};
    source* asker_ = nullptr;
    std::size_t sent_ = 0;
};

} // namespace fuzz

#endif
