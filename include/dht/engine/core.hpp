#ifndef DHT_ENGINE_CORE_HPP
#define DHT_ENGINE_CORE_HPP

#include <dht/base/result.hpp>
#include <dht/engine/identity.hpp>
#include <dht/engine/policy_host.hpp>
#include <dht/engine/transactions.hpp>
#include <dht/wire/krpc_encode.hpp>

namespace dht::inline DHT_ABI::engine {

/// A question to be sent.
struct question {
    via_index via = 0;
    endpoint to;
    std::optional<node_id> expected;
    event::purpose why{};
    timer_subject owner{};
    traffic kind = traffic::lookup;
    std::optional<key160> topic{}; ///< BEP 50
};

/// What a datagram carries: items need more room than BEP 32 has for the rest.
enum class cargo : std::uint8_t { ordinary, item };

/// What all parts of the engine share in one step: the policies, both times, who we are, what is on
/// its way, and how to send.
template <class Set>
class core {
public:
    template <class Arguments>
    core(settings const& s, Arguments arguments)
        : limits{s},
          policies{std::move(arguments)},
          open{s.transactions_max} {
        policies.for_each([&](auto& p) {
            if constexpr (requires { p.start(limits, random()); }) p.start(limits, random());
        });
    }

    settings limits;
    policy_host<Set> policies;
    times at{};
    thin_vector<identity> identities;
    transactions open;
    timers wakes;
    alarm_table alarms;

    struct upkeep_question {
        via_index via = 0;
        endpoint at;
    };

    thin_vector<upkeep_question> upkeep_open{}; ///< whom upkeep has asked and not heard from yet
    thin_vector<endpoint> routers{};            ///< bootstrap endpoints

    template <class Slot>
    auto& policy() noexcept {
        return policies.template in<Slot>();
    }

    template <class Slot>
    auto const& policy() const noexcept {
        return policies.template in<Slot>();
    }

    auto& random() noexcept { return policy<slots::random_source>(); }

    template <class E>
    void publish(E const& fact) noexcept {
        policies.publish(fact);
    }

    void limit_met(event::limit what) noexcept { publish(event::limit_reached{at.now, what}); }

    /// Gives back memory that nothing needs now. Not done as soon as it is free: whoever is busy
    /// would have to allocate it again with each datagram.
    void tidy() {
        open.shrink_to_fit();
        wakes.shrink_to_fit();
        upkeep_open.shrink_to_fit();
        for (identity& i : identities)
            i.shrink_to_fit();
        policies.for_each([&](auto& p) {
            if constexpr (requires { p.tidy(at.now); }) p.tidy(at.now);
        });
    }

    hash_key draw_hash_key() noexcept {
        std::uint64_t const k0 = random().next();
        return {k0, random().next()};
    }

    /// Who we are on one more local address, with an id of the generator's choice.
    void add_identity(endpoint const& local) {
        DHT_ASSERT(identities.size() < identities_max);
        node_id const id = policy<slots::id_generator>().generate(address{}, random());
        subnet_limits const subnets{!local_network(), limits.contacts_per_site,
                                    limits.contacts_per_provider};
        identities.push_back({local, routing_table{id, limits.buckets, subnets},
                              avoid_list{limits.avoided_endpoints_max, draw_hash_key(),
                                         limits.avoid_shortest, limits.avoid_longest},
                              avoid_list{limits.avoided_endpoints_max, draw_hash_key(),
                                         limits.contact_fresh, limits.contact_fresh},
                              met_nodes{limits.met_nodes_max, limits.met_node_lifetime}});
        identities.back().refresh_at = at.now + seconds{5};
    }

    [[nodiscard]] bool local_network() const noexcept {
        return !policy<slots::address_filter>().limits_subnets();
    }

    /// May this endpoint play that part? Never where nothing can be, nor where we are ourselves.
    [[nodiscard]] bool allows(endpoint const& e, address_use use) const noexcept {
        if (is_martian(e)) return false;
        for (identity const& i : identities)
            if (i.local == e) return false;
        return policy<slots::address_filter>().allows(e, use);
    }

