#include <dht/wire/bencode_writer.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"
#include <limits>

using namespace dht;
using namespace dht::bencode;

namespace {

/// What `write(writer&)` writes into a buffer of `bytes` bytes; "overflow" when it does not fit.
template <class Write>
std::string written(Write write, std::size_t bytes = 256) {
    std::vector<std::byte> buffer(bytes);
    writer out{buffer};
    write(out);
    return out.overflowed() ? "overflow"
                            : std::string{as_text(byte_view{buffer}.first(out.size()))};
}

} // namespace

TEST_CASE("integers have no padding and all 64 bits") {
    auto const integer = [](std::int64_t number) {
        return written([=](writer& out) { out.integer(number); });
    };
    CHECK(integer(0) == "i0e");
    CHECK(integer(-1) == "i-1e");
    CHECK(integer(6881) == "i6881e");
    CHECK(integer(std::numeric_limits<std::int64_t>::max()) == "i9223372036854775807e");
    CHECK(integer(std::numeric_limits<std::int64_t>::min()) == "i-9223372036854775808e");
}

TEST_CASE("strings carry their length") {
    CHECK(written([](writer& out) { out.string(""); }) == "0:");
    CHECK(written([](writer& out) { out.string("hello"); }) == "5:hello");
    CHECK(written([](writer& out) { out.string(std::string(200, 'a')); }) ==
          "200:" + std::string(200, 'a'));
}

TEST_CASE("containers enclose what is written between") {
    CHECK(written([](writer& out) {
              out.begin_dictionary();
              out.string("l");
              out.begin_list();
              out.integer(1);
              out.raw(as_bytes("le"));
              out.end();
              out.end();
          }) == "d1:lli1eleee");
}

TEST_CASE("overflow sticks and nothing is written behind the buffer") {
    std::string const whole = "d3:key5:value1:ni42ee";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        std::vector<std::byte> buffer(size + 1, std::byte{0x55});
        writer out{byte_span{buffer}.first(size)};
        dictionary_writer d{out, {}};
        d.field("key", as_bytes("value"));
        d.field("n", 42);
        d.end();
        CAPTURE(size);
        CHECK(out.overflowed() == (size < whole.size()));
        CHECK(out.size() <= size);
        CHECK(buffer[size] == std::byte{0x55});
    }
}

TEST_CASE("what fits after an overflow is not written either") {
    CHECK(written(
              [](writer& out) {
                  out.string("too long");
                  out.integer(1);
                  CHECK(out.size() <= 2);
              },
              4) == "overflow");
}

TEST_CASE("claimed room is part of a string") {
    CHECK(written([](writer& out) {
              out.string_header(3);
              for (std::byte& b : out.claim(3))
                  b = std::byte{'x'};
          }) == "3:xxx");
    CHECK(written([](writer& out) { CHECK(out.claim(5).empty()); }, 4) == "overflow");
}

TEST_CASE("a gap moves what was written behind it") {
    auto const with_gap = [](std::size_t at, std::size_t bytes) {
        return written(
            [=](writer& out) {
                out.raw(as_bytes("abcdef"));
                for (std::byte& b : out.insert_gap(at, bytes))
                    b = std::byte{'-'};
            },
            10);
    };
    CHECK(with_gap(0, 2) == "--abcdef");
    CHECK(with_gap(3, 4) == "abc----def");
    CHECK(with_gap(6, 1) == "abcdef-");
    CHECK(with_gap(2, 0) == "abcdef");
}

TEST_CASE("extra fields are merged in order") {
    auto const merged = [](std::vector<raw_field> const& extra) {
        return written([&](writer& out) {
            dictionary_writer d{out, extra};
            d.field("b", 1);
            d.field("d", 2);
            d.end();
        });
    };
    byte_view const zero = as_bytes("i0e");
    CHECK(merged({}) == "d1:bi1e1:di2ee");
    CHECK(merged({{"a", zero}}) == "d1:ai0e1:bi1e1:di2ee");
    CHECK(merged({{"a", zero}, {"aa", zero}, {"c", zero}, {"e", zero}}) ==
          "d1:ai0e2:aai0e1:bi1e1:ci0e1:di2e1:ei0ee");
    CHECK(merged({{"b", zero}, {"c", zero}}) == "d1:bi1e1:ci0e1:di2ee"); // ours stays
}

TEST_CASE("the place of a key that comes later is behind all that stand before it") {
    raw_field const extra[] = {
        {"a", as_bytes("i0e")}, {"b", as_bytes("i0e")}, {"c", as_bytes("i0e")}};
    std::size_t place = 0;
    std::string const text = written([&](writer& out) {
        dictionary_writer d{out, extra};
        place = d.place_of("b");
        d.end();
    });
    CHECK(text == "d1:ai0e1:ci0ee");
    CHECK(place == std::string_view{"d1:ai0e"}.size());
}
