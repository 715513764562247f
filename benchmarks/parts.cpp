// What the parts of an answer take: reading a query, finding the closest contacts, making and
// checking a token.

#include "load.hpp"
#include <benchmark/benchmark.h>

namespace {

using namespace bench;

constexpr std::size_t many = 1U << 16U; // more than a branch predictor learns

std::vector<std::string> queries(std::string (*one)(load&)) {
    load chance;
    std::vector<std::string> all;
    for (std::size_t i = 0; i < many; ++i)
        all.push_back(one(chance));
    return all;
}

using decoder = errc (*)(byte_view, krpc::message&, krpc::refusal&) noexcept;

void decode(benchmark::State& state, decoder read, std::string (*one)(load&)) {
    auto const all = queries(one);
    std::size_t i = 0;
    std::size_t failed = 0;
    for (auto _ : state) {
        krpc::message m;
        krpc::refusal why;
        failed += read(as_bytes(all[i++ % many]), m, why) != errc::ok;
        benchmark::DoNotOptimize(m);
    }
    state.counters["failed"] = static_cast<double>(failed);
}

std::string ping(load& chance) {
    return chance.ping();
}

std::string find_node(load& chance) {
    return chance.find_node();
}

std::string get_peers(load& chance) {
    return chance.get_peers(chance.draw_hash());
}

std::string announce_peer(load& chance) {
    return chance.announce(chance.draw_hash(), chance.draw(16));
}

BENCHMARK_CAPTURE(decode, ping, krpc::decode, ping);
BENCHMARK_CAPTURE(decode, find_node, krpc::decode, find_node);
BENCHMARK_CAPTURE(decode, get_peers, krpc::decode, get_peers);
BENCHMARK_CAPTURE(decode, announce_peer, krpc::decode, announce_peer);
BENCHMARK_CAPTURE(decode, any_find_node, krpc::decode_any, find_node);
BENCHMARK_CAPTURE(decode, any_announce_peer, krpc::decode_any, announce_peer);

/// Buckets of 128 contacts, so many, of random ids.
routing_table table_of(unsigned buckets) {
    seeded_random chance{1};
    key160 own;
    chance.fill(own.bytes);
    routing_table table{own, {{128, 128, 128, 128}, 128}, {false}};
    for (unsigned n = 0; n < buckets * 128; ++n) {
        key160 id;
        chance.fill(id.bytes);
        id = with_prefix(own, n / 128 + 1, id);
        id.flip_bit(n / 128);
        contact c{to_node_id(id), {address::v4(0x0b000000U + n * 65'537U), 6881}};
        c.last_reply = c.last_heard = coarse(instant{hours{24}});
        table.confirm(c);
    }
    return table;
}

void closest_eight(benchmark::State& state) {
    auto const table = table_of(static_cast<unsigned>(state.range(0)));
    seeded_random chance{2};
    std::vector<key160> targets(many);
    for (key160& t : targets)
        chance.fill(t.bytes);
    std::array<node_contact, 8> found;
    std::size_t i = 0;
    for (auto _ : state) {
        std::size_t count = 0;
        table.visit_closest_to(targets[i++ % many], found.size(), [&](auto const& list, auto at) {
            if (list[at].failures != 0) return true;
            found[count].id = to_node_id(list[at].id);
            found[count].at.ip = list.ip_of(at);
            found[count].at.port = list[at].port;
            return ++count < found.size();
        });
        benchmark::DoNotOptimize(found);
    }
    state.counters["contacts"] = static_cast<double>(table.size());
}

BENCHMARK(closest_eight)->Arg(3)->Arg(32);

struct tokens {
    hmac_tokens scheme;
    std::vector<token_claim> claims;

    tokens() {
        seeded_random chance{3};
        scheme.start(settings{}, chance);
        times const now{instant{hours{24}}, {}};
        scheme.rotate(now);
        for (std::size_t i = 0; i < many; ++i) {
            token_claim c{now, load{}.asker(i).ip, {}, {}};
            chance.fill(c.target.bytes);
            claims.push_back(c);
        }
    }
};

void issue_token(benchmark::State& state) {
    tokens const t;
    std::size_t i = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(t.scheme.issue(t.claims[i++ % many]));
}

void verify_token(benchmark::State& state) {
    tokens t;
    std::vector<token> given;
    for (token_claim const& c : t.claims)
        given.push_back(t.scheme.issue(c));
    std::size_t i = 0;
    std::size_t valid = 0;
    for (auto _ : state) {
        std::size_t const n = i++ % many;
        byte_view const raw{given[n].data(), given[n].size()};
        valid += t.scheme.verify(t.claims[n], raw, {}) == token_verdict::valid;
    }
    state.counters["valid"] = static_cast<double>(valid) / static_cast<double>(i);
}

BENCHMARK(issue_token);
BENCHMARK(verify_token);

} // namespace

BENCHMARK_MAIN();
