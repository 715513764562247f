#include <dht/content/topics.hpp>

#include "world.hpp"
#include <map>

// BEP 50 in whole networks: updates reach every subscriber within seconds, whatever is lost and
// whoever comes and goes, and nobody sends more than his share.

using namespace dht;
using namespace dht::test;
using content::topics;

namespace {

ed25519_key_pair const topic_owner = ed25519_key_pair::from_seed({std::byte{50}});
byte_view const salt = as_bytes("news");
item_key const topic_key = mutable_item_key(topic_owner.public_key(), salt);

item issue(std::int64_t seq, std::string_view v = "4:news") {
    return sign_item(topic_owner, salt, seq, as_bytes(v));
}

using subscriber_node = sim::node<topics>;
using subscriber_host = sim::node_host<subscriber_node, topics>;

/// Of the newest item that is known there; 0: none is.
std::int64_t seq_at(subscriber_host& host, item_key const& which) {
    return host.use([&](auto& n, instant) -> std::int64_t {
        content::topic const* const t = n.template get<topics>().find_topic(which);
        return t != nullptr && t->newest() ? t->newest()->seq : 0;
    });
}

/// Somebody with a host who wants the news, and since when.
struct member {
    subscriber_host* host = nullptr;
    instant since{};

    [[nodiscard]] std::int64_t seq() const { return seq_at(*host, topic_key); }
};

/// Subscribers of one topic, all of them nodes of one DHT, and what they send.
struct audience {
    checked_world& world;
    std::vector<member> members{};
    std::map<std::pair<endpoint, std::int64_t>, std::size_t> puts{}; ///< by sender and seq

    sim::verdict look(sim::datagram const& d) {
        std::string_view const bytes = as_text(d.bytes);
        if (bytes.find("1:q3:put") == bytes.npos) return sim::pass();
        auto const at = bytes.find("3:seqi");
        if (at == bytes.npos) return sim::pass();
        ++puts[{d.from, std::atoll(std::string{bytes.substr(at + 6, 20)}.c_str())}];
        return sim::pass();
    }

    void add(std::uint32_t i) {
        auto& host = world.add<subscriber_node>(sim::public_v4(i), settings{}, topics{});
        members.push_back({&host});
        enter(members.back());
    }

    void enter(member& m) {
        m.since = world.now();
        if (m.host != members.front().host) m.host->bootstrap(members.front().host->at());
        m.host->use([&](auto& n, instant now) {
            CHECK(n.template get<topics>().subscribe(now, topic_owner.public_key(), salt));
            n.advance(now);
        });
    }

    void come_back(member& m) {
        m.host->start();
        enter(m);
    }

    void publish(member& m, item const& i) {
        m.host->use([&](auto& n, instant now) {
            CHECK(n.template get<topics>().publish(now, i));
            n.advance(now);
        });
    }

    /// Those who were there for a minute, and lack that item.
    [[nodiscard]] std::size_t behind(std::int64_t seq) const {
        return static_cast<std::size_t>(
            std::count_if(members.begin(), members.end(), [&](member const& m) {
                return m.host->up() && world.now() - m.since >= seconds{60} && m.seq() < seq;
            }));
    }

    [[nodiscard]] std::size_t live() const {
        return static_cast<std::size_t>(std::count_if(members.begin(), members.end(),
                                                      [](auto const& m) { return m.host->up(); }));
    }

    /// The most that anybody sent of one item, and all together.
    [[nodiscard]] std::pair<std::size_t, std::size_t> sent(std::int64_t seq) const {
        std::pair<std::size_t, std::size_t> most_and_sum{};
        for (auto const& [who, n] : puts) {
            if (who.second != seq) continue;
            most_and_sum.first = std::max(most_and_sum.first, n);
            most_and_sum.second += n;
        }
        return most_and_sum;
    }
};

} // namespace

// The sentence of the issue, taken as: one topic, of which five of 105 subscribers hold the key.
TEST_CASE(
    "every live subscriber has the newest update within 10 s, under loss and churn (BEP 50)") {
    checked_world w{50};
    audience all{w};
    auto const watch = w.install([&](sim::datagram const& d) { return all.look(d); });
    for (std::uint32_t i = 0; i < 105; ++i) {
        all.add(i);
        w.run_for(milliseconds{200});
    }
    w.run_for(minutes{2});
    w.network.loss = 0.05;
    std::vector<std::size_t> asleep;
    for (std::int64_t seq = 1; seq <= 6; ++seq) {
        // Ten seconds of churn: five subscribers crash, and who crashed a round ago is back.
        for (std::size_t const i : std::exchange(asleep, {}))
            all.come_back(all.members[i]);
        for (int i = 0; i < 5; ++i) {
            std::size_t const victim = 5 + w.draw_below(all.members.size() - 5);
            all.members[victim].host->crash();
            asleep.push_back(victim);
            w.run_for(seconds{2});
        }
        // One of five publishers speaks; two more crash while it spreads.
        instant const published = w.now();
        all.publish(all.members[static_cast<std::size_t>(seq) % 5], issue(seq));
        for (int i = 0; i < 2; ++i) {
            std::size_t const victim = 5 + w.draw_below(all.members.size() - 5);
            all.members[victim].host->crash();
            asleep.push_back(victim);
            w.run_for(milliseconds{100});
        }
        bool const reached = w.run_until([&] { return all.behind(seq) == 0; }, seconds{10});
        auto const took = std::chrono::duration_cast<milliseconds>(w.now() - published).count();
        w.run_for(seconds{10});
        auto const [most, sum] = all.sent(seq);
        CAPTURE(seq, took, all.behind(seq), most, sum, all.live());
        CHECK(reached);
        CHECK(all.behind(seq) == 0); // whoever has been there for a minute by now, too
        CHECK(most <= 40);
        CHECK(sum <= 20 * all.live());
        CHECK(all.live() >= 90);
    }
}

