#ifndef DHT_WIRE_BENCODE_READER_HPP
#define DHT_WIRE_BENCODE_READER_HPP

#include <dht/base/bytes.hpp>
#include <dht/base/error.hpp>

#include <optional>

/// Bencoding (BEP 3), read where it lies: no copies, no allocation, no recursion, every byte looked
/// at once. What BEP 3 forbids but the network sends (padded numbers, unsorted or repeated keys) is
/// read and noted in canonical(); what cannot be read without guessing is an error.
namespace dht::inline DHT_ABI::bencode {

enum class kind : std::uint8_t { none, integer, string, list, dictionary, end };

/// One value of the input, valid as long as the input is. Trivial, so that arrays of it are free.
struct value {
    std::byte const* first;
    std::byte const* last; ///< behind its last byte
    std::byte const* content_first;
    kind type;

    /// The whole bencoding, as it stands in the input.
    [[nodiscard]] byte_view raw() const noexcept { return {first, last}; }

    /// A string's bytes, an integer's digits, what a list or dictionary encloses.
    [[nodiscard]] byte_view content() const noexcept {
        bool const has_end_mark = type != kind::string && type != kind::none;
        return {content_first, has_end_mark ? last - 1 : last};
    }
};

/// The number of an integer; nothing for other kinds and for what does not fit 64 bits.
inline std::optional<std::int64_t> to_integer(value const& v) noexcept {
    if (v.type != kind::integer) return std::nullopt;
    std::string_view digits = as_text(v.content());
    bool const negative = digits.starts_with('-');
    digits.remove_prefix(negative ? 1 : 0);
    std::uint64_t const most = (std::uint64_t{1} << 63U) - (negative ? 0 : 1);
    std::uint64_t number = 0;
    for (char const c : digits) {
        auto const digit = static_cast<std::uint64_t>(c - '0');
        if (digit > 9 || number > (most - digit) / 10) return std::nullopt;
        number = 10 * number + digit;
    }
    if (digits.empty()) return std::nullopt;
    return static_cast<std::int64_t>(negative ? 0 - number : number);
}

/// The first eight bytes of a key as a number, zero-filled: orders and tells apart nearly all keys.
constexpr std::uint64_t key_head(std::string_view text) noexcept {
    std::uint64_t head = 0;
    for (std::size_t i = 0; i < text.size() && i < 8; ++i)
        head |= std::uint64_t{static_cast<unsigned char>(text[i])} << (56 - 8 * i);
    return head;
}

/// The same from eight bytes in memory, spelt so that compilers see one load.
inline std::uint64_t load_head(std::byte const* at) noexcept {
    auto const b = [at](int i) { return std::to_integer<std::uint64_t>(at[i]) << (56 - 8 * i); };
    return b(0) | b(1) | b(2) | b(3) | b(4) | b(5) | b(6) | b(7);
}

/// A dictionary key. Heads are compared first, the text only where they are equal.
struct key {
    std::uint64_t head;
    char const* first; ///< null: no key
    std::size_t size;

    [[nodiscard]] constexpr std::string_view text() const noexcept { return {first, size}; }

    [[nodiscard]] constexpr bool before(key const& other) const noexcept {
        return head != other.head ? head < other.head : text() < other.text();
    }
};

/// Containers inside containers that next() walks through; KRPC itself needs three.
inline constexpr std::size_t depth_max = 32;

/// A pull reader. The first error sticks: from then on nothing is left and every call answers with
/// an empty value, so that callers check error() once, at the end.
class reader {
public:
    explicit constexpr reader(byte_view input) noexcept
        : at_{input.data()},
          end_{input.data() + input.size()} {}

    [[nodiscard]] constexpr errc error() const noexcept { return error_; }

    [[nodiscard]] constexpr bool ok() const noexcept { return error_ == errc::ok; }

    [[nodiscard]] constexpr bool canonical() const noexcept { return canonical_; }

