#include <dht/wire/krpc_decode.hpp>

#include "../../bep44_puts.hpp"
#include "../../catch.hpp"
#include "bench.hpp"

// A whole node against the naive model of BEP 44: random puts, gets and pauses over KRPC, the same
// answers at each step.

using namespace bench;
using namespace dht::test;

namespace {

settings roomy() {
    settings s;
    s.items_max = 100'000;
    s.items_bytes_max = 100'000'000;
    s.items_per_source_max = 60'000;
    s.queries_per_second = 50'000;
    s.queries_burst = 50'000;
    return s;
}

std::string text_of(std::string const& text) {
    return std::to_string(text.size()) + ":" + text;
}

struct modelled_server {
    instant now{seconds{100}};
    dht::node<seeded_random> node{roomy(), seeded_random{1}};
    endpoint const asker = at(0x05060708, 4000);
    krpc::message decoded{};
    std::string bytes{};

    modelled_server() { node.open(now, at(0x01020304)); }

    /// Time passes as a driver lets it.
    void pass(duration d) {
        instant const end = now + d;
        for (auto next = node.next_deadline(); next && next->at <= end;
             next = node.next_deadline()) {
            now = std::max(now, next->at);
            node.advance(now);
            drain(node);
        }
        now = end;
    }

    void ask(std::string const& method, std::string const& arguments) {
        auto const out =
            tell(node, now, asker,
                 "d1:ad" + arguments + "e1:q" + text_of(method) + "2:roi1e1:t2:aa" + "1:y1:qe");
        REQUIRE(out.size() == 1);
        bytes = out[0].bytes;
        krpc::refusal why;
        REQUIRE(krpc::decode(as_bytes(bytes), decoded, why) == errc::ok);
        REQUIRE(decoded.canonical);
    }

    item_answer get(std::string const& target, std::optional<std::int64_t> seq,
                    std::string& token) {
        ask("get", "2:id20:" + id_a + (seq ? "3:seqi" + std::to_string(*seq) + "e" : "") +
                       "6:target20:" + target);
        auto const& r = std::get<krpc::reply>(decoded.body);
        auto const some = [](byte_view field) {
            return field.empty() ? std::nullopt : std::optional{std::string{as_text(field)}};
        };
        token = as_text(r.token);
        return {some(r.v), some(r.k), some(r.sig), r.seq};
    }

    int put(raw_put const& p, std::string const& token) {
        std::string a;
        if (p.cas) a += "3:casi" + std::to_string(*p.cas) + "e";
        a += "2:id20:" + id_a;
        if (p.k) a += "1:k" + text_of(*p.k);
        if (p.salt) a += "4:salt" + text_of(*p.salt);
        if (p.seq) a += "3:seqi" + std::to_string(*p.seq) + "e";
        if (p.sig) a += "3:sig" + text_of(*p.sig);
        a += "5:token" + text_of(token);
        if (p.v) a += "1:v" + *p.v;
        ask("put", a);
        auto const* const error = std::get_if<krpc::error>(&decoded.body);
        return error == nullptr ? 0 : error->code;
    }
};

} // namespace

TEST_CASE("a node answers whatever BEP 44 says, step by step") {
    std::uint64_t const seed = GENERATE(5U, 6U, 77U, 2'027U);
    CAPTURE(seed);
    put_maker make{seed};
    bep44_model model;
    modelled_server node;
    std::map<int, int> codes;
    std::vector<std::string> targets{std::string(20, 'x')};
    std::string token;
    for (int step = 0; step < 1'000; ++step) {
        CAPTURE(step);
        std::size_t const what = make.draw(100);
        std::string target = targets[make.draw(targets.size())];
        if (what < 60) {
            raw_put p = make.next(node.now, model);
            if (p.v == "" || p.v == "3:ab") p.v.reset(); // would break the datagram itself
            if (p.v || p.k) target = bep44_model::target_of(p);
            node.get(target, {}, token);
            bool const spoilt = make.draw(12) == 0;
            if (spoilt) token = make.draw(2) == 0 ? "short" : std::string(16, 't');
            int const expected = spoilt ? 203 : model.put(node.now, p);
            ++codes[expected];
            REQUIRE(node.put(p, token) == expected);
            targets.push_back(target);
        } else if (what < 88) {
            std::optional<std::int64_t> seq;
            if (make.draw(2) == 0) seq = static_cast<std::int64_t>(make.draw(8)) - 2;
            REQUIRE(node.get(target, seq, token) == model.get(node.now, target, seq));
        } else {
            node.pass(milliseconds{make.draw(make.draw(12) == 0 ? 9'000'000 : 60'000)});
        }
        REQUIRE(node.get(target, {}, token) == model.get(node.now, target));
    }
    for (int const code : {0, 203, 205, 206, 207, 301, 302}) {
        CAPTURE(code);
        CHECK(codes[code] > 2);
    }
}
