#include <dht/event/bus.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include <string>

using namespace dht;
using namespace dht::test;

namespace {

/// Writes down what it hears.
struct counter {
    std::string heard;

    void on(event::contact_added const&) { heard += "+"; }

    void on(event::contact_removed const&) { heard += "-"; }
};

struct everything {
    unsigned heard = 0;

    template <class Fact>
    void on(Fact const&) {
        ++heard;
    }
};

struct deaf {
    unsigned heard = 0;
};

struct limits_only {
    event::limit last{};

    void on(event::limit_reached const& e) { last = e.what; }
};

template <class... Fact>
void publish_each(event::list<Fact...>, everything& e) {
    event::bus const b{e};
    (b.publish(Fact{}), ...);
}

template <class... Fact>
constexpr std::size_t count(event::list<Fact...>) {
    return sizeof...(Fact);
}

} // namespace

static_assert(event::hears<counter, event::contact_added>);
static_assert(!event::hears<counter, event::datagram_sent>);
static_assert(event::hears_any<counter, event::all>);
static_assert(!event::hears_any<deaf, event::all>);
static_assert(event::bus<deaf, counter>::heard<event::contact_added>);
static_assert(!event::bus<deaf, counter>::heard<event::token_rejected>);
static_assert(!event::bus<>::heard<event::contact_added>);

TEST_CASE("a fact reaches whoever hears it, in order, and nobody else") {
    counter one;
    counter two;
    deaf nobody;
    limits_only limits;
    event::bus const b{one, nobody, limits, two};
    b.publish(event::contact_added{});
    b.publish(event::contact_removed{});
    b.publish(event::datagram_sent{});
    b.publish(event::limit_reached{second(1), event::limit::peers});
    CHECK(one.heard == "+-");
    CHECK(two.heard == "+-");
    CHECK(nobody.heard == 0);
    CHECK(limits.last == event::limit::peers);
}

TEST_CASE("a generic listener hears the whole list") {
    everything e;
    publish_each(event::all{}, e);
    CHECK(e.heard == count(event::all{}));
}

TEST_CASE("the counts of the enumerations are right") {
    CHECK(static_cast<std::size_t>(event::method::other) + 1 == event::method_count);
    CHECK(static_cast<std::size_t>(event::purpose::topic) + 1 == event::purpose_count);
    CHECK(static_cast<std::size_t>(event::drop_reason::bad_signature) + 1 ==
          event::drop_reason_count);
    CHECK(static_cast<std::size_t>(event::limit::signatures) + 1 == event::limit_count);
}
