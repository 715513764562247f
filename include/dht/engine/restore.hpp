#ifndef DHT_ENGINE_RESTORE_HPP
#define DHT_ENGINE_RESTORE_HPP

#include <dht/engine/snapshot.hpp>

/// Brings a snapshot back. Everything is read twice: once to see that it is whole, once to take it.

namespace dht::inline DHT_ABI::engine {

/// What a section of an identity begins with.
struct saved_identity {
    endpoint local;
    node_id id;
    double nodes = 0;
    std::uint8_t lookups = 0;
};

struct saved_joining {
    bool done = false;
};

struct saved_contact {
    contact who{};
    duration silent{}; ///< when it was saved
};

struct saved_peer {
    info_hash hash;
    stored_peer peer;
    duration left{};
};

struct saved_item {
    item what;
    duration left{};
};

inline saved_identity read_identity(saved_reader& in) noexcept {
    saved_identity self;
    self.local = in.place();
    in.fill(self.id.bytes);
    self.nodes = std::bit_cast<double>(in.number<std::uint64_t>());
    self.lookups = in.number<std::uint8_t>();
    return self;
}

inline saved_contact read_contact(saved_reader& in) noexcept {
    saved_contact c;
    in.fill(c.who.id.bytes);
    c.who.at = in.place();
    c.who.rtt_ms = in.number<std::uint16_t>();
    c.silent = seconds{in.number<std::uint32_t>()};
    c.who.failures = in.number<std::uint8_t>();
    return c;
}

inline saved_peer read_peer(saved_reader& in) noexcept {
    saved_peer p;
    in.fill(p.hash.bytes);
    p.peer.at = in.place();
    p.peer.seed = in.number<std::uint8_t>() != 0;
    p.left = seconds{in.number<std::uint32_t>()};
    return p;
}

/// Calls taker.on(...) for whatever a section holds.
template <class Taker>
errc read_section(std::string_view name, byte_view bytes, Taker&& taker) {
    saved_reader in{bytes};
    if (name == "self") {
        taker.on(read_identity(in));
        while (in.more())
            taker.on(read_contact(in));
    } else if (name == "join") {
        taker.on(saved_joining{in.number<std::uint8_t>() != 0});
    } else if (name == "peer") {
        while (in.more())
            taker.on(read_peer(in));
    } else if (name == "item") {
        while (in.more()) {
            duration const left = seconds{in.number<std::uint32_t>()};
            taker.on(saved_item{read_item(in), left});
        }
    } else {
        return taker.on(name, bytes);
    }
    return in.end();
}

/// The first error; sections behind it are read all the same.
template <class Taker>
errc read_snapshot(byte_view bytes, Taker&& taker) {
    saved_reader in{bytes, snapshot_name, snapshot_format};
    auto const date = in.number<std::uint64_t>();
    if (in.ok()) taker.on(date);
    errc first = errc::ok;
    while (in.more()) {
        std::string_view const name = as_text(in.bytes(4));
        byte_view const section = in.bytes(in.number<std::uint32_t>());
        if (!in.ok()) break;
        errc const error = read_section(name, section, taker);
        if (first == errc::ok) first = error;
    }
    return in.end() != errc::ok ? in.end() : first;
}

/// Takes nothing: for looking whether a snapshot is whole.
struct takes_nothing {
    template <class T>
    void on(T const&) noexcept {}

    errc on(std::string_view, byte_view) noexcept { return errc::ok; }
};

/// At most a year: dates in a snapshot may be anything.
inline duration time_since(std::uint64_t saved, unix_time date) noexcept {
    auto const then = static_cast<std::int64_t>(saved);
    auto const now = static_cast<std::int64_t>(date);
    if (then >= now) return duration{0};
    constexpr std::uint64_t year_s = 365 * 24 * 3'600;
    std::uint64_t const apart_s = static_cast<std::uint64_t>(now) - saved;
    return seconds{apart_s < year_s ? apart_s : year_s};
}

/// Puts everything where it belongs, as if the node had only slept.
template <class Set>
class takes_all {
public:
    explicit takes_all(core<Set>& c) noexcept : core_{c} {}

