#include <dht/wire/bencode_reader.hpp>

#include "../../bep44_puts.hpp"
#include "../../catch.hpp"
#include "item_samples.hpp"

// The store against a naive model of BEP 44: random puts, gets, pauses and restarts, the same
// answers at each step.

using namespace dht;
using namespace dht::test;

namespace {

/// What a node says of a put before it asks the store.
int fault_before_store(raw_put const& p) {
    if (!p.v || !bencode::is_canonical(as_bytes(*p.v))) return 203;
    if (p.k && (p.k->size() != 32 || !p.sig || p.sig->size() != 64 || !p.seq)) return 203;
    if (p.v->size() > krpc::item_value_bytes_max) return 205;
    if (!p.k) return 0;
    std::string const salt = p.salt.value_or("");
    if (salt.size() > krpc::item_salt_bytes_max) return 207;
    return item_signature_valid(as_bytes(*p.k), as_bytes(salt), *p.seq, as_bytes(*p.v),
                                as_bytes(*p.sig))
               ? 0
               : 206;
}

item_key key_of_put(raw_put const& p) {
    return p.k ? mutable_item_key(as_bytes(*p.k), as_bytes(p.salt ? *p.salt : std::string_view{}))
               : immutable_item_key(as_bytes(*p.v));
}

/// The store behind those checks, with the model's interface.
class checked_store {
public:
    checked_store() { store_.start(roomy(), rng_); }

