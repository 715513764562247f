#ifndef DHT_NODE_HPP
#define DHT_NODE_HPP

#include <dht/engine/engine.hpp>
#include <dht/fwd.hpp>
#include <dht/policy/sentences.hpp>

#include <exception>

namespace dht::inline DHT_ABI {

/// Thrown by the constructor of a node whose settings can never work: what() names the setting.
class settings_error : public std::exception {
public:
    explicit settings_error(std::string_view sentence) noexcept : sentence_{sentence} {}

    char const* what() const noexcept override {
        return sentence_.data();
    } // sentences are literals

private:
    std::string_view sentence_;
};

/// A Mainline DHT node without socket, clock or thread: bytes and time go in, bytes and outcomes
/// come out.
///
/// Five verbs drive it: receive, advance, next_deadline, poll_transmit, poll_outcome. After any
/// other verb drain poll_transmit and poll_outcome, then sleep until next_deadline or input. All
/// calls are O(1) in the size of the network; none blocks. Distinct nodes: safe from distinct
/// threads. One node: one thread at a time.
///
/// Traits names the policies (see default_policies); node<> below picks them by slot instead.
template <class Traits = default_policies>
class basic_node {
    using set = detail::verified<Traits>;

public:
    using traits = Traits; ///< `extern template class dht::basic_node<my_node::traits>;`

    template <class = void> // left out of an explicit instantiation: policies may need arguments
    basic_node() : basic_node{settings{}} {}

    /// Policies are taken by type, in any order; those not given are default-constructed.
    /// Throws settings_error.
    template <class... P>
    explicit basic_node(settings const& s, P... arguments)
        : engine_{checked(s), std::tuple<P...>{std::move(arguments)...}} {
        static_cast<void>(detail::all_sentences<Traits>);
    }

    // -- local addresses

    /// A socket is bound there: from now on we are a node on that address, with an id and a table
    /// of its own (BEP 32, BEP 45). The indices count up from 0. On a wildcard socket of a
    /// multi-homed host, open each address. At most 32.
    via_index open(instant now, endpoint const& local) { return engine_.open(now, local); }

    [[nodiscard]] std::size_t addresses() const noexcept { return shared().identities.size(); }

    // Of one local address; `via` must be less than addresses().

    [[nodiscard]] endpoint local(via_index via) const noexcept {
        return shared().identities[via].local;
    }

    [[nodiscard]] node_id own_id(via_index via) const noexcept {
        return shared().identities[via].id();
    }

    /// Our address as others see it (BEP 42), once enough of them agree.
    [[nodiscard]] std::optional<endpoint> external(via_index via) const noexcept {
        return shared().identities[via].votes.winner();
    }

    // -- the five verbs

    /// A datagram came from `from` to local address `via`. Whatever its bytes, this neither throws
    /// nor fails.
    void receive(instant now, via_index via, endpoint const& from, byte_view datagram) {
        engine_.receive(now, via, from, datagram);
    }

    /// These datagrams, of any type with the members `from` and `bytes`, will be received next: a
    /// hint, which changes nothing. What a store of many torrents needs for them is fetched from
    /// memory for all at once, where each would have waited by itself.
    template <class Datagrams>
    void expect(Datagrams const& all) const noexcept {
        engine_.expect(all);
    }

    /// Time has passed. Does everything that is due; calling it early does no harm.
    void advance(instant now) { engine_.advance(now); }

    /// When advance is needed next, and why. The result may change after: any verb that takes
    /// `now`.
    [[nodiscard]] std::optional<deadline> next_deadline() const noexcept {
        return engine_.next_deadline();
    }

    /// The next datagram to send; none with transports that send by themselves. The result may
    /// change after: any verb that takes `now`.
    std::optional<transmit> poll_transmit() {
        if constexpr (requires(typename set::transport & t) { t.poll_transmit(); })
            return policy<slots::transport>().poll_transmit();
        else
            return std::nullopt;
    }

