#ifndef DHT_ENGINE_REFUSALS_HPP
#define DHT_ENGINE_REFUSALS_HPP

#include <dht/engine/replies.hpp>

/// What those are told whose wish to store is refused, and why.
namespace dht::inline DHT_ABI::engine {

/// The token of that query is not known to be good.
template <class Set>
void refuse_token(core<Set>& c, query_context const& q, token_verdict verdict) {
    if (verdict == token_verdict::invalid) {
        c.publish(event::token_rejected{c.at.now, q.from});
        return refuse_query(c, q, krpc::error_code::protocol, "bad token");
    }
    bool const waited = verdict == token_verdict::undecided;
    c.publish(event::token_undecided{c.at.now, q.from});
    refuse_query(c, q, krpc::error_code::server,
                 waited ? "too few witnesses answered" : "busy: store it again later");
}

/// Why an item is not stored.
constexpr std::string_view objection_text(krpc::error_code code) noexcept {
    switch (code) {
    case krpc::error_code::value_too_big:
        return "v must be at most 1000 bytes";
    case krpc::error_code::salt_too_big:
        return "salt must be at most 64 bytes";
    case krpc::error_code::invalid_signature:
        return "invalid signature";
    case krpc::error_code::cas_mismatch:
        return "cas is not the stored seq: read the item again";
    case krpc::error_code::seq_too_old:
        return "seq is not newer than the stored one";
    case krpc::error_code::protocol:
        return "the key belongs to an item of the other kind";
    default:
        return "store is full";
    }
}

} // namespace dht::inline DHT_ABI::engine

#endif
