#include <dht/content/topic_table.hpp>

#include "../../catch.hpp"

using namespace dht;
using content::subscriber;
using content::topic_table;

namespace {

/// Shares exactly `depth` leading bits with the id of zeros; `n` tells those of one depth apart.
node_id sharing(unsigned depth, unsigned n = 0) {
    node_id id;
    id.set_bit(depth, true);
    id.bytes[18] = static_cast<std::byte>(n);
    id.bytes[19] = std::byte{1};
    return id;
}

endpoint place(std::uint32_t n) {
    return {address::v4(0x05000001 + (n << 16U)), 6881};
}

struct table_bench {
    topic_table table{{node_id{}, {address::v4(0x01020304), 6881}}, {}};
    std::uint32_t next = 0;

    bool add(unsigned depth, unsigned n = 0) {
        return table.add({sharing(depth, n), place(next++)}) != nullptr;
    }

    [[nodiscard]] std::size_t at(unsigned depth) const {
        std::size_t count = 0;
        for (subscriber const& s : table)
            count += common_prefix_length<160>(s.id, node_id{}) == depth;
        return count;
    }
};

} // namespace

TEST_CASE("the first eight subscribers are the home bucket, whatever their ids") {
    table_bench b;
    for (unsigned n = 0; n < 8; ++n)
        CHECK(b.add(0, n));
    CHECK(b.table.home_depth() == 0);
    CHECK_FALSE(b.add(0, 8)); // it would split the bucket, and have no place in the sibling
}

TEST_CASE("home bucket and sibling hold eight, an uncle one (BEP 50)") {
    table_bench b;
    for (unsigned depth = 0; depth < 4; ++depth)
        for (unsigned n = 0; n < 9; ++n)
            b.add(depth, n);
    CHECK(b.table.home_depth() == 3);
    CHECK(b.at(0) == 1);
    CHECK(b.at(1) == 1);
    CHECK(b.at(2) == 8);
    CHECK(b.at(3) == 8);
    CHECK(b.table.size() == 18);
    for (unsigned depth = 0; depth < 4; ++depth) // and nobody whom there is no place for
        CHECK_FALSE(b.table.has_place(sharing(depth, 50)));
    CHECK(b.table.has_place(sharing(4)));
}

TEST_CASE("when the home bucket splits, its former sibling keeps the one it has known longest") {
    table_bench b;
    for (unsigned n = 0; n < 8; ++n)
        b.add(0, n);
    for (unsigned n = 0; n < 8; ++n)
        b.add(1, n);
    CHECK(b.at(0) == 8);
    b.add(2);
    CHECK(b.table.home_depth() == 2);
    CHECK(b.at(0) == 1);
    CHECK(b.table.begin()->id == sharing(0, 0));
    CHECK(b.at(1) == 8);
}

TEST_CASE("the home bucket grows back when subscribers leave") {
    table_bench b;
    for (unsigned n = 0; n < 8; ++n)
        b.add(0, n);
    for (unsigned n = 0; n < 8; ++n)
        b.add(1, n);
    b.add(2);
    for (std::uint32_t n = 8; n < 16; ++n)
        b.table.remove(place(n));
    CHECK(b.table.home_depth() == 0);
    CHECK(b.add(0, 30));
}

TEST_CASE("an id or an endpoint is in the table once, and we are not") {
    table_bench b;
    REQUIRE(b.add(3));
    CHECK_FALSE(b.table.has_place(sharing(3)));
    CHECK_FALSE(b.table.has_place(node_id{}));
    CHECK(b.table.find(place(0)) != nullptr);
    b.table.remove(place(0));
    CHECK(b.table.find(place(0)) == nullptr);
    CHECK(b.table.has_place(sharing(3)));
}

TEST_CASE("one site has four places unless it is local, one table has a limit, one family") {
    table_bench b;
    for (std::uint16_t port = 1; port <= 5; ++port) {
        bool const in = b.table.add({sharing(port), {address::v4(0x08080808), port}}) != nullptr;
        CHECK(in == (port <= 4));
    }
    CHECK(b.table.admits({address::v4(0x7f000001), 1}));
    CHECK_FALSE(b.table.admits({address::v6({std::byte{0x2a}}), 1}));
    for (unsigned depth = 10; depth < 140; ++depth)
        b.add(depth, 7);
    CHECK(b.table.size() == 64);
}

TEST_CASE("answers name the closest eight who answer, never the asker") {
    table_bench b;
    for (unsigned depth = 0; depth < 12; ++depth)
        b.add(depth);
    node_id const target = sharing(5);
    b.table.find(place(5))->failures = 1;
    auto const named = b.table.closest_to(target, place(6));
    REQUIRE(named.size() == 8);
    CHECK(std::is_sorted(named.begin(), named.end(), [&](auto const& a, auto const& c) {
        return closer<160>(a.id, c.id, target);
    }));
    for (node_contact const& n : named) {
        CHECK(n.at != place(5));
        CHECK(n.at != place(6));
    }
}

TEST_CASE("with another id the table is another one") {
    table_bench b;
    for (unsigned n = 0; n < 8; ++n)
        b.add(0, n);
    b.add(1);
    node_id id;
    id.bytes[0] = std::byte{0x80};
    b.table.move_to({id, b.table.own().at});
    CHECK(b.table.home_depth() == 1);
    CHECK(b.table.size() == 9);
    b.table.move_to({sharing(1), b.table.own().at}); // somebody's name: he goes
    CHECK(b.table.size() == 8);
}
