#ifndef DHT_ENGINE_ENGINE_HPP
#define DHT_ENGINE_ENGINE_HPP

#include <dht/engine/begin.hpp>
#include <dht/engine/extensions.hpp>
#include <dht/engine/own_address.hpp>
#include <dht/engine/responder.hpp>
#include <dht/engine/restore.hpp>
#include <dht/engine/upkeep.hpp>
#include <dht/wire/krpc_decode.hpp>

namespace dht::inline DHT_ABI::engine {

/// The machine behind basic_node: brings each datagram, deadline and wish to the part whose matter
/// it is.
template <class Set>
class engine {
public:
    template <class Arguments>
    engine(settings const& s, Arguments arguments)
        : core_{s, std::move(arguments)},
          lookups_{s.lookups_max, s.operations_max},
          responder_{s.pending_queries_max} {}

    core<Set>& shared() noexcept { return core_; }

    core<Set> const& shared() const noexcept { return core_; }

    operation_list& operations() noexcept { return lookups_.operations; }

    void set_unix_time(instant now, unix_time date) {
        unix_ = date;
        unix_known_at_ = now;
        begin_step(now);
        rotate_tokens();
    }

    via_index open(instant now, endpoint const& local) {
        begin_step(now);
        core_.add_identity(local);
        core_.alarms.set_if_earlier(wake_reason::refresh, core_.at.now + seconds{5});
        core_.alarms.set_if_earlier(wake_reason::bootstrap, core_.at.now);
        tell_own_ids(core_);
        return static_cast<via_index>(core_.identities.size() - 1);
    }

    void receive(instant now, via_index via, endpoint const& from, byte_view bytes) {
        if (stopped_ || via >= core_.identities.size()) return;
        begin_step(now);
        core_.publish(event::datagram_received{core_.at.now, via, from,
                                               static_cast<std::uint32_t>(bytes.size())});
        take_in(via, from, bytes);
        end_step();
    }

    template <class Datagrams>
    void expect(Datagrams const& all) const noexcept {
        responder<Set>::expect(core_, all);
    }

    void advance(instant now) {
        if (stopped_) return;
        begin_step(now);
        while (!core_.wakes.empty() && core_.wakes.next().at <= core_.at.now)
            wake(core_.wakes.take());
        core_.policies.for_each([&](auto& p) {
            if constexpr (has_deadlines<std::remove_cvref_t<decltype(p)>>) p.advance(core_.at);
        });
        end_step();
    }

    [[nodiscard]] std::optional<deadline> next_deadline() const noexcept {
        if (stopped_) return std::nullopt;
        deadline next = core_.alarms.next();
        if (!core_.wakes.empty() && core_.wakes.next().at < next.at)
            next = {core_.wakes.next().at, core_.wakes.next().why};
        core_.policies.for_each([&](auto const& p) {
            using policy_type = std::remove_cvref_t<decltype(p)>;
            if constexpr (has_deadlines<policy_type>)
                if (auto const at = const_cast<policy_type&>(p).next_deadline();
                    at && *at < next.at)
                    next = {*at, wake_reason::extension};
        });
        return next.at == never ? std::nullopt : std::optional{next};
    }

    void bootstrap(instant now, endpoint const& at) {
        if (stopped_) return;
        begin_step(now);
        upkeep_.add_router(core_, at);
        end_step();
    }

    // -- operations: null when operations_max is reached or the node was stopped

    operation_id ping(instant now, endpoint const& to) {
        return in_step(now, [&] {
            return begin_question(core_, lookups_, operation_kind::ping, to, "ping", krpc::ping{});
        });
    }

    operation_id sample(instant now, endpoint const& to, key160 const& target) {
        return in_step(now, [&] {
            return begin_question(core_, lookups_, operation_kind::sample, to, "sample_infohashes",
                                  krpc::sample_infohashes{target, {}});
        });
    }

    operation_id find_node(instant now, key160 const& target) {
        return in_step(now, [&] { return begin_find_node(core_, lookups_, target); });
    }

    template <class Wish>
    operation_id begin(instant now, Wish const& w) {
        return in_step(now, [&] { return begin_operation(core_, lookups_, w, {}); });
    }

    operation_id put(instant now, put_wish const& w, ed25519_key_pair const& signer) {
        return in_step(now, [&] { return begin_operation(core_, lookups_, w, {}, signer); });
    }

    /// An operation that could never work: its outcome says so.
    operation_id refuse(instant now, operation_kind kind) {
        return in_step(now, [&] { return refuse_operation(core_, lookups_, kind); });
    }

    bool cancel(instant now, operation_id id) {
        begin_step(now);
        operation const* const o = lookups_.operations.find(id);
        if (o == nullptr || o->finished) return false;
        lookups_.finish(core_, id, errc::cancelled);
        end_step();
        return true;
    }

    void stop(instant now) {
        begin_step(now);
        lookups_.operations.for_each(
            [&](operation_id id, operation&) { lookups_.finish(core_, id, errc::cancelled); });
        stopped_ = true;
    }

    void snapshot(instant now, std::vector<std::byte>& out, snapshot_scope what) const {
        save(core_, {now, unix_at(now)}, what, out);
    }

