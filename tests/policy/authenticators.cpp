#include "../catch.hpp"
#include "workbench.hpp"

// An authenticator appends one top-level key behind "y" and tells good ones from bad ones.

using namespace bench;

namespace {

struct stamped {
    using policy_slot = slots::authenticator;

    bool required = false;

    std::size_t room(envelope const&) noexcept { return stamp.size(); }

    template <class Rng>
    std::size_t seal(times, Rng&, envelope const&, byte_span buffer, std::size_t used) noexcept {
        if (buffer.size() - used < stamp.size()) return 0; // cannot be: room() was kept free
        std::memcpy(buffer.data() + used - 1, stamp.data(), stamp.size());
        buffer[used - 1 + stamp.size()] = std::byte{'e'};
        return used + stamp.size();
    }

    auth_verdict open(times, envelope const&, byte_view datagram, krpc::message const&) noexcept {
        std::string_view const text = as_text(datagram);
        auth_verdict v;
        if (text.ends_with("1:y1:q1:z4:goode") || text.ends_with("1:y1:r1:z4:goode")) {
            v.what = auth_verdict::kind::signed_message;
            v.key[0] = std::byte{'k'};
        } else if (text.find("1:z") != text.npos) {
            v.what = auth_verdict::kind::bad;
        }
        return v;
    }

    [[nodiscard]] bool demands(message_kind, event::method) const noexcept { return required; }

    static constexpr std::string_view stamp = "1:z4:good";
};

/// Answers "who" with what the authenticator said.
struct who_am_i {
    using policy_slot = slots::extension;

    answer_verdict answer(extension_query const& q, extension_reply& r) noexcept {
        if (q.query.method != "who") return answer_verdict::declined;
        bool const known =
            q.auth.what == auth_verdict::kind::signed_message && q.auth.key[0] == std::byte{'k'};
        r.fields.push_back({"known", as_bytes(known ? "i1e" : "i0e")});
        return answer_verdict::replied;
    }
};

struct drops {
    using policy_slot = slots::observer;

    unsigned bad = 0;
    unsigned refused = 0;

    void on(event::datagram_dropped const& e) noexcept {
        bad += e.why == event::drop_reason::bad_signature;
    }

    void on(event::signature_refused const&) noexcept { ++refused; }
};

std::string with(std::string bytes, std::string_view stamp) {
    bytes.insert(bytes.size() - 1, stamp);
    return bytes;
}

} // namespace

TEST_CASE("everything that is sent is sealed, and stays one dictionary") {
    workbench<stamped, who_am_i, drops> b;
    auto const reply = b.tell(query("ping"));
    REQUIRE(reply.size() == 1);
    CHECK(reply[0].bytes.ends_with("1:y1:r1:z4:goode"));
    b.node.ping(b.now, b.other);
    auto const question = drain(b.node);
    REQUIRE(question.size() == 1);
    CHECK(question[0].bytes.ends_with("1:y1:q1:z4:goode"));
    auto const refusal = b.tell(query("no_such_method"));
    REQUIRE(refusal.size() == 1);
    CHECK(refusal[0].bytes.ends_with("1:y1:e1:z4:goode"));
}

TEST_CASE("room is kept free: a full answer is sealed as well") {
    workbench<stamped, who_am_i, drops> b;
    for (std::uint32_t n = 0; n < 300; ++n)
        b.node.policy<slots::peer_store>().announce(
            b.now, to_info_hash(key160::from(as_bytes(id_b))), {at(0x05000001 + (n << 8)), false});
    auto const reply = b.tell(query("get_peers", "9:info_hash20:" + id_b));
    REQUIRE(reply.size() == 1);
    CHECK(reply[0].bytes.ends_with("1:z4:goode"));
    CHECK(reply[0].bytes.size() > 700);
    CHECK(reply[0].bytes.size() <= settings{}.datagram_bytes_max);
}

