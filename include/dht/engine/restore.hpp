#ifndef DHT_ENGINE_RESTORE_HPP
#define DHT_ENGINE_RESTORE_HPP

#include <dht/engine/core.hpp>
#include <dht/engine/snapshot.hpp>

/// Brings a verified snapshot back into the tables.

namespace dht::inline DHT_ABI::engine {

template <class Set>
void restore_contact(core<Set>& c, snapshot_reader& in, identity& self, duration apart) {
    contact old{};
    old.id = in.id();
    old.at = in.place();
    old.rtt_ms = in.number<std::uint16_t>();
    auto const silent = seconds{in.number<std::uint32_t>()} + apart;
    if (old.at.ip.ip_family() != self.ip_family() || !c.allows(old.at, address_use::keep)) return;
    instant const then = c.at.now - instant{} > silent ? c.at.now - silent : instant{};
    old.plausible = c.plausible(to_node_id(old.id), old.at);
    old.last_reply = old.last_heard = coarse(then);
    old.failures = silent > c.limits.contact_fresh ? 1 : 0; // has to prove itself anew
    self.table.confirm(old);
}

/// The identity that a saved one continues: on the same address, else in the same place.
template <class Set>
identity* identity_for(core<Set>& c, endpoint const& local, std::size_t index) noexcept {
    for (identity& self : c.identities)
        if (self.local.ip == local.ip) return &self;
    if (index >= c.identities.size()) return nullptr;
    identity& self = c.identities[index];
    return self.ip_family() == local.ip.ip_family() ? &self : nullptr;
}

/// The user chose this id: his generator gives no other.
template <class Set>
bool insists_on_id(core<Set>& c, identity const& self) {
    return c.template policy<slots::id_generator>().generate(address{}, c.random()) == self.id();
}

template <class Set>
void restore_identity(core<Set>& c, snapshot_reader& in, std::size_t index, duration apart) {
    endpoint const local = in.place();
    node_id const id = in.id();
    auto const nodes = static_cast<double>(in.number<std::uint64_t>());
    auto const lookups = in.number<std::uint8_t>();
    auto const contacts = in.number<std::uint16_t>();
    identity* const self = identity_for(c, local, index);
    if (self == nullptr) return in.skip(contacts * snapshot_contact_bytes);
    if (!insists_on_id(c, *self)) self->table.change_own_id(id);
    self->size.restore(nodes, lookups);
    for (unsigned i = 0; i < contacts; ++i)
        restore_contact(c, in, *self, apart);
}

/// At most a year: dates in a snapshot may be anything.
inline duration time_since(std::uint64_t saved, unix_time date) noexcept {
    auto const then = static_cast<std::int64_t>(saved);
    auto const now = static_cast<std::int64_t>(date);
    if (then >= now) return duration{0};
    constexpr std::uint64_t year_s = 365 * 24 * 3'600;
    std::uint64_t const apart_s = static_cast<std::uint64_t>(now) - saved;
    return seconds{apart_s < year_s ? apart_s : year_s};
}

/// All or nothing: a damaged snapshot changes nothing.
template <class Set>
errc restore_tables(core<Set>& c, byte_view bytes) {
    snapshot_reader in{bytes};
    if (errc const e = in.verify(); e != errc::ok) return e;
    in.skip(5);
    duration const apart = time_since(in.number<std::uint64_t>(), c.at.date);
    auto const count = in.number<std::uint8_t>();
    for (std::size_t i = 0; i < count; ++i)
        restore_identity(c, in, i, apart);
    return errc::ok;
}

inline void save(std::vector<identity> const& identities, unix_time date, instant now,
                 std::vector<std::byte>& out) {
    snapshot_writer writer{out};
    writer.begin(date, identities.size());
    for (identity const& self : identities)
        writer.add(self, now);
    writer.end();
}

} // namespace dht::inline DHT_ABI::engine

#endif