    /// What was not read yet.
    [[nodiscard]] constexpr byte_view rest() const noexcept { return {at_, left()}; }

    /// What stands next; none at the end of the input or before a byte that begins nothing.
    [[nodiscard]] kind peek() const noexcept;

    /// The next value, whatever it is. O(its bytes).
    value next() noexcept {
        value v;
        read_into(v);
        return v;
    }

    /// The same without a copy.
    void read_into(value& v) noexcept;

    /// Steps into the list or dictionary that peek() has seen.
    void open() noexcept { ++at_; }

    /// Steps out of the innermost container, if its end stands next.
    bool close() noexcept;

    /// Replaces the previous key of a dictionary by its next. False after an error.
    bool next_key(key& k) noexcept;

private:
    /// What a rarely taken path gives back. It works on a copy of the reader, so that on the usual
    /// paths the compiler keeps the reader in registers.
    struct outcome;

    struct level {
        bool is_dictionary;
        key previous;
    };

    [[nodiscard]] constexpr std::size_t left() const noexcept {
        return static_cast<std::size_t>(end_ - at_);
    }

    static constexpr unsigned digit(std::byte b) noexcept { // above 9: no digit
        return std::to_integer<unsigned>(b) - unsigned{'0'};
    }

    byte_view read_string() noexcept;
    byte_view take_string(std::byte const* begin, std::size_t length) noexcept;
    [[gnu::cold]] static outcome read_any_string(reader in) noexcept;
    static reader past_integer(reader in) noexcept;
    static reader past_containers(reader in) noexcept;
    [[gnu::cold]] static bool in_order(key previous, key next) noexcept;
    [[nodiscard]] std::uint64_t head_of(byte_view text) const noexcept;

    byte_view fail(errc error) noexcept {
        if (ok()) error_ = error;
        at_ = end_;
        return {};
    }

    byte_view fail_at(std::byte const* at) noexcept {
        return fail(at == end_ ? errc::truncated : errc::malformed);
    }

    std::byte const* at_;
    std::byte const* end_;
    errc error_ = errc::ok;
    bool canonical_ = true;
};

/// Walks the keys of the dictionary that stands next in `in`. After each key the caller reads its
/// value from `in`, in full:  while (keys.next()) use(keys.current(), in.next());
class dictionary_reader {
public:
    explicit dictionary_reader(reader& in) noexcept : in_{in} { in_.open(); }

    /// False at the end of the dictionary, which is then behind us, and after an error.
    bool next() noexcept { return !in_.close() && in_.next_key(current_); }