    void on(std::uint64_t date) noexcept {
        apart_ = time_since(date, core_.at.date);
        clock_is_behind_ = date > static_cast<std::uint64_t>(core_.at.date);
    }

    void on(saved_identity const& saved) {
        self_ = identity_for(saved.local);
        ++identities_read_;
        if (self_ == nullptr) return;
        if (takes_up(saved.id)) self_->table.change_own_id(saved.id);
        is_the_same_ = self_->id() == saved.id && self_->local == saved.local;
        self_->size.restore(saved.nodes, saved.lookups);
    }

    void on(saved_contact const& saved) {
        contact c = saved.who;
        if (self_ == nullptr || c.at.ip.ip_family() != self_->ip_family() ||
            !core_.allows(c.at, address_use::keep))
            return;
        duration const silent = saved.silent + apart_;
        instant const now = core_.at.now;
        c.plausible = core_.plausible(to_node_id(c.id), c.at);
        c.last_reply = c.last_heard = coarse(now - instant{} > silent ? now - silent : instant{});
        bool const has_to_prove_itself = silent > core_.limits.contact_fresh;
        if (has_to_prove_itself && c.failures == 0) c.failures = 1;
        self_->table.confirm(c);
    }

    /// Who is back within minutes, where he was, is known to others still, and knows them.
    void on(saved_joining const& saved) noexcept {
        bool const just_left = !clock_is_behind_ && apart_ <= core_.limits.contact_fresh;
        if (self_ != nullptr && saved.done && is_the_same_ && just_left)
            self_->join_step = join_steps;
    }

    void on(saved_peer const& saved) {
        using store = typename Set::peer_store;
        if constexpr (restores_peers<store>)
            if (saved.left > apart_ && core_.allows(saved.peer.at, address_use::keep))
                core_.template policy<slots::peer_store>().restore(
                    core_.at.now, saved.hash, saved.peer, core_.at.now + (saved.left - apart_));
    }

    /// O(1) but for a signature, which is verified (some 60 us).
    void on(saved_item const& saved) {
        if (saved.left <= apart_ || !saved.what.valid()) return;
        core_.template policy<slots::item_store>().restore(core_.at.now, saved.what.key(),
                                                           saved.what.view(),
                                                           core_.at.now + (saved.left - apart_));
    }

    errc on(std::string_view name, byte_view section) {
        errc error = errc::ok;
        core_.policies.for_each([&](auto& p) {
            using policy_type = std::remove_cvref_t<decltype(p)>;
            if constexpr (keeps_state<policy_type>)
                if (name == policy_type::saved_as) error = p.restore(core_.at, section);
        });
        return error;
    }

private:
    /// The identity that a saved one continues: on the same address, else in the same place.
    identity* identity_for(endpoint const& local) noexcept {
        for (identity& self : core_.identities)
            if (self.local.ip == local.ip) return &self;
        if (identities_read_ >= core_.identities.size()) return nullptr;
        identity& self = core_.identities[identities_read_];
        return self.ip_family() == local.ip.ip_family() ? &self : nullptr;
    }

    /// Is a saved id as good as the one that we have? Not if the user chose that one: his generator
    /// says so, or gives no other.
    bool takes_up(node_id const& saved) {
        auto& ids = core_.template policy<slots::id_generator>();
        if constexpr (requires { ids.may_be_ours(saved); })
            return ids.may_be_ours(saved);
        else
            return ids.generate(address{}, core_.random()) != self_->id();
    }

    core<Set>& core_;
    identity* self_ = nullptr;
    bool is_the_same_ = false; ///< the id and endpoint of self_ are those saved
    std::size_t identities_read_ = 0;
    duration apart_{};
    bool clock_is_behind_ = false; ///< nobody knows then how long we were apart
};

/// All or nothing: a damaged snapshot changes nothing. Only a policy that cannot read its own part
/// is left as it is while the rest comes back; then the error is that policy's.
template <class Set>
errc restore_snapshot(core<Set>& c, byte_view bytes) {
    if (errc const e = read_snapshot(bytes, takes_nothing{}); e != errc::ok) return e;
    return read_snapshot(bytes, takes_all<Set>{c});
}

} // namespace dht::inline DHT_ABI::engine

#endif
