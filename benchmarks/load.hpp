#ifndef DHT_BENCHMARKS_LOAD_HPP
#define DHT_BENCHMARKS_LOAD_HPP

#include <dht/dht.hpp>

#include <span>
#include <string>
#include <vector>

/// A node that has lived for a while, and queries for it: from 10 000 addresses, with random ids,
/// targets and transaction ids, thus nothing that a cache or a branch predictor could learn by
/// heart.
namespace bench {

using namespace dht;

using node_type = dht::node<seeded_random>;

inline endpoint const own_address{address::v4(0x2e040201), 6881};
inline constexpr std::size_t asker_count = 10'000;

/// Where those who ask begin to be: for a node on the net, and for one on loopback.
inline constexpr std::uint32_t public_askers = 0x17010000;
inline constexpr std::uint32_t loopback_askers = 0x7f010000;

/// Room for all that the benchmarks store, though few addresses bring it.
inline settings roomy_limits() {
    settings s;
    s.torrents_max = 200'000;
    s.peers_max = 1'000'000;
    s.torrents_per_source_max = 10'000;
    s.items_per_source_max = 10'000;
    s.items_max = 100'000;
    s.items_bytes_max = 100'000'000;
    s.signatures_per_second = 65'535;
    return s;
}

class load {
public:
    explicit load(std::uint32_t askers = public_askers) : askers_{askers} {}

