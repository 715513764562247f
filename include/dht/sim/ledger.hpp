#ifndef DHT_SIM_LEDGER_HPP
#define DHT_SIM_LEDGER_HPP

#include <dht/outcome.hpp>
#include <dht/sim/rule.hpp>
#include <dht/wire/krpc.hpp>

#include <map>
#include <set>

namespace dht::inline DHT_ABI::sim {

/// All that one host has asked, was asked, has learnt and has promised in one life, as seen at its
/// own door and by its own clock. Keeps everything: for checkers in worlds of hundreds of hosts and
/// hours.
struct ledger {
    using text = std::vector<std::byte>;

    static text text_of(byte_view bytes) { return {bytes.begin(), bytes.end()}; }

    /// Of one message: who is at the other end, and its transaction id.
    struct name {
        endpoint peer;
        text tid;
        friend auto operator<=>(name const&, name const&) = default;
    };

    struct question {
        instant at{};
        std::string method;
        key160 target{}; ///< or hash, or zero
        text token{};
        std::int64_t seq = 0;              ///< of a mutable item that it asks to store
        endpoint announced{};              ///< what an announce_peer asks to store
        std::optional<krpc::want> wants{}; ///< of nodes, if it asks for any
        unsigned open = 0;                 ///< as many times asked and not answered
    };

    /// Whether it asks for nodes of family `f`, itself sent over family `own`.
    static bool wants_nodes(question const& q, family f, family own) noexcept {
        if (!q.wants) return false;
        if (!q.wants->n4 && !q.wants->n6) return f == own;
        return f == family::ipv4 ? q.wants->n4 : q.wants->n6;
    }

    struct proof {
        node_id id;
        instant at{};
    };

    struct token_name {
        text token;
        address of;
        key160 hash;
        friend auto operator<=>(token_name const&, token_name const&) = default;
    };

    std::map<name, question> asked;
    std::map<name, question> received;
    std::map<endpoint, std::vector<proof>> proofs;       ///< who answered it, the latest last
    std::map<endpoint, std::vector<instant>> unanswered; ///< questions since the last answer
    std::map<endpoint, instant> asked_to_store;          ///< a peer or an item, when last
    std::map<token_name, instant> tokens_given;
    std::set<token_name> tokens_got;                          ///< `of` is who gave it
    std::map<key160, std::map<endpoint, instant>> peers;      ///< accepted
    std::map<key160, std::pair<std::int64_t, instant>> items; ///< mutable ones accepted: seq, when
    std::set<endpoint> peers_heard;                           ///< in values that it was sent
    std::map<via_index, node_id> ids;                         ///< its own, as last seen
    instant now{};              ///< its clock, which nodes take for later when it is set back
    instant patient_since{};    ///< it has started, or the clock was set
    bool clock_was_set = false; ///< what was under way then has failed
    std::uint64_t queries_received = 0;
    std::uint64_t queries_answered = 0;
    std::uint64_t questions_asked = 0; ///< find_node, get_peers, get, sample
    std::uint64_t questions_answered = 0;
    std::uint64_t stores_confirmed = 0; ///< announce_peer and put

    [[nodiscard]] proof const* latest_proof(endpoint const& at, key160 const& id) const noexcept {
        auto const found = proofs.find(at);
        if (found == proofs.end()) return nullptr;
        for (auto p = found->second.rbegin(); p != found->second.rend(); ++p)
            if (p->id == id) return &*p;
        return nullptr;
    }
};

} // namespace dht::inline DHT_ABI::sim

#endif
