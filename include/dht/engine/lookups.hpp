#ifndef DHT_ENGINE_LOOKUPS_HPP
#define DHT_ENGINE_LOOKUPS_HPP

#include <dht/engine/arrival.hpp>
#include <dht/engine/findings.hpp>
#include <dht/engine/first_candidates.hpp>
#include <dht/engine/lookup_questions.hpp>
#include <dht/engine/region.hpp>

namespace dht::inline DHT_ABI::engine {

/// All lookups of a node: they ask, listen, and store at the end. Each is an iterator over
/// questions (the lookup_strategy); this class only carries the questions out.
template <class Set>
class lookups {
    using core_type = core<Set>;
    using strategy = typename Set::lookup_strategy;
    using run = lookup_run<typename strategy::state>;
    using phase = typename run::phase;

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
        if (operation* const o = operations.find(plan.operation)) {
            runs_.find(h)->sibling = named_by<run>(std::exchange(o->newest_lookup, subject_of(h)));
            ++o->lookups;
            ++o->searching;
        }
        if (plan.starts_at <= c.at.now)
            begin(c, h);
        else
            c.wakes.set(plan.starts_at, wake_reason::lookup_spacing, subject_of(h));
        return true;
    }

    /// No more lookups of this operation will start.
    void all_started(core_type& c, operation_id id) {
        operation* o = operations.find(id);
        if (o->searching == 0 && o->item) store_everywhere(c, id);
        o = operations.find(id);
        if (--o->lookups == 0) finish(c, id, o->verdict());
    }

    [[nodiscard]] std::size_t under_way() const noexcept { return runs_.size(); }

    /// Gives back memory that nothing needs now.
    void shrink_to_fit() {
        runs_.shrink_to_fit();
        operations.shrink_to_fit();
    }

    [[nodiscard]] bool holds(timer_subject s) noexcept { return find(named_by<run>(s)) != nullptr; }

    /// Its time to begin, or to go on after a full outbox, has come.
    void wake(core_type& c, timer_subject s) {
        handle_type const h = named_by<run>(s);
        run* const r = find(h);
        if (r == nullptr) return;
        r->retry_set = false;
        if (r->in == phase::waiting) return begin(c, h);
        if (r->in == phase::searching) return drive(c, h);
        go_on(c, h);
    }

    void on_reply(core_type& c, transaction const& t, krpc::reply const& reply) {
        handle_type const h = named_by<run>(t.owner);
        run* const r = find(h);
        if (r == nullptr) return;
        candidate* const who = r->list.find(t.to);
        if (who == nullptr) return;
        if (t.why == event::purpose::store) return confirmed(c, h, *who);
        if (who->stores == store_state::renewing) return renewed(c, h, *who, reply);
        if (t.stalled) ++r->progress.late;
        unsigned const path = who->path;
        take_findings(c, *r, who, reply);
        note_answer(c, *r, *who, reply);
        if (r->in != phase::searching) return go_on(c, h); // with who is late, too
        offer_nodes(c, *r, reply, path);
        drive(c, h);
    }

    void on_stall(core_type& c, transaction const& t) {
        run* const r = find(named_by<run>(t.owner));
        if (r == nullptr || r->in != phase::searching) return;
        candidate* const who = r->list.find(t.to);
        if (who == nullptr || who->state != candidate_state::asked) return;
        r->list.change(*who, candidate_state::stalled);
        ++r->progress.stalled;
        drive(c, named_by<run>(t.owner));
    }

    /// `code` is that of a KRPC error, 0 for silence.
    void on_failure(core_type& c, transaction const& t, std::int32_t code) {
        handle_type const h = named_by<run>(t.owner);
        run* const r = find(h);
        if (r == nullptr) return;
        if (operation* const o = operations.find(r->plan.operation); o != nullptr && code != 0)
            o->remote_error = code;
        candidate* const who = r->list.find(t.to);
        if (who != nullptr && code == 0) c.identities[r->plan.via].met.remove(who->id);
        if (who == nullptr) return drive(c, h);
        if (t.why == event::purpose::store || who->stores == store_state::renewing)
            return on_store_failure(c, h, t, *who, code);
        r->list.change(*who, candidate_state::failed);
        if (r->in != phase::searching) return go_on(c, h); // nobody waits for it any more
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
        for_each_of(*o, [&](handle_type h, run& r) {
            if (r.in != phase::ended) gather(r, c.limits.results, *o);
            runs_.erase(h);
        });
        operations.has_news(id);
        c.publish(event::operation_finished{c.at.now, id, o->kind, error, o->ended - o->started});
    }

private:
    /// Null when it has ended.
    run* find(handle_type h) noexcept {
        run* const r = runs_.find(h);
        return r != nullptr && r->in != phase::ended ? r : nullptr;
    }

    /// f(handle, run&) for each lookup of one operation, ended or not; f may erase it.
    template <class F>
    void for_each_of(operation const& o, F&& f) {
        handle_type next{};
        for (handle_type h = named_by<run>(o.newest_lookup); run* const r = runs_.find(h);
             h = next) {
            next = r->sibling;
            f(h, *r);
        }
    }

