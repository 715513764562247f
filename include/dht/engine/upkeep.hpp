#ifndef DHT_ENGINE_UPKEEP_HPP
#define DHT_ENGINE_UPKEEP_HPP

#include <dht/engine/lookups.hpp>

namespace dht::inline DHT_ABI::engine {

/// Keeps the tables alive: bootstraps until enough contacts are known, joins the network, proves
/// newcomers, refreshes the stale, looks for the lost. Everything it asks is bounded by
/// settings.upkeep_questions_max.
template <class Set>
class upkeep {
    using core_type = core<Set>;

public:
    void add_router(core_type& c, endpoint const& at) {
        for (endpoint const& known : c.routers)
            if (known == at) return;
        if (c.routers.size() >= c.limits.bootstrap_endpoints_max) c.routers.erase(0);
        c.routers.push_back(at);
        retry_ = c.limits.bootstrap_retry_min;
        ask_again_ = c.at.now;
        c.alarms.set(wake_reason::bootstrap, c.at.now);
    }

    /// Asks the bootstrap endpoints while a table is thin, with pauses that double, and takes the
    /// next step of joining wherever there are contacts.
    void join(core_type& c, lookups<Set>& all) {
        bool thin = false;
        for (std::size_t i = 0; i < c.identities.size(); ++i) {
            auto const via = static_cast<via_index>(i);
            if (c.identities[i].table.size() < c.limits.good_contacts_wanted) {
                thin = true;
                if (c.at.now >= ask_again_) ask_routers(c, via);
            }
            take_join_step(c, all, via);
        }
        if (!thin || c.routers.empty()) return;
        if (c.at.now >= ask_again_) {
            ask_again_ = c.at.now + retry_;
            retry_ = 2 * retry_ < c.limits.bootstrap_retry_max
                         ? 2 * retry_
                         : duration{c.limits.bootstrap_retry_max};
        }
        c.alarms.set_if_earlier(wake_reason::bootstrap, ask_again_);
    }

    /// Pings spares that have not answered us yet and whose bucket has room for them.
    void verify_newcomers(core_type& c) {
        constexpr unsigned per_round = 4;
        unsigned asked = 0;
        bool more = false;
        for (std::size_t i = 0; i < c.identities.size(); ++i) {
            routing_table const& table = c.identities[i].table;
            static_vector<node_contact, per_round> chosen; // each with the same chance
            std::uint64_t waiting = 0;
            table.for_each_spare([&](contact const& s) {
                if (s.verified() || has_asked(c, static_cast<via_index>(i), s.at)) return;
                unsigned const depth = table.depth_of(s.id);
                if (table.size_at(depth) >= table.capacity_at(depth)) return;
                ++waiting;
                if (chosen.push_back({to_node_id(s.id), s.at})) return;
                more = true;
                if (auto const lot = below(c.random(), waiting); lot < per_round)
                    chosen[static_cast<std::size_t>(lot)] = {to_node_id(s.id), s.at};
            });
            for (node_contact const& n : chosen) {
                if (asked >= per_round || !ask(c, static_cast<via_index>(i), n, std::nullopt))
                    more = true;
                else
                    ++asked;
            }
        }
        if (more) c.alarms.set(wake_reason::verify_newcomer, c.at.now + milliseconds{500});
    }

    /// One step of the refresh strategy for each table that is due.
    void refresh(core_type& c, lookups<Set>& all) {
        instant next = never;
        for (std::size_t i = 0; i < c.identities.size(); ++i) {
            identity& self = c.identities[i];
            if (c.at.now >= self.refresh_at) refresh_one(c, all, static_cast<via_index>(i));
            if (self.refresh_at < next) next = self.refresh_at;
        }
        c.alarms.set(wake_reason::refresh, next);
    }

    /// A question of upkeep was answered or lost.
    static void closed(core_type& c, via_index via, endpoint const& at) noexcept {
        for (std::size_t i = 0; i < c.upkeep_open.size(); ++i) {
            if (c.upkeep_open[i].via != via || c.upkeep_open[i].at != at) continue;
            c.upkeep_open[i] = c.upkeep_open.back();
            c.upkeep_open.pop_back();
            return;
        }
    }

