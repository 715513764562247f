#ifndef DHT_ENGINE_LOOKUPS_HPP
#define DHT_ENGINE_LOOKUPS_HPP

#include <dht/engine/operations.hpp>

namespace dht::inline DHT_ABI::engine {

/// What a lookup is for.
struct lookup_plan {
    via_index via = 0;
    key160 target;
    operation_id operation{}; ///< null: upkeep
    bool wants_peers = false; ///< get_peers instead of find_node
    bool noseed = false;
    bool announces = false; ///< stores on the closest when it has found them
    bool joins = false;     ///< a step of joining the network
    instant starts_at{};
};

/// All lookups of a node: they ask, listen, and store at the end. Each is an iterator over
/// questions (the lookup_strategy); this class only carries the questions out.
template <class Set>
class lookups {
    using core_type = core<Set>;
    using strategy = typename Set::lookup_strategy;

    struct run {
        lookup_plan plan;
        shortlist list;
        typename strategy::state state{};
        lookup_progress progress{};
        instant started{};
        std::uint16_t answers = 0; ///< ordinal of the last answer: the source of its candidates
        std::uint32_t stores = 0;  ///< announces on their way
        bool searching = false;
        bool retry_set = false;
    };

public:
    using handle_type = handle<run>;

    lookups(std::size_t lookups_max, std::size_t operations_max) noexcept
        : operations{operations_max},
          runs_{lookups_max} {}

    operation_list operations;

    /// False when lookups_max is reached.
    bool start(core_type& c, lookup_plan const& plan) {
        auto const h = runs_.emplace(
            run{plan, shortlist{plan.target, c.limits.candidates_max, !c.local_network()}});
        if (!h) {
            c.limit_met(event::limit::lookups);
            return false;
        }
        if (operation* const o = operations.find(plan.operation)) ++o->lookups;
        if (plan.starts_at <= c.at.now)
            begin(c, h);
        else
            c.wakes.set(plan.starts_at, wake_reason::lookup_spacing, subject_of(h));
        return true;
    }

    [[nodiscard]] bool holds(timer_subject s) const noexcept {
        return runs_.find(named_by<run>(s)) != nullptr;
    }

    /// Its time to begin, or to go on after a full outbox, has come.
    void wake(core_type& c, timer_subject s) {
        handle_type const h = named_by<run>(s);
        run* const r = runs_.find(h);
        if (r == nullptr) return;
        r->retry_set = false;
        if (r->searching || r->stores > 0)
            drive(c, h);
        else
            begin(c, h);
    }

    void on_reply(core_type& c, transaction const& t, krpc::reply const& reply) {
        handle_type const h = named_by<run>(t.owner);
        run* const r = runs_.find(h);
        if (r == nullptr) return;
        if (t.why == event::purpose::store) return stored(c, h, true);
        candidate* const who = r->list.find(t.to);
        if (who == nullptr || !r->searching) return;
        if (t.stalled) ++r->progress.late;
        note_answer(c, *r, *who, reply);
        offer_nodes(c, *r, reply);
        take_peers(c, *r, reply);
        drive(c, h);
    }

    void on_stall(core_type& c, transaction const& t) {
        run* const r = runs_.find(named_by<run>(t.owner));
        if (r == nullptr || t.why == event::purpose::store) return;
        candidate* const who = r->list.find(t.to);
        if (who == nullptr || who->state != candidate_state::asked) return;
        r->list.change(*who, candidate_state::stalled);
        ++r->progress.stalled;
        drive(c, named_by<run>(t.owner));
    }

    /// `code` is that of a KRPC error, 0 for silence.
    void on_failure(core_type& c, transaction const& t, std::int32_t code) {
        handle_type const h = named_by<run>(t.owner);
        run* const r = runs_.find(h);
        if (r == nullptr) return;
        if (operation* const o = operations.find(r->plan.operation); o != nullptr && code != 0)
            o->remote_error = code;
        if (t.why == event::purpose::store) return stored(c, h, false);
        if (candidate* const who = r->list.find(t.to))
            r->list.change(*who, candidate_state::failed);
        drive(c, h);
    }

