/// An extension of your own: nodes that know it tell each other the time.
///
/// An extension is a machine inside the node. It models one or more of the parts in
/// policy/extension.hpp; this one has two: it answers queries of a method of its own, and it asks
/// such questions and gets the answers. The node sends, matches, bounds and times everything; an
/// extension never sees a socket. Nodes without the extension answer "unknown method", which is a
/// failure like any other.
#include "policy_demo.hpp"
#include <cstdlib>

class clock_exchange {
public:
    using policy_slot = dht::slots::extension;

    /// For the application: ask that node at the next step.
    void ask(dht::endpoint const& whom) { next_ = whom; }

    std::optional<std::int64_t> theirs; ///< seconds since 1970

    //! [seams]
    // Answers queries.

    dht::answer_verdict answer(dht::extension_query const& q, dht::extension_reply& r) noexcept {
        if (q.query.method != "clock") return dht::answer_verdict::declined; // another may know it
        text_ = "i" + std::to_string(static_cast<std::int64_t>(q.at.date)) + "e";
        r.fields.push_back({"clock", dht::as_bytes(text_)}); // our memory, until our next call
        return dht::answer_verdict::replied;
    }

    // Asks questions.

    std::optional<dht::extension_question> next(dht::times) noexcept {
        if (!next_) return std::nullopt;
        dht::extension_question question;
        question.to = *std::exchange(next_, {});
        question.method = "clock";
        return question;
    }

    void on_reply(dht::times, std::uint32_t, dht::endpoint const&,
                  dht::krpc::reply const& r) noexcept {
        std::string_view const fields = dht::as_text(r.r);
        auto const at = fields.find("5:clocki"); // a real one uses dht::bencode::reader
        if (at != fields.npos) theirs = std::atoll(std::string{fields.substr(at + 8, 20)}.c_str());
    }

    void on_failure(dht::times, std::uint32_t, dht::errc) noexcept { theirs = std::nullopt; }
    //! [seams]

private:
    std::optional<dht::endpoint> next_;
    std::string text_;
};

int main() {
    dht::instant now{dht::seconds{1}};
    dht::node<clock_exchange> one;
    dht::node<clock_exchange> two;
    two.set_unix_time(now, dht::unix_time{1'700'000'000});
    demo::introduce(one, two, now);
    one.get<clock_exchange>().ask(two.local(0));
    demo::converse(one, two, now, dht::seconds{1});
    auto const theirs = one.get<clock_exchange>().theirs;
    std::printf("their clock says %lld\n", theirs ? static_cast<long long>(*theirs) : -1);
    return demo::shown(theirs && *theirs >= 1'700'000'000 && *theirs < 1'700'000'020);
}
