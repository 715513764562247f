#ifndef DHT_EXAMPLES_POLICY_DEMO_HPP
#define DHT_EXAMPLES_POLICY_DEMO_HPP

#include <dht/dht.hpp>

#include "common/default_node.hpp"
#include <cstdio>

/// What the policy examples share: two nodes in memory, and a clock that only we move. A real
/// program has sockets and a clock instead (see poll.cpp); policies do not notice the difference.
namespace demo {

/// "5.6.7.8:6881"; the text is a literal of ours and good.
inline dht::endpoint at(std::string_view text) {
    return *dht::parse_endpoint(text);
}

/// Brings what one node wants to send to the other; what is for anybody else is lost. False:
/// nothing.
template <class From, class To>
bool carry(From& from, To& to, dht::instant now) {
    bool any = false;
    while (auto const t = from.poll_transmit()) {
        any = true;
        if (t->to == to.local(0)) to.receive(now, 0, from.local(0), t->bytes);
    }
    return any;
}

/// Lets time pass for both. Each answer takes 10 ms; where nothing is on its way, time jumps to the
/// next deadline.
template <class A, class B>
void converse(A& a, B& b, dht::instant& now, dht::duration how_long) {
    dht::instant const end = now + how_long;
    while (now < end) {
        a.advance(now);
        b.advance(now);
        bool const answers = carry(b, a, now);
        bool const questions = carry(a, b, now);
        dht::instant next = answers || questions ? now : end;
        for (auto const& d : {a.next_deadline(), b.next_deadline()})
            if (d && d->at < next) next = d->at;
        now = std::max(next, now + dht::milliseconds{10});
    }
}

/// Opens both at addresses of their own and makes them contacts of each other.
template <class A, class B>
void introduce(A& a, B& b, dht::instant& now) {
    a.open(now, at("5.6.7.8:6881"));
    b.open(now, at("60.61.62.63:6881"));
    a.bootstrap(now, b.local(0));
    converse(a, b, now, dht::seconds{10});
}

/// The outcome with which the last operation ended.
template <class Node>
dht::outcome finished(Node& node) {
    dht::outcome last;
    while (auto o = node.poll_outcome())
        if (o->finished) last = std::move(*o);
    return last;
}

/// What `main` returns: 0 when the example has shown what it promises.
inline int shown(bool as_promised) {
    std::puts(as_promised ? "as promised" : "something is wrong");
    return as_promised ? 0 : 1;
}

} // namespace demo

#endif
