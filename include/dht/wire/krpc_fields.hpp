#ifndef DHT_WIRE_KRPC_FIELDS_HPP
#define DHT_WIRE_KRPC_FIELDS_HPP

#include <dht/wire/bencode_reader.hpp>
#include <dht/wire/krpc.hpp>

#include <optional>

/// The keys that KRPC gives a meaning, and the values that one dictionary has for them.
namespace dht::inline DHT_ABI::krpc {

enum class field : std::uint8_t {
    a,
    c,
    e,
    ip,
    q,
    r,
    ro,
    t,
    v,
    y, // the message itself; v is an argument and a result, too
    cas,
    id,
    implied_port,
    info_hash,
    k,
    noseed,
    port,
    salt,
    scrape,
    seed,
    seq,
    sig,
    target,
    token,
    want,
    filter_peers,
    filter_seeds,
    interval,
    nodes,
    nodes6,
    num,
    samples,
    values,
    unknown,
};

inline constexpr auto field_count = static_cast<std::size_t>(field::unknown);

namespace detail {

struct known_key {
    std::string_view name{};
    field names = field::unknown;
    std::uint64_t head = 0;
};

inline constexpr auto known_keys = std::to_array<known_key>({
    {"a", field::a},
    {"c", field::c},
    {"e", field::e},
    {"ip", field::ip},
    {"q", field::q},
    {"r", field::r},
    {"ro", field::ro},
    {"t", field::t},
    {"v", field::v},
    {"y", field::y},
    {"cas", field::cas},
    {"id", field::id},
    {"implied_port", field::implied_port},
    {"info_hash", field::info_hash},
    {"k", field::k},
    {"noseed", field::noseed},
    {"port", field::port},
    {"salt", field::salt},
    {"scrape", field::scrape},
    {"seed", field::seed},
    {"seq", field::seq},
    {"sig", field::sig},
    {"target", field::target},
    {"token", field::token},
    {"want", field::want},
    {"BFpe", field::filter_peers},
    {"BFsd", field::filter_seeds},
    {"BFse", field::filter_seeds}, // mldht's spelling
    {"interval", field::interval},
    {"nodes", field::nodes},
    {"nodes6", field::nodes6},
    {"num", field::num},
    {"samples", field::samples},
    {"values", field::values},
});

/// Multiplicative hashing of key heads with a factor that was searched until no two known keys met.
constexpr std::size_t slot_of(std::uint64_t head) noexcept {
    return static_cast<std::size_t>(head * 0xc062ee0bcefd0461U >> 58U);
}

constexpr std::array<known_key, 64> spread_known_keys() noexcept {
    std::array<known_key, 64> slots{};
    for (known_key const& known : known_keys) {
        std::uint64_t const head = bencode::key_head(known.name);
        slots[slot_of(head)] = {known.name, known.names, head};
    }
    return slots;
}

inline constexpr std::array<known_key, 64> key_slots = spread_known_keys();

constexpr std::size_t filled_slots() noexcept {
    std::size_t count = 0;
    for (known_key const& slot : key_slots)
        count += slot.name.empty() ? 0U : 1U;
    return count;
}

static_assert(filled_slots() == known_keys.size(),
              "two known keys share a slot: search another factor");

} // namespace detail

/// Which field a key names. O(1), the same few steps for every key.
constexpr field field_of(bencode::key const& key) noexcept {
    detail::known_key const& known = detail::key_slots[detail::slot_of(key.head)];
    bool const same = known.head == key.head && known.name.size() == key.size &&
                      (key.size <= sizeof key.head || known.name == key.text());
    return same ? known.names : field::unknown;
}

/// "q" for the arguments that we know.
template <class Arguments>
inline constexpr std::string_view method_name{};
template <>
inline constexpr std::string_view method_name<ping> = "ping";
template <>
inline constexpr std::string_view method_name<find_node> = "find_node";
template <>
inline constexpr std::string_view method_name<get_peers> = "get_peers";
template <>
inline constexpr std::string_view method_name<announce_peer> = "announce_peer";
template <>
inline constexpr std::string_view method_name<get_item> = "get";
template <>
inline constexpr std::string_view method_name<put_item> = "put";
template <>
inline constexpr std::string_view method_name<sample_infohashes> = "sample_infohashes";

/// What one dictionary says under the known keys. Of a key that repeats, the first value counts.
class fields {
public:
    [[nodiscard]] bool has(field f) const noexcept { return (present_ & bit(f)) != 0; }

    /// Where the value of a key goes that was just read.
    bencode::value& place_for(field f) noexcept {
        if (has(f)) f = field::unknown;
        present_ |= bit(f);
        return values_[static_cast<std::size_t>(f)];
    }

    /// Reads the dictionary that stands next in `in`, and returns where it stands.
    bencode::value read(bencode::reader& in) noexcept {
        std::byte const* const first = in.rest().data();
        bencode::dictionary_reader keys{in};
        while (keys.next())
            in.read_into(place_for(field_of(keys.current())));
        return {first, in.rest().data(), first + 1, bencode::kind::dictionary};
    }

    /// The value, if there is one of that kind.
    [[nodiscard]] bencode::value const* find(field f, bencode::kind type) const noexcept {
        bencode::value const& v = values_[static_cast<std::size_t>(f)];
        return has(f) && v.type == type ? &v : nullptr;
    }

    /// The bencoding of whatever stands there; empty when absent.
    [[nodiscard]] byte_view raw(field f) const noexcept {
        return has(f) ? values_[static_cast<std::size_t>(f)].raw() : byte_view{};
    }

    /// The bytes of a string; empty when absent or no string.
    [[nodiscard]] byte_view string(field f) const noexcept {
        bencode::value const* const v = find(f, bencode::kind::string);
        return v != nullptr ? v->content() : byte_view{};
    }

    /// The same for strings that have a fixed size: empty when the size is another.
    [[nodiscard]] byte_view string(field f, std::size_t bytes) const noexcept {
        byte_view const text = string(f);
        return text.size() == bytes ? text : byte_view{};
    }

    /// The same for strings of equal entries: empty when it cannot be cut into them.
    [[nodiscard]] byte_view entries(field f, std::size_t entry_bytes) const noexcept {
        byte_view const text = string(f);
        return text.size() % entry_bytes == 0 ? text : byte_view{};
    }

    /// Fills `to` from a string of 20 bytes; false when there is none.
    [[nodiscard]] bool copy(field f, key160& to) const noexcept {
        byte_view const text = string(f, key160::size_bytes);
        if (text.empty()) return false;
        std::memcpy(to.bytes.data(), text.data(), key160::size_bytes);
        return true;
    }

    [[nodiscard]] std::optional<std::int64_t> integer(field f) const noexcept {
        return has(f) ? bencode::to_integer(values_[static_cast<std::size_t>(f)]) : std::nullopt;
    }

    /// A flag of the protocol: set when it is the integer 1 (BEP 33, BEP 43).
    [[nodiscard]] bool flag(field f) const noexcept { return has(f) && integer(f) == 1; }

private:
    static constexpr std::uint64_t bit(field f) noexcept {
        return std::uint64_t{1} << static_cast<unsigned>(f);
    }

    std::uint64_t present_ = 0;
    // Without initialisers: a message has few of them, and filling all would cost more than
    // decoding. Unknown and repeated keys share the last place, which nobody reads.
    std::array<bencode::value, field_count + 1> values_;
};

} // namespace dht::inline DHT_ABI::krpc

#endif
