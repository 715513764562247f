#include <dht/content/follower.hpp>
#include <dht/content/republisher.hpp>

#include "world.hpp"

// Content that changes, stays alive, and is found, in whole networks.

using namespace dht;
using namespace dht::test;

namespace {

ed25519_key_pair nth_owner(std::uint8_t n) {
    return ed25519_key_pair::from_seed({std::byte{n}});
}

/// One item more, of seq 1.
item numbered(std::uint32_t n) {
    std::array<std::byte, 4> salt;
    store_big_endian(salt.data(), n);
    return sign_item(nth_owner(9), salt, 1, as_bytes("5:hello"));
}

template <class Host>
std::optional<item> item_at(checked_world& w, Host& h, item const& wanted) {
    auto const id = h.use([&](auto& n, instant now) {
        return n.get(now, *wanted.k, byte_view{wanted.salt.data(), wanted.salt.size()});
    });
    return w.finish(h, id).item;
}

} // namespace

TEST_CASE("a follower sees each update of a publisher once (BEP 46)") {
    checked_world w{46};
    network<> net{w};
    net.grow(40);
    w.run_for(minutes{2});
    using follower_node = sim::node<content::follower>;
    auto& reader = w.add<follower_node>(sim::public_v4(900), settings{}, content::follower{});
    reader.bootstrap(net.hosts[0]->at());
    w.run_for(minutes{1});
    reader.use([](auto& n, instant now) {
        CHECK(n.template get<content::follower>().follow(now, nth_owner(1).public_key()));
        n.advance(now);
    });
    std::vector<info_hash> published;
    std::vector<info_hash> seen;
    for (int i = 0; i < 3; ++i) {
        published.push_back(w.draw_hash());
        auto& publisher = *net.hosts[7];
        auto const value = content::torrent_value(published.back());
        w.finish(publisher, publisher.use([&](auto& n, instant now) {
            return n.put(now, nth_owner(1), {}, value);
        }));
        w.run_for(minutes{70});
        reader.use([&](auto& n, instant) {
            while (auto const u = n.template get<content::follower>().poll())
                seen.push_back(u->torrent.value_or(info_hash{}));
        });
    }
    CHECK(seen == published);
}

TEST_CASE("a republisher keeps an item alive for hours, evenly, until a newer one comes") {
    checked_world w{44};
    network<> net{w};
    net.grow(40);
    w.run_for(minutes{2});
    using keeper_node = sim::node<content::republisher>;
    auto& keeper = w.add<keeper_node>(sim::public_v4(900), settings{}, content::republisher{});
    keeper.bootstrap(net.hosts[0]->at());
    w.run_for(minutes{1});
    item const kept = numbered(1);
    item const left = numbered(2);
    for (item const& i : {kept, left})
        w.finish(*net.hosts[3],
                 net.hosts[3]->use([&](auto& n, instant now) { return n.put(now, i); }));
    keeper.use([&](auto& n, instant now) {
        CHECK(n.template get<content::republisher>().keep(now, kept));
        n.advance(now);
    });
    w.run_for(hours{6});
    CHECK(item_at(w, *net.hosts[20], kept) == kept);
    CHECK_FALSE(item_at(w, *net.hosts[20], left));

    item const newer = sign_item(nth_owner(9), kept.view().salt, 2, as_bytes("3:new"));
    w.finish(*net.hosts[3],
             net.hosts[3]->use([&](auto& n, instant now) { return n.put(now, newer); }));
    w.run_for(hours{2});
    keeper.use([&](auto& n, instant) {
        auto const news = n.template get<content::republisher>().poll();
        REQUIRE(news);
        CHECK(news->newer == newer);
        CHECK(n.template get<content::republisher>().items() == 0);
    });
}
