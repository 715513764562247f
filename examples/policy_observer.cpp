/// An observer of your own: a log, a line for each fact that you care about.
///
/// event/events.hpp lists every fact. An observer has `on` for those that it wants to hear; the
/// others cost nothing, not even a branch. Facts are const, and the node is not passed: listening
/// can change nothing. A node may have many observers, and any other policy may listen in the same
/// way.
#include "policy_demo.hpp"

//! [policy]
class log_lines {
public:
    using policy_slot = dht::slots::observer;

    void on(dht::event::contact_added const& e) { line(e.at, "new contact", e.where); }

    void on(dht::event::contact_removed const& e) { line(e.at, "lost contact", e.where); }

    void on(dht::event::query_received const& e) { line(e.at, "query from", e.from); }

    void on(dht::event::question_failed const& e) { line(e.at, "no answer from", e.to); }

    [[nodiscard]] unsigned lines() const noexcept { return lines_; }

private:
    void line(dht::instant at, char const* what, dht::endpoint const& who) {
        auto const ms = std::chrono::duration_cast<dht::milliseconds>(at.time_since_epoch());
        auto const text = dht::to_text(who);
        std::printf("%8.3f s  %-14s %.*s\n", static_cast<double>(ms.count()) / 1000, what,
                    static_cast<int>(text.view().size()), text.view().data());
        ++lines_;
    }

    unsigned lines_ = 0;
};
//! [policy]

static_assert(dht::observer<log_lines>);

int main() {
    dht::instant now{dht::seconds{1}};
    dht::node<log_lines> node;
    dht::node<> other;
    demo::introduce(node, other, now);
    node.ping(now, demo::at("80.81.82.83:6881")); // nobody is there
    demo::converse(node, other, now, dht::seconds{20});
    return demo::shown(node.get<log_lines>().lines() >= 3);
}
