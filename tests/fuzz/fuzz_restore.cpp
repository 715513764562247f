#include <dht/content/indexer.hpp>
#include <dht/content/republisher.hpp>
#include <dht/dht.hpp>

#include "strangers.hpp"

// Restores a snapshot that the input gives: its bytes as they are, or with a checksum that fits, or
// a good snapshot with damages. What is refused changes nothing. What is taken in can be saved and
// restored again, and then the new node knows what the first one knew. A node with services that
// save something of their own takes in the same bytes.

namespace {

using namespace fuzz;

/// All that is known here about the layout of a snapshot.
namespace layout {

constexpr std::size_t checksum_bytes = 8; // at the end, over all that is before

std::uint64_t checksum_of(byte_view snapshot) {
    return keyed_hash({}, snapshot.first(snapshot.size() - checksum_bytes));
}

void fix_checksum(packet& snapshot) {
    if (snapshot.size() < checksum_bytes) return;
    store_big_endian(&snapshot[snapshot.size() - checksum_bytes], checksum_of(snapshot));
}

bool checksum_fits(byte_view snapshot) {
    return snapshot.size() >= checksum_bytes &&
           load_big_endian<std::uint64_t>(&snapshot[snapshot.size() - checksum_bytes]) ==
               checksum_of(snapshot);
}

} // namespace layout

using node_type = dht::node<seeded_random>;
using equipped_node = dht::node<seeded_random, content::republisher, content::indexer>;

void place(auto& node, instant now) {
    node.set_unix_time(now, unix_time{1'700'000'000});
    node.open(now, {address::v4(own_v4), own_port});
    node.open(now, {v6_of(own_v6, 1), own_port});
}

item signed_item() {
    auto const owner = ed25519_key_pair::from_seed({std::byte{7}});
    return sign_item(owner, as_bytes("salt"), 3, as_bytes("5:value"));
}

/// What one address knows. Ages are whole seconds.
struct knowledge {
    node_id id;
    double nodes = 0;
    std::vector<contact> contacts;
};

/// One node, some time after the origin of its clock. Its own id depends on the seed.
class subject {
public:
    explicit subject(instant now, std::uint64_t seed = 1)
        : now_{now},
          node_{settings{}, seeded_random{seed}} {
        place(node_, now_);
    }

    errc restore(byte_view snapshot) {
        errc const error = node_.restore(now_, snapshot);
        drain();
        return error;
    }

    [[nodiscard]] packet save() const {
        packet out;
        node_.snapshot(now_, out, snapshot_scope::with_stores);
        return out;
    }

    /// How many peers and items it keeps for others.
    [[nodiscard]] std::pair<std::size_t, std::size_t> kept() {
        std::pair<std::size_t, std::size_t> n;
        node_.policy<slots::peer_store>().for_each([&](auto const&...) { ++n.first; });
        node_.policy<slots::item_store>().for_each([&](auto const&...) { ++n.second; });
        return n;
    }

    void keep_for_others() {
        endpoint const at = endpoint_of(17);
        auto& items = node_.policy<slots::item_store>();
        for (std::uint8_t i = 0; i < 3; ++i)
            node_.policy<slots::peer_store>().announce(now_, info_hash{{std::byte{i}}},
                                                       {at, i == 0});
        item const mutable_one = signed_item();
        items.put(now_, at.ip, mutable_one.key(), mutable_one.view());
        byte_view const v = as_bytes("2:hi");
        items.put(now_, at.ip, immutable_item_key(v), {v, {}, {}, {}, 0, {}});
    }

    [[nodiscard]] knowledge known(via_index via) const {
        knowledge k{node_.own_id(via), node_.network_size(via), {}};
        node_.for_each_contact(via, [&](contact const& c) { k.contacts.push_back(c); });
        return k;
    }

    [[nodiscard]] std::size_t addresses() const { return node_.addresses(); }

    /// Pings hosts that answer, so that there is something to be saved.
    void meet(unsigned hosts) {
        for (unsigned i = 0; i < hosts; ++i) {
            endpoint const at = endpoint_of(static_cast<std::uint8_t>(17 * i)); // both families
            node_.ping(now_, at);
            while (auto const t = node_.poll_transmit())
                answer(*t);
        }
        drain();
    }

    /// What was restored is used: contacts are asked, and time goes on.
    void live_on() {
        for (int i = 0; i < 3; ++i) {
            node_.advance(now_ += seconds{20});
            drain();
        }
    }

private:
    void answer(transmit const& question) {
        krpc::message m;
        krpc::refusal why;
        insist(krpc::decode(question.bytes, m, why) == errc::ok);
        krpc::reply_parts parts;
        parts.tid = m.tid;
        parts.sender = id_of(question.to, 0);
        std::array<std::byte, 256> out;
        std::size_t const size = krpc::encode_reply(out, parts);
        node_.receive(now_, question.via, question.to, byte_view{out}.first(size));
    }

    void drain() {
        while (auto const t = node_.poll_transmit())
            insist(!t->bytes.empty() && !is_martian(t->to));
        while (node_.poll_outcome()) {
        }
    }

    instant now_;
    node_type node_;
};

constexpr instant day_100{hours{24 * 100}};

packet const& good_snapshot() {
    static packet const snapshot = [] {
        subject s{day_100};
        s.meet(11);
        s.keep_for_others();
        return s.save();
    }();
    return snapshot;
}

/// Bytes overwritten, cut off or repeated, as the input says.
packet damaged(packet snapshot, input& in) {
    while (!in.empty()) {
        std::uint8_t const how = in.byte();
        std::size_t const at = in.number(2) % (snapshot.size() + 1);
        auto const place = snapshot.begin() + static_cast<std::ptrdiff_t>(at);
        byte_view const text = in.bytes(how / 4 % 32);
        if (how % 4 == 0)
            snapshot.insert(place, text.begin(), text.end());
        else if (how % 4 == 1)
            snapshot.resize(at);
        else
            std::copy_n(text.begin(), std::min(text.size(), snapshot.size() - at), place);
    }
    return snapshot;
}

/// The first byte says what the others are.
packet snapshot_from(input& in, std::uint8_t how) {
    byte_view const raw = (how & 1U) != 0 ? in.rest() : byte_view{};
    packet snapshot =
        (how & 1U) != 0 ? packet{raw.begin(), raw.end()} : damaged(good_snapshot(), in);
    if ((how & 2U) != 0) layout::fix_checksum(snapshot);
    return snapshot;
}

bool same(contact const& a, contact const& b) {
    return a.id == b.id && a.at == b.at && a.rtt_ms == b.rtt_ms && a.plausible == b.plausible &&
           a.last_reply == b.last_reply && a.failures == b.failures;
}

void check_same(knowledge const& a, knowledge const& b) {
    insist(a.id == b.id && (a.nodes == b.nodes || std::abs(a.nodes - b.nodes) < 1e-9 * a.nodes));
    insist(a.contacts.size() == b.contacts.size());
    for (std::size_t i = 0; i < a.contacts.size(); ++i)
        insist(same(a.contacts[i], b.contacts[i]));
}

void check_same(subject& a, subject& b) {
    insist(a.kept() == b.kept());
    for (via_index via = 0; via < a.addresses(); ++via)
        check_same(a.known(via), b.known(via));
}

/// A node that already knows somebody meets the snapshot.
void restore_over(byte_view snapshot, instant now, errc expected) {
    subject s{now};
    s.meet(3);
    packet const before = s.save();
    insist(s.restore(snapshot) == expected);
    if (expected != errc::ok) insist(s.save() == before);
    s.live_on();
}

void restore_again(subject& first, instant now) {
    subject second{now, 2};
    insist(second.restore(first.save()) == errc::ok);
    check_same(first, second);
}

/// Services read their own parts, whatever the rest is.
void restore_equipped(byte_view snapshot, instant now) {
    equipped_node node{settings{}, seeded_random{3}};
    place(node, now);
    content::republisher& kept = node.get<content::republisher>();
    kept.keep(now, signed_item());
    std::size_t const items = kept.items();
    node.restore(now, snapshot);
    insist(kept.items() >= items);
    node.advance(now + seconds{1});
    while (node.poll_transmit()) {
    }
    std::vector<std::byte> again;
    node.snapshot(now + seconds{1}, again);
    insist(node.restore(now + seconds{1}, again) == errc::ok);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    input in{std::as_bytes(std::span{data, size})};
    std::uint8_t const how = in.byte();
    instant const now = (how & 4U) != 0 ? instant{seconds{100}} : day_100;
    packet const snapshot = snapshot_from(in, how);
    subject first{now};
    errc const error = first.restore(snapshot);
    insist(error != errc::ok || layout::checksum_fits(snapshot));
    insist(error == errc::ok || snapshot != good_snapshot());
    restore_over(snapshot, now, error);
    restore_equipped(snapshot, now);
    if (error == errc::ok) restore_again(first, now);
    return 0;
}
