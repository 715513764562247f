#include "../catch.hpp"
#include "workbench.hpp"

// A push transport: the node writes into its batch, and flush() sends that.

using namespace bench;

namespace {

/// Room for four datagrams that lie side by side, as for sendmmsg.
struct batch {
    using policy_slot = slots::transport;
    static constexpr std::size_t slot_bytes = 1'500;

    std::vector<std::byte> memory = std::vector<std::byte>(4 * slot_bytes);
    std::vector<sent> ready;   ///< committed
    std::vector<sent> flushed; ///< sent
    reservation open{};
    unsigned refused = 0;

    byte_span reserve(reservation const& r) noexcept {
        open = r;
        if (ready.size() == 4) {
            ++refused;
            return {};
        }
        return byte_span{memory}.subspan(ready.size() * slot_bytes, slot_bytes);
    }

    void commit(std::size_t bytes) noexcept {
        byte_view const datagram{memory.data() + ready.size() * slot_bytes, bytes};
        ready.push_back({open.to, std::string{as_text(datagram)}});
    }

    void flush() noexcept {
        for (sent& s : ready)
            flushed.push_back(std::move(s));
        ready.clear();
    }
};

struct scene {
    dht::node<batch> node;
    instant now{seconds{100}};

    scene() { node.open(now, at(0x01020304)); }

    batch& transport() { return node.policy<slots::transport>(); }
};

} // namespace

TEST_CASE("a push transport gets whole datagrams, and flush sends them") {
    scene s;
    s.node.receive(s.now, 0, at(0x05060708), as_bytes(query("ping")));
    s.node.receive(s.now, 0, at(0x05060709), as_bytes(query("ping")));
    CHECK(s.transport().flushed.empty());
    s.node.flush();
    REQUIRE(s.transport().flushed.size() == 2);
    CHECK(s.transport().flushed[0].to == at(0x05060708));
    CHECK(s.transport().flushed[1].to == at(0x05060709));
    for (sent const& d : s.transport().flushed) {
        CHECK(d.bytes.front() == 'd');
        CHECK(d.bytes.back() == 'e');
        CHECK(d.has("1:t2:aa1:v4:"));
    }
}

TEST_CASE("where a transport would block, a reply is lost and a lookup goes on later") {
    scene s;
    std::vector<sent> questions;
    for (std::uint32_t n = 0; n < 8; ++n) { // eight contacts, in different sites
        s.node.ping(s.now, at(0x05060708 + (n << 16)));
        s.node.flush();
        std::string id(20, static_cast<char>('a' + n));
        s.node.receive(s.now, 0, at(0x05060708 + (n << 16)),
                       as_bytes(answer_to(s.transport().flushed.back(), id)));
        s.node.flush();
    }
    while (s.node.poll_outcome()) {
    }
    REQUIRE(s.node.good_contacts(0) == 8);
    for (int i = 0; i < 4; ++i) // fill the batch
        s.node.receive(s.now, 0, at(0x08080808), as_bytes(query("ping")));
    REQUIRE(s.transport().ready.size() == 4);
    s.transport().refused = 0;
    s.node.receive(s.now, 0, at(0x08080808), as_bytes(query("ping")));
    CHECK(s.transport().refused == 1);

    REQUIRE(s.node.find_node(s.now, key160::from(as_bytes(id_b))));
    CHECK(s.transport().ready.size() == 4);
    s.node.flush();
    s.transport().flushed.clear();
    s.now += seconds{1};
    s.node.advance(s.now);
    s.node.flush();
    unsigned asked = 0;
    for (sent const& d : s.transport().flushed)
        asked += d.has(id_b);
    CHECK(asked > 0);
}
