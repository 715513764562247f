#ifndef DHT_ENGINE_ADDRESS_VOTE_HPP
#define DHT_ENGINE_ADDRESS_VOTE_HPP

#include <dht/base/endpoint.hpp>
#include <dht/base/thin_vector.hpp>

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
        forget(voter);
        if (votes_.size() >= votes_max) votes_.erase(0);
        votes_.push_back({voter, claimed});
        unsigned same = 0;
        for (vote const& v : votes_)
            same += v.claimed.ip == claimed.ip ? 1 : 0;
        if (same < votes_min || 3 * same < 2 * votes_.size()) return std::nullopt;
        if (winner_ && winner_->ip == claimed.ip) return std::nullopt;
        winner_ = claimed;
        return winner_;
    }

    [[nodiscard]] std::optional<endpoint> const& winner() const noexcept { return winner_; }

private:
    struct vote {
        address voter;
        endpoint claimed;
    };

    void forget(address const& voter) noexcept {
        for (std::size_t i = votes_.size(); i-- > 0;)
            if (votes_[i].voter == voter) votes_.erase(i);
    }

    static constexpr std::size_t votes_max = 32;

    thin_vector<vote> votes_;
    std::optional<endpoint> winner_;
};

} // namespace dht::inline DHT_ABI::engine

#endif