    /// Is this query answered?
    bool admits(endpoint const& from, event::method what, auth_verdict const& auth) noexcept {
        auto& admission = policy<slots::admission>();
        if constexpr (admits_by_signer<std::remove_cvref_t<decltype(admission)>>)
            return admission.admit(at, from, what, auth);
        else
            return admission.admit(at, from, what);
    }

    /// Does the id fit the address (BEP 42), and do no more live at its site than usual? Lookups
    /// and stores count on none but such.
    [[nodiscard]] bool plausible(node_id const& id, endpoint const& e) const noexcept {
        for (identity const& i : identities)
            if (i.table.is_crowded(e.ip)) return false;
        return policy<slots::id_generator>().plausible(id, e.ip);
    }

    /// Which lists to ask for (BEP 32): both while the other family's table is still thin, else the
    /// default.
    [[nodiscard]] krpc::want wants(via_index via) const noexcept {
        family const f = identities[via].ip_family();
        for (identity const& i : identities)
            if (i.ip_family() != f && i.table.size() < limits.good_contacts_wanted)
                return {true, true};
        return {};
    }

    /// What all preferences say; cost_never when one does.
    [[nodiscard]] std::uint16_t cost_of(contact const& c) const noexcept {
        std::int64_t sum = 0;
        bool refused = false;
        policies.for_each([&](auto const& p) {
            if constexpr (preference<std::remove_cvref_t<decltype(p)>>) {
                auto const cost = p.cost(c, at);
                refused |= !cost;
                sum += cost ? cost->count() : 0;
            }
        });
        if (refused) return cost_never;
        return static_cast<std::uint16_t>(sum < 0 ? 0 : sum < cost_never ? sum : cost_never - 1);
    }

    /// BEP 32: 1024 bytes on IPv6, whatever IPv4 is allowed. An item alone has 1000 (BEP 44), and
    /// would otherwise be one that can be stored and never read.
    [[nodiscard]] std::size_t datagram_bytes_max(endpoint const& to, cargo what) const noexcept {
        constexpr std::size_t ipv6_bytes_max = 1'024;
        if (what == cargo::item) return limits.item_datagram_bytes_max;
        return to.ip.is_v4() ? limits.datagram_bytes_max
                             : std::min<std::size_t>(limits.datagram_bytes_max, ipv6_bytes_max);
    }

    /// Room for a message, but for what the authenticator adds.
    [[nodiscard]] std::size_t message_bytes_max(envelope const& e, cargo what) noexcept {
        return datagram_bytes_max(e.peer, what) - policy<slots::authenticator>().room(e);
    }

    /// Sends what `write(std::byte*)` writes, `bytes` of them. The transport is asked for no more
    /// than it takes, so that an outbox holds no more than what waits; and nothing is signed that
    /// nobody takes. 0: nothing was sent.
    template <class Write>
    std::size_t send_written(envelope const& e, traffic kind, std::size_t bytes,
                             Write&& write) noexcept {
        auto& authenticator = policy<slots::authenticator>();
        std::size_t const whole = bytes + authenticator.room(e);
        byte_span const out = policy<slots::transport>().reserve({e.via, e.peer, whole, kind});
        if (out.size() < whole) {
            limit_met(event::limit::outbox);
            return 0;
        }
        write(out.data());
        bytes = authenticator.seal(at, random(), e, out.first(whole), bytes);
        policy<slots::transport>().commit(bytes);
        publish(event::datagram_sent{at.now, e.via, e.peer, static_cast<std::uint32_t>(bytes)});
        return bytes;
    }

    /// The same of what `encode(byte_span) -> bytes written` writes, whose size it says only then.
    template <class Encode>
    std::size_t send(envelope const& e, traffic kind, Encode&& encode,
                     cargo what = cargo::ordinary) noexcept {
        std::array<std::byte, settings::datagram_bytes_limit> message;
        std::size_t const bytes = encode(byte_span{message}.first(message_bytes_max(e, what)));
        if (bytes == 0) return 0;
        return send_written(e, kind, bytes, [&](std::byte* out) noexcept {
            std::memcpy(out, message.data(), bytes);
        });
    }

