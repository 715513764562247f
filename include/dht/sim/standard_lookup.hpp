#ifndef DHT_SIM_STANDARD_LOOKUP_HPP
#define DHT_SIM_STANDARD_LOOKUP_HPP

#include <dht/outcome.hpp>
#include <dht/sim/standard_table.hpp>

namespace dht::inline DHT_ABI::sim {

/// What came of an operation of a standard client. `took` lasts until the eight closest have
/// answered, and for announces until they have confirmed.
struct standard_outcome : outcome {
    instant started{};
    std::optional<duration> first_value; ///< find_peers: until the first reply with peers
    std::uint32_t timeouts = 0;          ///< questions while searching that failed
    std::uint32_t hops = 0; ///< of the first value, or of the closest that answered; 1: we knew it
};

/// A lookup by the book (Kademlia, section 2.3; BEP 5): asks the closest that it has heard of,
/// alpha at a time, until the k closest that did not fail have answered. Sends nothing itself.
class standard_lookup {
public:
    enum class state : std::uint8_t { fresh, asked, replied, failed };

    struct candidate {
        key160 id;
        packed_endpoint at;
        state is = state::fresh;
        std::uint8_t hops = 1;
        std::vector<std::byte> token{};
    };

    standard_lookup(operation_kind kind, key160 const& target, standard_parameters const& p)
        : target_{target},
          alpha_{p.alpha},
          candidates_max_{p.candidates_max} {
        result.kind = kind;
    }

    /// What is told in the end, as far as it is known.
    standard_outcome result;

    [[nodiscard]] key160 const& target() const noexcept { return target_; }

    /// Somebody was named. The farthest are forgotten when there are too many.
    void add(key160 const& id, packed_endpoint const& at, unsigned hops = 1) {
        auto const same = [&](candidate const& c) { return c.id == id || c.at == at; };
        if (std::any_of(candidates_.begin(), candidates_.end(), same)) return;
        auto const place = std::find_if(candidates_.begin(), candidates_.end(),
                                        [&](auto const& c) { return closer(id, c.id, target_); });
        auto const hops_seen = static_cast<std::uint8_t>(std::min(hops, 255U));
        candidates_.insert(place, {id, at, state::fresh, hops_seen});
        if (candidates_.size() > candidates_max_ && candidates_.back().is != state::asked)
            candidates_.pop_back();
    }

    /// The next to be asked, who counts as asked from now on. nullptr: wait, or finished.
    candidate const* next() noexcept {
        if (in_flight_ >= alpha_) return nullptr;
        candidate* const c = first_that_is(state::fresh);
        if (c == nullptr) return nullptr;
        c->is = state::asked;
        ++in_flight_;
        ++result.asked;
        return c;
    }

    /// The answer to a question. nullptr: was not asked there, or has said something before.
    candidate* replied(packed_endpoint const& from) noexcept {
        candidate* const c = settle(from, state::replied);
        if (c != nullptr) ++result.replied;
        return c;
    }

    void failed(packed_endpoint const& from) noexcept {
        if (settle(from, state::failed) != nullptr) ++result.timeouts;
    }

    /// The k closest have answered, or whoever there was.
    [[nodiscard]] bool finished() const noexcept {
        return first_that_is(state::fresh) == nullptr && first_that_is(state::asked) == nullptr;
    }

    /// The k closest that answered, the closest first.
    [[nodiscard]] std::vector<candidate const*> closest() const {
        std::vector<candidate const*> found;
        for (candidate const& c : candidates_)
            if (c.is == state::replied && found.size() < k) found.push_back(&c);
        return found;
    }

private:
    static constexpr std::size_t k = standard_parameters::k;

    /// Among the k closest that did not fail.
    [[nodiscard]] candidate const* first_that_is(state s) const noexcept {
        std::size_t ahead = 0;
        for (candidate const& c : candidates_) {
            if (c.is == s) return &c;
            if (c.is != state::failed && ++ahead == k) return nullptr;
        }
        return nullptr;
    }

    candidate* first_that_is(state s) noexcept {
        return const_cast<candidate*>(std::as_const(*this).first_that_is(s));
    }

    candidate* settle(packed_endpoint const& from, state now) noexcept {
        for (candidate& c : candidates_) {
            if (c.at != from || c.is != state::asked) continue;
            c.is = now;
            --in_flight_;
            return &c;
        }
        return nullptr;
    }

    key160 target_;
    unsigned alpha_;
    std::size_t candidates_max_;
    std::vector<candidate> candidates_; // the closest first
    unsigned in_flight_ = 0;
};

} // namespace dht::inline DHT_ABI::sim

#endif