    [[nodiscard]] key const& current() const noexcept { return current_; }

private:
    reader& in_;
    key current_{};
};

/// Is `text` exactly one value, written the only way that BEP 3 allows?
inline bool is_canonical(byte_view text) noexcept {
    reader in{text};
    in.next();
    return in.ok() && in.canonical() && in.rest().empty();
}

struct reader::outcome {
    reader after;
    byte_view text;
};

inline kind reader::peek() const noexcept {
    if (at_ == end_) return kind::none;
    if (digit(*at_) <= 9) return kind::string;
    switch (std::to_integer<char>(*at_)) {
    case 'i':
        return kind::integer;
    case 'l':
        return kind::list;
    case 'd':
        return kind::dictionary;
    case 'e':
        return kind::end;
    default:
        return kind::none;
    }
}

inline bool reader::close() noexcept {
    if (at_ == end_ || *at_ != std::byte{'e'}) return false;
    ++at_;
    return true;
}

inline byte_view reader::read_string() noexcept {
    // One or two digits are nearly all that KRPC has, and neither can be too large a number.
    if (left() > 2) {
        unsigned const first = digit(at_[0]);
        unsigned const second = digit(at_[1]);
        if (at_[1] == std::byte{':'} && first <= 9) return take_string(at_ + 2, first);
        if (at_[2] == std::byte{':'} && first - 1 < 9 && second <= 9)
            return take_string(at_ + 3, first * 10 + second);
    }
    auto const [after, text] = read_any_string(*this);
    *this = after;
    return text;
}

inline byte_view reader::take_string(std::byte const* begin, std::size_t length) noexcept {
    if (length > static_cast<std::size_t>(end_ - begin)) return fail(errc::truncated);
    at_ = begin + length;
    return {begin, length};
}

inline reader::outcome reader::read_any_string(reader in) noexcept {
    std::byte const* const begin = in.at_;
    std::byte const* at = begin;
    std::size_t length = 0;
    for (; at != in.end_ && digit(*at) <= 9; ++at) {
        length = length * 10 + digit(*at);
        if (length > in.left()) break; // before it can overflow
    }
    byte_view text;
    if (length > in.left()) {
        in.fail(errc::truncated);
    } else if (at == begin || at == in.end_ || *at != std::byte{':'}) {
        in.fail_at(at);
    } else {
        if (*begin == std::byte{'0'} && at - begin > 1) in.canonical_ = false;
        text = in.take_string(at + 1, length);
    }
    return {in, text};
}

inline reader reader::past_integer(reader in) noexcept {
    std::byte const* at = in.at_ + 1;
    bool const negative = at != in.end_ && *at == std::byte{'-'};
    if (negative) ++at;
    std::byte const* const digits = at;
    while (at != in.end_ && digit(*at) <= 9)
        ++at;
    if (at == digits || at == in.end_ || *at != std::byte{'e'}) {
        in.fail_at(at);
        return in;
    }
    if (*digits == std::byte{'0'} && (negative || at - digits > 1)) in.canonical_ = false;
    in.at_ = at + 1;
    return in;
}

inline reader reader::past_containers(reader in) noexcept {
    level open_levels[depth_max]; // NOLINT(modernize-avoid-c-arrays): left uninitialised on purpose
    std::size_t depth = 0;
    do {
        if (depth > 0 && in.close()) {
            --depth;
            continue;
        }
        if (depth > 0 && open_levels[depth - 1].is_dictionary)
            in.next_key(open_levels[depth - 1].previous);
        kind const type = in.peek();
        if (type == kind::string) {
            in.read_string();
        } else if (type == kind::integer) {
            in = past_integer(in);
        } else if ((type == kind::list || type == kind::dictionary) && depth < depth_max) {
            open_levels[depth++] = {type == kind::dictionary, {}};
            in.open();
        } else {
            depth == depth_max ? in.fail(errc::too_deep) : in.fail_at(in.at_);
        }
    } while (depth > 0 && in.ok());
    return in;
}

inline std::uint64_t reader::head_of(byte_view text) const noexcept {
    if (end_ - text.data() < 8) return key_head(as_text(text));
    std::uint64_t const head = load_head(text.data());
    return text.size() < 8 ? head & ~(~std::uint64_t{0} >> 8 * text.size()) : head;
}

inline bool reader::next_key(key& k) noexcept {
    byte_view const text = read_string();
    if (text.data() == nullptr) return false;
    key const read{head_of(text), as_text(text).data(), text.size()};
    if (read.head <= k.head) canonical_ = canonical_ && in_order(k, read);
    k = read;
    return true;
}

inline bool reader::in_order(key previous, key next) noexcept {
    return previous.first == nullptr || previous.before(next);
}

inline void reader::read_into(value& v) noexcept {
    kind const type = peek();
    std::byte const* const first = at_;
    std::byte const* content = nullptr;
    switch (type) {
    case kind::string:
        content = read_string().data();
        break;
    case kind::integer:
        *this = past_integer(*this);
        break;
    case kind::list:
    case kind::dictionary:
        *this = past_containers(*this);
        break;
    default:
        fail_at(at_);
    }
    if (ok())
        v = {first, at_, type == kind::string ? content : first + 1, type};
    else
        v = {};
}

} // namespace dht::inline DHT_ABI::bencode

#endif