TEST_CASE("a bad seal counts as none, but nobody becomes a contact by it") {
    workbench<stamped, who_am_i, drops> b;
    CHECK(b.tell(with(query("ping"), "1:z4:evil")).at(0).has("1:rd2:id20:"));
    b.node.ping(b.now, b.other);
    b.tell(with(answer_to(drain(b.node).at(0)), "1:z4:evil"));
    CHECK(b.result()->error == errc::ok);
    CHECK(b.node.good_contacts(0) == 0);
    CHECK(b.node.template get<drops>().refused == 2);
    b.node.ping(b.now, b.other);
    b.tell(with(answer_to(drain(b.node).at(0)), "1:z4:good"));
    CHECK(b.node.good_contacts(0) == 1);
}

TEST_CASE("where a seal is demanded, nothing is heard without a good one") {
    workbench<stamped, who_am_i, drops> b;
    b.node.template policy<slots::authenticator>().required = true;
    for (std::string_view const stamp : {"", "1:z4:evil"}) {
        auto const refusal = b.tell(with(query("ping"), stamp));
        REQUIRE(refusal.size() == 1);
        CHECK(refusal[0].has("1:eli203e"));
        CHECK(refusal[0].bytes.ends_with("1:y1:e1:z4:goode"));
    }
    b.node.ping(b.now, b.other);
    auto const question = drain(b.node);
    b.tell(answer_to(question.at(0)));
    b.tell(with(answer_to(question.at(0)), "1:z4:evil"));
    CHECK_FALSE(b.result()); // the true answer may still come
    CHECK(b.node.template get<drops>().bad == 2);
    CHECK(b.node.template get<drops>().refused == 4);
    b.tell(with(answer_to(question.at(0)), "1:z4:good"));
    CHECK(b.result()->error == errc::ok);
}

TEST_CASE("the verdict travels with the message") {
    workbench<stamped, who_am_i, drops> b;
    CHECK(b.tell(with(query("who"), "1:z4:good")).at(0).has("5:knowni1e"));
    CHECK(b.tell(query("who")).at(0).has("5:knowni0e"));
}

namespace {

bool is_signed(auth_verdict const& auth) {
    return auth.what == auth_verdict::kind::signed_message;
}

struct admit_signed {
    using policy_slot = slots::admission;

    bool admit(times, endpoint const&, event::method, auth_verdict const& auth) noexcept {
        return is_signed(auth);
    }
};

struct guard_of_signed {
    using policy_slot = slots::extension;

    entry_verdict may_enter(times, contact const&, auth_verdict const& auth) noexcept {
        return is_signed(auth) ? entry_verdict::yes : entry_verdict::no;
    }
};

struct store_of_signed : memory_peer_store {
    store_verdict announce(instant now, info_hash const& hash, stored_peer const& peer,
                           auth_verdict const& auth) noexcept {
        return is_signed(auth) ? memory_peer_store::announce(now, hash, peer) : store_verdict::full;
    }
};

static_assert(admission<admit_signed> && admits_by_signer<admit_signed>);
static_assert(guards_table<guard_of_signed> && peer_store<store_of_signed>);

} // namespace

TEST_CASE("admission may require a signature") {
    workbench<stamped, admit_signed> b;
    CHECK(b.tell(query("ping")).empty());
    CHECK(b.tell(with(query("ping"), "1:z4:good")).size() == 1);
}

TEST_CASE("a place in the table may require a signature") {
    workbench<stamped, guard_of_signed> b;
    for (std::string_view const stamp : {"", "1:z4:good"}) {
        b.node.ping(b.now, b.other);
        auto const question = drain(b.node);
        b.tell(with(answer_to(question.at(0)), stamp));
        CHECK(b.node.good_contacts(0) == (stamp.empty() ? 0 : 1));
    }
}

TEST_CASE("a store may require a signature") {
    workbench<stamped, store_of_signed> b;
    auto const reply = b.tell(query("get_peers", "9:info_hash20:" + id_b)).at(0).bytes;
    std::string const announce =
        query("announce_peer", "9:info_hash20:" + id_b + "4:porti6881e5:token16:" +
                                   reply.substr(reply.find("5:token16:") + 10, 16));
    CHECK(b.tell(announce).at(0).has("1:eli202e"));
    CHECK(b.tell(with(announce, "1:z4:good")).at(0).has("1:rd2:id20:"));
}
