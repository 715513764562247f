// Announces by who has no token of his own, from addresses that he only pretends to have: guesses,
// half of them with the minute's own number, and tokens that others were honestly given, sent from
// another address, for another target, to another node, or too late; for single_use_tokens also a
// second time, for another port. Each must get the error 203, and store nothing: `accepted` counts
// those that got another answer or none, `stored` what was stored beside what honest clients
// brought. That the node does accept is shown by these: `honest` is the share of theirs that was
// stored. ANNOUNCES in the environment says how many are sent, else 1 000 000; a minute passes with
// each 10 000 of them.

#include <dht/secure/single_use_tokens.hpp>

#include "load.hpp"
#include <array>
#include <benchmark/benchmark.h>
#include <cstdlib>

namespace {

using namespace bench;

std::int64_t const announces = [] {
    char const* const wanted = std::getenv("ANNOUNCES");
    return wanted == nullptr ? 1'000'000LL : std::strtoll(wanted, nullptr, 10);
}();

constexpr std::int64_t per_minute = 10'000;
constexpr std::size_t honest_per_minute = 16;
constexpr std::size_t minutes_kept = 20;
constexpr std::size_t expired_after = 15; ///< minutes, in calm

/// An announce, to be sent with other bytes in the same places.
class announce_bytes {
public:
    explicit announce_bytes(std::size_t token_bytes)
        : text_{"d1:ad2:id20:" + std::string(20, 'i') + "9:info_hash20:" + std::string(20, 'h') +
                "4:porti1000e5:token" + std::to_string(token_bytes) + ":" +
                std::string(token_bytes, 't') + "e1:q13:announce_peer1:t2:aa1:y1:qe"},
          token_at_{text_.find("tttt")} {}

    byte_view with(node_id const& sender, info_hash const& hash, std::string_view token,
                   bool other_port = false) {
        std::memcpy(&text_[12], sender.bytes.data(), 20);
        std::memcpy(&text_[46], hash.bytes.data(), 20);
        text_[token_at_ - 14] = other_port ? '2' : '1'; // of "1000e5:token16:"
        std::memcpy(&text_[token_at_], token.data(), token.size());
        return as_bytes(text_);
    }

private:
    std::string text_;
    std::size_t token_at_;
};

/// Counts what is stored.
struct stores {
    using policy_slot = slots::observer;

    std::uint64_t heard = 0;

