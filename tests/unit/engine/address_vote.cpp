#include <dht/engine/address_vote.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include <algorithm>
#include <deque>

using namespace dht;
using namespace dht::test;

namespace {

/// The rule in as few words as possible.
class naive_vote {
public:
    std::optional<endpoint> cast(address const& voter, endpoint const& claimed,
                                 unsigned votes_min) {
        votes_.erase(std::remove_if(votes_.begin(), votes_.end(),
                                    [&](auto const& v) { return v.first == voter; }),
                     votes_.end());
        votes_.push_back({voter, claimed});
        if (votes_.size() > 32) votes_.pop_front();
        auto const same = static_cast<std::size_t>(
            std::count_if(votes_.begin(), votes_.end(),
                          [&](auto const& v) { return v.second.ip == claimed.ip; }));
        if (same < votes_min || 3 * same < 2 * votes_.size()) return std::nullopt;
        if (winner && winner->ip == claimed.ip) return std::nullopt;
        winner = claimed;
        return winner;
    }

    std::optional<endpoint> winner{};

private:
    std::deque<std::pair<address, endpoint>> votes_;
};

} // namespace

TEST_CASE("an address wins with two thirds of enough votes, and stays until another does") {
    engine::address_vote votes;
    endpoint const ours = at("9.9.9.9:1");
    for (std::uint32_t voter = 0; voter < 3; ++voter)
        CHECK_FALSE(votes.cast(far_apart(voter).ip, ours, 4));
    CHECK(votes.cast(far_apart(3).ip, ours, 4) == ours);
    CHECK_FALSE(votes.cast(far_apart(4).ip, at("9.9.9.9:2"), 4)); // the same, by another port
    CHECK_FALSE(votes.cast(far_apart(5).ip, at("8.8.8.8:1"), 4));
    CHECK(votes.winner() == ours);
}

TEST_CASE("who votes again has one vote all the same") {
    engine::address_vote votes;
    for (int i = 0; i < 100; ++i)
        CHECK_FALSE(votes.cast(far_apart(1).ip, at("9.9.9.9:1"), 2));
    CHECK(votes.cast(far_apart(2).ip, at("9.9.9.9:1"), 2));
}

TEST_CASE("votes of any history are counted like naive ones") {
    seeded_random chance{1};
    for (std::uint64_t const voters : {5U, 40U, 1'000U}) {
        engine::address_vote votes;
        naive_vote model;
        for (std::uint64_t step = 0; step < 5'000; ++step) {
            address const voter = far_apart(static_cast<std::uint32_t>(below(chance, voters))).ip;
            // Fashions change, and some always say something else.
            std::uint64_t const claim = below(chance, 4) == 0 ? below(chance, 60) : step / 500;
            endpoint const claimed{far_apart(static_cast<std::uint32_t>(1'000 + claim)).ip,
                                   static_cast<std::uint16_t>(1 + below(chance, 3))};
            REQUIRE(votes.cast(voter, claimed, 4) == model.cast(voter, claimed, 4));
            REQUIRE(votes.winner() == model.winner);
        }
        CHECK(votes.winner());
    }
}
