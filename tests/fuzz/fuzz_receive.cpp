#include "stranger_reply.hpp"

// A live node under a script: datagrams of strangers, answers to its own questions, queries with
// tokens that it has issued, its verbs, and time. watched_node says what has to hold meanwhile.
//
// The first byte chooses the settings; then each step is one byte for its kind and whatever that
// kind reads. tests/fuzz/receive_corpus.py writes scripts by the same rules.

namespace {

using namespace fuzz;

void make_narrow(settings& s) {
    s.operations_max = 2;
    s.lookups_max = 3;
    s.transactions_max = 16;
    s.upkeep_questions_max = 2;
    s.avoided_endpoints_max = 4;
    s.bootstrap_endpoints_max = 2;
    s.operation_peers_max = 4;
    s.candidates_max = 16;
    s.lookup_questions_max = 16;
    s.sources_max = 2;
    s.queries_per_second = 1;
    s.queries_burst = 4;
    s.torrents_max = 3;
    s.peers_max = 6;
    s.peers_per_torrent_max = 2;
    s.torrents_per_source_max = 2;
    s.items_max = 2;
    s.items_per_source_max = 1;
    s.store_nodes_max = 12;
    s.buckets = {{4, 2, 1, 1}, 1, 1};
    s.outbox_bytes_max = 8'192;
}

settings limits_of(unsigned profile) {
    settings s;
    if ((profile & 1U) != 0) make_narrow(s);
    if ((profile & 2U) != 0) s.datagram_bytes_max = 1'472;
    if ((profile & 4U) != 0) s.datagram_bytes_max = 512;
    s.read_only = (profile & 56U) == 56U;
    return s;
}

class script {
public:
    explicit script(input in)
        : in_{in},
          profile_{in_.byte()},
          watched_{limits_of(profile_), {(profile_ & 64U) != 0}} {}

    void run() {
        constexpr int steps_max = 48;
        for (int i = 0; i < steps_max && !in_.empty(); ++i)
            step();
        watched_.check_tables();
        if ((profile_ & 128U) == 0) watched_.wait_for_operations();
        watched_.check_tables();
        watched_.stop();
    }

private:
    using node_type = watched_node::node_type;
    using step_type = void (script::*)();

    /// Of 32 kinds, so that new ones find a place without another meaning for the kept corpus.
    void step() {
        static constexpr std::array<step_type, 32> kinds{
            &script::send,      &script::send_astray,   &script::reply_with,
            &script::reply,     &script::reply_all,     &script::refuse,
            &script::query,     &script::announce_back, &script::put_item,
            &script::befriend,  &script::bootstrap,     &script::ping,
            &script::find_node, &script::find_peers,    &script::announce,
            &script::cancel,    &script::pass,          &script::jump,
            &script::set_date,  &script::save,          &script::restore,
            &script::open,      &script::forge,         &script::gather,
            &script::get,       &script::put,           &script::sample,
            &script::subscribe, &script::ask_topic,     &script::answer_on_topic,
        };
        step_type const kind = kinds[in_.byte() % kinds.size()];
        if (kind != nullptr) (this->*kind)();
    }

    endpoint somebody() { return endpoint_of(in_.byte()); }

    key160 some_key() { return key_of(in_.byte(), watched_.own_id(0)); }

    // -- datagrams of strangers

    void send() {
        endpoint const from = somebody();
        watched_.tell(from, in_.text());
    }

    /// To any of our addresses.
    void send_astray() {
        endpoint const from = somebody();
        std::uint8_t const via = in_.byte();
        watched_.tell(from, static_cast<via_index>(via % watched_.node().addresses()), in_.text());
    }

    void send_query(endpoint const& from, std::uint8_t variant, std::string_view method,
                    krpc::arguments const& args, byte_view topic = {}) {
        std::array<std::byte, 2'048> out;
        krpc::query_head const head{as_bytes("aa"), {}, id_of(from, variant), variant > 127};
        raw_fields top;
        topic_field const field{topic};
        field.join(top);
        watched_.tell(from,
                      byte_view{out}.first(krpc::encode_query(out, head, method, args, {}, top)));
    }

