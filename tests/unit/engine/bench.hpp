#ifndef DHT_TESTS_UNIT_ENGINE_BENCH_HPP
#define DHT_TESTS_UNIT_ENGINE_BENCH_HPP

#include "../../usual_node.hpp"
#include <string>
#include <vector>

/// One node on a workbench: strings of bytes go in, strings of bytes come out.
namespace bench {

using namespace dht;

inline endpoint at(std::uint32_t ip, std::uint16_t port = 6881) {
    return {address::v4(ip), port};
}

struct sent {
    endpoint to;
    std::string bytes;

    [[nodiscard]] bool has(std::string_view part) const {
        return bytes.find(part) != std::string::npos;
    }
};

template <class Node>
std::vector<sent> drain(Node& node) {
    std::vector<sent> all;
    while (auto const t = node.poll_transmit())
        all.push_back({t->to, std::string{as_text(t->bytes)}});
    return all;
}

/// Hands in a datagram and returns what the node sends at once.
template <class Node>
std::vector<sent> tell(Node& node, instant now, endpoint const& from, std::string_view bytes,
                       via_index via = 0) {
    node.receive(now, via, from, as_bytes(bytes));
    return drain(node);
}

inline std::string const id_a = "abcdefghij0123456789";
inline std::string const id_b = "mnopqrstuvwxyz123456";

/// "1:t6:......" of a question of ours, to be repeated in the answer.
inline std::string tid_of(sent const& question) {
    auto const at = question.bytes.rfind("1:t6:");
    return at == std::string::npos ? "" : question.bytes.substr(at, 11);
}

inline item immutable(std::string_view v) {
    item i;
    i.v.assign(as_bytes(v).begin(), as_bytes(v).end());
    return i;
}

} // namespace bench

#endif