    /// There is work for join(): a table got its first contacts, is thin, or joins anew.
    static bool wants_to_join(core_type const& c, identity const& self) noexcept {
        bool const begins = self.join_step < join_steps && !self.joining && self.table.size() > 0;
        bool const thin = self.table.size() < c.limits.good_contacts_wanted && !c.routers.empty();
        return begins || thin || joins_anew(self, c.at.now);
    }

private:
    static bool has_asked(core_type const& c, via_index via, endpoint const& at) noexcept {
        for (auto const& q : c.upkeep_open)
            if (q.via == via && q.at == at) return true;
        return false;
    }

    /// Ping, or find_node when a target is given: that proves the contact and teaches us others at
    /// once.
    static bool ask(core_type& c, via_index via, node_contact const& n,
                    std::optional<key160> const& target) {
        if (c.upkeep_open.size() >= c.limits.upkeep_questions_max) return false;
        question const q{via, n.at, n.id, event::purpose::upkeep, {}, traffic::upkeep};
        auto const sent = target ? c.ask(q, "find_node", krpc::find_node{*target, c.wants(via)})
                                 : c.ask(q, "ping", krpc::ping{});
        if (sent) c.upkeep_open.push_back({via, n.at});
        return sent.has_value();
    }

    void ask_routers(core_type& c, via_index via) {
        identity const& self = c.identities[via];
        for (endpoint const& at : c.routers) {
            if (at.ip.ip_family() != self.ip_family() || has_asked(c, via, at)) continue;
            question const q{via, at, std::nullopt, event::purpose::bootstrap, {}, traffic::lookup};
            if (c.ask(q, "find_node", krpc::find_node{near_self(c, self), c.wants(via)}))
                c.upkeep_open.push_back({via, at});
        }
    }

    /// Our own id with its last byte changed: who answers cannot tell that it is made for us.
    static key160 near_self(core_type& c, identity const& self) {
        key160 filler;
        c.random().fill(filler.bytes);
        return with_prefix(self.table.own_id(), 152, filler);
    }

    /// More sites turned out to be crowded: others may be among the contacts, and lookups all over
    /// the network name those who give them away.
    static bool joins_anew(identity const& self, instant now) noexcept {
        return self.joined() && now >= self.join_anew_at &&
               self.table.crowded_sites_known() > self.crowds_known;
    }

    static void take_join_step(core_type& c, lookups<Set>& all, via_index via) {
        identity& self = c.identities[via];
        if (self.table.size() == 0) self.join_step = 0;
        if (joins_anew(self, c.at.now)) { // four times at once at most, and every five minutes
            self.crowds_known = self.table.crowded_sites_known();
            self.join_anew_at = std::max(self.join_anew_at, c.at.now - minutes{15}) + minutes{5};
            self.join_step = 0;
        }
        if (self.table.size() == 0 || self.joining || self.join_step >= join_steps) return;
        lookup_plan plan;
        plan.via = via;
        plan.joins = true;
        plan.target = self.join_step == 0
                          ? near_self(c, self)
                          : random_key_at(self.table, self.join_step - 1, c.random());
        ++self.join_step;
        self.joining = true; // before it starts: it may end at once
        if (!all.start(c, plan)) self.joining = false;
    }

    static void refresh_one(core_type& c, lookups<Set>& all, via_index via) {
        identity& self = c.identities[via];
        refresh_step const step =
            c.template policy<slots::refresh_strategy>().next(self.table, c.at, c.random());
        self.refresh_at = step.again > c.at.now ? step.again : c.at.now + seconds{1};
        if (self.table.size() == 0) self.join_step = 0;
        if (wants_to_join(c, self)) c.alarms.set_if_earlier(wake_reason::bootstrap, c.at.now);
        if (auto const whom = step.ask ? self.table.find(*step.ask) : std::nullopt) {
            node_contact const n{to_node_id(whom->id), whom->at};
            if (!has_asked(c, via, n.at)) ask(c, via, n, step.find);
        } else if (step.find) {
            lookup_plan plan;
            plan.via = via;
            plan.target = *step.find;
            if (self.table.size() > 0) all.start(c, plan);
        }
        ask_lost(c, via);
    }

    static void ask_lost(core_type& c, via_index via) {
        identity& self = c.identities[via];
        if (c.upkeep_open.size() >= c.limits.upkeep_questions_max) return; // not to lose a turn
        if (auto const lost = self.lost.next(c.at.now)) ask(c, via, *lost, near_self(c, self));
    }

    duration retry_ = seconds{2};
    instant ask_again_{};
};

} // namespace dht::inline DHT_ABI::engine

#endif
