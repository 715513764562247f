#include <dht/wire/bencode_reader.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;
using namespace dht::bencode;
using namespace std::string_view_literals;
using test::repeat;

namespace {

struct reading {
    errc error;
    bool canonical;
    std::size_t left;
};

reading read_one(std::string_view text) {
    reader in{as_bytes(text)};
    in.next();
    return {in.error(), in.canonical(), in.rest().size()};
}

std::optional<std::int64_t> integer_of(std::string_view text) {
    reader in{as_bytes(text)};
    return to_integer(in.next());
}

} // namespace

TEST_CASE("canonical values are read whole") {
    std::string_view const text = GENERATE(
        "i12453e"sv, "li12453e3:aaae"sv, "d3:bari2e3:fooi1ee"sv, "i-9223372036854775807e"sv,
        "d1:ai1e2:aai2ee"sv, "i0e"sv, "d3:a\0bi1ee"sv, "le"sv, "de"sv, "ldedee"sv, "0:"sv, "1:x"sv,
        "29:unicode test \320\277\321\200\320\276\320\262\320\265\321\200\320\272\320\260"sv,
        "d0:i1e1:ai2ee"sv, "i604919719469385652980544193299329427705624352086e"sv,
        "i184467440737095516154e"sv, "d1:ad1:ai1eee"sv, "ld1:bi1eed1:ai1eee"sv);
    CAPTURE(text);
    reading const r = read_one(text);
    CHECK(r.error == errc::ok);
    CHECK(r.canonical);
    CHECK(r.left == 0);
    CHECK(is_canonical(as_bytes(text)));
}

TEST_CASE("what BEP 3 forbids but the network sends is read and noted") {
    std::string_view const text =
        GENERATE("d1:ai12453e1:b3:aaa1:c3:bbb1:X10:0123456789e"sv, "d2:bai1e2:aai2ee"sv,
                 "d2:aai1e2:aai2ee"sv, "i01e"sv, "i-0e"sv, "i-01e"sv, "00:"sv, "03:abc"sv,
                 "0000000000000000000000003:abc"sv, "ld1:bi1e1:ai1eee"sv, "d1:ai1e0:i1ee"sv,
                 "d9:info_hashi1e9:info_hasgi1ee"sv, "d9:info_hashi1e8:info_hasi1ee"sv,
                 "d1:ad1:bi1e1:ai1eee"sv);
    CAPTURE(text);
    reading const r = read_one(text);
    CHECK(r.error == errc::ok);
    CHECK_FALSE(r.canonical);
    CHECK(r.left == 0);
    CHECK_FALSE(is_canonical(as_bytes(text)));
}

TEST_CASE("bytes behind a value stay unread") {
    reader in{as_bytes("i42ee")};
    CHECK(to_integer(in.next()) == 42);
    CHECK(in.ok());
    CHECK(as_text(in.rest()) == "e");
    CHECK_FALSE(is_canonical(as_bytes("i42ee")));
}

TEST_CASE("what cannot be read is an error") {
    struct {
        std::string_view text;
        errc error;
    } const cases[] = {
        {"", errc::truncated},
        {"e", errc::malformed},
        {"x", errc::malformed},
        {":", errc::malformed},
        {"-1:a", errc::malformed},
        {"d1:ai1e1:be", errc::malformed}, // a key without a value
        {"18446744073709551615:foobar", errc::truncated},
        {"18446744073709551617:f", errc::truncated}, // 1, had it wrapped
        {"199999999:foobar", errc::truncated},
        {"i-e", errc::malformed},
        {"ie", errc::malformed},
        {"i-", errc::truncated},
        {"i", errc::truncated},
        {"i1", errc::truncated},
        {"i--1e", errc::malformed},
        {"i+1e", errc::malformed},
        {"i 1e", errc::malformed},
        {"l2:..", errc::truncated},
        {"l", errc::truncated},
        {"d", errc::truncated},
        {"d1:a", errc::truncated},
        {"di2ei0ee", errc::malformed},
        {"dle0:e", errc::malformed},
        {"d1000:", errc::truncated},
        {"d1000", errc::truncated},
        {"100:..", errc::truncated},
        {"1:", errc::truncated},
        {"1", errc::truncated},
        {"12", errc::truncated},
        {"1x", errc::malformed},
        {"1e2:ab", errc::malformed},
        {"i-1+23e", errc::malformed},
        {"i-1+2.3e", errc::malformed},
        {"d10000000000", errc::truncated},
        {"lx", errc::malformed},
    };

    for (auto const& c : cases) {
        CAPTURE(c.text);
        reader in{as_bytes(c.text)};
        value const v = in.next();
        CHECK(v.type == kind::none);
        CHECK(v.raw().empty());
        CHECK(v.content().empty());
        CHECK(in.error() == c.error);
        CHECK(in.rest().empty());
        CHECK(in.next().type == kind::none); // and the first error sticks
        CHECK(in.error() == c.error);
        CHECK_FALSE(is_canonical(as_bytes(c.text)));
    }
}

TEST_CASE("a dictionary of a thousand sorted keys is canonical") {
    std::string text = "d";
    for (int i = 0; i < 1000; ++i) {
        std::string const number = std::to_string(i);
        text += "4:" + std::string(4 - number.size(), '0') + number + "i" + number + "e";
    }
    text += "e";
    CHECK(is_canonical(as_bytes(text)));
}

TEST_CASE("a string of a million bytes is read") {
    std::string const text = "1000000:" + std::string(1'000'000, 'a');
    reader in{as_bytes(text)};
    CHECK(in.next().content().size() == 1'000'000);
    CHECK(in.ok());
}