    [[nodiscard]] endpoint asker(std::size_t i) const {
        auto const n = static_cast<std::uint32_t>(i % asker_count);
        return {address::v4(askers_ + n * 37U % 0xff0000U), 20'000};
    }

    std::string draw(std::size_t bytes) {
        std::string s(bytes, '\0');
        chance_.fill({reinterpret_cast<std::byte*>(s.data()), s.size()});
        return s;
    }

    info_hash draw_hash() { return to_info_hash(key160::from(as_bytes(draw(20)))); }

    std::string query(std::string_view method, std::string_view arguments = {}) {
        return "d1:ad2:id20:" + draw(20) + std::string{arguments} + "e1:q" +
               std::to_string(method.size()) + ":" + std::string{method} + "1:t2:" + draw(2) +
               "1:y1:qe";
    }

    std::string ping() { return query("ping"); }

    std::string find_node() { return query("find_node", "6:target20:" + draw(20)); }

    std::string get_peers(info_hash const& hash) {
        return query("get_peers", "9:info_hash20:" + std::string{as_text(hash.bytes)});
    }

    std::string announce(info_hash const& hash, std::string_view token) {
        return query("announce_peer", "9:info_hash20:" + std::string{as_text(hash.bytes)} +
                                          "4:porti6881e5:token" + std::to_string(token.size()) +
                                          ":" + std::string{token});
    }

    std::string get(item_key const& key) {
        return query("get", "6:target20:" + std::string{as_text(key.bytes)});
    }

    std::string put(item const& i, std::string_view token) {
        std::string const signed_part = i.k ? "1:k32:" + std::string{as_text(*i.k)} + "3:seqi" +
                                                  std::to_string(i.seq) +
                                                  "e3:sig64:" + std::string{as_text(i.sig)}
                                            : "";
        return query("put", signed_part + "5:token" + std::to_string(token.size()) + ":" +
                                std::string{token} + "1:v" + std::string{as_text(i.v)});
    }

    /// A value of 100 bytes.
    item draw_item() {
        std::string const v = "97:" + draw(97);
        item drawn;
        drawn.v.assign(as_bytes(v).begin(), as_bytes(v).end());
        return drawn;
    }

private:
    std::uint32_t askers_;
    seeded_random chance_{1};
};

/// The only datagram that the node sends now; empty: none.
template <class Node>
std::string drain(Node& node) {
    std::string last;
    while (auto const t = node.poll_transmit())
        last = std::string{as_text(t->bytes)};
    return last;
}

inline std::string token_of(std::string_view reply) {
    auto const at = reply.find("5:token16:");
    return at == reply.npos ? "" : std::string{reply.substr(at + 10, 16)};
}

/// Makes contacts the only way there is: they answer a question of ours.
template <class Node>
void befriend(Node& node, instant now, load& chance, std::size_t contacts) {
    for (std::size_t i = 0; i < contacts; ++i) {
        endpoint const at{address::v4(0x0b000000U + static_cast<std::uint32_t>(i) * 65'537U), 6881};
        node.ping(now, at);
        std::string const question = drain(node);
        auto const tid = question.rfind("1:t6:");
        node.receive(now, 0, at,
                     as_bytes("d1:rd2:id20:" + chance.draw(20) + "e" + question.substr(tid, 11) +
                              "1:y1:re"));
        while (node.poll_outcome()) {
        }
        drain(node);
    }
}

/// Announces, with tokens that were given for them.
template <class Node>
std::vector<info_hash> store(Node& node, instant now, load& chance, std::size_t torrents,
                             std::size_t peers_each) {
    std::vector<info_hash> hashes(torrents);
    std::size_t who = 0;
    for (info_hash& hash : hashes) {
        hash = chance.draw_hash();
        for (std::size_t i = 0; i < peers_each; ++i, ++who) {
            node.receive(now, 0, chance.asker(who), as_bytes(chance.get_peers(hash)));
            std::string const token = token_of(drain(node));
            node.receive(now, 0, chance.asker(who), as_bytes(chance.announce(hash, token)));
            drain(node);
        }
        now += milliseconds{1};
    }
    return hashes;
}

/// A query and who asks it.
struct question {
    endpoint from;
    std::string bytes;
};

enum class kind { ping, find_node, get_peers, announce_peer, get, put, put_mutable };

/// One of 256 owners signs the `number`-th version of his item, or nobody does.
inline item item_for(kind what, load& chance, std::size_t number) {
    item const drawn = chance.draw_item();
    if (what != kind::put_mutable) return drawn;
    std::array<std::byte, 32> const seed{static_cast<std::byte>(number)};
    return sign_item(ed25519_key_pair::from_seed(seed), {},
                     static_cast<std::int64_t>(number / 256 + 1), drawn.v);
}

/// A put whose token `node` gives for it.
template <class Node>
std::string put_query(Node& node, instant now, load& chance, endpoint const& from, item const& i) {
    node.receive(now, 0, from, as_bytes(chance.get(i.key())));
    return chance.put(i, token_of(drain(node)));
}

/// As many different queries of one kind. What is stored comes with tokens that `node` gives for
/// it; what is asked for by `get` is there.
template <class Node>
std::vector<question> questions(Node& node, instant now, load& chance, kind what,
                                std::span<info_hash const> hashes, std::size_t count) {
    std::vector<question> all;
    for (std::size_t i = 0; i < count; ++i) {
        question q{chance.asker(i), {}};
        info_hash const& hash = hashes[i * 7 % hashes.size()];
        if (what == kind::ping) q.bytes = chance.ping();
        if (what == kind::find_node) q.bytes = chance.find_node();
        if (what == kind::get_peers) q.bytes = chance.get_peers(hash);
        if (what == kind::announce_peer) {
            node.receive(now, 0, q.from, as_bytes(chance.get_peers(hash)));
            q.bytes = chance.announce(hash, token_of(drain(node)));
        }
        if (what == kind::get || what == kind::put || what == kind::put_mutable) {
            item const offered = item_for(what, chance, i);
            q.bytes = put_query(node, now, chance, q.from, offered);
            if (what == kind::get) {
                node.receive(now, 0, q.from, as_bytes(q.bytes));
                drain(node);
                q.bytes = chance.get(offered.key());
            }
        }
        all.push_back(std::move(q));
    }
    return all;
}

} // namespace bench

#endif