    /// Ends an operation with what there is. Its questions stay open: answers still teach the
    /// table.
    void finish(core_type& c, operation_id id, errc error) {
        operation* const o = operations.find(id);
        if (o == nullptr || o->finished) return;
        o->finished = true;
        o->error = error;
        o->ended = c.at.now;
        runs_.for_each([&](auto h, run& r) {
            if (r.plan.operation != id) return;
            gather(c, r, *o);
            runs_.erase(h);
        });
        operations.has_news(id);
        c.publish(event::operation_finished{c.at.now, id, o->kind, error, o->ended - o->started});
    }

private:
    /// Candidates come from our table; the bootstrap endpoints help out while it is nearly empty.
    void begin(core_type& c, handle_type h) {
        run& r = *runs_.find(h);
        r.searching = true;
        r.started = c.at.now;
        identity const& self = c.identities[r.plan.via];
        auto const offer = [&](contact const* k) {
            r.list.offer(
                {k->id, k->at, candidate_state::fresh, k->plausible, true, 0, c.cost_of(*k)});
        };
        auto const known = self.table.closest_to(r.plan.target, 2U * c.limits.results,
                                                 [](contact const&) { return true; });
        std::for_each(known.begin(), known.end(), offer);
        // A crowd around the target with made-up ids may tell of nobody else.
        auto const plausible = self.table.closest_to(r.plan.target, c.limits.results,
                                                     [](contact const& k) { return k.plausible; });
        std::for_each(plausible.begin(), plausible.end(), offer);
        if (known.size() < c.limits.results) offer_routers(c, r);
        if (operation* const o = operations.find(r.plan.operation);
            o != nullptr && r.list.candidates().empty())
            o->error = errc::no_contacts;
        drive(c, h);
    }

    /// An endpoint without a known id stands at the far end of the key space.
    static void offer_routers(core_type& c, run& r) {
        std::byte number{1};
        for (endpoint const& at : c.routers) {
            if (at.ip.ip_family() != c.identities[r.plan.via].ip_family()) continue;
            candidate nameless;
            nameless.at = at;
            nameless.named = false;
            nameless.cost_ms = cost_never - 1; // after everybody whose round trip is known
            for (std::size_t i = 0; i < nameless.id.bytes.size(); ++i)
                nameless.id.bytes[i] = ~r.plan.target.bytes[i];
            nameless.id.bytes[19] ^= number;
            number = static_cast<std::byte>(std::to_integer<unsigned>(number) + 1U);
            r.list.offer(nameless);
        }
    }

    void drive(core_type& c, handle_type h) {
        while (run* const r = runs_.find(h)) {
            if (!r->searching) return;
            if (r->progress.asked >= c.limits.lookup_questions_max) return end_search(c, h);
            lookup_view const view{r->plan.target,
                                   r->list.candidates(),
                                   c.template policy<slots::concurrency>().width(r->progress),
                                   r->list.in_flight(),
                                   c.limits.results,
                                   c.limits.lookup_replies_max};
            lookup_step const step =
                c.template policy<slots::lookup_strategy>().next(r->state, view, c.at, c.random());
            if (step.what == lookup_step::kind::finished) return end_search(c, h);
            if (step.what != lookup_step::kind::ask || !ask(c, h, *r, step)) return;
        }
    }

    /// False: not now; a timer is set to try again.
    bool ask(core_type& c, handle_type h, run& r, lookup_step const& step) {
        candidate& who = r.list.at(step.position);
        who.path = step.path;
        if (who.named && c.identities[r.plan.via].avoid.holds(who.at, c.at.now)) {
            r.list.change(who, candidate_state::failed);
            return true;
        }
        question const q{r.plan.via,
                         who.at,
                         who.named ? std::optional{to_node_id(who.id)} : std::nullopt,
                         event::purpose::lookup,
                         subject_of(h),
                         r.plan.operation ? traffic::lookup : traffic::upkeep};
        auto const sent = put_question(c, r, q, step.target);
        if (!sent && sent.error() == errc::limit_reached) {
            if (!r.retry_set)
                c.wakes.set(c.at.now + milliseconds{250}, wake_reason::lookup_spacing,
                            subject_of(h));
            r.retry_set = true;
            return false;
        }
        r.list.change(who, sent ? candidate_state::asked : candidate_state::failed);
        if (sent) ++r.progress.asked;
        return true;
    }

    static auto put_question(core_type& c, run const& r, question const& q, key160 const& target) {
        krpc::want const wants = c.wants(r.plan.via);
        if (r.plan.wants_peers)
            return c.ask(q, "get_peers",
                         krpc::get_peers{to_info_hash(target), wants, r.plan.noseed, false});
        return c.ask(q, "find_node", krpc::find_node{target, wants});
    }

    /// Hearsay may be older than a change of id, and bootstrap endpoints have no name before they
    /// answer: who answers counts as who he says he is now.
    void note_answer(core_type& c, run& r, candidate& who, krpc::reply const& reply) {
        r.list.change(who, candidate_state::replied);
        who.plausible = c.plausible(reply.sender, who.at);
        who.token.clear();
        if (reply.token.size() <= who.token.capacity())
            who.token = static_vector<std::byte, 40>{reply.token};
        ++r.progress.replied;
        ++r.answers;
        if (who.id != reply.sender && !r.list.rename(who, reply.sender))
            r.list.change(who, candidate_state::failed);
    }

