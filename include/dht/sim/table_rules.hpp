#ifndef DHT_SIM_TABLE_RULES_HPP
#define DHT_SIM_TABLE_RULES_HPP

#include <dht/policy/id_generator.hpp>
#include <dht/settings.hpp>
#include <dht/sim/client.hpp>
#include <dht/sim/ledger.hpp>
#include <dht/sim/record.hpp>

namespace dht::inline DHT_ABI::sim {

/// The routing tables of one node, whatever its policies are, and what must be true of them.
class table_view {
public:
    table_view(client const& c, settings const& limits) : client_{&c}, limits_{limits} {}

    [[nodiscard]] settings const& limits() const noexcept { return limits_; }

    /// The id under which it talks to that one.
    [[nodiscard]] node_id own_id(endpoint const& to) const {
        for (via_index via = 0; via < client_->addresses().size(); ++via)
            if (client_->at(via).ip.ip_family() == to.ip.ip_family()) return client_->own_id(via);
        return client_->own_id(0);
    }

    /// What is in the tables now counts as proven.
    void believe(ledger& book) const {
        for_each([&](contact const& c) {
            instant const then = instant{} + seconds{static_cast<std::int64_t>(c.last_reply) + 1};
            book.proofs[c.at].push_back({to_node_id(c.id), then});
            if (c.failures != 0) book.unanswered[c.at].push_back(book.now); // was, in its last life
        });
    }

    /// So few of that family that it may ask the same bootstrap endpoints again and again.
    [[nodiscard]] bool is_thin(family f) const {
        std::size_t known = 0;
        for_each([&](contact const& c) { known += c.at.ip.ip_family() == f ? 1U : 0U; });
        return known < limits_.good_contacts_wanted;
    }

    /// It has not answered its last question.
    [[nodiscard]] bool is_silent(node_contact const& n) const {
        bool silent = false;
        for_each([&](contact const& c) { silent |= c.id == n.id && c.failures != 0; });
        return silent;
    }

    /// Somebody whom it may hand out stands closer to the target than one of those it told of, or
    /// it told of fewer than it could.
    [[nodiscard]] bool knows_closer(std::vector<node_contact> const& told, key160 const& target,
                                    endpoint const& asker, family f) const {
        bool closer_one = false;
        std::size_t known = 0;
        for_each([&](contact const& c) {
            if (c.at.ip.ip_family() != f || c.failures != 0 || c.at == asker) return;
            ++known;
            bool is_told = false;
            bool beats = false;
            for (node_contact const& n : told) {
                is_told |= n.id == c.id;
                beats |= closer<160>(c.id, n.id, target);
            }
            closer_one |= beats && !is_told;
        });
        return closer_one || told.size() < std::min<std::size_t>(known, limits_.reply_nodes);
    }

    /// Whatever others say of its address, a new id fits the real one (BEP 42). Any id fits a
    /// private address.
    template <class Complain>
    void check_ids(ledger& book, Complain&& complain) const {
        for (via_index via = 0; via < client_->addresses().size(); ++via) {
            node_id const id = client_->own_id(via);
            auto const [known, is_first] = book.ids.emplace(via, id);
            if (!is_first && known->second != id && !bep42_id{}.plausible(id, client_->at(via).ip))
                complain(fault::misled, client_->at(via));
            known->second = id;
        }
    }

    /// complain(fault, endpoint) for each contact that has no business there.
    template <class Complain>
    void check(ledger const& book, Complain&& complain) const {
        instant const now = book.now;
        std::set<node_id> ids;
        std::set<endpoint> places;
        bool knows_somebody = false;
        for (via_index via = 0; via < client_->addresses().size(); ++via) {
            ids.clear();
            std::map<unsigned, bucket_load> loads;
            std::map<address, unsigned> of_site;
            client_->for_each_contact(via, [&](contact const& c) {
                knows_somebody = true;
                if (c.id == client_->own_id(via)) complain(fault::keeps_itself, c.at);
                if (!ids.insert(to_node_id(c.id)).second) complain(fault::keeps_twice, c.at);
                if (!places.insert(c.at).second) complain(fault::keeps_twice, c.at);
                check_proof(book, c, now, complain);
                loads[common_prefix_length<160>(c.id, client_->own_id(via))].add(c);
                if (++of_site[site_of(c.at.ip)] > limits_.contacts_per_site)
                    complain(fault::overfull, client_->at(via));
            });
            for (auto const& [depth, load] : loads)
                if (load.exceeds(limits_, depth)) complain(fault::overfull, client_->at(via));
        }
        if (knows_somebody && !client_->next_deadline())
            complain(fault::sleeps_forever, client_->at());
    }

private:
    static constexpr duration neglected_after = minutes{45}; // three times what makes it doubtful

    struct bucket_load {
        std::size_t contacts = 0;
        std::map<address, unsigned> of_provider;

        void add(contact const& c) {
            ++contacts;
            ++of_provider[provider_of(c.at.ip)];
        }

        [[nodiscard]] bool exceeds(settings const& s, unsigned depth) const {
            bool too_many = contacts > s.buckets.at(depth);
            for (auto const& [provider, n] : of_provider)
                too_many |= n > s.contacts_per_provider;
            return too_many;
        }
    };

    template <class Complain>
    static void check_proof(ledger const& book, contact const& c, instant now,
                            Complain&& complain) {
        auto const* const proof = book.latest_proof(c.at, c.id);
        if (proof == nullptr) return complain(fault::keeps_unproven, c.at);
        duration const real = now - proof->at;
        if (age(c.last_reply, now) + seconds{3} < real) complain(fault::trusts_too_long, c.at);
        auto const asked = book.unanswered.find(c.at);
        bool const is_asked = asked != book.unanswered.end() && !asked->second.empty();
        if (c.failures != 0 && !is_asked && !book.clock_was_set)
            complain(fault::blames_innocent, c.at);
        duration const silent = std::min(age(c.last_heard, now), now - book.patient_since);
        if (silent > neglected_after && !is_asked) complain(fault::neglects, c.at);
    }

    template <class F>
    void for_each(F&& f) const {
        for (via_index via = 0; via < client_->addresses().size(); ++via)
            client_->for_each_contact(via, f);
    }

    client const* client_;
    settings limits_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