// The same sentence, taken as: five topics with a publisher each.
TEST_CASE("who subscribes to five topics has the newest of each within 10 s") {
    checked_world w{52};
    std::vector<ed25519_key_pair> owners;
    for (std::uint8_t i = 1; i <= 5; ++i)
        owners.push_back(ed25519_key_pair::from_seed({std::byte{i}}));
    std::vector<subscriber_host*> hosts;
    for (std::uint32_t i = 0; i < 40; ++i) {
        hosts.push_back(&w.add<subscriber_node>(sim::public_v4(i), settings{}, topics{}));
        if (i > 0) hosts.back()->bootstrap(hosts.front()->at());
        hosts.back()->use([&](auto& n, instant now) {
            for (ed25519_key_pair const& o : owners)
                CHECK(n.template get<topics>().subscribe(now, o.public_key()));
            n.advance(now);
        });
        w.run_for(milliseconds{200});
    }
    w.run_for(minutes{2});
    w.network.loss = 0.05;
    for (std::int64_t seq = 1; seq <= 3; ++seq) {
        for (std::size_t i = 0; i < owners.size(); ++i)
            hosts[7 * i]->use([&](auto& n, instant now) {
                auto const news = sign_item(owners[i], {}, seq, as_bytes("4:news"));
                CHECK(n.template get<topics>().publish(now, news));
                n.advance(now);
            });
        w.run_for(seconds{10});
        for (subscriber_host* const h : hosts)
            for (ed25519_key_pair const& o : owners)
                CHECK(seq_at(*h, mutable_item_key(o.public_key(), {})) == seq);
    }
}

TEST_CASE("what an attacker puts is passed on by nobody: forged, old, or replayed") {
    checked_world w{51};
    audience all{w};
    auto const watch = w.install([&](sim::datagram const& d) { return all.look(d); });
    for (std::uint32_t i = 0; i < 30; ++i) {
        all.add(i);
        w.run_for(milliseconds{200});
    }
    w.run_for(minutes{2});
    for (std::int64_t seq = 1; seq <= 3; ++seq) {
        all.publish(all.members[0], issue(seq));
        w.run_for(minutes{1});
    }
    CHECK(all.behind(3) == 0);

    item forged = issue(9);
    forged.sig[0] ^= std::byte{1};
    std::array const puts{forged, issue(2), issue(3, "5:other"), issue(3)};
    std::array<std::byte, 1'024> buffer;
    topic_field const field{topic_key.bytes};
    raw_fields top;
    field.join(top);
    node_id const id = w.draw_id();
    auto const query = [&](std::string_view method, krpc::arguments const& args) {
        return byte_view{buffer}.first(
            krpc::encode_query(buffer, {as_bytes("aa"), {}, id, true}, method, args, {}, top));
    };
    std::map<std::int32_t, std::size_t> codes;
    auto& attacker = w.add_script(sim::public_v4(900), [&](auto& self, sim::datagram const& d) {
        krpc::message m;
        krpc::refusal why;
        if (krpc::decode(d.bytes, m, why) != errc::ok) return;
        if (auto const* const e = std::get_if<krpc::error>(&m.body)) ++codes[e->code];
        auto const* const r = std::get_if<krpc::reply>(&m.body);
        if (r != nullptr && r->token.empty()) ++codes[0];
        if (r == nullptr || r->token.empty()) return;
        for (item const& i : puts) {
            krpc::put_item put{r->token, i.v, *i.k, i.sig, i.view().salt, i.seq};
            self.send(d.from, query("put", put));
        }
    });
    all.puts.clear();
    for (member const& m : all.members)
        attacker.send(m.host->at(), query("get", krpc::get_item{topic_key, {}, {}}));
    w.run_for(minutes{5});
    CHECK(codes == std::map<std::int32_t, std::size_t>{{0, 30}, {206, 30}, {302, 60}});
    for (auto const& [who, n] : all.puts)
        CHECK(who.first == attacker.at());
    for (member const& m : all.members)
        CHECK(m.seq() == 3);
}
