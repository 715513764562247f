#include <dht/secure/puzzle.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;

namespace {

/// RFC 8032, section 7.1: the seed and the public key of its third test, whose H(H(our_key)) begins
/// with two zero bits and ends with four.
ed25519_seed const our_seed =
    array_of<32>("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
ed25519_public_key const our_key =
    array_of<32>("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
node_id const our_id = to_node_id(key_of("dac073e0123bdea59dd9b3bda9cf6037f63aca82"));

/// The public key of the first test there, and the first 160 bits of its SHA-256.
ed25519_public_key const other_key =
    array_of<32>("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
node_id const other_id = to_node_id(key_of("21fe31dfa154a261626bf854046fd2271b7bed4b"));

constexpr puzzle_rules rules_of(unsigned c1, unsigned c2, zero_bits where = zero_bits::leading) {
    return {c1, c2, where, hours{24}};
}

unix_time midday(std::int64_t n) {
    return unix_time{n * 86'400 + 43'200};
}

} // namespace

// Zero bits, ids and numbers were counted with another SHA-256.
TEST_CASE("the static puzzle is held against the zero bits of H(H(our_key))") {
    CHECK(solves_static_puzzle(rules_of(2, 0), our_key));
    CHECK_FALSE(solves_static_puzzle(rules_of(3, 0), our_key));
    CHECK(solves_static_puzzle(rules_of(4, 0, zero_bits::trailing), our_key));
    CHECK_FALSE(solves_static_puzzle(rules_of(5, 0, zero_bits::trailing), our_key));
    CHECK(solves_static_puzzle(rules_of(0, 0), other_key));
    CHECK_FALSE(solves_static_puzzle(rules_of(1, 0), other_key));
    CHECK(solves_static_puzzle(rules_of(1, 0, zero_bits::trailing), other_key));
}

TEST_CASE("the dynamic puzzle is solved by the first number that does") {
    struct {
        unsigned bits;
        zero_bits where;
        std::uint64_t number;
        char const* x;
    } const cases[] = {
        {2, zero_bits::leading, 0, "0000000000004e20000000000000000000000000"},
        {8, zero_bits::leading, 50, "0000000000004e20000000000000000000000032"},
        {12, zero_bits::leading, 3'534, "0000000000004e20000000000000000000000dce"},
        {14, zero_bits::leading, 51'202, "0000000000004e2000000000000000000000c802"},
        {10, zero_bits::trailing, 1'322, "0000000000004e2000000000000000000000052a"},
        {14, zero_bits::trailing, 3'481, "0000000000004e20000000000000000000000d99"},
    };

    for (auto const& c : cases) {
        CAPTURE(c.bits, c.x);
        puzzle_rules const rules = rules_of(0, c.bits, c.where);
        puzzle_search search{rules, other_id, 20'000};
        auto const x = search.advance(100'000);
        REQUIRE(x);
        CHECK(*x == key_of(c.x));
        CHECK(search.tried() == c.number + 1);
        CHECK(solves_dynamic_puzzle(rules, other_id, *x));
    }
}

TEST_CASE("an id is that of a key but for the bits that are BEP 42's") {
    CHECK(id_of_key(our_key) == our_id);
    CHECK(id_of_key(other_key) == other_id);
    for (unsigned bit = 0; bit < 160; ++bit) {
        CAPTURE(bit);
        node_id changed = our_id;
        changed.flip_bit(bit);
        CHECK(is_id_of_key(changed, our_key, id_binding::bep42) == (bit < 21 || bit >= 157));
        CHECK_FALSE(is_id_of_key(changed, our_key, id_binding::whole));
    }
    CHECK(is_id_of_key(our_id, our_key, id_binding::whole));
    CHECK_FALSE(is_id_of_key(our_id, other_key, id_binding::bep42));
}

TEST_CASE("a search goes on where it stopped, and lanes share nothing") {
    puzzle_rules const rules = rules_of(0, 12);
    puzzle_search by_slices{rules, other_id, 20'000};
    std::optional<key160> x;
    unsigned slices = 0;
    for (; !x; ++slices)
        x = by_slices.advance(100);
    CHECK(slices == 36);
    CHECK(x == puzzle_search{rules, other_id, 20'000}.advance(10'000));

    auto const in_lane = puzzle_search{rules, other_id, 20'000, 7}.advance(100'000);
    REQUIRE(in_lane);
    CHECK(load_big_endian<std::uint32_t>(in_lane->bytes.data() + 8) == 7);
    CHECK(solves_dynamic_puzzle(rules, other_id, *in_lane));
}

TEST_CASE("a key is found by slices, and again from its seed") {
    puzzle_rules const rules = rules_of(6, 0);
    key_search search{rules, our_seed};
    std::optional<ed25519_key_pair> found;
    while (!found)
        found = search.advance(10);
    CHECK(solves_static_puzzle(rules, found->public_key()));
    CHECK(ed25519_key_pair::from_seed(search.seed()).public_key() == found->public_key());
    CHECK(search.tried() > 1);
    CHECK(search.tried() < 1'000);
}

TEST_CASE("a search takes as long as its zero bits say, on average") {
    std::uint64_t tried = 0;
    for (std::uint32_t lane = 0; lane < 400; ++lane) {
        puzzle_search search{rules_of(0, 7), other_id, 20'000, lane};
        REQUIRE(search.advance(100'000));
        tried += search.tried();
    }
    CHECK(tried > 400 * 128 * 80 / 100); // four standard deviations
    CHECK(tried < 400 * 128 * 120 / 100);
}

TEST_CASE("a proof is for its id, key and epoch alone") {
    puzzle_rules const rules = rules_of(2, 12);
    auto const x = puzzle_search{rules, our_id, 20'000}.advance(1'000'000);
    REQUIRE(x);
    puzzle_proof const proof{our_key, *x};
    auto const holds = [&](node_id const& whose, puzzle_proof const& p, unix_time date) {
        return is_proof_for(whose, p, rules, id_binding::bep42, date);
    };
    CHECK(holds(our_id, proof, midday(20'000)));
    CHECK(holds(our_id, proof, midday(19'999)));
    CHECK(holds(our_id, proof, midday(20'001)));
    CHECK_FALSE(holds(our_id, proof, midday(19'998)));
    CHECK_FALSE(holds(our_id, proof, midday(20'002)));
    CHECK_FALSE(holds(other_id, proof, midday(20'000)));
    CHECK_FALSE(holds(our_id, {other_key, *x}, midday(20'000)));

    for (unsigned bit = 0; bit < 160; ++bit) {
        puzzle_proof changed = proof;
        changed.x.flip_bit(bit);
        CHECK(holds(our_id, changed, midday(20'000)) ==
              solves_dynamic_puzzle(rules, our_id, changed.x));
        node_id moved = our_id; // to another address: that is another puzzle
        moved.flip_bit(bit);
        bool const of_key = bit < 21 || bit >= 157;
        CHECK(holds(moved, proof, midday(20'000)) ==
              (of_key && solves_dynamic_puzzle(rules, moved, *x)));
    }
    // H(id xor X) alone would have one search serve for all ids: not with the epoch in X.
    puzzle_proof const shifted{other_key, *x ^ our_id ^ other_id};
    CHECK(solves_dynamic_puzzle(rules, other_id, shifted.x));
    CHECK_FALSE(
        is_proof_for(other_id, shifted, rules_of(0, 12), id_binding::bep42, midday(20'000)));
    // Epochs from the end of what a number holds.
    for (char const* far : {"7fffffffffffffff", "8000000000000000", "ffffffffffffffff"})
        CHECK_FALSE(holds(our_id, {our_key, key_of(far)}, midday(20'000)));
}
