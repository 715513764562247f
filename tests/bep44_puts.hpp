#ifndef DHT_TESTS_BEP44_PUTS_HPP
#define DHT_TESTS_BEP44_PUTS_HPP

#include <dht/policy/random_source.hpp>

#include "bep44_model.hpp"
#include <vector>

namespace dht::test {

/// Puts of every kind, mostly about what was put before.
class put_maker {
public:
    explicit put_maker(std::uint64_t seed) : rng_{seed} {
        for (std::uint8_t n = 1; n <= 3; ++n) {
            ed25519_seed secret{};
            secret.fill(std::byte{n});
            pairs_.push_back(ed25519_key_pair::from_seed(secret));
        }
    }

    std::size_t draw(std::size_t bound) { return static_cast<std::size_t>(below(rng_, bound)); }

    /// `model` is asked for the seq that stands, so that all relations to it come about.
    raw_put next(instant now, bep44_model& model) {
        raw_put p;
        p.v = value();
        if (draw(4) == 0) return p;
        ed25519_key_pair const& pair = pairs_[draw(pairs_.size())];
        p.k = std::string{as_text(pair.public_key())};
        p.salt = salt();
        item_answer const stands = model.get(now, bep44_model::target_of(p));
        p.seq = seq_near(stands.seq);
        if (stands.seq == p.seq && draw(2) == 0) p.v = stands.v;
        if (draw(3) == 0) p.cas = draw(2) == 0 ? stands.seq : seq_near(stands.seq);
        p.sig = std::string{as_text(pair.sign(as_bytes(bep44_model::signed_text(p))))};
        if (draw(8) == 0) spoil(p);
        return p;
    }

private:
    std::string value() {
        switch (draw(16)) {
        case 0:
            return "996:" + std::string(996, 'v'); // 1000 bytes
        case 1:
            return "997:" + std::string(997, 'v'); // 1001
        case 2:
            return "d1:bi1e1:ai2ee"; // keys not in order
        case 3:
            return draw(2) == 0 ? "i01e" : "3:ab";
        case 4:
            return "";
        case 5:
            return "d1:ai1e1:bl1:c1:dee";
        case 6:
            return "i-7e";
        case 7:
            return "le";
        default:
            return "2:v" + std::to_string(draw(10));
        }
    }

    std::optional<std::string> salt() {
        switch (draw(5)) {
        case 0:
            return std::nullopt;
        case 1:
            return "";
        case 2:
            return std::string(draw(8) == 0 ? 65 : 64, 's');
        default:
            return "salt";
        }
    }

    std::optional<std::int64_t> seq_near(std::optional<std::int64_t> stands) {
        switch (draw(24)) {
        case 0:
            return INT64_MIN;
        case 1:
            return draw(20) == 0 ? INT64_MAX : 1'000;
        case 2:
            return 0;
        default:
            break;
        }
        std::int64_t const base = stands.value_or(0);
        std::int64_t const step = static_cast<std::int64_t>(draw(5)) - 2;
        if (base > INT64_MAX - 2 || base < INT64_MIN + 2) return base;
        return base + step;
    }

    void spoil(raw_put& p) {
        switch (draw(6)) {
        case 0:
            p.k->pop_back();
            break;
        case 1:
            p.sig.reset();
            break;
        case 2:
            p.seq.reset();
            break;
        case 3:
            (*p.sig)[draw(64)] ^= 4;
            break;
        case 4:
            p.v.reset();
            break;
        default:
            p.k.reset();
            break; // what is left is immutable
        }
    }

    seeded_random rng_;
    std::vector<ed25519_key_pair> pairs_;
};

} // namespace dht::test

#endif
