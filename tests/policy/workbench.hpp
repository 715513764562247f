#ifndef DHT_TESTS_POLICY_WORKBENCH_HPP
#define DHT_TESTS_POLICY_WORKBENCH_HPP

#include "../unit/engine/bench.hpp"
#include <utility>

/// A node with policies under test, alone on a workbench: what it sends is looked at, what it
/// receives is written by hand.
namespace bench {

/// What a node's chance comes from, so that a test that fails fails again.
struct seed {
    std::uint64_t number = 1;
};

template <class... P>
struct workbench {
    using node_type = dht::node<seeded_random, P...>;
    node_type node;
    instant now{seconds{100}};
    endpoint other = at(0x05060708);

    template <class... A>
    explicit workbench(A... policies) : workbench{seed{}, std::move(policies)...} {}

    template <class... A>
    explicit workbench(seed chance, A... policies)
        : node{settings{}, seeded_random{chance.number}, std::move(policies)...} {
        node.open(now, at(0x01020304));
        drain(node);
    }

    std::vector<sent> tell(std::string_view bytes) { return bench::tell(node, now, other, bytes); }

    std::vector<sent> tell_from(endpoint const& from, std::string_view bytes) {
        return bench::tell(node, now, from, bytes);
    }

    /// Lets time pass as a driver would, from deadline to deadline; what was sent meanwhile.
    std::vector<sent> pass(duration d) {
        std::vector<sent> all;
        instant const end = now + d;
        while (auto const next = node.next_deadline()) {
            if (next->at > end) break;
            if (next->at > now) now = next->at;
            node.advance(now);
            for (sent& s : drain(node))
                all.push_back(std::move(s));
        }
        now = end;
        return all;
    }

    /// Lets time pass until something is sent; nothing within `d`.
    std::vector<sent> await(duration d) {
        std::vector<sent> first;
        for (instant const end = now + d; first.empty() && now < end;)
            first = pass(milliseconds{100});
        return first;
    }

    /// The last outcome there is.
    std::optional<outcome> result() {
        std::optional<outcome> last;
        while (auto o = node.poll_outcome())
            last = std::move(o);
        return last;
    }

    /// Makes somebody a contact: we ping him and he answers.
    void befriend(endpoint const& who, std::string const& id) {
        node.ping(now, who);
        for (sent const& question : drain(node))
            if (question.to == who)
                bench::tell(node, now, who,
                            "d1:rd2:id20:" + id + "e" + tid_of(question) + "1:y1:re");
        result();
    }
};

/// From a read-only node (BEP 43): it is answered, but never asked in return.
inline std::string query(std::string_view method, std::string_view arguments = "") {
    return "d1:ad2:id20:" + id_a + std::string{arguments} + "e1:q" + std::to_string(method.size()) +
           ":" + std::string{method} + "2:roi1e1:t2:aa1:y1:qe";
}

/// From a node that wants to be asked in return.
inline std::string introduction() {
    return "d1:ad2:id20:" + id_a + "e1:q4:ping1:t2:aa1:y1:qe";
}

/// The answer to a question of ours, with more fields in "r" behind "id".
inline std::string answer_to(sent const& question, std::string const& id = id_a,
                             std::string_view fields = "") {
    return "d1:rd2:id20:" + id + std::string{fields} + "e" + tid_of(question) + "1:y1:re";
}

} // namespace bench

#endif