    // -- searching

    void begin(core_type& c, handle_type h) {
        run& r = *runs_.find(h);
        r.in = phase::searching;
        r.started = c.at.now;
        r.reach = c.identities[r.plan.via].size.reach(nodes_in_reach(r.plan, c.limits.results));
        if (r.plan.mirrored != 0)
            for_each_of(*operations.find(r.plan.operation), [&](handle_type, run const& other) {
                if (other.plan.via == r.plan.via) offer_answered(r, other.list);
            });
        offer_first(c, r);
        if (operation* const o = operations.find(r.plan.operation);
            o != nullptr && r.list.candidates().empty())
            o->error = errc::no_contacts;
        drive(c, h);
    }

    void drive(core_type& c, handle_type h) {
        while (run* const r = runs_.find(h)) {
            if (r->in != phase::searching) return;
            if (r->progress.asked >= c.limits.lookup_questions_max) return end_search(c, h);
            lookup_view const view{r->plan.target,
                                   r->list.candidates(),
                                   c.template policy<slots::concurrency>().width(r->progress),
                                   r->list.in_flight(),
                                   c.limits.results,
                                   c.limits.lookup_replies_max,
                                   r->reach};
            lookup_step const step =
                c.template policy<slots::lookup_strategy>().next(r->state, view, c.at, c.random());
            if (step.what == lookup_step::kind::finished) return look_behind(c, h, *r);
            if (step.what != lookup_step::kind::ask || !ask(c, h, *r, step)) return;
        }
    }

    /// False: not now; a timer is set to try again.
    bool ask(core_type& c, handle_type h, run& r, lookup_step const& step) {
        candidate& who = r.list.at(step.position);
        DHT_ASSERT(step.path < 16);
        who.path = step.path % 16;
        bool const avoided = who.named && c.identities[r.plan.via].avoid.holds(who.at, c.at.now);
        if (avoided || r.list.has_deputy(who)) {
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
            retry_soon(c, r, subject_of(h));
            return false;
        }
        r.list.change(who, sent ? candidate_state::asked : candidate_state::failed);
        if (sent) ++r.progress.asked;
        return true;
    }

    void take_findings(core_type& c, run const& r, candidate* who, krpc::reply const& reply) {
        operation* const o = operations.find(r.plan.operation);
        if (o == nullptr) return;
        bool news = false;
        if (r.plan.asks == lookup_asks::get_peers) {
            news = take_peers(c, r, *o, reply);
            take_filters(*o, reply);
        } else if (r.plan.asks == lookup_asks::get_item) {
            news = take_item(*o, who, reply);
        }
        if (news) operations.has_news(r.plan.operation);
    }

    /// Ends the search, but for questions about those whom answers may not name.
    void look_behind(core_type& c, handle_type h, run& r) {
        if (is_looking_behind(r.list) || ask_behind(c, r, subject_of(h))) return;
        end_search(c, h);
    }

    void end_search(core_type& c, handle_type h) {
        run& r = *runs_.find(h);
        density const around = take_stock(c, r);
        r.crowd = static_cast<std::uint8_t>(around.crowded() ? around.crowd : 0);
        bool const inquires = r.plan.mirrored != 0;
        r.in = inquires ? phase::inquiring : phase::arrived;
        c.publish(event::lookup_finished{c.at.now, r.plan.via, r.plan.target, r.progress.asked,
                                         r.progress.replied, c.at.now - r.started, around});
        if (around.suspicious()) suspect(c, r, around);
        if (around.crowded()) search_region(c, r.plan); // r may be elsewhere now
        inquires ? inquire(c, h) : arrive(c, h);
    }

    void suspect(core_type& c, run const& r, density const& around) {
        c.publish(event::eclipse_suspected{c.at.now, r.plan.via, r.plan.target, around});
        if (operation* const o = operations.find(r.plan.operation)) o->suspicious = true;
    }

    /// Around the mirrors of a key that is crowded.
    void search_region(core_type& c, lookup_plan const& crowded) {
        if (!is_worth_more(crowded, operations.find(crowded.operation))) return;
        double const nodes = c.identities[crowded.via].size.nodes();
        for (lookup_plan const& plan : mirrors_of(crowded, region_depth(nodes, c.limits.results)))
            start(c, plan);
    }

    /// Asks the closest to a mirror for the key.
    void inquire(core_type& c, handle_type h) {
        run& r = *runs_.find(h);
        while (candidate const* const next = next_to_inquire(r.list, c.limits.results)) {
            candidate& who = *r.list.find(next->at);
            auto const sent = ask_for_key(c, r, who, subject_of(h));
            if (!sent && sent.error() == errc::limit_reached)
                return retry_soon(c, r, subject_of(h));
            who.renewed = true;
            who.stores = sent ? store_state::renewing : store_state::refused;
            if (sent) ++r.stores;
        }
        if (r.stores == 0) arrive(c, h);
    }

