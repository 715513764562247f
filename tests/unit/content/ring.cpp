#include <dht/content/ring.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include <vector>

using namespace dht;
using namespace dht::test;
using content::ring;

namespace {

key160 name(std::uint32_t n) {
    key160 k;
    store_big_endian(k.bytes.data(), n);
    return k;
}

} // namespace

TEST_CASE("everybody has one turn in each period, evenly") {
    ring<int> r{minutes{60}, minutes{5}, 1'000};
    for (std::uint32_t i = 0; i < 1'000; ++i)
        REQUIRE(r.keep(second(0), name(i), 0));
    CHECK_FALSE(r.keep(second(0), name(1'000), 0));
    std::vector<unsigned> turns(1'000);
    std::vector<unsigned> in_second(7'200);
    for (instant now{}; now < second(7'200); now = r.next_at())
        while (auto const k = r.take_due(now)) {
            ++turns[load_big_endian<std::uint32_t>(k->bytes.data())];
            ++in_second[static_cast<std::size_t>(now.time_since_epoch() / seconds{1})];
        }
    for (unsigned const t : turns)
        CHECK(t == 2);
    CHECK(*std::max_element(in_second.begin(), in_second.end()) == 1);
}

TEST_CASE("newcomers delay nobody, and a failure has one more turn") {
    ring<int> r{minutes{60}, minutes{5}, 1'000};
    r.keep(second(0), name(1), 0);
    CHECK(r.take_due(second(0)) == name(1));
    CHECK_FALSE(r.take_due(second(1)));
    for (std::uint32_t i = 2; i < 500; ++i)
        r.keep(second(3'590), name(i), 0);
    CHECK(r.take_due(second(3'590)) == name(1));
    r.retry(name(1), second(3'590));
    unsigned again = 0;
    for (instant now = second(3'590); now < second(3'590 + 3'000); now = r.next_at())
        if (auto const k = r.take_due(now); k && *k == name(1)) ++again;
    CHECK(again == 1);
}

TEST_CASE("a long sleep causes no burst") {
    ring<int> r{minutes{60}, minutes{5}, 1'000};
    for (std::uint32_t i = 0; i < 100; ++i)
        r.keep(second(0), name(i), 0);
    unsigned turns = 0;
    while (r.take_due(second(0)))
        ++turns;
    while (r.take_due(second(100'000)))
        ++turns;
    CHECK(turns == 2);
    CHECK(r.forget(name(5)));
    CHECK_FALSE(r.forget(name(5)));
}