    void on(event::peer_stored const&) noexcept { ++heard; }
};

/// Somebody who was given a token for what he asked for.
struct holder {
    endpoint at;
    info_hash hash{};
    std::string token;
};

/// A node, honest clients of it, and who pretends to be somebody.
template <class Scheme>
class siege {
    using node_type = dht::node<Scheme, seeded_random, admit_all, stores>;

public:
    siege() {
        for (node_type* n : {&node_, &other_}) {
            n->set_unix_time(now_, unix_time{1'700'000'000});
            n->open(now_, own_address);
        }
        for (std::size_t m = 0; m < minutes_kept; ++m)
            next_minute();
    }

    void send_one() {
        if (++sent_ % per_minute == 0) next_minute();
        holder const& h = given_[minute_ % minutes_kept][chance_.next() % honest_per_minute];
        info_hash hash;
        chance_.fill(hash.bytes);
        endpoint const somewhere = draw_source();
        switch (chance_.next() % 8) {
        case 0:
        case 1:
            return tell(somewhere, hash, guess());
        case 2:
        case 3:
            return tell(h.at, h.hash, guess_of_this_minute(h.token));
        case 4:
            return tell(somewhere, h.hash, h.token);
        case 5:
            return tell(h.at, hash, h.token);
        case 6:
            return tell(h.at, h.hash, token_for(other_, h.at, h.hash));
        default:
            return tell_late();
        }
    }

    std::uint64_t accepted = 0;
    std::uint64_t refused = 0; ///< with 203
    std::uint64_t honest = 0;
    std::uint64_t honest_stored = 0;

    [[nodiscard]] std::int64_t sent() const { return sent_; }

    /// By whomever.
    std::uint64_t stored() { return node_.template get<stores>().heard; }

private:
    /// Wherever clients are.
    endpoint draw_source() {
        for (;;) {
            std::uint64_t const drawn = chance_.next();
            address const ip = address::v4(static_cast<std::uint32_t>(drawn));
            if (is_local(ip) || is_unroutable(ip)) continue;
            return {ip, static_cast<std::uint16_t>(drawn >> 32U | 1)};
        }
    }

    std::string const& guess() {
        chance_.fill({reinterpret_cast<std::byte*>(guess_.data()), guess_.size()});
        return guess_;
    }

    /// The minute is in four bits of the MAC's first byte.
    std::string const& guess_of_this_minute(std::string const& honest_one) {
        guess();
        std::size_t const at = token_bytes - 16;
        guess_[at] = static_cast<char>((guess_[at] & 0xf0) | (honest_one[at] & 0x0f));
        return guess_;
    }

    void tell_late() {
        std::size_t const age = expired_after + chance_.next() % (minutes_kept - expired_after);
        holder const& h =
            given_[(minute_ - age) % minutes_kept][chance_.next() % honest_per_minute];
        tell(h.at, h.hash, h.token);
    }

    void tell(endpoint const& from, info_hash const& hash, std::string const& token,
              bool other_port = false) {
        node_id sender;
        chance_.fill(sender.bytes);
        now_ += microseconds{1};
        node_.receive(now_, 0, from, bytes_.with(sender, hash, token, other_port));
        bool wrong = true;
        while (auto const t = node_.poll_transmit())
            if (t->to == from) wrong = as_text(t->bytes).substr(0, 11) != "d1:eli203e9";
        (wrong ? accepted : refused) += 1;
    }

    std::string token_for(node_type& node, endpoint const& at, info_hash const& hash) {
        node.receive(now_, 0, at, as_bytes(load_.get_peers(hash)));
        std::string const reply = drain(node);
        std::string const head = "5:token" + std::to_string(token_bytes) + ":";
        return reply.substr(reply.find(head) + head.size(), token_bytes);
    }

    /// Wakes the nodes, and lets clients come to both of them.
    void next_minute() {
        ++minute_;
        now_ += minutes{1};
        for (node_type* n : {&node_, &other_}) {
            n->advance(now_);
            drain(*n);
        }
        for (std::size_t i = 0; i < honest_per_minute; ++i) {
            holder& h = given_[minute_ % minutes_kept][i];
            h.at = draw_source();
            chance_.fill(h.hash.bytes);
            h.token = token_for(node_, h.at, h.hash);
            if (i % 2 == 0) announce_honestly(h);
        }
    }

    void announce_honestly(holder const& h) {
        std::uint64_t const before = stored();
        node_.receive(now_, 0, h.at, bytes_.with({}, h.hash, h.token));
        drain(node_);
        ++honest;
        honest_stored += stored() - before;
        if constexpr (std::is_same_v<Scheme, single_use_tokens>) tell(h.at, h.hash, h.token, true);
    }

    static constexpr std::size_t token_bytes = std::is_same_v<Scheme, hmac_tokens> ? 16 : 24;

    instant now_{seconds{1'000}};
    seeded_random chance_{6};
    load load_;
    node_type node_{roomy_limits(), seeded_random{7}};
    node_type other_{roomy_limits(), seeded_random{8}};
    announce_bytes bytes_{token_bytes};
    std::string guess_ = std::string(token_bytes, '\0');
    std::array<std::array<holder, honest_per_minute>, minutes_kept> given_{};
    std::size_t minute_ = minutes_kept;
    std::int64_t sent_ = 0;
};

template <class Scheme>
void spoof(benchmark::State& state) {
    siege<Scheme> s;
    for (auto _ : state)
        s.send_one();
    state.counters["accepted"] = static_cast<double>(s.accepted);
    state.counters["refused_203"] = static_cast<double>(s.refused);
    state.counters["stored"] = static_cast<double>(s.stored() - s.honest_stored);
    state.counters["honest"] = static_cast<double>(s.honest_stored) / static_cast<double>(s.honest);
}

BENCHMARK_TEMPLATE(spoof, hmac_tokens)->Iterations(announces);
BENCHMARK_TEMPLATE(spoof, single_use_tokens)->Iterations(announces);

} // namespace

BENCHMARK_MAIN();