    errc restore(instant now, byte_view bytes) {
        if (stopped_) return errc::cancelled;
        begin_step(now);
        errc const error = restore_snapshot(core_, bytes);
        core_.alarms.set(wake_reason::bootstrap, core_.at.now);
        core_.alarms.set(wake_reason::store_expiry, core_.at.now);
        tell_own_ids(core_);
        end_step();
        return error;
    }

private:
    template <class F>
    operation_id in_step(instant now, F&& start) {
        if (stopped_) return {}; // not even the alarms that are due may ask anybody
        begin_step(now);
        operation_id const id = start();
        end_step();
        return id;
    }

    // -- steps

    [[nodiscard]] unix_time unix_at(instant now) const noexcept {
        return unix_ + (now - unix_known_at_);
    }

    void begin_step(instant now) {
        if (now > core_.at.now) core_.at.now = now;
        core_.at.date = unix_at(core_.at.now);
        // Before anything is answered: a token made now must outlive a clock that has just jumped.
        bool const due = core_.alarms.take(wake_reason::token_rotation, core_.at.now);
        if (due || !started_) rotate_tokens();
        duration const untidy = core_.at.now - tidied_at_;
        if (untidy >= (lookups_.under_way() == 0 ? minutes{5} : minutes{30})) tidy();
        started_ = true;
    }

    void end_step() {
        if (core_.alarms.next().at <= core_.at.now) run_alarms();
        serve_extensions(core_, lookups_);
        core_.wakes.prune([&](timers::entry const& e) { return is_alive(e); });
    }

    void run_alarms() {
        instant const now = core_.at.now;
        auto& alarms = core_.alarms;
        if (alarms.take(wake_reason::store_expiry, now)) {
            instant const peers = core_.template policy<slots::peer_store>().expire(now);
            instant const items = core_.template policy<slots::item_store>().expire(now);
            alarms.set(wake_reason::store_expiry, peers < items ? peers : items);
        }
        if (alarms.take(wake_reason::pending_query, now)) {
            responder_.settle(core_);
            if (responder_.waiting())
                alarms.set(wake_reason::pending_query, now + milliseconds{50});
        }
        if (alarms.take(wake_reason::verify_newcomer, now)) upkeep_.verify_newcomers(core_);
        if (alarms.take(wake_reason::refresh, now)) upkeep_.refresh(core_, lookups_);
        while (alarms.take(wake_reason::bootstrap, now)) // a join lookup may end at once
            upkeep_.join(core_, lookups_);
    }

    /// Nobody is woken for it, and lookups put it off: they would need that memory again.
    void tidy() {
        tidied_at_ = core_.at.now;
        core_.tidy();
        lookups_.shrink_to_fit();
    }

    void rotate_tokens() {
        core_.alarms.set(wake_reason::token_rotation,
                         core_.template policy<slots::token_scheme>().rotate(core_.at));
    }

    bool is_alive(timers::entry const& e) noexcept {
        switch (e.why) {
        case wake_reason::question_stalled:
        case wake_reason::question_failed:
            return core_.open.find(named_by<transaction>(e.subject)) != nullptr;
        case wake_reason::operation: {
            operation const* const o = lookups_.operations.find(named_by<operation_tag>(e.subject));
            return o != nullptr && !o->finished;
        }
        default:
            return lookups_.holds(e.subject);
        }
    }

    void wake(timers::entry const& e) {
        if (!is_alive(e)) return;
        if (e.why == wake_reason::question_stalled) return stall(named_by<transaction>(e.subject));
        if (e.why == wake_reason::question_failed) return fail(named_by<transaction>(e.subject));
        if (e.why == wake_reason::operation)
            return lookups_.finish(core_, named_by<operation_tag>(e.subject), errc::timed_out);
        lookups_.wake(core_, e.subject);
    }

    // -- our questions

    void stall(transactions::handle_type h) {
        transaction& t = *core_.open.find(h);
        t.stalled = true;
        core_.wakes.set(t.fails_at, wake_reason::question_failed, subject_of(h));
        core_.publish(event::question_stalled{core_.at.now, t.to, t.why});
        if (t.is_of_lookup()) lookups_.on_stall(core_, transaction{t});
    }

    void fail(transactions::handle_type h) {
        transaction const t = *core_.open.find(h);
        core_.open.erase(h);
        core_.publish(event::question_failed{core_.at.now, t.to, t.why});
        if (t.why != event::purpose::ping && !t.is_of_extension()) learn_from_silence(core_, t);
        if (t.is_of_lookup()) return lookups_.on_failure(core_, t, 0);
        conclude(t, nullptr, errc::timed_out, 0);
    }

    /// For questions that no lookup asked.
    void conclude(transaction const& t, krpc::reply const* reply, errc error, std::int32_t code) {
        if (t.why == event::purpose::ping)
            return conclude_question(core_, lookups_, t, reply, error, code);
        if (t.is_of_extension()) return answer_extension(core_, t, reply, error);
        upkeep<Set>::closed(core_, t.via, t.to);
        if (reply != nullptr && t.why == event::purpose::bootstrap)
            core_.alarms.set(wake_reason::bootstrap, core_.at.now);
    }

