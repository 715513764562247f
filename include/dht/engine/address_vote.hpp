#ifndef DHT_ENGINE_ADDRESS_VOTE_HPP
#define DHT_ENGINE_ADDRESS_VOTE_HPP

#include <dht/kad/packed_contact.hpp>

#include <optional>

namespace dht::inline DHT_ABI::engine {

/// What our external address is, by the word of others (BEP 42 `ip`): the last 32 voters have one
/// vote per subnet, and an address wins with two thirds of at least `votes_min` votes. Who has won
/// stays until another wins.
class address_vote {
public:
    /// One answer to a question of ours said that it came from `claimed`. Returns the new winner
    /// when there is one, else nothing.
    std::optional<endpoint> cast(address const& voter, endpoint const& claimed,
                                 unsigned votes_min) {
        for (std::size_t i = votes(); i-- > 0;)
            if (voters_[i] == voter) forget(i);
        if (votes() >= votes_max) forget(0);
        voters_.insert(votes(), voter);
        choices_.push_back(number_of(claimed));
        unsigned same = 0;
        for (std::uint8_t const choice : choices_)
            same += claims_[choice].ip == claimed.ip ? 1 : 0;
        if (same < votes_min || 3 * same < 2 * votes()) return std::nullopt;
        if (winner_ && winner_->ip == claimed.ip) return std::nullopt;
        winner_ = claimed;
        return winner_;
    }

    /// For all voters that there can be, of that family.
    void make_room(family f) {
        voters_.reserve(votes_max, f);
        choices_.reserve(votes_max);
        claims_.reserve(votes_max);
    }

    void shrink_to_fit() {
        voters_.shrink_to_fit();
        choices_.shrink_to_fit();
        claims_.shrink_to_fit();
    }

    [[nodiscard]] std::optional<endpoint> const& winner() const noexcept { return winner_; }

private:
    static constexpr std::size_t votes_max = 32;

    [[nodiscard]] std::size_t votes() const noexcept { return choices_.size(); }

    std::uint8_t number_of(endpoint const& claimed) {
        auto const known = std::find(claims_.begin(), claims_.end(), claimed);
        auto const number = static_cast<std::uint8_t>(known - claims_.begin());
        if (known == claims_.end()) claims_.push_back(claimed);
        return number;
    }

    void forget(std::size_t vote) noexcept {
        std::uint8_t const choice = choices_[vote];
        voters_.erase(vote);
        choices_.erase(vote);
        if (std::count(choices_.begin(), choices_.end(), choice) > 0) return;
        claims_.erase(choice);
        for (std::uint8_t& other : choices_)
            other = static_cast<std::uint8_t>(other - (other > choice ? 1 : 0));
    }

    dht::detail::address_column voters_;
    thin_vector<std::uint8_t> choices_; // of the voters at the same positions, among the claims
    thin_vector<endpoint> claims_;      // each of them somebody's choice
    std::optional<endpoint> winner_;
};

} // namespace dht::inline DHT_ABI::engine

#endif
