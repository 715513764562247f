// What signed messages cost (secure/signed_messages.hpp): in full, in a session, and under a flood
// of signatures that are not good, which come as fast as they can be taken in.

#include <dht/dht.hpp>
#include <dht/secure/signed_messages.hpp>

#include <benchmark/benchmark.h>

namespace {

using namespace dht;

struct party {
    endpoint place;
    node_id id;
    seeded_random chance;
    signed_messages auth;
    times now{instant{seconds{1'000}}, unix_time{1'700'000'000}};
    std::array<std::byte, 1'472> buffer{};

    explicit party(unsigned who)
        : place{address::v4(0x05060700 + (who << 16U)), 6881},
          chance{who},
          auth{key_of(chance)} {
        id.bytes[0] = static_cast<std::byte>(who);
        auth.start(settings{}, chance);
        own_node const us{{id, place}};
        auth.own_nodes({&us, 1});
    }

    static ed25519_key_pair key_of(seeded_random& chance) {
        ed25519_seed seed;
        chance.fill(seed);
        return ed25519_key_pair::from_seed(seed);
    }

    /// A message of so many bytes before it is sealed.
    byte_view seal(party const& to, message_kind kind, byte_view tid, std::size_t bytes) {
        std::string_view const frame = "d1:v";
        std::memcpy(buffer.data(), frame.data(), frame.size());
        return byte_view{buffer}.first(
            auth.seal(now, chance, {0, to.place, kind, tid, to.id}, buffer, bytes));
    }

    auth_verdict open(party const& from, message_kind kind, byte_view tid, byte_view datagram) {
        return auth.open(now, {0, from.place, kind, tid, from.id}, datagram, {});
    }
};

/// A question and its answer, sealed and opened: four such steps.
template <class Between>
void exchange(party& a, party& b, std::uint64_t number, std::size_t bytes, Between between) {
    std::array<std::byte, 8> tid;
    store_big_endian(tid.data(), number);
    byte_view const question = a.seal(b, message_kind::query, tid, bytes);
    auto const heard = b.open(a, message_kind::query, tid, question);
    byte_view const answer = b.seal(a, message_kind::reply, tid, bytes);
    auto const told = a.open(b, message_kind::reply, tid, answer);
    between(heard, told);
}

void in_session(benchmark::State& state) {
    party a{1};
    party b{2};
    auto const check = [&](auth_verdict const& heard, auth_verdict const& told) {
        if (heard.what != auth_verdict::kind::signed_message ||
            told.what != auth_verdict::kind::signed_message)
            state.SkipWithError("not signed");
    };
    std::uint64_t number = 0;
    exchange(a, b, ++number, 100, check);
    auto const bytes = static_cast<std::size_t>(state.range(0));
    for (auto _ : state)
        exchange(a, b, ++number, bytes, check);
    state.counters["ns_per_step"] = benchmark::Counter(
        4e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void in_full(benchmark::State& state) {
    std::uint64_t number = 0;
    party b{2};
    for (auto _ : state) {
        state.PauseTiming();
        party a{3 + static_cast<unsigned>(++number % 60'000)};
        b.now.now += seconds{5};
        state.ResumeTiming();
        exchange(a, b, number, 300, [&](auth_verdict const& heard, auth_verdict const&) {
            if (heard.what != auth_verdict::kind::signed_message) state.SkipWithError("bad");
        });
    }
}

/// Pings with a signature that is none, or without one, from a hundred thousand addresses, one each
/// microsecond. To a node that answers 200 signatures a second, or all of them.
template <class Node>
void flood(benchmark::State& state, Node node, bool with_signature) {
    instant now{seconds{1'000}};
    node.set_unix_time(now, unix_time{1'700'000'000});
    node.open(now, {address::v4(0x05060708), 6881});
    seeded_random chance{1};
    std::vector<std::byte> bytes(400);
    std::string_view const plain = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";
    std::memcpy(bytes.data(), plain.data(), plain.size());
    bytes.resize(plain.size());
    if (with_signature) {
        bytes.insert(bytes.begin() + 1, 7 + 112, std::byte{0});
        std::memcpy(bytes.data() + 1, "1:S112:", 7);
        // All in it is what it should be, but for the message: nothing less than verifying tells.
        auto const pair = party::key_of(chance);
        auto const signature = pair.sign(as_bytes(plain));
        std::memcpy(bytes.data() + 8, pair.public_key().data(), 32);
        store_big_endian(bytes.data() + 8 + 32, std::uint64_t{1'700'000'000});
        std::memcpy(bytes.data() + 8 + 48, signature.data(), signature.size());
    }
    std::uint32_t source = 0;
    for (auto _ : state) {
        now += microseconds{2};
        if (with_signature)
            store_big_endian(bytes.data() + 8 + 40, chance.next()); // no two are the same
        node.receive(now, 0, {address::v4(0x06000000 + source++ % 100'000 * 7), 6881}, bytes);
        while (node.poll_transmit()) {
        }
        if (source % 500'000 == 0) node.set_unix_time(now, unix_time{1'700'000'000});
    }
}

using signing = node<seeded_random, signed_messages>;

signing signing_node(std::uint16_t per_second) {
    settings s;
    s.signatures_per_second = per_second;
    seeded_random chance{3};
    return signing{s, seeded_random{1}, signed_messages{party::key_of(chance)}};
}

void flood_of_bad_signatures(benchmark::State& state) {
    flood(state, signing_node(static_cast<std::uint16_t>(state.range(0))), true);
}

void flood_without(benchmark::State& state) {
    flood(state, signing_node(200), false);
}

} // namespace

BENCHMARK(in_session)->Arg(100)->Arg(300)->Arg(1'000);
BENCHMARK(in_full)->Unit(benchmark::kMicrosecond);
BENCHMARK(flood_of_bad_signatures)->Arg(200)->Arg(1'000)->Arg(60'000);
BENCHMARK(flood_without);

BENCHMARK_MAIN();