    // -- what comes in

    void drop(via_index via, endpoint const& from, event::drop_reason why) {
        core_.publish(event::datagram_dropped{core_.at.now, via, from, why});
    }

    void take_in(via_index via, endpoint const& from, byte_view bytes) {
        constexpr std::size_t datagram_bytes_accepted = 4'096;
        if (bytes.size() > datagram_bytes_accepted)
            return drop(via, from, event::drop_reason::too_long);
        if (is_martian(from)) return drop(via, from, event::drop_reason::martian);
        if (!core_.allows(from, address_use::talk))
            return drop(via, from, event::drop_reason::filtered);
        if (bytes.empty() || bytes[0] != std::byte{'d'})
            return claimed_by_extension(core_, via, from, bytes)
                       ? void()
                       : drop(via, from, event::drop_reason::not_krpc);
        krpc::message m;
        krpc::refusal why;
        if (krpc::decode(bytes, m, why) != errc::ok) return take_malformed(via, from, why);
        if (auto const* const q = std::get_if<krpc::query>(&m.body))
            take_query({via, from, message_kind::query, m.tid, q->sender}, bytes, m, *q);
        else
            take_answer({via, from, message_kind::reply, m.tid}, bytes, m);
    }

    bool admits(via_index via, endpoint const& from, event::method what, auth_verdict const& auth) {
        if (core_.limits.read_only)
            drop(via, from, event::drop_reason::read_only);
        else if (!core_.admits(from, what, auth))
            drop(via, from, event::drop_reason::rate_limited);
        else
            return true;
        return false;
    }

    void take_malformed(via_index via, endpoint const& from, krpc::refusal const& why) {
        if (!why.was_query) return drop(via, from, event::drop_reason::malformed);
        if (admits(via, from, event::method::other, {}))
            refuse_query(core_, via, from, why.tid, why.code, why.text);
    }

    void take_query(envelope const& e, byte_view bytes, krpc::message const& m,
                    krpc::query const& q) {
        auto const [via, from] = std::pair{e.via, e.peer};
        auto const what = static_cast<event::method>(q.args.index());
        auto const [auth, heard] = judge(core_, e, what, bytes, m);
        if (!admits(via, from, what, auth)) return;
        if (!heard)
            return refuse_query(core_, via, from, m.tid, krpc::error_code::protocol,
                                "a valid signature is required");
        core_.publish(event::query_received{core_.at.now, via, from, q.sender, what});
        read_extra_keys(core_, from, m);
        if (!q.read_only && !is_on_topic(core_, q))
            learn_from_query(core_, via, q.sender, from, auth);
        responder_.answer(core_, {via, from, m.tid, q, auth});
    }

    void take_answer(envelope const& e, byte_view bytes, krpc::message const& m) {
        auto const [via, from] = std::pair{e.via, e.peer};
        auto const h = core_.open.match(m.tid, via, from);
        if (!h) return drop(via, from, event::drop_reason::unmatched);
        auto const [auth, heard] = judge(core_, e, event::method::other, bytes, m);
        if (!heard) return drop(via, from, event::drop_reason::bad_signature);
        transaction const t = *core_.open.find(h);
        core_.open.erase(h);
        read_extra_keys(core_, from, m);
        if (m.external) take_vote(core_, via, from, *m.external);
        if (auto const* const reply = std::get_if<krpc::reply>(&m.body))
            return take_reply(t, *reply, auth);
        std::int32_t const code = std::get<krpc::error>(m.body).code;
        core_.publish(event::question_refused{core_.at.now, via, from, code});
        if (t.why != event::purpose::topic) learn_from_error(core_, via, from);
        if (t.is_of_lookup())
            lookups_.on_failure(core_, t, code);
        else
            conclude(t, nullptr, errc::remote_error, code);
    }

    void take_reply(transaction const& t, krpc::reply const& reply, auth_verdict const& auth) {
        duration const round_trip = core_.at.now - t.sent;
        core_.template policy<slots::timeouts>().observe(round_trip);
        core_.publish(
            event::question_answered{core_.at.now, t.via, t.to, t.why, round_trip, t.stalled});
        if (t.why == event::purpose::topic) return answer_extension(core_, t, &reply, errc::ok);
        learn_from_reply(core_, t.via, reply.sender, t.to, round_trip, auth);
        learn_from_hearsay(core_, t.via, reply);
        if (t.is_of_lookup())
            lookups_.on_reply(core_, t, reply);
        else
            conclude(t, &reply, errc::ok, 0);
        if (identity const& self = core_.identities[t.via];
            self.join_step == 0 && self.table.size() > 0)
            core_.alarms.set_if_earlier(wake_reason::bootstrap, core_.at.now);
    }

    // -- who we are

    core<Set> core_;
    lookups<Set> lookups_;
    responder<Set> responder_;
    upkeep<Set> upkeep_;
    unix_time unix_{};
    instant unix_known_at_{};
    instant tidied_at_{};
    bool started_ = false;
    bool stopped_ = false;
};

} // namespace dht::inline DHT_ABI::engine

#endif