    void offer_nodes(core_type& c, run& r, krpc::reply const& reply) {
        identity const& self = c.identities[r.plan.via];
        family const f = self.ip_family();
        compact::node_reader reader{f == family::ipv4 ? reply.nodes : reply.nodes6, f};
        while (auto const n = reader.next()) {
            if (n->id == self.id() || !c.allows(n->at, address_use::talk) ||
                self.avoid.holds(n->at, c.at.now))
                continue;
            contact const stranger{n->id, n->at};
            r.list.offer({n->id, n->at, candidate_state::fresh, c.plausible(n->id, n->at), true, 0,
                          c.cost_of(stranger), r.answers});
        }
    }

    void take_peers(core_type& c, run& r, krpc::reply const& reply) {
        operation* const o = operations.find(r.plan.operation);
        if (o == nullptr || !r.plan.wants_peers) return;
        compact::peer_reader reader{reply.values, c.identities[r.plan.via].ip_family()};
        std::size_t const before = o->peers.size();
        while (auto const peer = reader.next()) {
            if (is_martian(*peer) ||
                !c.template policy<slots::address_filter>().allows(*peer, address_use::talk))
                continue;
            if (o->peers.find_or_insert(*peer) == nullptr) {
                c.limit_met(event::limit::operation_peers);
                break;
            }
        }
        if (o->peers.size() > before) operations.has_news(r.plan.operation);
    }

    void end_search(core_type& c, handle_type h) {
        run& r = *runs_.find(h);
        r.searching = false;
        static_vector<key160, 16> closest;
        for (candidate const& k : r.list.candidates())
            if (k.state == candidate_state::replied && closest.size() < c.limits.results)
                closest.push_back(k.id);
        if (!r.plan.joins) // who is joining sees too little of the network to measure it
            c.identities[r.plan.via].size.observe(r.plan.target, closest);
        c.publish(event::lookup_finished{c.at.now, r.plan.via, r.plan.target, r.progress.asked,
                                         r.progress.replied, c.at.now - r.started});
        if (r.plan.announces) store(c, h);
        if (run* const left = runs_.find(h); left != nullptr && left->stores == 0) end(c, h);
    }

    /// BEP 42: on the closest plausible nodes that gave a token, and on the implausible ones among
    /// the closest of all.
    void store(core_type& c, handle_type h) {
        run& r = *runs_.find(h);
        operation* const o = operations.find(r.plan.operation);
        if (o == nullptr) return;
        // BEP 5 has a port beside implied_port too, for those who do not know the latter.
        std::uint16_t const port =
            o->announce.port != 0 ? o->announce.port : c.identities[r.plan.via].local.port;
        unsigned replied = 0;
        unsigned plausible = 0;
        for (candidate const& k : r.list.candidates()) {
            if (k.state != candidate_state::replied) continue;
            bool const among_closest = replied++ < c.limits.results;
            if (k.token.empty() || !(k.plausible ? plausible < c.limits.results : among_closest))
                continue;
            plausible += k.plausible ? 1 : 0;
            question const q{r.plan.via, k.at, to_node_id(k.id), event::purpose::store,
                             subject_of(h)};
            krpc::announce_peer const args{to_info_hash(r.plan.target),
                                           byte_view{k.token.data(), k.token.size()}, port,
                                           o->announce.implied_port, o->announce.seed};
            if (c.ask(q, "announce_peer", args)) ++r.stores;
        }
    }

    void stored(core_type& c, handle_type h, bool confirmed) {
        run& r = *runs_.find(h);
        operation* const o = operations.find(r.plan.operation);
        if (o != nullptr && confirmed) ++o->stored;
        if (r.stores > 0 && --r.stores == 0) end(c, h);
    }

    /// The lookup is over; so is its operation when it was the last.
    void end(core_type& c, handle_type h) {
        run const& r = *runs_.find(h);
        operation_id const id = r.plan.operation;
        if (r.plan.joins) {
            c.identities[r.plan.via].joining = false;
            c.alarms.set(wake_reason::bootstrap, c.at.now);
        }
        operation* const o = operations.find(id);
        if (o != nullptr) {
            gather(c, r, *o);
            --o->lookups;
        }
        runs_.erase(h);
        if (o != nullptr && o->lookups == 0) finish(c, id, o->replied > 0 ? errc::ok : o->error);
    }

    static void gather(core_type& c, run const& r, operation& o) {
        o.asked += r.progress.asked;
        o.replied += r.progress.replied;
        std::size_t taken = 0;
        for (candidate const& k : r.list.candidates())
            if (k.state == candidate_state::replied && taken++ < c.limits.results)
                add_sorted(o.nodes, {to_node_id(k.id), k.at}, r.plan.target);
    }

    /// The lookups of several addresses find the same nodes: closest first, each once.
    static void add_sorted(std::vector<node_contact>& nodes, node_contact const& n,
                           key160 const& target) {
        auto at = nodes.begin();
        while (at != nodes.end() && closer(at->id, n.id, target))
            ++at;
        for (auto same = at; same != nodes.end() && same->id == n.id; ++same)
            if (same->at == n.at) return;
        nodes.insert(at, n);
    }

    slab<run> runs_;
};

} // namespace dht::inline DHT_ABI::engine

#endif
