#include <dht/dht.hpp>

#include "strangers.hpp"
#include <cmath>

// Restores a snapshot that the input gives: its bytes as they are, or with a checksum that fits, or
// a good snapshot with damages. What is refused changes nothing. What is taken in can be saved and
// restored again, and then the new node knows what the first one knew.

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
        node_.set_unix_time(now_, unix_time{1'700'000'000});
        node_.open(now_, {address::v4(own_v4), own_port});
        node_.open(now_, {v6_of(own_v6, 1), own_port});
    }

    errc restore(byte_view snapshot) {
        errc const error = node_.restore(now_, snapshot);
        drain();
        return error;
    }

    [[nodiscard]] packet save() const {
        packet out;
        node_.snapshot(now_, out);
        return out;
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
    // An age that reaches behind the clock's origin is cut off there, and so looks fresh the next
    // time.
    bool const clear = a.last_reply > coarse_time{1};
    return a.id == b.id && a.at == b.at && a.rtt_ms == b.rtt_ms && a.plausible == b.plausible &&
           a.last_reply == b.last_reply && (!clear || a.failures == b.failures);
}

/// Sizes are saved in whole nodes, up to 2^63.
bool same_size(double a, double b) {
    double const saved = std::min(a, 0x1p63);
    return std::abs(saved - b) <= 1 + 1e-9 * saved;
}

void check_same(knowledge const& a, knowledge const& b) {
    insist(a.id == b.id && same_size(a.nodes, b.nodes));
    insist(a.contacts.size() == b.contacts.size());
    for (std::size_t i = 0; i < a.contacts.size(); ++i)
        insist(same(a.contacts[i], b.contacts[i]));
}

void check_same(subject const& a, subject const& b) {
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

void restore_again(subject const& first, instant now) {
    subject second{now, 2};
    insist(second.restore(first.save()) == errc::ok);
    check_same(first, second);
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
    if (error == errc::ok) restore_again(first, now);
    return 0;
}
