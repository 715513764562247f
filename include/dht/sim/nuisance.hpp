#ifndef DHT_SIM_NUISANCE_HPP
#define DHT_SIM_NUISANCE_HPP

#include <dht/sim/pacer.hpp>
#include <dht/sim/placement.hpp>
#include <dht/wire/krpc_decode.hpp>
#include <dht/wire/krpc_encode.hpp>

/// Adversaries that do not wait to be asked: they send at a rate, and are done when they end.
namespace dht::inline DHT_ABI::sim {

/// A query with the tid "spam!", by which replies to it are known.
inline packet spam(krpc::arguments const& args, std::string_view method, seeded_random& chance) {
    packet bytes(1'400);
    node_id const sender = to_node_id(random_key(chance));
    bytes.resize(krpc::encode_query(bytes, {as_bytes("spam!"), {}, sender}, method, args));
    return bytes;
}

inline packet find_node_spam(seeded_random& chance) {
    key160 const target = random_key(chance);
    return spam(krpc::find_node{target}, "find_node", chance);
}

// -- garbage

/// What no well-behaved program sends.
enum class garbage : std::uint8_t {
    noise,     ///< up to 1 400 random bytes
    truncated, ///< a query that was cut off
    flipped,   ///< a query of whose bits one to eight are wrong
    nested,    ///< lists within lists, 1 400 deep
    boasting,  ///< a string that claims to be longer than anything
};

inline constexpr std::size_t garbage_kinds = 5;

inline packet make_garbage(garbage kind, seeded_random& chance) {
    packet bytes = find_node_spam(chance);
    switch (kind) {
    case garbage::noise:
        bytes.resize(below(chance, 1'401));
        chance.fill(bytes);
        break;
    case garbage::truncated:
        bytes.resize(below(chance, bytes.size()));
        break;
    case garbage::flipped:
        for (std::uint64_t left = 1 + below(chance, 8); left > 0; --left) {
            std::uint64_t const bit = below(chance, 8 * bytes.size());
            bytes[bit / 8] ^= std::byte{1} << (bit % 8);
        }
        break;
    case garbage::nested:
        bytes.assign(1'400, std::byte{'l'});
        std::memcpy(bytes.data(), "d1:a", 4);
        break;
    case garbage::boasting:
        std::memcpy(bytes.data(), "d1:a9999999999999999999:", 24);
        break;
    }
    return bytes;
}

/// Sends garbage of all kinds to nodes, each time to another one.
class garbage_sender {
public:
    garbage_sender(world& w, scripted_host& from, std::vector<endpoint> to, double per_second,
                   std::uint64_t seed)
        : from_{from},
          to_{std::move(to)},
          chance_{seed},
          pace_{w, per_second, [this] { send(); }} {}

    garbage_sender(garbage_sender const&) = delete;
    garbage_sender& operator=(garbage_sender const&) = delete;

private:
    void send() {
        auto const kind = static_cast<garbage>(below(chance_, garbage_kinds));
        packet const bytes = make_garbage(kind, chance_);
        from_.send(to_[below(chance_, to_.size())], bytes);
    }

    scripted_host& from_;
    std::vector<endpoint> to_;
    seeded_random chance_;
    pacer pace_;
};

// -- reflection

/// Asks nodes in the name of a victim, who gets what they answer (Rossow 2014). Measures what that
/// is worth.
class reflector {
public:
    using query_maker = packet (*)(seeded_random&);

    reflector(world& w, scripted_host& from, endpoint const& victim, std::vector<endpoint> mirrors,
              double per_second, std::uint64_t seed, query_maker query = &find_node_spam)
        : from_{from},
          victim_{victim},
          mirrors_{std::move(mirrors)},
          chance_{seed},
          query_{query},
          watch_{w.install([this](datagram const& d) { return watch(d); })},
          pace_{w, per_second, [this] { send(); }} {
        std::sort(mirrors_.begin(), mirrors_.end());
    }

    reflector(reflector const&) = delete;
    reflector& operator=(reflector const&) = delete;

    [[nodiscard]] std::uint64_t spent_bytes() const noexcept { return spent_bytes_; }

    /// What the mirrors have sent to the victim.
    [[nodiscard]] std::uint64_t hit_bytes() const noexcept { return hit_bytes_; }

    [[nodiscard]] double amplification() const noexcept {
        return static_cast<double>(hit_bytes_) / static_cast<double>(spent_bytes_);
    }

private:
    void send() {
        packet const bytes = query_(chance_);
        spent_bytes_ += bytes.size();
        from_.send_as(victim_, mirrors_[below(chance_, mirrors_.size())], bytes);
    }

    verdict watch(datagram const& d) {
        if (d.to == victim_ && std::binary_search(mirrors_.begin(), mirrors_.end(), d.from))
            hit_bytes_ += d.bytes.size();
        return pass();
    }

    scripted_host& from_;
    endpoint victim_;
    std::vector<endpoint> mirrors_;
    seeded_random chance_;
    query_maker query_;
    std::uint64_t spent_bytes_ = 0;
    std::uint64_t hit_bytes_ = 0;
    rule_guard watch_;
    pacer pace_;
};

// -- guessing

/// A-TOK: announces to one node, each time from another address that is not its own, with a token
/// that is a guess.
class token_guesser {
public:
    struct plan {
        endpoint to;
        info_hash hash;
        std::size_t token_bytes = 8; ///< as long as those of the node
        double per_second = 100'000;
    };

    token_guesser(world& w, scripted_host& from, plan const& p, std::uint64_t seed)
        : from_{from},
          plan_{p},
          chance_{seed},
          watch_{w.install([this](datagram const& d) { return watch(d); })},
          pace_{w, p.per_second, [this] { send(); }} {}

    token_guesser(token_guesser const&) = delete;
    token_guesser& operator=(token_guesser const&) = delete;

    [[nodiscard]] std::uint64_t guesses() const noexcept { return guesses_; }

    /// Announces that the node took, though the guesser cannot know.
    [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

private:
    void send() {
        ++guesses_;
        packet token(plan_.token_bytes);
        chance_.fill(token);
        auto const source = static_cast<std::uint32_t>(chance_.next());
        packet const bytes =
            spam(krpc::announce_peer{plan_.hash, token, usual_port}, "announce_peer", chance_);
        from_.send_as(public_v4(source), plan_.to, bytes);
    }

    verdict watch(datagram const& d) {
        krpc::message m;
        krpc::refusal why;
        if (d.from == plan_.to && krpc::decode(d.bytes, m, why) == errc::ok &&
            std::holds_alternative<krpc::reply>(m.body) && as_text(m.tid) == "spam!")
            ++taken_;
        return pass();
    }

    scripted_host& from_;
    plan plan_;
    seeded_random chance_;
    std::uint64_t guesses_ = 0;
    std::uint64_t taken_ = 0;
    rule_guard watch_;
    pacer pace_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
