#ifndef DHT_SIM_CONSPIRACY_HPP
#define DHT_SIM_CONSPIRACY_HPP

#include <dht/base/dense_map.hpp>
#include <dht/kad/contact.hpp>
#include <dht/policy/random_source.hpp>
#include <dht/sim/chance.hpp>
#include <dht/sim/closest_of.hpp>

namespace dht::inline DHT_ABI::sim {

/// One of the identities of an adversary.
struct member {
    node_id id;
    endpoint at;
    instant since; ///< before that it is silent, and the others do not name it
};

/// What colluding identities share: they know each other and the whole overlay. 105 bytes per
/// member. Must outlive the world's last step.
class conspiracy {
public:
    explicit conspiracy(std::uint64_t seed)
        : chance_{seed},
          directory_{0xffffffff, key_for(seed, purpose::adversaries)} {}

    /// More members, there from `since` on. No address may have two.
    void enlist(std::span<node_contact const> more, instant since = instant::min()) {
        for (node_contact const& n : more)
            members_.push_back({n.id, n.at, since});
        std::sort(members_.begin(), members_.end(),
                  [](member const& a, member const& b) { return a.id < b.id; });
        for (std::size_t i = 0; i < members_.size(); ++i)
            *directory_.find_or_insert(members_[i].at) = static_cast<std::uint32_t>(i);
    }

    /// The honest nodes that it knows.
    void learn(std::vector<node_contact> honest) {
        honest_ = std::move(honest);
        std::sort(honest_.begin(), honest_.end(),
                  [](node_contact const& a, node_contact const& b) { return a.id < b.id; });
    }

    /// That member is there from now on.
    void admit(std::size_t i, instant now) noexcept { members_[i].since = now; }

    // -- who is there

    /// By their ids.
    [[nodiscard]] std::vector<member> const& members() const noexcept { return members_; }

    [[nodiscard]] std::vector<node_contact> const& honest() const noexcept { return honest_; }

    [[nodiscard]] std::vector<endpoint> addresses() const {
        std::vector<endpoint> all;
        for (member const& m : members_)
            all.push_back(m.at);
        return all;
    }

    /// Whose address that is; nullptr: nobody's.
    [[nodiscard]] member const* member_at(endpoint const& at) const noexcept {
        std::uint32_t const* const i = directory_.find(at);
        return i == nullptr ? nullptr : &members_[*i];
    }

    // -- whom to name

    /// The members closest to the target who are there now and for whom wanted(member) is true.
    template <class Wanted>
    [[nodiscard]] std::vector<node_contact> closest_members(key160 const& target, std::size_t count,
                                                            instant now, Wanted wanted) const {
        auto const there = [&](member const& m) { return m.since <= now && wanted(m); };
        std::vector<node_contact> found;
        for (member const& m : closest_of(std::span{members_}, target, count, &id_of, there))
            found.push_back({m.id, m.at});
        return found;
    }

    [[nodiscard]] std::vector<node_contact> closest_members(key160 const& target, std::size_t count,
                                                            instant now) const {
        return closest_members(target, count, now, [](member const&) { return true; });
    }

    [[nodiscard]] std::vector<node_contact> closest_honest(key160 const& target,
                                                           std::size_t count) const {
        return closest_of(
            std::span{honest_}, target, count, [](node_contact const& n) { return n.id; },
            [](node_contact const&) { return true; });
    }

    /// Of all of them, honest or not.
    [[nodiscard]] std::vector<node_contact> closest(key160 const& target, std::size_t count,
                                                    instant now) const {
        std::vector<node_contact> all = closest_honest(target, count);
        std::vector<node_contact> const ours = closest_members(target, count, now);
        all.insert(all.end(), ours.begin(), ours.end());
        std::sort(all.begin(), all.end(), [&](node_contact const& a, node_contact const& b) {
            return closer(a.id, b.id, target);
        });
        all.resize(std::min(all.size(), count));
        return all;
    }

    [[nodiscard]] seeded_random& chance() noexcept { return chance_; }

private:
    static node_id id_of(member const& m) noexcept { return m.id; }

    std::vector<member> members_;
    std::vector<node_contact> honest_;
    seeded_random chance_;
    dense_map<endpoint, std::uint32_t, object_hash> directory_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