    /// What an operation has to say. The result may change after: any verb that takes `now`.
    std::optional<outcome> poll_outcome() {
        outcome o;
        return poll_outcome(o) ? std::optional{std::move(o)} : std::nullopt;
    }

    /// The same into an outcome of the caller's, whose memory is used again. False: there is none,
    /// and `into` is as it was.
    bool poll_outcome(outcome& into) { return engine_.operations().poll(into); }

    /// Sends what a batching transport has gathered; with others there is nothing to do.
    void flush() {
        if constexpr (requires(typename set::transport & t) { t.flush(); })
            policy<slots::transport>().flush();
    }

    /// The date, for token epochs and snapshots. Without it the origin of `instant` stands for
    /// 1970.
    void set_unix_time(instant now, unix_time date) { engine_.set_unix_time(now, date); }

    // -- operations: the returned id is null when operations_max is reached or the node was stopped

    /// Somebody to start from. It is asked until enough contacts are known, with growing pauses,
    /// and again whenever the table runs low; at most settings.bootstrap_endpoints_max are
    /// remembered.
    void bootstrap(instant now, endpoint const& at) { engine_.bootstrap(now, at); }

    /// Who is there? outcome.nodes names who answered; error timed_out when nobody did.
    operation_id ping(instant now, endpoint const& at) { return engine_.ping(now, at); }

    /// The nodes closest to a key, from each local address. Errors: no_contacts (bootstrap first),
    /// limit_reached (lookups_max), timed_out (operation_time_max; the outcome has what was found).
    operation_id find_node(instant now, key160 const& target) {
        return engine_.find_node(now, target);
    }

    /// The peers of a torrent (BEP 5 get_peers). Progress outcomes bring peers as they arrive.
    /// Errors as of find_node.
    operation_id find_peers(instant now, info_hash const& hash,
                            find_peers_options const& options = {}) {
        return engine_.begin(now, find_peers_wish{hash, options});
    }

    /// Finds the nodes closest to the torrent and tells them that we have it, once (repeat every 15
    /// to 30 minutes). outcome.stored counts those that confirmed, outcome.errors who refused.
    /// Without a port and implied_port: error invalid_argument.
    operation_id announce(instant now, info_hash const& hash, announce_options const& options) {
        return engine_.begin(now, announce_wish{hash, options});
    }

    /// The immutable item whose value has that SHA-1 (BEP 44). Progress brings it as soon as it
    /// was found; the finished outcome after a complete lookup repeats it. Not found is no error.
    operation_id get(instant now, item_key const& key, get_options const& options = {}) {
        return engine_.begin(now, get_wish{key, {}, {}, options});
    }

    /// The mutable item of that owner and salt (BEP 44): progress brings each better one, the
    /// finished outcome the one with the highest seq. Only what `k` signed counts. A salt of more
    /// than 64 bytes: error invalid_argument.
    operation_id get(instant now, ed25519_public_key const& k, byte_view salt = {},
                     get_options const& options = {}) {
        if (salt.size() > krpc::item_salt_bytes_max)
            return engine_.refuse(now, operation_kind::get);
        return engine_.begin(now, get_wish{{}, k, salt_bytes{salt}, options});
    }

    /// Stores an item on the nodes closest to its key: an immutable one, or one that was signed
    /// somewhere. outcome.stored counts who confirmed, outcome.errors who refused and why; error
    /// remote_error when somebody refused and nobody stored. Nodes forget it after two hours. An
    /// item that no node could store (see item::valid): error invalid_argument.
    operation_id put(instant now, item const& what, put_options const& options = {}) {
        return engine_.begin(now, put_wish{what, options});
    }