    /// The search is over.
    void arrive(core_type& c, handle_type h) {
        run& r = *runs_.find(h);
        r.in = phase::arrived;
        operation* const o = operations.find(r.plan.operation);
        if (o != nullptr) --o->searching;
        bool const for_all =
            r.plan.stores == lookup_stores::item || r.plan.stores == lookup_stores::repairs;
        if (o == nullptr || !for_all) return store(c, h);
        if (o->searching == 0) store_everywhere(c, r.plan.operation); // h may be gone now
    }

    /// After an answer, or none, that the search does not wait for.
    void go_on(core_type& c, handle_type h) {
        phase const in = runs_.find(h)->in;
        if (in == phase::inquiring) return inquire(c, h);
        if (in == phase::storing) store(c, h);
    }

    // -- storing

    /// An item's seq is known only when every address has searched.
    void store_everywhere(core_type& c, operation_id id) {
        if (operation* const o = operations.find(id); o->kind == operation_kind::put)
            complete_item(*o->item);
        for_each_of(*operations.find(id), [&](handle_type h, run& r) {
            if (r.in == phase::arrived) store(c, h);
        });
    }

    /// Asks whom it should to store, as far as there is room for the questions.
    void store(core_type& c, handle_type h) {
        run& r = *runs_.find(h);
        r.in = phase::storing;
        operation* const o = operations.find(r.plan.operation);
        while (candidate const* const next = o == nullptr ? nullptr : next_to_store_of(c, r, *o)) {
            candidate& who = *r.list.find(next->at);
            if (!ask_to_store(c, h, r, *o, who)) return retry_soon(c, r, subject_of(h));
        }
        if (r.stores == 0 && !awaits_late(c, r)) end(c, h);
    }

    /// False: not now.
    bool ask_to_store(core_type& c, handle_type h, run& r, operation const& o, candidate& who) {
        question const q{r.plan.via, who.at, to_node_id(who.id), event::purpose::store,
                         subject_of(h)};
        auto const sent = r.plan.stores == lookup_stores::peer
                              ? c.ask(q, "announce_peer", announcement(c, r.plan, o, who))
                              : ask_to_put(c, q, *o.item, who);
        if (!sent && sent.error() == errc::limit_reached) return false;
        who.stores = sent ? store_state::asked : store_state::refused;
        if (sent) ++r.stores;
        return true;
    }

    void confirmed(core_type& c, handle_type h, candidate& who) {
        run& r = *runs_.find(h);
        if (who.stores != store_state::asked) return;
        who.stores = store_state::confirmed;
        --r.stores;
        if (operation* const o = operations.find(r.plan.operation)) ++o->stored;
        store(c, h);
    }

    /// Who refuses is replaced by the next closest, unless it is for the item's own sake. A refused
    /// token (203) may only be old: then another one is asked for, once.
    void on_store_failure(core_type& c, handle_type h, transaction const& t, candidate& who,
                          std::int32_t code) {
        run& r = *runs_.find(h);
        constexpr auto protocol = static_cast<std::int32_t>(krpc::error_code::protocol);
        if (code == protocol && !who.renewed && t.why == event::purpose::store) {
            who.renewed = true;
            who.stores = store_state::renewing;
            if (ask_for_key(c, r, who, subject_of(h))) return; // still counted in r.stores
        }
        who.stores = is_about_item(code) ? store_state::declined : store_state::refused;
        --r.stores;
        operation* const o = operations.find(r.plan.operation);
        if (o != nullptr && code != 0 && r.in == phase::storing) o->count_error(code);
        go_on(c, h);
    }

    void renewed(core_type& c, handle_type h, candidate& who, krpc::reply const& reply) {
        run& r = *runs_.find(h);
        --r.stores;
        byte_view const token = reply.token;
        bool const usable = !token.empty() && token.size() <= who.token.capacity();
        who.token = usable ? static_vector<std::byte, 40>{token} : static_vector<std::byte, 40>{};
        operation* const o = operations.find(r.plan.operation);
        if (r.in == phase::inquiring) {
            who.stores = store_state::untried;
            take_findings(c, r, &who, reply);
        } else if (o == nullptr || !usable || !ask_to_store(c, h, r, *o, who)) {
            who.stores = store_state::refused;
        }
        go_on(c, h);
    }

    // -- the end

    /// The lookup is over; so is its operation when it was the last.
    void end(core_type& c, handle_type h) {
        run& r = *runs_.find(h);
        operation_id const id = r.plan.operation;
        if (r.plan.joins) {
            c.identities[r.plan.via].joining = false;
            c.alarms.set(wake_reason::bootstrap, c.at.now);
        }
        operation* const o = operations.find(id);
        if (o == nullptr) return static_cast<void>(runs_.erase(h));
        gather(r, c.limits.results, *o);
        r.in = phase::ended;
        if (--o->lookups == 0) finish(c, id, o->verdict());
    }

    slab<run> runs_;
};

} // namespace dht::inline DHT_ABI::engine

#endif
