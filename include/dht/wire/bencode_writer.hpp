#ifndef DHT_WIRE_BENCODE_WRITER_HPP
#define DHT_WIRE_BENCODE_WRITER_HPP

#include <dht/base/bytes.hpp>

/// Bencoding (BEP 3), written into the caller's bytes.
namespace dht::inline DHT_ABI::bencode {

/// Appends to a buffer of fixed size. What does not fit is not written, and neither is anything
/// after it: overflowed() then stays true and size() says nothing useful.
class writer {
public:
    explicit constexpr writer(byte_span out) noexcept : out_{out} {}

    [[nodiscard]] constexpr bool overflowed() const noexcept { return overflowed_; }

    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }

    [[nodiscard]] constexpr std::size_t room() const noexcept { return out_.size() - size_; }

    void integer(std::int64_t number) noexcept {
        letter('i');
        decimal(number);
        letter('e');
    }

    void string(byte_view text) noexcept {
        string_header(text.size());
        raw(text);
    }

    void string(std::string_view text) noexcept { string(as_bytes(text)); }

    /// The length and colon of a string; the caller appends its bytes with raw() or claim().
    void string_header(std::size_t bytes) noexcept {
        decimal(static_cast<std::int64_t>(bytes));
        letter(':');
    }

    void begin_list() noexcept { letter('l'); }

    void begin_dictionary() noexcept { letter('d'); }

    void end() noexcept { letter('e'); }

    /// Bytes as they are: a value that is bencoded already, or a piece of a string.
    void raw(byte_view bytes) noexcept {
        if (byte_span const to = claim(bytes.size()); !to.empty())
            std::memcpy(to.data(), bytes.data(), to.size());
    }

    /// Room for a piece of a string, which the caller fills. Empty when it does not fit.
    byte_span claim(std::size_t bytes) noexcept {
        overflowed_ = overflowed_ || bytes > room();
        if (overflowed_) return {};
        size_ += bytes;
        return out_.subspan(size_ - bytes, bytes);
    }

    /// Moves what was written from `at` on back by `bytes` and returns the gap, for what is known
    /// only at the end. The caller has checked room() and fills all of it.
    byte_span insert_gap(std::size_t at, std::size_t bytes) noexcept {
        DHT_ASSERT(at <= size_ && bytes <= room());
        std::memmove(out_.data() + at + bytes, out_.data() + at, size_ - at);
        size_ += bytes;
        return out_.subspan(at, bytes);
    }

private:
    void letter(char c) noexcept {
        if (byte_span const to = claim(1); !to.empty()) to[0] = static_cast<std::byte>(c);
    }

    void decimal(std::int64_t number) noexcept {
        std::array<std::byte, 20> digits; // "-9223372036854775808"
        std::size_t at = digits.size();
        auto left = static_cast<std::uint64_t>(number);
        if (number < 0) left = 0 - left;
        do
            digits[--at] = static_cast<std::byte>('0' + left % 10);
        while ((left /= 10) > 0);
        if (number < 0) digits[--at] = std::byte{'-'};
        raw(byte_view{digits}.subspan(at));
    }

    byte_span out_;
    std::size_t size_ = 0;
    bool overflowed_ = false;
};

/// A key and its value in bencoding, to be merged into a message that knows nothing of it.
struct raw_field {
    std::string_view key;
    byte_view value;
};

/// Writes a dictionary whose own keys come in ascending order, and merges `extra` fields, ascending
/// too, into their places. An extra field with a key of the dictionary's own is left out.
class dictionary_writer {
public:
    dictionary_writer(writer& out, std::span<raw_field const> extra) noexcept
        : out_{out},
          extra_{extra} {
        out_.begin_dictionary();
    }

    /// Writes `name`; the caller appends its value to the writer.
    void key(std::string_view name) noexcept {
        place_of(name);
        out_.string(name);
    }

    /// Writes what stands before `name`, and says where in the output its key belongs.
    std::size_t place_of(std::string_view name) noexcept {
        while (!extra_.empty() && extra_.front().key < name)
            write_extra();
        if (!extra_.empty() && extra_.front().key == name) extra_ = extra_.subspan(1);
        return out_.size();
    }

    void field(std::string_view name, byte_view string) noexcept {
        key(name);
        out_.string(string);
    }

    void field(std::string_view name, std::int64_t integer) noexcept {
        key(name);
        out_.integer(integer);
    }

    void end() noexcept {
        while (!extra_.empty())
            write_extra();
        out_.end();
    }

private:
    void write_extra() noexcept {
        out_.string(extra_.front().key);
        out_.raw(extra_.front().value);
        extra_ = extra_.subspan(1);
    }

    writer& out_;
    std::span<raw_field const> extra_;
};

} // namespace dht::inline DHT_ABI::bencode

#endif
