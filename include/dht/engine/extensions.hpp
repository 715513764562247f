#ifndef DHT_ENGINE_EXTENSIONS_HPP
#define DHT_ENGINE_EXTENSIONS_HPP

#include <dht/engine/begin.hpp>

/// How the engine serves the extensions that ask, read and claim.

namespace dht::inline DHT_ABI::engine {

inline question question_for(std::uint32_t which, extension_question const& wish) noexcept {
    auto const why = wish.topic ? event::purpose::topic : event::purpose::extension;
    return {wish.via,        wish.to,   std::nullopt, why, {which, wish.cookie},
            traffic::lookup, wish.topic};
}

/// Sends what extensions want to ask; a bounded number in one step.
template <class Set>
void ask_for_extensions(core<Set>& c) {
    std::uint32_t which = 0;
    c.policies.for_each([&](auto& p) {
        if constexpr (asks_questions<std::remove_cvref_t<decltype(p)>>) {
            ++which;
            for (unsigned i = 0; i < 16; ++i) { // bounded work per step
                auto const wish = p.next(c.at);
                if (!wish) break;
                question const q = question_for(which, *wish);
                auto const sent = wish->via < c.identities.size()
                                      ? c.ask(q, wish->method, wish->known, wish->arguments)
                                      : result<transactions::handle_type>{errc::invalid_argument};
                if (!sent) p.on_failure(c.at, wish->cookie, sent.error());
            }
        }
    });
}

/// Brings the answer, or its absence, to the extension that asked.
template <class Set>
void answer_extension(core<Set>& c, transaction const& t, krpc::reply const* reply, errc error) {
    std::uint32_t which = 0;
    c.policies.for_each([&](auto& p) {
        if constexpr (asks_questions<std::remove_cvref_t<decltype(p)>>) {
            if (++which != t.owner.index) return;
            if (reply != nullptr)
                p.on_reply(c.at, t.owner.generation, t.to, *reply);
            else
                p.on_failure(c.at, t.owner.generation, error);
        }
    });
}

/// Begins what extensions wish for; a bounded number in one step.
template <class Set>
void begin_for_extensions(core<Set>& c, lookups<Set>& all) {
    std::uint32_t which = 0;
    c.policies.for_each([&](auto& p) {
        if constexpr (begins_operations<std::remove_cvref_t<decltype(p)>>) {
            ++which;
            for (unsigned i = 0; i < 16; ++i) { // bounded work per step
                auto const wanted = p.next_operation(c.at);
                if (!wanted) break;
                operation_owner const owner{which, wanted->cookie};
                auto const begin = [&](auto const& w) { return begin_operation(c, all, w, owner); };
                if (std::visit(begin, wanted->wish)) continue;
                outcome refused;
                refused.finished = true;
                refused.error = errc::limit_reached;
                p.on_outcome(c.at, wanted->cookie, refused);
            }
        }
    });
}

template <class Set>
void tell_extensions(core<Set>& c, lookups<Set>& all) {
    all.operations.tell_extensions([&](operation_owner owner, outcome const& o) {
        std::uint32_t which = 0;
        c.policies.for_each([&](auto& p) {
            if constexpr (begins_operations<std::remove_cvref_t<decltype(p)>>)
                if (++which == owner.extension) p.on_outcome(c.at, owner.cookie, o);
        });
    });
}

/// At the end of each step: what extensions want to ask and to begin, and what became of it.
template <class Set>
void serve_extensions(core<Set>& c, lookups<Set>& all) {
    ask_for_extensions(c);
    begin_for_extensions(c, all);
    tell_extensions(c, all);
}

/// Did an extension take this datagram, which is no KRPC?
template <class Set>
bool claimed_by_extension(core<Set>& c, via_index via, endpoint const& from, byte_view bytes) {
    bool claimed = false;
    c.policies.for_each([&](auto& p) {
        if constexpr (claims_datagrams<std::remove_cvref_t<decltype(p)>>)
            if (!claimed && !bytes.empty() && p.claims(bytes[0])) {
                claimed = true;
                p.receive(c.at, via, from, bytes);
            }
    });
    return claimed;
}

template <class Set>
void read_extra_keys(core<Set>& c, endpoint const& from, krpc::message const& m) {
    c.policies.for_each([&](auto& p) {
        if constexpr (reads_keys<std::remove_cvref_t<decltype(p)>>) p.read(c.at, from, m);
    });
}

} // namespace dht::inline DHT_ABI::engine

#endif
