#include <dht/kad/bucket.hpp>

#include "../../catch.hpp"
#include "samples.hpp"

using namespace dht;
using namespace dht::test;

// A bucket that is the last of its list still covers both halves of its range: its slots begin at
// bit `bucket`, those of any other bucket at the bit behind. Ids are cut to the bits that count.
TEST_CASE("prefix_slot is the number that the bits below the shared prefix make") {
    struct {
        unsigned bucket;
        bool last;
        std::size_t slots;
        char const* id;
        std::size_t slot;
    } const cases[] = {
        {0, true, 8, "0cdcdc", 0},    {0, true, 8, "2cdcdc", 1},    {0, true, 8, "4cdcdc", 2},
        {0, true, 8, "6cdcdc", 3},    {0, true, 8, "8cdcdc", 4},    {0, true, 8, "acdcdc", 5},
        {0, true, 8, "ccdcdc", 6},    {0, true, 8, "ecdcdc", 7},    {0, true, 8, "fcdcdc", 7},
        {4, true, 8, "c0cdcd", 0},    {4, true, 8, "c2cdcd", 1},    {4, true, 8, "c4cdcd", 2},
        {4, true, 8, "c6cdcd", 3},    {4, true, 8, "c8cdcd", 4},    {4, true, 8, "cacdcd", 5},
        {4, true, 8, "cccdcd", 6},    {4, true, 8, "cecdcd", 7},    {4, true, 8, "cfcdcd", 7},
        {8, true, 8, "dc0cdc", 0},    {8, true, 8, "dc2cdc", 1},    {8, true, 8, "dc4cdc", 2},
        {8, true, 8, "dc6cdc", 3},    {8, true, 8, "dc8cdc", 4},    {8, true, 8, "dcacdc", 5},
        {8, true, 8, "dcccdc", 6},    {8, true, 8, "dcecdc", 7},    {8, true, 8, "dcfcdc", 7},
        {12, true, 8, "cdc0cd", 0},   {12, true, 8, "cdc2cd", 1},   {12, true, 8, "cdc4cd", 2},
        {12, true, 8, "cdc6cd", 3},   {12, true, 8, "cdc8cd", 4},   {12, true, 8, "cdcacd", 5},
        {12, true, 8, "cdcccd", 6},   {12, true, 8, "cdcecd", 7},   {12, true, 8, "cdcfcd", 7},
        {11, false, 8, "cdc0cd", 0},  {11, false, 8, "cdc2cd", 1},  {11, false, 8, "cdc4cd", 2},
        {11, false, 8, "cdc6cd", 3},  {11, false, 8, "cdc8cd", 4},  {11, false, 8, "cdcacd", 5},
        {11, false, 8, "cdcccd", 6},  {11, false, 8, "cdcecd", 7},  {11, false, 8, "cdcfcd", 7},
        {12, false, 8, "cdc8cd", 0},  {12, false, 8, "cdc9cd", 1},  {12, false, 8, "cdcacd", 2},
        {12, false, 8, "cdcbcd", 3},  {12, false, 8, "cdcccd", 4},  {12, false, 8, "cdcdcd", 5},
        {12, false, 8, "cdcecd", 6},  {12, false, 8, "cdcfcd", 7},  {12, false, 8, "cdc7cd", 7},
        {12, true, 16, "cdc0cd", 0},  {12, true, 16, "cdc1cd", 1},  {12, true, 16, "cdc2cd", 2},
        {12, true, 16, "cdc3cd", 3},  {12, true, 16, "cdc4cd", 4},  {12, true, 16, "cdc5cd", 5},
        {12, true, 16, "cdc6cd", 6},  {12, true, 16, "cdc7cd", 7},  {12, true, 16, "cdc8cd", 8},
        {12, true, 16, "cdc9cd", 9},  {12, true, 16, "cdcacd", 10}, {12, true, 16, "cdcbcd", 11},
        {12, true, 16, "cdcccd", 12}, {12, true, 16, "cdcdcd", 13}, {12, true, 16, "cdcecd", 14},
        {12, true, 16, "cdcfcd", 15},
    };

    for (auto const& c : cases) {
        CAPTURE(c.bucket, c.last, c.slots, c.id);
        CHECK(prefix_slot(key_of(c.id), c.bucket + (c.last ? 0U : 1U), c.slots) == c.slot);
    }
}

TEST_CASE("a number of slots between powers of two counts as the lower one") {
    CHECK(prefix_slot(key_of("ff"), 0, 1) == 0);
    CHECK(prefix_slot(key_of("ff"), 0, 12) == 7);
    CHECK(prefix_slot(key_of("ff"), 0, 128) == 127);
}

TEST_CASE("bits beyond the end of a key count as zeros") {
    key160 ones;
    ones.bytes.fill(std::byte{0xff});
    CHECK(prefix_slot(ones, 158, 8) == 6);
    CHECK(prefix_slot(ones, 160, 8) == 0);
}

TEST_CASE("capacities go down with depth to Kademlia's k") {
    bucket_capacities const c{};
    CHECK(c.at(0) == 128);
    CHECK(c.at(3) == 16);
    CHECK(c.at(4) == 8);
    CHECK(c.at(159) == 8);
}
