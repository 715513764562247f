#ifndef DHT_ENGINE_SNAPSHOT_HPP
#define DHT_ENGINE_SNAPSHOT_HPP

#include <dht/engine/core.hpp>
#include <dht/policy/keeps_state.hpp>
#include <dht/wire/saved_item.hpp>

/// A node as bytes. All numbers are big endian: "DHTS", version 2, date (8), then sections: a name
/// of four letters, a size (4), and of that size
///
/// - "self", one for each identity: local endpoint (18), id (20), network size (8, a double),
///   lookups behind it (1), and contacts, each: id (20), endpoint (18), round trip in ms (2), age
///   of its last reply in s (4), failures (1);
/// - "join", behind each of these: whether it had joined the network (1);
/// - "peer", peers kept for others, each: hash (20), endpoint (18), seed (1), life left in s (4);
/// - "item", items kept for others, each: life left in s (4), the item (wire/saved_item.hpp);
/// - whatever policies that keep_state save under their own names.
///
/// A section of any other name is passed over. At the end a checksum (8).
namespace dht::inline DHT_ABI::engine {

inline constexpr std::string_view snapshot_name = "DHTS";
inline constexpr std::uint8_t snapshot_format = 2;

/// Those that are our own: no policy may take their names.
constexpr bool is_section(std::string_view name) noexcept {
    return name == "self" || name == "join" || name == "peer" || name == "item";
}

inline std::uint32_t seconds_of(duration d) noexcept {
    auto const s = std::chrono::duration_cast<seconds>(d).count();
    return s < 0 ? 0 : static_cast<std::uint32_t>(s < 0x7fffffff ? s : 0x7fffffff);
}

inline void save_contact(saved_writer& out, contact const& c, instant now) {
    out.bytes(c.id.bytes);
    out.place(c.at);
    out.number(c.rtt_ms);
    out.number(seconds_of(age(c.last_reply, now)));
    out.number(c.failures);
}

inline void save_identity(saved_writer& out, identity const& self, instant now) {
    out.place(self.local);
    out.bytes(self.table.own_id().bytes);
    out.number(std::bit_cast<std::uint64_t>(self.size.nodes()));
    out.number(static_cast<std::uint8_t>(self.size.lookups()));
    self.table.for_each([&](contact const& c) { save_contact(out, c, now); });
}

template <class Set>
void save_stores(saved_writer& out, core<Set> const& c, instant now) {
    out.section("peer", [&] {
        c.template policy<slots::peer_store>().for_each(
            [&](info_hash const& hash, stored_peer const& p, instant expires) {
                out.bytes(hash.bytes);
                out.place(p.at);
                out.number(static_cast<std::uint8_t>(p.seed ? 1 : 0));
                out.number(seconds_of(expires - now));
            });
    });
    out.section("item", [&] {
        c.template policy<slots::item_store>().for_each(
            [&](item_key const&, item_view const& i, instant expires) {
                out.number(seconds_of(expires - now));
                save_item(out, i);
            });
    });
}

template <class Set>
void save(core<Set> const& c, times at, snapshot_scope what, std::vector<std::byte>& bytes) {
    saved_writer out{bytes, snapshot_name, snapshot_format};
    out.number(static_cast<std::uint64_t>(at.date));
    for (identity const& self : c.identities) {
        out.section("self", [&] { save_identity(out, self, at.now); });
        out.section("join", [&] { out.number(static_cast<std::uint8_t>(self.joined() ? 1 : 0)); });
    }
    if (what == snapshot_scope::with_stores) save_stores(out, c, at.now);
    c.policies.for_each([&](auto const& p) {
        using policy_type = std::remove_cvref_t<decltype(p)>;
        if constexpr (keeps_state<policy_type>) {
            static_assert(!is_section(policy_type::saved_as), "give saved_as another name");
            std::vector<std::byte> own;
            p.save(at, own);
            out.section(policy_type::saved_as, [&] { out.bytes(own); });
        }
    });
    out.end();
}

} // namespace dht::inline DHT_ABI::engine

#endif
