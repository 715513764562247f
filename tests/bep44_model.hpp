#ifndef DHT_TESTS_BEP44_MODEL_HPP
#define DHT_TESTS_BEP44_MODEL_HPP

#include <dht/base/time.hpp>
#include <dht/crypto/ed25519.hpp>
#include <dht/crypto/hash.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

// What a storing node of BEP 44 answers, written from its text and from nothing else: slow, without
// limits, in strings. Tests hold the store and whole nodes against it.
namespace dht::test {

/// The arguments of a `put` as they stand in a datagram; nothing is "the key is not there".
struct raw_put {
    std::optional<std::string> v; ///< bencoded
    std::optional<std::string> k;
    std::optional<std::string> sig;
    std::optional<std::string> salt;
    std::optional<std::int64_t> seq;
    std::optional<std::int64_t> cas;
};

/// What a `get` is answered beside the nodes and the token.
struct item_answer {
    std::optional<std::string> v;
    std::optional<std::string> k;
    std::optional<std::string> sig;
    std::optional<std::int64_t> seq;

    friend bool operator==(item_answer const&, item_answer const&) = default;
};

class bep44_model {
public:
    explicit bep44_model(duration lifetime = hours{2}) : lifetime_{lifetime} {}

    /// The code of the error that the put is answered with, 0 for success. Of several faults the
    /// first of 203, 205, 207, 206, 301, 302 counts.
    int put(instant now, raw_put const& p) {
        if (int const fault = fault_of(p)) return fault;
        forget_expired(now);
        std::string const target = target_of(p);
        auto const stored = items_.find(target);
        if (stored == items_.end()) { // "If there is no current value, cas SHOULD be ignored."
            items_[target] = {p, now};
            return 0;
        }
        raw_put& old = stored->second.put;
        // One key, two kinds: the text does not think of it. Whichever came first stays.
        if (old.k.has_value() != p.k.has_value()) return 203;
        if (p.k) {
            // "Only if the cas matches the stored sequence number is the put performed."
            if (p.cas && *p.cas != *old.seq) return 301;
            // "MUST not downgrade a list head from a higher sequence number to a lower one"
            if (*p.seq < *old.seq) return 302;
            // "lower than or equal to what's already stored [...] MUST reject"
            if (*p.seq == *old.seq && *p.v != *old.v) return 302;
            if (*p.seq > *old.seq) old = p;
        }
        // "If the sequence number is equal, and the value is also the same, the node SHOULD reset
        // its timeout counter."
        stored->second.put_at = now;
        return 0;
    }

    /// `seq` of a get: "the k, v, and sig fields SHOULD be omitted" unless what is stored is newer.
    item_answer get(instant now, std::string const& target, std::optional<std::int64_t> seq = {}) {
        forget_expired(now);
        auto const stored = items_.find(target);
        if (stored == items_.end()) return {};
        raw_put const& p = stored->second.put;
        if (!p.k) return {p.v, {}, {}, {}};
        if (seq && *p.seq <= *seq) return {{}, {}, {}, p.seq};
        return {p.v, p.k, p.sig, p.seq};
    }

    /// The 20 bytes under which a put without fault is stored.
    static std::string target_of(raw_put const& p) {
        std::string const hashed = p.k ? *p.k + p.salt.value_or("") : *p.v;
        sha1_digest const digest = sha1_of(as_bytes(hashed));
        return std::string{as_text(digest)};
    }

    /// What the signature of a mutable put covers.
    static std::string signed_text(raw_put const& p) {
        std::string text;
        if (p.salt && !p.salt->empty())
            text += "4:salt" + std::to_string(p.salt->size()) + ":" + *p.salt;
        return text + "3:seqi" + std::to_string(*p.seq) + "e1:v" + *p.v;
    }

    std::size_t size(instant now) {
        forget_expired(now);
        return items_.size();
    }

private:
    struct stored_item {
        raw_put put;
        instant put_at{};
    };

    /// What can be said against a put without a look at what is stored. It is mutable by its k.
    static int fault_of(raw_put const& p) {
        if (!p.v || !is_valid(*p.v)) return 203;
        if (p.k && (p.k->size() != 32 || !p.sig || p.sig->size() != 64 || !p.seq)) return 203;
        if (p.v->size() > 1'000) return 205;
        if (!p.k) return 0;
        if (p.salt && p.salt->size() > 64) return 207;
        if (!ed25519_verify(as_bytes(*p.k), as_bytes(signed_text(p)), as_bytes(*p.sig))) return 206;
        return 0;
    }

    // -- bencoding in the one form that it allows, and nothing behind it

    static bool is_valid(std::string const& text) {
        std::size_t at = 0;
        return skip_value(text, at) && at == text.size();
    }

    static char peek(std::string const& text, std::size_t at) {
        return at < text.size() ? text[at] : '\0';
    }

    /// Digits without a zero in front, but for "0" itself.
    static std::optional<std::string> skip_number(std::string const& text, std::size_t& at) {
        std::string digits;
        while (peek(text, at) >= '0' && peek(text, at) <= '9')
            digits += text[at++];
        if (digits.empty() || (digits[0] == '0' && digits.size() > 1)) return std::nullopt;
        return digits;
    }

    static std::optional<std::string> skip_string(std::string const& text, std::size_t& at) {
        auto const length = skip_number(text, at);
        if (!length || length->size() > 6 || peek(text, at++) != ':') return std::nullopt;
        auto const size = static_cast<std::size_t>(std::stoul(*length));
        if (text.size() - at < size) return std::nullopt;
        at += size;
        return text.substr(at - size, size);
    }

    static bool skip_integer(std::string const& text, std::size_t& at) {
        ++at;
        bool const negative = peek(text, at) == '-';
        at += negative;
        auto const digits = skip_number(text, at);
        return digits && !(negative && *digits == "0") && peek(text, at++) == 'e';
    }

    static bool skip_dictionary(std::string const& text, std::size_t& at) {
        std::optional<std::string> before;
        for (++at; peek(text, at) != 'e';) {
            auto const key = skip_string(text, at);
            if (!key || (before && *key <= *before) || !skip_value(text, at)) return false;
            before = key;
        }
        ++at;
        return true;
    }

    static bool skip_value(std::string const& text, std::size_t& at) {
        switch (peek(text, at)) {
        case 'i':
            return skip_integer(text, at);
        case 'd':
            return skip_dictionary(text, at);
        case 'l':
            for (++at; peek(text, at) != 'e';)
                if (!skip_value(text, at)) return false;
            ++at;
            return true;
        default:
            return skip_string(text, at).has_value();
        }
    }

    void forget_expired(instant now) {
        std::erase_if(items_, [&](auto const& i) { return now - i.second.put_at >= lifetime_; });
    }

    std::map<std::string, stored_item> items_;
    duration lifetime_;
};

} // namespace dht::test

#endif
