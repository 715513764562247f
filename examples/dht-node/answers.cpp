#include "answers.hpp"

#include <dht/base/address_text.hpp>

#include <algorithm>

namespace example {

namespace {

constexpr std::size_t list_bytes_max = 60'000;

std::string text(dht::endpoint const& e) {
    return std::string{dht::to_text(e).view()};
}

json entry(dht::endpoint const& peer) {
    return text(peer);
}

json entry(dht::node_contact const& n) {
    return {{"id", hex(n.id)}, {"addr", text(n.at)}};
}

json entry(dht::info_hash const& hash) {
    return hex(hash);
}

template <class Range>
json bounded_list(Range const& values) {
    json list = json::array();
    std::size_t bytes = 0;
    for (auto const& value : values) {
        json one = entry(value);
        bytes += one.dump().size() + 1;
        if (bytes > list_bytes_max) break;
        list.push_back(std::move(one));
    }
    return list;
}

} // namespace

std::string hex(dht::key160 const& key) {
    return hex(dht::byte_view{key.bytes});
}

json success(json members) {
    members["ok"] = true;
    return members;
}

json failure(std::string_view error) {
    return {{"ok", false}, {"error", error}};
}

json failure(dht::outcome const& o) {
    json answer = failure(dht::message(o.error));
    if (o.remote_error != 0) answer["code"] = o.remote_error;
    return answer;
}

void add_errors(json& answer, dht::outcome const& o) {
    for (auto const& [code, count] : o.errors)
        answer["errors"].push_back({{"code", code}, {"count", count}});
}

json sample_answer(dht::outcome const& o) {
    if (!o.sample) return failure(o);
    if (!o.sample->supported) return failure("the node does not know sample_infohashes (BEP 51)");
    return success({{"interval", o.sample->interval.count()},
                    {"num", o.sample->num},
                    {"samples", bounded_list(o.sample->hashes)},
                    {"nodes", bounded_list(o.nodes)}});
}

void node_set::add(dht::node_contact const& n) {
    if (std::find(nodes_.begin(), nodes_.end(), n) == nodes_.end()) nodes_.push_back(n);
}

void node_set::sort_by_distance(dht::key160 const& target) {
    std::stable_sort(nodes_.begin(), nodes_.end(), [&](auto const& a, auto const& b) {
        return dht::closer<160>(a.id, b.id, target);
    });
}

json node_set::to_json() const {
    return bounded_list(nodes_);
}

json peer_set::to_json() const {
    return bounded_list(peers_);
}

} // namespace example
