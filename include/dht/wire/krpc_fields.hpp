#ifndef DHT_WIRE_KRPC_FIELDS_HPP
#define DHT_WIRE_KRPC_FIELDS_HPP

#include <dht/wire/bencode_reader.hpp>
#include <dht/wire/krpc.hpp>

#include <optional>

/// The keys that KRPC gives a meaning, and the values that one dictionary has for them.
namespace dht::inline DHT_ABI::krpc {

enum class field : std::uint8_t {
    a, e, ip, q, r, ro, t, v, y, // the message itself; v is an argument and a result, too
    cas, id, implied_port, info_hash, k, noseed, port, salt, scrape, seed, seq, sig, target, token, want,
    filter_peers, filter_seeds, interval, nodes, nodes6, num, samples, values,
    unknown,
};

inline constexpr auto field_count = static_cast<std::size_t>(field::unknown);

/// Which field a key names. One switch over the first eight bytes, then the rest of the longer ones.
constexpr field field_of(bencode::key const& key) noexcept {
    auto const if_named = [&key](std::string_view name, field f) {
        return key.size == name.size() && (name.size() <= 8 || key.text() == name)
                   ? f
                   : field::unknown;
    };
    using bencode::key_head;
    switch (key.head) {
    case key_head("a"): return if_named("a", field::a);
    case key_head("e"): return if_named("e", field::e);
    case key_head("ip"): return if_named("ip", field::ip);
    case key_head("q"): return if_named("q", field::q);
    case key_head("r"): return if_named("r", field::r);
    case key_head("ro"): return if_named("ro", field::ro);
    case key_head("t"): return if_named("t", field::t);
    case key_head("v"): return if_named("v", field::v);
    case key_head("y"): return if_named("y", field::y);
    case key_head("cas"): return if_named("cas", field::cas);
    case key_head("id"): return if_named("id", field::id);
    case key_head("implied_port"): return if_named("implied_port", field::implied_port);
    case key_head("info_hash"): return if_named("info_hash", field::info_hash);
    case key_head("k"): return if_named("k", field::k);
    case key_head("noseed"): return if_named("noseed", field::noseed);
    case key_head("port"): return if_named("port", field::port);
    case key_head("salt"): return if_named("salt", field::salt);
    case key_head("scrape"): return if_named("scrape", field::scrape);
    case key_head("seed"): return if_named("seed", field::seed);
    case key_head("seq"): return if_named("seq", field::seq);
    case key_head("sig"): return if_named("sig", field::sig);
    case key_head("target"): return if_named("target", field::target);
    case key_head("token"): return if_named("token", field::token);
    case key_head("want"): return if_named("want", field::want);
    case key_head("BFpe"): return if_named("BFpe", field::filter_peers);
    case key_head("BFsd"): return if_named("BFsd", field::filter_seeds);
    case key_head("BFse"): return if_named("BFse", field::filter_seeds); // mldht's spelling
    case key_head("interval"): return if_named("interval", field::interval);
    case key_head("nodes"): return if_named("nodes", field::nodes);
    case key_head("nodes6"): return if_named("nodes6", field::nodes6);
    case key_head("num"): return if_named("num", field::num);
    case key_head("samples"): return if_named("samples", field::samples);
    case key_head("values"): return if_named("values", field::values);
    default: return field::unknown;
    }
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

    void add(field f, bencode::value const& v) noexcept {
        if (f == field::unknown || has(f)) return;
        present_ |= bit(f);
        values_[static_cast<std::size_t>(f)] = v;
    }

    /// Reads the dictionary that stands next in `in`, and returns where it stands.
    bencode::value read(bencode::reader& in) noexcept {
        std::byte const* const first = in.rest().data();
        bencode::dictionary_reader keys{in};
        while (keys.next()) add(field_of(keys.current()), in.next());
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

    [[nodiscard]] std::optional<key160> key(field f) const noexcept {
        byte_view const text = string(f, key160::size_bytes);
        return text.empty() ? std::nullopt : std::optional{key160::from(text)};
    }

    [[nodiscard]] std::optional<std::int64_t> integer(field f) const noexcept {
        return has(f) ? bencode::to_integer(values_[static_cast<std::size_t>(f)]) : std::nullopt;
    }

    /// A flag of the protocol: set when it is the integer 1 (BEP 33, BEP 43).
    [[nodiscard]] bool flag(field f) const noexcept { return integer(f) == 1; }

private:
    static constexpr std::uint64_t bit(field f) noexcept {
        return std::uint64_t{1} << static_cast<unsigned>(f);
    }

    std::uint64_t present_ = 0;
    // Without initialisers: a message has few of them, and filling all would cost more than decoding.
    std::array<bencode::value, field_count> values_;
};

} // namespace dht::inline DHT_ABI::krpc

#endif
