#ifndef DHT_BASE_ADDRESS_TEXT_HPP
#define DHT_BASE_ADDRESS_TEXT_HPP

#include <dht/base/endpoint.hpp>
#include <dht/base/hex.hpp>
#include <dht/base/static_vector.hpp>

#include <optional>

namespace dht::inline DHT_ABI {

/// A text of at most N characters in place, not terminated. What does not fit is cut off; the texts
/// made here always fit.
template <std::size_t N>
class static_text {
public:
    constexpr void append(char c) noexcept { characters_.push_back(c); }

    constexpr void append(std::string_view text) noexcept {
        for (char const c : text)
            append(c);
    }

    [[nodiscard]] constexpr std::string_view view() const noexcept {
        return {characters_.data(), characters_.size()};
    }

    constexpr operator std::string_view() const noexcept { return view(); }

private:
    static_vector<char, N> characters_;
};

using address_text = static_text<39>;  // ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
using endpoint_text = static_text<47>; // the same in brackets, and :65535

/// IPv4 as four decimal numbers without leading zeros (010 is eight to some readers and ten to
/// others), or IPv6 in any form of RFC 4291, section 2.2. An IPv4-mapped address (::ffff:1.2.3.4)
/// is that IPv4 address, as everywhere in the house. No zone (%eth0), no brackets, no spaces, no
/// names.
constexpr std::optional<address> parse_address(std::string_view text) noexcept;

/// "1.2.3.4:5" or "[2001:db8::1]:5" (RFC 3986). Port 0 is a port here: sockets are bound to it.
constexpr std::optional<endpoint> parse_endpoint(std::string_view text) noexcept;

/// Dotted quad, or the canonical form of RFC 5952, section 4. parse_address() gives it back.
constexpr address_text to_text(address const& a) noexcept;

/// "1.2.3.4:5" or "[2001:db8::1]:5". parse_endpoint() gives it back.
constexpr endpoint_text to_text(endpoint const& e) noexcept;

namespace detail {

/// Takes `c` off the front; false: something else stands there.
constexpr bool take(std::string_view& text, char c) noexcept {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

/// Takes a decimal number of 0 .. max off the front.
constexpr std::optional<std::uint32_t> take_decimal(std::string_view& text,
                                                    std::uint32_t max) noexcept {
    std::uint32_t value = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
        value = 10 * value + static_cast<std::uint32_t>(text[digits] - '0');
        if (value > max) return std::nullopt;
    }
    if (digits == 0 || (digits > 1 && text.front() == '0')) return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

/// Takes a group of IPv6, one to four hex digits, off the front.
constexpr std::optional<std::uint32_t> take_group(std::string_view& text) noexcept {
    std::uint32_t value = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && hex_digit(text[digits]) >= 0; ++digits) {
        if (digits == 4) return std::nullopt;
        value = 16 * value + static_cast<std::uint32_t>(hex_digit(text[digits]));
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

constexpr std::optional<address> parse_v4(std::string_view text) noexcept {
    std::uint32_t value = 0;
    for (int part = 0; part < 4; ++part) {
        if (part > 0 && !take(text, '.')) return std::nullopt;
        auto const octet = take_decimal(text, 255);
        if (!octet) return std::nullopt;
        value = value << 8U | *octet;
    }
    return text.empty() ? std::optional{address::v4(value)} : std::nullopt;
}

using v6_bytes = static_vector<std::byte, 16>;

/// Groups between colons, the last of which may be a dotted quad.
constexpr bool read_groups(std::string_view text, v6_bytes& out) noexcept {
    do {
        if (text.find(':') == std::string_view::npos && text.find('.') != std::string_view::npos) {
            auto const quad = parse_v4(text);
            if (!quad) return false;
            for (std::byte const b : quad->bytes())
                if (!out.push_back(b)) return false;
            return true;
        }
        auto const group = take_group(text);
        if (!group || !out.push_back(static_cast<std::byte>(*group >> 8U)) ||
            !out.push_back(static_cast<std::byte>(*group & 0xffU)))
            return false;
    } while (take(text, ':'));
    return text.empty();
}

constexpr std::optional<address> parse_v6(std::string_view text) noexcept {
    std::size_t const gap = text.find("::");
    if (gap == std::string_view::npos) {
        v6_bytes all;
        if (!read_groups(text, all) || !all.full()) return std::nullopt;
        return address::from(all);
    }
    std::string_view const before = text.substr(0, gap);
    std::string_view const after = text.substr(gap + 2);
    v6_bytes head;
    v6_bytes tail;
    bool const quad_before_gap = before.find('.') != std::string_view::npos;
    if (quad_before_gap || (!before.empty() && !read_groups(before, head))) return std::nullopt;
    if (!after.empty() && !read_groups(after, tail)) return std::nullopt;
    if (head.size() + tail.size() > 14) return std::nullopt; // "::" is one group or more
    std::array<std::byte, 16> bytes{};
    for (std::size_t i = 0; i < head.size(); ++i)
        bytes[i] = head[i];
    for (std::size_t i = 0; i < tail.size(); ++i)
        bytes[16 - tail.size() + i] = tail[i];
    return address::v6(bytes);
}

template <std::size_t N>
constexpr void append_decimal(static_text<N>& text, unsigned value) noexcept {
    if (value >= 10) append_decimal(text, value / 10);
    text.append(static_cast<char>('0' + value % 10));
}

template <std::size_t N>
constexpr void append_hex(static_text<N>& text, unsigned value) noexcept {
    if (value >= 16) append_hex(text, value / 16);
    text.append("0123456789abcdef"[value % 16]);
}

/// The groups that "::" stands for: the longest run of two zero groups or more, the first of
/// equals.
struct zero_run {
    std::size_t first = 8;
    std::size_t count = 1;
};

constexpr zero_run longest_zero_run(std::array<std::uint16_t, 8> const& groups) noexcept {
    zero_run longest;
    for (std::size_t first = 0; first < groups.size(); ++first) {
        std::size_t end = first;
        while (end < groups.size() && groups[end] == 0)
            ++end;
        if (end - first > longest.count) longest = {first, end - first};
    }
    return longest;
}

constexpr address_text v4_text(address const& a) noexcept {
    address_text text;
    for (std::byte const b : a.bytes()) {
        if (!text.view().empty()) text.append('.');
        append_decimal(text, std::to_integer<unsigned>(b));
    }
    return text;
}

constexpr address_text v6_text(address const& a) noexcept {
    std::array<std::uint16_t, 8> groups{};
    for (std::size_t i = 0; i < groups.size(); ++i)
        groups[i] = load_big_endian<std::uint16_t>(a.bytes().data() + 2 * i);
    zero_run const gap = longest_zero_run(groups);
    address_text text;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (i == gap.first) {
            text.append("::");
            i += gap.count - 1;
            continue;
        }
        if (i != 0 && i != gap.first + gap.count) text.append(':');
        append_hex(text, groups[i]);
    }
    return text;
}

} // namespace detail

constexpr std::optional<address> parse_address(std::string_view text) noexcept {
    return text.find(':') == std::string_view::npos ? detail::parse_v4(text)
                                                    : detail::parse_v6(text);
}

constexpr std::optional<endpoint> parse_endpoint(std::string_view text) noexcept {
    bool const bracketed = detail::take(text, '[');
    std::size_t const end = text.find(bracketed ? ']' : ':');
    if (end == std::string_view::npos) return std::nullopt;
    auto const ip =
        bracketed ? detail::parse_v6(text.substr(0, end)) : detail::parse_v4(text.substr(0, end));
    text.remove_prefix(end + (bracketed ? 1 : 0));
    if (!ip || !detail::take(text, ':')) return std::nullopt;
    auto const port = detail::take_decimal(text, 65535);
    if (!port || !text.empty()) return std::nullopt;
    return endpoint{*ip, static_cast<std::uint16_t>(*port)};
}

constexpr address_text to_text(address const& a) noexcept {
    return a.is_v4() ? detail::v4_text(a) : detail::v6_text(a);
}

constexpr endpoint_text to_text(endpoint const& e) noexcept {
    endpoint_text text;
    if (!e.ip.is_v4()) text.append('[');
    text.append(to_text(e.ip));
    text.append(e.ip.is_v4() ? ":" : "]:");
    detail::append_decimal(text, e.port);
    return text;
}

} // namespace dht::inline DHT_ABI

#endif
