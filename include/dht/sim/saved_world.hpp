#ifndef DHT_SIM_SAVED_WORLD_HPP
#define DHT_SIM_SAVED_WORLD_HPP

#include <dht/base/saved_bytes.hpp>
#include <dht/sim/client.hpp>

#include <span>

/// Worlds as bytes: what took hours to grow is the begin of many experiments. Hosts with their
/// addresses, whether they are up, what their clocks show, who they are, whom they know and what
/// they keep for others. What is on its way is not saved: datagrams, questions and operations, nor
/// what NATs and queues remember; save a world when nothing is asked. Two worlds that begin with
/// the same seed and bytes are the same.
namespace dht::inline DHT_ABI::sim {

inline constexpr std::string_view saved_world_name = "DHTW";
inline constexpr std::uint8_t saved_world_format = 1;

/// O(all that is saved): some 45 bytes for each contact.
inline std::vector<std::byte> save_world(std::span<client const* const> members) {
    std::vector<std::byte> bytes;
    saved_writer out{bytes, saved_world_name, saved_world_format};
    for (client const* const c : members)
        out.section("host", [&] {
            out.number(static_cast<std::uint8_t>(c->addresses().size()));
            for (endpoint const& at : c->addresses())
                out.place(at);
            out.number(static_cast<std::uint8_t>(c->up() ? 1 : 0));
            out.number(static_cast<std::uint64_t>(c->clock_ahead().count()));
            if (c->up()) out.bytes(c->save(snapshot_scope::with_stores));
        });
    out.end();
    return bytes;
}

/// add(addresses) adds a host of the same kind and returns it, a client&. Damaged bytes add nobody.
template <class Add>
errc resume_world(byte_view saved, Add&& add) {
    saved_reader in{saved, saved_world_name, saved_world_format};
    while (in.more()) {
        bool const known = as_text(in.bytes(4)) == "host";
        byte_view const section = in.bytes(in.number<std::uint32_t>());
        if (!known || !in.ok()) continue;
        saved_reader fields{section};
        std::vector<endpoint> addresses(fields.number<std::uint8_t>());
        for (endpoint& at : addresses)
            at = fields.place();
        bool const up = fields.number<std::uint8_t>() != 0;
        duration const ahead{static_cast<duration::rep>(fields.number<std::uint64_t>())};
        if (addresses.empty() || !fields.ok()) return errc::snapshot_damaged;
        client& c = add(std::move(addresses));
        c.jump_clock(ahead);
        if (up)
            c.restore(fields.rest());
        else
            c.crash();
    }
    return in.end();
}

} // namespace dht::inline DHT_ABI::sim

#endif