    /// Asks. limit_reached: try again later; invalid_argument: that endpoint may not be asked.
    result<transactions::handle_type> ask(question const& q, std::string_view method,
                                          krpc::arguments const& arguments,
                                          raw_fields const& extra = {}) noexcept {
        if (!allows(q.to, address_use::talk)) return errc::invalid_argument;
        auto const h = open.add({q.to,
                                 q.expected,
                                 static_cast<std::uint32_t>(random().next()),
                                 q.via,
                                 q.why,
                                 false,
                                 q.owner,
                                 at.now,
                                 {}});
        if (!h) {
            limit_met(event::limit::transactions);
            return errc::limit_reached;
        }
        auto const tid = open.tid_of(h);
        auto const write = [&](byte_span out) noexcept {
            return encode(out, q, tid, method, arguments, extra);
        };
        bool const has_item = std::holds_alternative<krpc::put_item>(arguments);
        std::size_t const sent = send({q.via, q.to, message_kind::query, tid, q.expected}, q.kind,
                                      write, has_item ? cargo::item : cargo::ordinary);
        if (sent == 0) {
            open.erase(h);
            return errc::limit_reached;
        }
        await(h, q);
        publish(event::question_sent{at.now, q.via, q.to, method_of(arguments), q.why});
        return h;
    }

    static event::method method_of(krpc::arguments const& a) noexcept {
        return static_cast<event::method>(a.index());
    }

    /// Collects what extensions add to a message of ours.
    added_fields added_to(outgoing_message const& m) noexcept {
        added_fields fields;
        policies.for_each([&](auto& p) {
            if constexpr (adds_keys<std::remove_cvref_t<decltype(p)>>) p.extend(at, m, fields);
        });
        return fields;
    }

private:
    void await(transactions::handle_type h, question const& q) noexcept {
        auto const known = q.expected ? identities[q.via].table.find(*q.expected) : std::nullopt;
        contact const whom = known.value_or(contact{});
        auto const& timeouts = policy<slots::timeouts>();
        transaction& t = *open.find(h);
        duration const stall = timeouts.stall_after(whom);
        duration const fail = timeouts.fail_after(whom);
        t.fails_at = at.now + (fail < stall ? stall : fail);
        wakes.set(at.now + stall, wake_reason::question_stalled, subject_of(h));
    }

    std::size_t encode(byte_span out, question const& q, byte_view tid, std::string_view method,
                       krpc::arguments const& arguments, raw_fields const& extra) noexcept {
        added_fields added = added_to({message_kind::query, method, q.to, q.via});
        krpc::query_head const head{tid, std::as_bytes(std::span<char const>{limits.version}),
                                    identities[q.via].id(), limits.read_only};
        raw_fields const& body = extra.empty() ? added.body : extra;
        topic_field const topic{q.topic ? byte_view{q.topic->bytes} : byte_view{}};
        topic.join(added.top);
        return krpc::encode_query(out, head, method, arguments, body, added.top);
    }
};

/// Who says so, and whether he is listened to.
struct judgement {
    auth_verdict auth;
    bool heard = true;
};

/// What the authenticator says of a message; what is wrong with it is made known.
template <class Set>
judgement judge(core<Set>& c, envelope const& e, event::method what, byte_view datagram,
                krpc::message const& m) noexcept {
    using kind = auth_verdict::kind;
    auto& authenticator = c.template policy<slots::authenticator>();
    auth_verdict auth = authenticator.open(c.at, e, datagram, m);
    bool const heard = auth.what == kind::signed_message || !authenticator.demands(e.kind, what);
    if (!heard && auth.what == kind::unsigned_message)
        auth = {kind::bad, event::signature_fault::missing};
    if (auth.what == kind::bad)
        c.publish(event::signature_refused{c.at.now, e.via, e.peer, auth.fault});
    return {auth, heard};
}

} // namespace dht::inline DHT_ABI::engine

#endif
