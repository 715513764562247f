#ifndef DHT_WIRE_KRPC_USUAL_REPLY_HPP
#define DHT_WIRE_KRPC_USUAL_REPLY_HPP

#include <dht/wire/krpc_encode.hpp>

namespace dht::inline DHT_ABI::krpc {

/// A reply of nothing but id, ip, nodes, token and values: the short cut beside encode_reply, with
/// the same bytes. Its size is known before the first byte is written, so it is written where it is
/// sent from, and no byte is asked whether it fits.
class usual_reply {
public:
    /// Can it be written so?
    static bool covers(reply_parts const& p) noexcept {
        return !p.filters && !p.samples && !p.item && p.token.size() < 100 &&
               p.version.size() < 100 && p.tid.size() < 100 && bytes_of(p.nodes) <= 9'999 &&
               bytes_of(p.nodes6) <= 9'999;
    }

    /// As many of its values as fit. `parts` is covered, and referred to.
    usual_reply(reply_parts const& parts, std::size_t bytes_max) noexcept : parts_{parts} {
        std::size_t const bare = size_without_values();
        if (bare > bytes_max) return;
        size_ = bare;
        if (!parts.values.empty()) add_values(bytes_max);
    }

    /// 0: it does not fit.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Writes size() bytes.
    void write(std::byte* to) const noexcept {
        pen out{to};
        out.text("d");
        if (parts_.requester) {
            out.text("2:ip");
            out.string(*parts_.requester);
        }
        out.text("1:rd2:id20:");
        out.bytes(parts_.sender.bytes);
        if (parts_.nodes) {
            out.text("5:nodes");
            out.string(*parts_.nodes);
        }
        if (parts_.nodes6) {
            out.text("6:nodes6");
            out.string(*parts_.nodes6);
        }
        if (!parts_.token.empty()) {
            out.text("5:token");
            out.string(parts_.token);
        }
        write_values(out);
        out.text("e1:t");
        out.string(parts_.tid);
        if (!parts_.version.empty()) {
            out.text("1:v");
            out.string(parts_.version);
        }
        out.text("1:y1:re");
        DHT_ASSERT(out.at == to + size_);
    }

private:
    static constexpr std::string_view frame_of_values = "6:valuesle";

    /// What stands behind it then.
    static std::byte* write_string(std::byte* to, endpoint const& e) noexcept {
        if (e.ip.is_v4()) {
            std::memcpy(to, "6:", 2);
            return compact::write_endpoint<family::ipv4>(to + 2, e);
        }
        std::memcpy(to, "18:", 3);
        return compact::write_endpoint<family::ipv6>(to + 3, e);
    }

    struct pen {
        std::byte* at;

        void bytes(byte_view b) noexcept {
            std::memcpy(at, b.data(), b.size());
            at += b.size();
        }

        void text(std::string_view t) noexcept { bytes(as_bytes(t)); }

        void letter(char c) noexcept { *at++ = static_cast<std::byte>(c); }

        /// Of at most 9 999 bytes.
        void header(std::size_t size) noexcept {
            if (size >= 1'000) digit(size / 1'000);
            if (size >= 100) digit(size / 100 % 10);
            if (size >= 10) digit(size / 10 % 10);
            digit(size % 10);
            letter(':');
        }

        void digit(std::size_t d) noexcept { letter(static_cast<char>('0' + d)); }

        void string(byte_view b) noexcept {
            header(b.size());
            if (!b.empty()) bytes(b);
        }

        void string(endpoint const& e) noexcept { at = write_string(at, e); }
    };

    static std::size_t bytes_of(std::optional<byte_view> const& nodes) noexcept {
        return nodes ? nodes->size() : 0;
    }

    static std::size_t string_bytes(std::size_t size) noexcept {
        return size + (size < 10 ? 2U : size < 100 ? 3U : size < 1'000 ? 4U : 5U);
    }

    [[nodiscard]] std::size_t size_without_values() const noexcept {
        reply_parts const& p = parts_;
        std::size_t bytes = std::string_view{"d1:rd2:id20:e1:t1:y1:re"}.size() + key160::size_bytes;
        bytes += string_bytes(p.tid.size());
        if (p.requester)
            bytes += 4 + string_bytes(compact::endpoint_bytes(p.requester->ip.ip_family()));
        if (p.nodes) bytes += 7 + string_bytes(p.nodes->size());
        if (p.nodes6) bytes += 8 + string_bytes(p.nodes6->size());
        if (!p.token.empty()) bytes += 7 + string_bytes(p.token.size());
        if (!p.version.empty()) bytes += 3 + string_bytes(p.version.size());
        return bytes;
    }

    /// Those that fit: most often all.
    void add_values(std::size_t bytes_max) noexcept {
        std::size_t of_v4 = 0;
        for (endpoint const& e : parts_.values)
            of_v4 += e.ip.is_v4() ? 1U : 0U;
        values_ = parts_.values.size();
        std::size_t size = size_ + frame_of_values.size() + of_v4 * value_bytes(family::ipv4) +
                           (values_ - of_v4) * value_bytes(family::ipv6);
        while (values_ > 0 && size > bytes_max)
            size -= value_bytes(parts_.values[--values_].ip.ip_family());
        if (values_ > 0) size_ = size;
    }

    static constexpr std::size_t value_bytes(family f) noexcept {
        return f == family::ipv4 ? 2 + 6 : 3 + 18;
    }

    void write_values(pen& out) const noexcept {
        if (values_ == 0) return;
        out.text("6:valuesl");
        std::byte* at = out.at; // in a register, whatever the bytes written may be
        for (endpoint const& e : parts_.values.first(values_))
            at = write_string(at, e);
        out.at = at;
        out.letter('e');
    }

    reply_parts const& parts_;
    std::size_t values_ = 0;
    std::size_t size_ = 0;
};

} // namespace dht::inline DHT_ABI::krpc

#endif