    /// Signs `v` (one bencoded value of at most 1000 bytes) and stores it. Without options.seq the
    /// seq is one more than the highest that the network has, or 1. outcome.item is what was put.
    operation_id put(instant now, ed25519_key_pair const& owner, byte_view salt, byte_view v,
                     put_options const& options = {}) {
        if (salt.size() > krpc::item_salt_bytes_max)
            return engine_.refuse(now, operation_kind::put);
        item unsigned_one;
        unsigned_one.v.assign(v.begin(), v.end());
        unsigned_one.k = owner.public_key();
        unsigned_one.salt = salt_bytes{salt};
        return engine_.put(now, put_wish{std::move(unsigned_one), options}, owner);
    }

    /// Asks one node for a sample of the torrents it knows peers of, and for nodes near `target`
    /// (BEP 51). Do not ask it again before outcome.sample->interval is over.
    operation_id sample(instant now, endpoint const& at, key160 const& target) {
        return engine_.sample(now, at, target);
    }

    /// Ends an operation with what it has; its outcome says cancelled. False: it had ended.
    bool cancel(instant now, operation_id id) { return engine_.cancel(now, id); }

    /// Ends all operations; afterwards nothing is asked or answered, and queued datagrams can still
    /// be drained.
    void stop(instant now) { engine_.stop(now); }

    // -- state

    /// Ids, contacts with measured times, size estimates and what policies save (keeps_state), as
    /// bytes for restore(); with_stores: and the peers and items kept for others. O(what is saved).
    void snapshot(instant now, std::vector<std::byte>& out,
                  snapshot_scope what = snapshot_scope::own_state) const {
        engine_.snapshot(now, out, what);
    }

    /// After open() of the same addresses and set_unix_time(). snapshot_damaged, snapshot_version:
    /// nothing was changed, or a policy could not read its own part and all the rest came back.
    /// Contacts that were silent for longer than contact_fresh prove themselves before they count;
    /// peers and items whose time is over are left out. Some 60 us for each mutable item.
    errc restore(instant now, byte_view bytes) { return engine_.restore(now, bytes); }

    /// Contacts that answered when last asked. O(contacts).
    [[nodiscard]] std::size_t good_contacts(via_index via) const noexcept {
        std::size_t good = 0;
        for_each_contact(via, [&](contact const& c) { good += c.failures == 0 ? 1 : 0; });
        return good;
    }

    /// f(contact const&) for each contact of the routing table: all of them have answered us.
    template <class F>
    void for_each_contact(via_index via, F&& f) const {
        shared().identities[via].table.for_each([&](contact const& c) { f(c); });
    }

    /// Estimated number of nodes in the network of that address; 0: not known yet.
    [[nodiscard]] double network_size(via_index via) const noexcept {
        return shared().identities[via].size.nodes();
    }

    [[nodiscard]] settings const& limits() const noexcept { return shared().limits; }

    /// The policy of a slot: node.policy<dht::slots::token_scheme>().
    template <class Slot>
    auto& policy() noexcept {
        return engine_.shared().template policy<Slot>();
    }

    /// An observer, extension or preference by its type.
    template <class T>
    T& get() noexcept {
        return engine_.shared().policies.template get<T>();
    }

    template <class T>
    [[nodiscard]] T const& get() const noexcept {
        return engine_.shared().policies.template get<T>();
    }

private:
    using salt_bytes = static_vector<std::byte, krpc::item_salt_bytes_max>;

    static settings const& checked(settings const& s) {
        if (auto const sentence = s.validate()) throw settings_error{*sentence};
        return s;
    }

    [[nodiscard]] auto const& shared() const noexcept { return engine_.shared(); }

    engine::engine<set> engine_;
};

/// Door one: say only what differs, in any order. `dht::node{settings, my_tokens{key},
/// statistics{}}`.
template <class... P>
class node : public basic_node<policies<P...>> {
public:
    node() = default;

    template <class... A>
    explicit node(settings const& s, A... arguments)
        : basic_node<policies<P...>>{s, std::move(arguments)...} {}
};

template <class... A>
node(settings, A...) -> node<A...>;

} // namespace dht::inline DHT_ABI

#endif
