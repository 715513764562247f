#ifndef DHT_EXAMPLES_DHT_NODE_ANSWERS_HPP
#define DHT_EXAMPLES_DHT_NODE_ANSWERS_HPP

#include <dht/outcome.hpp>

#include "../common/hex_text.hpp"
#include "request.hpp"
#include <set>
#include <vector>

/// What answers are made of. Lines have at most 64 KiB, so lists end where they would not fit.
namespace example {

std::string hex(dht::key160 const& key);

/// The members of an answer, with `ok`.
json success(json members);
json failure(dht::outcome const& o);
json failure(std::string_view error);

/// `errors`, when nodes refused to store.
void add_errors(json& answer, dht::outcome const& o);

/// What one node said to sample_infohashes; a failure when it does not know BEP 51.
json sample_answer(dht::outcome const& o);

/// Distinct nodes in the order of adding.
class node_set {
public:
    void add(dht::node_contact const& n);
    void sort_by_distance(dht::key160 const& target);
    [[nodiscard]] json to_json() const;

private:
    std::vector<dht::node_contact> nodes_;
};

/// Distinct peers.
class peer_set {
public:
    void add(dht::endpoint const& peer) { peers_.insert(peer); }

    [[nodiscard]] json to_json() const;

private:
    std::set<dht::endpoint> peers_;
};

} // namespace example

#endif
