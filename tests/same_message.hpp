#ifndef DHT_TESTS_SAME_MESSAGE_HPP
#define DHT_TESTS_SAME_MESSAGE_HPP

#include <dht/wire/krpc.hpp>

// Are two decoded queries the same, down to where their views point to? For tests of the short cut.
namespace dht::test {

template <class View>
bool same_view(View const& a, View const& b) {
    return a.data() == b.data() && a.size() == b.size();
}

inline bool same(krpc::ping const&, krpc::ping const&) {
    return true;
}

inline bool same(krpc::find_node const& a, krpc::find_node const& b) {
    return a.target == b.target && a.wants == b.wants;
}

inline bool same(krpc::get_peers const& a, krpc::get_peers const& b) {
    return a.hash == b.hash && a.wants == b.wants && a.noseed == b.noseed && a.scrape == b.scrape;
}

inline bool same(krpc::announce_peer const& a, krpc::announce_peer const& b) {
    return a.hash == b.hash && same_view(a.token, b.token) && a.port == b.port &&
           a.implied_port == b.implied_port && a.seed == b.seed;
}

/// Methods that have no short cut.
template <class Arguments>
bool same(Arguments const&, Arguments const&) {
    return false;
}

inline bool same(krpc::query const& a, krpc::query const& b) {
    if (!same_view(a.method, b.method) || a.sender != b.sender || a.read_only != b.read_only ||
        !same_view(a.topic, b.topic) || !same_view(a.a, b.a) || a.args.index() != b.args.index())
        return false;
    return std::visit(
        [&](auto const& args) {
            return same(args, std::get<std::remove_cvref_t<decltype(args)>>(b.args));
        },
        a.args);
}

inline bool same_query(krpc::message const& a, krpc::message const& b) {
    auto const* const qa = std::get_if<krpc::query>(&a.body);
    auto const* const qb = std::get_if<krpc::query>(&b.body);
    return qa != nullptr && qb != nullptr && same_view(a.tid, b.tid) &&
           same_view(a.version, b.version) && a.external == b.external &&
           a.trailing_bytes == b.trailing_bytes && a.canonical == b.canonical && same(*qa, *qb);
}

} // namespace dht::test

#endif
