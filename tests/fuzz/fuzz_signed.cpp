#include <dht/secure/id_challenge.hpp>
#include <dht/secure/signed_messages.hpp>

#include "input.hpp"
#include <vector>

// Signed messages, of both forms, that somebody on the way has changed or cut: nothing but what was
// sealed may be taken for it. And fields of signatures and challenges that nobody has sealed.
//
// The first byte says whether there is a session (1), whether an answer is damaged rather than a
// query (2), and whether its end is cut off (4); the next two where the damage is. The rest is what
// the bytes there are changed by, and a message of its own.

namespace {

using namespace fuzz;

struct limits {
    std::uint16_t transactions_max = 64;
    std::uint16_t pending_queries_max = 16;
    milliseconds pending_query_time_max{2'000};
    std::uint16_t signatures_per_second = 200;
};

class party {
public:
    explicit party(std::uint32_t who) : at_{address::v4(0x05060700 + who), 6881}, auth_{key(who)} {
        seeded_random chance{who};
        auth_.start(limits{}, chance);
        id_.bytes[0] = static_cast<std::byte>(who);
        own_node const us{{id_, at_}};
        auth_.own_nodes({&us, 1});
    }

    std::vector<std::byte> seal(party const& to, message_kind kind) {
        std::string_view const text =
            kind == message_kind::query ? "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"
                                        : "d1:rd2:id20:abcdefghij0123456789e1:t2:aa1:y1:re";
        envelope const e{0, to.at_, kind, as_bytes("aa"), to.id_};
        std::vector<std::byte> bytes(text.size() + auth_.room(e));
        std::memcpy(bytes.data(), text.data(), text.size());
        seeded_random chance{1};
        insist(auth_.seal(now_, chance, e, bytes, text.size()) == bytes.size());
        return bytes;
    }

    bool hear(party const& from, message_kind kind, byte_view datagram) {
        envelope const e{0, from.at_, kind, as_bytes("aa"), from.id_};
        return auth_.open(now_, e, datagram, {}).what == auth_verdict::kind::signed_message;
    }

private:
    static ed25519_key_pair key(std::uint32_t who) {
        ed25519_seed seed{};
        seed[0] = static_cast<std::byte>(who);
        return ed25519_key_pair::from_seed(seed);
    }

    endpoint at_;
    node_id id_;
    signed_messages auth_;
    times now_{instant{seconds{1'000}}, unix_time{1'700'000'000}};
};

void talk(party& a, party& b) {
    insist(b.hear(a, message_kind::query, a.seal(b, message_kind::query)));
    insist(a.hear(b, message_kind::reply, b.seal(a, message_kind::reply)));
}

void damage(input in, std::uint8_t how) {
    party a{1};
    party b{2};
    if ((how & 1U) != 0) talk(a, b);
    auto query = a.seal(b, message_kind::query);
    bool const of_answer = (how & 2U) != 0;
    if (of_answer) insist(b.hear(a, message_kind::query, query));
    auto sealed = of_answer ? b.seal(a, message_kind::reply) : std::move(query);
    auto damaged = sealed;
    std::size_t const at = in.number(2) % sealed.size();
    if ((how & 4U) != 0) damaged.resize(at);
    for (std::size_t i = at; i < damaged.size() && !in.empty(); ++i)
        damaged[i] ^= static_cast<std::byte>(in.byte());
    bool const heard = of_answer ? a.hear(b, message_kind::reply, damaged)
                                 : b.hear(a, message_kind::query, damaged);
    insist(heard == (damaged == sealed));
}

void invent(byte_view bytes) {
    party a{1};
    party b{2};
    talk(a, b);
    for (std::string_view const beginning : {"", "d", "d1:S", "d1:S20:", "d1:S112:", "d1:S120:"}) {
        std::vector<std::byte> datagram(as_bytes(beginning).begin(), as_bytes(beginning).end());
        datagram.insert(datagram.end(), bytes.begin(), bytes.end());
        insist(!b.hear(a, message_kind::query, datagram));
        insist(!b.hear(a, message_kind::reply, datagram));
    }
    if (auto const nonce = detail::challenge_question::read(bytes))
        insist(bytes.size() > nonce->size() + 128);
    if (auto const proof = detail::challenge_answer::read(bytes))
        insist(bytes.size() > proof->key.size() + proof->signature.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    input in{{reinterpret_cast<std::byte const*>(data), std::min<std::size_t>(size, 4'000)}};
    std::uint8_t const how = in.byte();
    damage(in, how);
    in.number(2);
    invent(in.rest());
    return 0;
}
