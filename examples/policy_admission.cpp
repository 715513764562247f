/// An admission policy of your own: a limit for all queries together, above the limit for each
/// address.
///
/// Queries that are not admitted are met with silence, and nothing is learnt from them. A limit per
/// address holds off one flooder; this one holds off a million of them, or keeps the node from
/// using more of a slow line than it should. Time is an argument: a policy never looks at a clock.
#include "policy_demo.hpp"

class global_limit {
public:
    using policy_slot = dht::slots::admission;

    explicit global_limit(double per_second = 1'000) noexcept
        : per_second_{per_second},
          left_{per_second} {}

    /// What we wrap is started by us.
    template <class Rng>
    void start(dht::settings const& s, Rng& rng) {
        each_.start(s, rng);
    }

    bool admit(dht::times at, dht::endpoint const& from, dht::event::method what) noexcept {
        if (!each_.admit(at, from, what)) return false; // a flooder uses up nothing of ours
        left_ += per_second_ * std::chrono::duration<double>(at.now - last_).count();
        if (left_ > per_second_) left_ = per_second_;
        last_ = at.now;
        if (left_ < 1) return false;
        left_ -= 1;
        return true;
    }

private:
    dht::per_ip_limit each_;
    double per_second_;
    double left_;
    dht::instant last_{};
};

int main() {
    dht::instant const now{dht::seconds{1}};
    dht::node node{dht::settings{}, global_limit{100}};
    node.open(now, demo::at("5.6.7.8:6881"));
    auto const ping = dht::as_bytes("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe");
    unsigned answers = 0;
    for (unsigned n = 0; n < 1'000; ++n) { // a thousand addresses at once
        node.receive(now, 0, {dht::address::v4(0x20000000U + 4'099 * n), 6881}, ping);
        while (node.poll_transmit())
            ++answers;
    }
    std::printf("1000 queries, %u answers\n", answers);
    return demo::shown(answers == 100);
}
