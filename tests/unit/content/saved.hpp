#ifndef DHT_TESTS_UNIT_CONTENT_SAVED_HPP
#define DHT_TESTS_UNIT_CONTENT_SAVED_HPP

#include <dht/base/error.hpp>

#include "../../catch.hpp"
#include <vector>

namespace dht::test {

/// Whatever happens to saved bytes is noticed: `restore(bytes) -> errc` refuses each beginning of
/// them, each with one bit turned, and one byte more.
template <class Restore>
void check_that_damage_is_refused(std::vector<std::byte> const& saved, Restore&& restore) {
    for (std::size_t size = 0; size < saved.size(); ++size) {
        INFO("the first " << size << " bytes");
        CHECK(restore(byte_view{saved}.first(size)) == errc::snapshot_damaged);
    }
    for (std::size_t bit = 0; bit < 8 * saved.size(); ++bit) {
        std::vector<std::byte> turned = saved;
        turned[bit / 8] ^= std::byte{1} << (bit % 8);
        INFO("bit " << bit);
        CHECK(restore(turned) == (bit / 8 == 4 ? errc::snapshot_version : errc::snapshot_damaged));
    }
    std::vector<std::byte> longer = saved;
    longer.push_back({});
    CHECK(restore(longer) == errc::snapshot_damaged);
}

} // namespace dht::test

#endif