    int put(instant now, raw_put const& p) {
        if (int const fault = fault_before_store(p)) return fault;
        item_view i;
        i.v = as_bytes(*p.v);
        if (p.k) {
            i.k = as_bytes(*p.k);
            i.sig = as_bytes(*p.sig);
            if (p.salt) i.salt = as_bytes(*p.salt);
            i.seq = *p.seq;
            i.cas = p.cas;
        }
        address const who = from(static_cast<std::uint32_t>(below(rng_, 1'000)));
        CHECK(store_.accepts(now, key_of_put(p), who));
        auto const refused = store_.put(now, who, key_of_put(p), i);
        return refused ? static_cast<int>(*refused) : 0;
    }

    item_answer get(instant now, std::string const& target) {
        auto const found = store_.get(now, item_key{{array_from(target)}});
        if (!found) return {};
        auto const text = [](byte_view b) { return std::string{as_text(b)}; };
        if (!found->is_mutable()) return {text(found->v), {}, {}, {}};
        return {text(found->v), text(found->k), text(found->sig), found->seq};
    }

    void expire(instant now) {
        instant const next = store_.expire(now);
        CHECK(now < next);
    }

    /// Everything goes through a snapshot into a store of the same kind.
    void restart(instant now) {
        memory_item_store fresh;
        fresh.start(roomy(), rng_);
        store_.for_each([&](item_key const& k, item_view const& i, instant expires) {
            CHECK(fresh.restore(now, k, i, expires) == (now < expires));
        });
        store_ = std::move(fresh);
    }

    std::size_t size(instant now) const {
        std::size_t alive = 0;
        store_.for_each([&](item_key const&, item_view const&, instant e) { alive += now < e; });
        return alive;
    }

private:
    static settings roomy() {
        settings s;
        s.items_max = 100'000;
        s.items_bytes_max = 100'000'000;
        s.items_per_source_max = 60'000;
        return s;
    }

    static std::array<std::byte, 20> array_from(std::string const& bytes) {
        return key160::from(as_bytes(bytes)).bytes;
    }

    seeded_random rng_{99};
    memory_item_store store_;
};

bool valid_target(raw_put const& p, int code) {
    return code == 0 || code == 301 || code == 302 || (p.v && !p.k);
}

} // namespace

TEST_CASE("the store answers whatever BEP 44 says, step by step") {
    std::uint64_t const seed = GENERATE(1U, 2U, 3U, 44U, 2026U);
    CAPTURE(seed);
    put_maker make{seed};
    bep44_model model;
    checked_store store;
    std::map<int, int> codes;
    std::vector<std::string> targets{std::string(20, 'x')};
    instant now = second(10);
    for (int step = 0; step < 3'000; ++step) {
        CAPTURE(step);
        std::size_t const what = make.draw(100);
        if (what < 60) {
            raw_put const p = make.next(now, model);
            int const expected = model.put(now, p);
            ++codes[expected];
            REQUIRE(store.put(now, p) == expected);
            if (valid_target(p, expected)) targets.push_back(bep44_model::target_of(p));
            REQUIRE(store.get(now, targets.back()) == model.get(now, targets.back()));
        } else if (what < 85) {
            std::string const& target = targets[make.draw(targets.size())];
            REQUIRE(store.get(now, target) == model.get(now, target));
        } else if (what < 97) {
            bool const pause = make.draw(12) == 0;
            now += milliseconds{make.draw(pause ? 9'000'000 : 60'000)};
        } else if (what < 99) {
            store.expire(now);
        } else {
            store.restart(now);
        }
        if (step % 100 != 0) continue;
        REQUIRE(store.size(now) == model.size(now));
        for (std::string const& target : targets)
            REQUIRE(store.get(now, target) == model.get(now, target));
    }
    for (int const code : {0, 203, 205, 206, 207, 301, 302}) {
        CAPTURE(code);
        CHECK(codes[code] > 5);
    }
}

TEST_CASE("whatever is put, no limit is ever passed, and what is kept can be renewed") {
    std::uint64_t const seed = GENERATE(5U, 6U, 7U);
    CAPTURE(seed);
    seeded_random rng{seed};
    auto const draw = [&](std::uint64_t bound) {
        return static_cast<std::uint32_t>(below(rng, bound));
    };
    settings s;
    s.items_max = 50;
    s.items_bytes_max = 20'000;
    s.items_per_source_max = 8;
    memory_item_store store = store_of(s);
    std::map<item_key, std::uint32_t> brought_by;
    std::size_t evictions = 0;
    instant now = second(0);
    for (int step = 0; step < 5'000; ++step) {
        now += seconds{draw(60)};
        if (draw(500) == 0) store.own_ids(std::array{node_id{random_key(rng)}});
        if (draw(50) == 0) store.expire(now);
        item_key const key{random_key(rng)};
        std::string const v(2 + draw(999), 'v'); // the store does not look inside
        std::uint32_t const who = draw(20);
        bool const promised = store.accepts(now, key, from(who));
        std::size_t const before = store.items();
        bool const kept = !store.put(now, from(who), key, mutable_item(v, 1));
        if (promised) REQUIRE(kept); // but not the other way around: chance turns some away
        if (kept) brought_by[key] = who;
        evictions += kept && store.items() <= before;
        REQUIRE(store.items() <= s.items_max);
        REQUIRE(store.value_bytes() <= s.items_bytes_max);
        std::map<std::uint32_t, int> brought;
        std::size_t bytes = 0;
        std::vector<item_key> all;
        store.for_each([&](item_key const& k, item_view const& i, instant) {
            ++brought[brought_by.at(k)];
            bytes += i.v.size();
            all.push_back(k);
        });
        REQUIRE(bytes == store.value_bytes());
        REQUIRE(all.size() == store.items());
        for (auto const& [source, items] : brought)
            REQUIRE(items <= s.items_per_source_max);
        if (all.empty()) continue;
        item_key const& one = all[draw(all.size())];
        auto const stands = store.get(now, one);
        if (!stands) continue;
        REQUIRE(store.accepts(now, one, from(who)));
        std::string const grown(2 + draw(999), 'w');
        REQUIRE_FALSE(store.put(now, from(who), one, mutable_item(grown, stands->seq + 1)));
        REQUIRE(value_of(store, now, one) == grown);
        REQUIRE(store.value_bytes() <= s.items_bytes_max);
    }
    CHECK(evictions > 100);
}