    void query() {
        endpoint const from = somebody();
        std::uint8_t const kind = in_.byte();
        key160 const key = some_key();
        krpc::want const wants{(kind & 8U) != 0, (kind & 16U) != 0};
        bool const more = (kind & 32U) != 0;
        info_hash const hash = to_info_hash(key);
        switch (kind % 8) {
        case 0:
            return send_query(from, kind, "ping", krpc::ping{});
        case 1:
            return send_query(from, kind, "find_node", krpc::find_node{key, wants});
        case 2:
            return send_query(from, kind, "get", krpc::get_item{key, {}, wants});
        case 3:
            return send_query(from, kind, "sample_infohashes", krpc::sample_infohashes{key, wants});
        case 4:
            return send_query(from, kind, "new", krpc::other{key, wants});
        default:
            return send_query(from, kind, "get_peers",
                              krpc::get_peers{hash, wants, more, (kind & 64U) != 0});
        }
    }

    // -- queries with tokens

    /// With the newest token, or an older one; as it is, or altered.
    void announce_back() {
        std::uint8_t const which = in_.byte();
        std::uint8_t const how = in_.byte();
        if (watched_.tokens.empty()) return;
        granted const& true_one =
            watched_.tokens[watched_.tokens.size() - 1 - which % watched_.tokens.size()];
        granted const g = altered(true_one, how);
        bool const good = g.owner.ip == true_one.owner.ip && g.target == true_one.target &&
                          g.token == true_one.token && !is_old(g);
        auto const port = static_cast<std::uint16_t>((how & 16U) != 0 ? in_.number(2) : 6'881);
        std::size_t const before = watched_.sums().peers_stored;
        send_query(g.owner, how, "announce_peer",
                   krpc::announce_peer{to_info_hash(g.target), g.token, port, (how & 32U) != 0,
                                       (how & 64U) != 0});
        insist(good || watched_.sums().peers_stored == before);
    }

    granted altered(granted g, std::uint8_t how) {
        if ((how & 1U) != 0) g.owner.port = static_cast<std::uint16_t>(g.owner.port + 1'000);
        if ((how & 2U) != 0) g.owner = somebody();
        if ((how & 4U) != 0) g.target = some_key();
        if ((how & 8U) != 0) g.token[in_.byte() % g.token.size()] ^= std::byte{1};
        return g;
    }

    /// Tokens live a quarter of an hour at most, unless the date is set.
    [[nodiscard]] bool is_old(granted const& g) const {
        return !date_was_set_ && watched_.now - g.at > minutes{15};
    }

    /// Many hosts announce the same torrent, so that answers grow until they do not fit.
    void gather() {
        std::uint8_t const first = in_.byte();
        std::uint8_t const count = in_.byte() % 40;
        info_hash const hash = to_info_hash(some_key());
        for (unsigned i = 0; i < count; ++i) {
            endpoint const from = endpoint_of(static_cast<std::uint8_t>(first + i));
            watched_.tokens.clear();
            send_query(from, 128, "get_peers", krpc::get_peers{hash, {}, false, false});
            if (watched_.tokens.empty()) continue;
            packet const token = watched_.tokens.back().token;
            send_query(from, 128, "announce_peer",
                       krpc::announce_peer{hash, token, 6'881, false, false});
        }
    }

    /// Asks for the item first, because that brings the token.
    void put_item() {
        endpoint const from = somebody();
        sample_item const made = item_of(in_.byte());
        std::uint8_t const how = in_.byte();
        bool const is_mutable = (how & 1U) != 0;
        key160 const key = is_mutable ? made.mutable_key() : made.immutable_key();
        krpc::get_item get{key, {}, {}};
        if ((how & 2U) != 0) get.seq = made.seq;
        send_query(from, how, "get", get);
        bool const known = !watched_.tokens.empty() && watched_.tokens.back().target == key;
        packet const token = known ? watched_.tokens.back().token : packet{};
        krpc::put_item put;
        put.token = token;
        put.v = made.v;
        ed25519_signature sig{};
        if (is_mutable) sign(put, made, how, sig);
        std::size_t const before = watched_.sums().items_stored;
        send_query(from, how, "put", put);
        bool const good = known && made.fits() && (!is_mutable || (how & 4U) == 0);
        insist(good || watched_.sums().items_stored == before);
    }

    void sign(krpc::put_item& put, sample_item const& made, std::uint8_t how,
              ed25519_signature& sig) {
        sig = made.sign();
        if ((how & 4U) != 0) sig[0] ^= std::byte{1};
        put.k = owner().public_key();
        put.salt = made.salt;
        put.seq = made.seq;
        if ((how & 8U) != 0) put.cas = static_cast<std::int8_t>(in_.byte());
        put.sig = sig;
    }

    // -- topics (BEP 50)

    content::topics& topics() { return node().get<content::topics>(); }

    /// Or the opposite, or an item for those who do.
    void subscribe() {
        sample_item const made = item_of(in_.byte());
        std::uint8_t const how = in_.byte();
        watched_.change([&] {
            if (how % 4 == 0)
                topics().unsubscribe({made.mutable_key()});
            else if (how % 4 == 1)
                insist(!topics().publish(watched_.now, made.whole(true)) || made.fits());
            else
                topics().subscribe(watched_.now, owner().public_key(), made.salt);
            node().advance(watched_.now);
        });
        insist(topics().size() <= content::topics_options{}.topics_max);
        while (auto const u = topics().poll())
            insist(u->item.valid());
    }

    /// Queries of subscribers, and such as no subscriber may ask. A put comes behind the get that
    /// brings its token.
    void ask_topic() {
        endpoint const from = somebody();
        sample_item const made = item_of(in_.byte());
        std::uint8_t const how = in_.byte();
        key160 const topic = made.mutable_key();
        key160 const key = (how & 16U) != 0 ? some_key() : topic;
        info_hash const hash = to_info_hash(key);
        switch (how % 8) {
        case 0:
            return send_query(from, how, "ping", krpc::ping{}, topic.bytes);
        case 1:
            return send_query(from, how, "find_node", krpc::find_node{key, {}}, topic.bytes);
        case 2:
            return send_query(from, how, "get_peers", krpc::get_peers{hash, {}, false, false},
                              topic.bytes);
        case 3:
            return send_query(from, how, "new", krpc::other{key, {}}, topic.bytes);
        default:
            send_query(from, how, "get", krpc::get_item{key, {}, {}}, topic.bytes);
        }
        if (how % 8 < 6) return;
        bool const known = !watched_.tokens.empty() && watched_.tokens.back().target == key;
        packet const token = known ? watched_.tokens.back().token : packet{};
        krpc::put_item put;
        put.token = token;
        put.v = made.v;
        ed25519_signature sig{};
        sign(put, made, how, sig);
        std::optional<std::int64_t> const before = seq_of(topic);
        send_query(from, how, "put", put, topic.bytes);
        bool const good = known && made.fits() && (how & 4U) == 0;
        insist(good || seq_of(topic) == before);
    }

    /// An answer of a subscriber, which has the topic's item or another.
    void answer_on_topic() {
        auto const q = some_question();
        sample_item const made = item_of(in_.byte());
        std::uint8_t const how = in_.byte();
        if (!q) return;
        stranger_reply a{*q, how, how};
        ed25519_signature sig = made.sign();
        if (in_.byte() % 4 == 0) sig[7] ^= std::byte{1};
        a.parts.item = {made.v, {}, sig, made.seq};
        raw_fields top;
        topic_field const field{made.mutable_key().bytes};
        field.join(top);
        std::array<std::byte, 4'096> out;
        watched_.tell(q->to, q->via,
                      byte_view{out}.first(krpc::encode_reply(out, a.parts, {}, top)));
        content::topic const* const t = topics().find_topic({made.mutable_key()});
        insist(t == nullptr || !t->newest() || t->newest()->valid());
    }

    std::optional<std::int64_t> seq_of(key160 const& topic) {
        content::topic const* const t = topics().find_topic({topic});
        return t != nullptr && t->newest() ? std::optional{t->newest()->seq} : std::nullopt;
    }

    // -- answers to the node's questions

    /// The newest question for 0. Half of the bytes leave it open, so that an answer can come
    /// twice.
    std::optional<asked> some_question() {
        std::uint8_t const which = in_.byte();
        auto& open = watched_.questions;
        if (open.empty()) return std::nullopt;
        auto const at = open.end() - 1 - static_cast<std::ptrdiff_t>(which / 2 % open.size());
        asked const q = *at;
        if (which % 2 == 0) open.erase(at);
        return q;
    }

    void reply_with() {
        auto const q = some_question();
        byte_view const text = in_.text();
        if (q) watched_.tell(q->to, q->via, with_tid(text, q->tid));
    }

    /// Off the path: an answer to a question of the node, but not from whom it asked, or not to
    /// where it asked from.
    void forge() {
        auto const q = some_question();
        endpoint const from = somebody();
        auto const via = static_cast<via_index>(in_.byte() % node().addresses());
        if (!q || (from == q->to && via == q->via)) return;
        std::size_t const before = watched_.sums().questions_closed;
        answer({via, from, q->tid, q->target}, 0, 0);
        insist(watched_.sums().questions_closed == before);
    }

    void refuse() {
        auto const q = some_question();
        auto const code = static_cast<krpc::error_code>(in_.byte());
        if (!q) return;
        std::array<std::byte, 128> out;
        std::size_t const size = krpc::encode_error(out, q->tid, {}, endpoint_of(0), code, "no");
        watched_.tell(q->to, q->via, byte_view{out}.first(size));
    }

    void reply() {
        auto const q = some_question();
        std::uint8_t const how = in_.byte();
        std::uint8_t const whom = in_.byte();
        if (q) answer(*q, how, whom);
    }

    /// The newest ones, all in the same manner; the others are forgotten.
    void reply_all() {
        constexpr std::size_t answers_max = 8;
        std::uint8_t const how = in_.byte();
        std::uint8_t const whom = in_.byte();
        std::vector<asked> const open = std::exchange(watched_.questions, {});
        std::size_t const first = open.size() > answers_max ? open.size() - answers_max : 0;
        for (std::size_t i = first; i < open.size(); ++i)
            answer(open[i], how, static_cast<std::uint8_t>(whom + i * (how % 16U)));
    }

    /// `how` says what is in the answer, `whom` of which hosts it tells.
    void answer(asked const& q, std::uint8_t how, std::uint8_t whom) {
        stranger_reply const a{q, how, whom};
        std::array<std::byte, 4'096> out;
        byte_view const text = byte_view{out}.first(krpc::encode_reply(out, a.parts));
        watched_.tell(q.to, q.via, text);
    }

    /// Hosts that are pinged and answer become contacts.
    void befriend() {
        std::uint8_t const first = in_.byte();
        std::uint8_t const count = in_.byte() % 16;
        for (unsigned i = 0; i < count; ++i) {
            endpoint const at = endpoint_of(static_cast<std::uint8_t>(first + i));
            std::size_t const before = watched_.sums().questions_sent;
            watched_.start([&] { return node().ping(watched_.now, at); });
            if (watched_.sums().questions_sent == before) continue;
            asked const q = watched_.questions.back();
            watched_.questions.pop_back();
            answer(q, 0, 0);
        }
    }

    // -- verbs

    node_type& node() { return watched_.node(); }

    void bootstrap() {
        endpoint const at = somebody();
        watched_.change([&] { node().bootstrap(watched_.now, at); });
    }

    void ping() {
        endpoint const at = somebody();
        watched_.start([&] { return node().ping(watched_.now, at); });
    }

    void find_node() {
        key160 const key = some_key();
        watched_.start([&] { return node().find_node(watched_.now, key); });
    }

    void find_peers() {
        info_hash const hash = to_info_hash(some_key());
        find_peers_options options;
        std::uint8_t const how = in_.byte();
        options.noseed = (how & 1U) != 0;
        options.scrape = (how & 2U) != 0;
        watched_.start([&] { return node().find_peers(watched_.now, hash, options); });
    }

    void announce() {
        info_hash const hash = to_info_hash(some_key());
        std::uint8_t const how = in_.byte();
        announce_options options;
        options.port = (how & 1U) != 0 ? 0 : 6'881;
        options.implied_port = (how & 2U) != 0;
        options.seed = (how & 4U) != 0;
        watched_.start([&] { return node().announce(watched_.now, hash, options); });
    }

    void get() {
        sample_item const wanted = item_of(in_.byte());
        std::uint8_t const how = in_.byte();
        get_options options;
        if ((how & 2U) != 0) options.newer_than = wanted.seq;
        options.repair = (how & 4U) != 0;
        key160 const key = (how & 1U) != 0 ? wanted.mutable_key() : wanted.immutable_key();
        if ((how & 1U) != 0)
            watched_.start(
                [&] {
                    return node().get(watched_.now, owner().public_key(), wanted.salt, options);
                },
                key);
        else
            watched_.start([&] { return node().get(watched_.now, item_key{key}, options); }, key);
    }

    /// An item that somebody has signed, or one that the node signs.
    void put() {
        sample_item const made = item_of(in_.byte());
        std::uint8_t const how = in_.byte();
        put_options options;
        if ((how & 2U) != 0) options.seq = made.seq;
        if ((how & 4U) != 0) options.cas = made.seq - 1;
        options.adds_target = (how & 8U) != 0;
        if ((how & 1U) != 0)
            watched_.start(
                [&] { return node().put(watched_.now, owner(), made.salt, made.v, options); },
                made.mutable_key());
        else
            watched_.start(
                [&] { return node().put(watched_.now, made.whole((how & 16U) != 0), options); },
                (how & 16U) != 0 ? made.mutable_key() : made.immutable_key());
    }

    void sample() {
        endpoint const at = somebody();
        key160 const key = some_key();
        watched_.start([&] { return node().sample(watched_.now, at, key); });
    }

    void cancel() {
        std::uint8_t const which = in_.byte();
        if (watched_.running.empty()) return;
        std::size_t const count = watched_.running.size();
        operation_id const id = watched_.running[which % count].id;
        watched_.change([&] { insist(node().cancel(watched_.now, id)); });
        insist(watched_.running.size() == count - 1);
        insist(!node().cancel(watched_.now, id));
    }

    duration some_time() {
        static constexpr std::array<duration, 4> units{milliseconds{1}, milliseconds{100},
                                                       seconds{1}, minutes{1}};
        std::uint8_t const n = in_.byte();
        return n / 4 * units[n % 4];
    }

    void pass() { watched_.pass(some_time()); }

    void jump() { watched_.jump(some_time()); }

    void set_date() {
        unix_time const date{in_.number(4)};
        date_was_set_ = true;
        watched_.change([&] { node().set_unix_time(watched_.now, date); });
    }

    void save() {
        node().snapshot(watched_.now, saved_);
        insist(!saved_.empty());
    }

    /// What was saved, as it was or damaged.
    void restore() {
        std::uint8_t const how = in_.byte();
        packet bytes = saved_;
        if (how % 2 != 0 && !bytes.empty()) bytes[in_.number(2) % bytes.size()] ^= std::byte{1};
        errc error{};
        watched_.change([&] { error = node().restore(watched_.now, bytes); });
        insist((error == errc::ok) == (how % 2 == 0 && !bytes.empty()));
    }

    void open() {
        constexpr std::size_t addresses_max = 4;
        std::uint8_t const n = in_.byte();
        if (node().addresses() >= addresses_max) return;
        if (n % 2 == 0)
            watched_.open({address::v4(own_v4 + 256 * n), own_port});
        else
            watched_.open({v6_of(own_v6 + n, 1), own_port});
    }

    input in_;
    std::uint8_t profile_;
    watched_node watched_;
    packet saved_;
    bool date_was_set_ = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    script{input{std::as_bytes(std::span{data, size})}}.run();
    return 0;
}