TEST_CASE("nesting ends where the reader's stack does") {
    auto const nested = [](std::size_t depth, std::string_view open) {
        return repeat(depth, open) + repeat(depth, "e");
    };
    CHECK(read_one(nested(depth_max, "l")).error == errc::ok);
    CHECK(read_one(nested(depth_max + 1, "l")).error == errc::too_deep);
    CHECK(read_one(nested(1024, "l")).error == errc::too_deep);
    CHECK(read_one(repeat(100'000, "l")).error == errc::too_deep);
    CHECK(read_one(repeat(depth_max + 1, "d1:a") + "i1e" + repeat(depth_max + 1, "e")).error ==
          errc::too_deep);
    CHECK(read_one(repeat(depth_max, "d1:a") + "i1e" + repeat(depth_max, "e")).error == errc::ok);
    CHECK(read_one(repeat(10'000, "le") + "e").left == 20'000 - 1); // breadth is no depth
}

TEST_CASE("integers fit 64 bits or are none") {
    CHECK(integer_of("i0e") == 0);
    CHECK(integer_of("i-0e") == 0);
    CHECK(integer_of("i007e") == 7);
    CHECK(integer_of("i-42e") == -42);
    CHECK(integer_of("i9223372036854775807e") == INT64_MAX);
    CHECK(integer_of("i-9223372036854775808e") == INT64_MIN);
    CHECK(integer_of("i9223372036854775808e") == std::nullopt);
    CHECK(integer_of("i-9223372036854775809e") == std::nullopt);
    CHECK(integer_of("i604919719469385652980544193299329427705624352086e") == std::nullopt);
    CHECK(integer_of("i184467440737095516154e") == std::nullopt);
    CHECK(integer_of("1:7") == std::nullopt);
    CHECK(integer_of("li7ee") == std::nullopt);
}

TEST_CASE("a value says what it is, where it stands and what is in it") {
    std::string_view const text = "5:helloi-12eli1e1:xed1:ai1ee";
    reader in{as_bytes(text)};

    struct {
        kind type;
        std::string_view raw;
        std::string_view content;
    } const expected[] = {
        {kind::string, "5:hello", "hello"},
        {kind::integer, "i-12e", "-12"},
        {kind::list, "li1e1:xe", "i1e1:x"},
        {kind::dictionary, "d1:ai1ee", "1:ai1e"},
    };

    for (auto const& e : expected) {
        CHECK(in.peek() == e.type);
        value const v = in.next();
        CHECK(v.type == e.type);
        CHECK(as_text(v.raw()) == e.raw);
        CHECK(as_text(v.content()) == e.content);
    }
    CHECK(in.peek() == kind::none);
    CHECK(in.ok());
}

TEST_CASE("peek knows the end of a container and what begins nothing") {
    CHECK(reader{as_bytes("e")}.peek() == kind::end);
    CHECK(reader{as_bytes("x")}.peek() == kind::none);
    CHECK(reader{as_bytes("/")}.peek() == kind::none); // beside '0' and '9'
    CHECK(reader{as_bytes(":")}.peek() == kind::none);
    CHECK(reader{byte_view{}}.peek() == kind::none);
}

TEST_CASE("a dictionary is walked key by key, in the order that it has") {
    reader in{as_bytes("d1:zi26e1:ai1e0:i0ee3:end")};
    dictionary_reader keys{in};
    std::string seen;
    std::int64_t sum = 0;
    while (keys.next()) {
        seen += keys.current().text();
        seen += ',';
        sum += to_integer(in.next()).value_or(0);
    }
    CHECK(seen == "z,a,,");
    CHECK(sum == 27);
    CHECK_FALSE(in.canonical());
    CHECK(as_text(in.next().content()) == "end");
}

TEST_CASE("an error inside ends the walk") {
    std::string_view const text = GENERATE("d"sv, "d1"sv, "d1:"sv, "d1:a"sv, "d1:ai1"sv,
                                           "d1:ai1ex"sv, "di1ei1ee"sv, "d1:aex"sv);
    CAPTURE(text);
    reader in{as_bytes(text)};
    dictionary_reader keys{in};
    int count = 0;
    while (keys.next() && ++count < 10)
        in.next();
    CHECK(count < 2);
    CHECK_FALSE(in.ok());
}

TEST_CASE("keys are ordered as their bytes are") {
    auto const key_of = [](std::string_view text) {
        return key{key_head(text), text.data(), text.size()};
    };
    std::string_view const ascending[] = {"",       "\0"sv,     "a",         "a\0"sv,     "a\0\0"sv,
                                          "ab",     "info_has", "info_hash", "info_hasi", "nodes",
                                          "nodes6", "\177"sv,   "\200"sv,    "\377\377"sv};
    for (auto const& a : ascending)
        for (auto const& b : ascending) {
            CAPTURE(a, b);
            CHECK(key_of(a).before(key_of(b)) == (&a < &b));
        }
}

TEST_CASE("the head of a key does not depend on what stands behind it") {
    for (std::size_t size = 0; size < 12; ++size) {
        std::string const text(size, 'k');
        std::string const entry = std::to_string(size) + ":" + text;
        for (std::string_view const tail : {"", "e", "i1e", "20:abcdefghij0123456789"}) {
            std::string const message = "d" + entry + std::string{tail};
            reader in{as_bytes(message)};
            dictionary_reader keys{in};
            REQUIRE(keys.next());
            CHECK(keys.current().head == key_head(text));
            CHECK(keys.current().text() == text);
        }
    }
}
