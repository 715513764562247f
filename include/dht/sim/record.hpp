#ifndef DHT_SIM_RECORD_HPP
#define DHT_SIM_RECORD_HPP

#include <dht/base/dense_map.hpp>
#include <dht/outcome.hpp>

/// What a world writes down about the hosts in it.
namespace dht::inline DHT_ABI::sim {

/// What no host may do, whatever happens to it.
enum class fault : std::uint8_t {
    wakes_for_nothing,   ///< asked to be woken twice at one instant for one reason: a busy timer
    sends_to_martian,    ///< to where nothing can be, or from a public address to a local one
    sends_across_family, ///< IPv6 from an IPv4 address, or the other way round

    // What a protocol_checker finds in what hosts say,
    malformed,           ///< no KRPC message
    oversized,           ///< longer than its settings allow
    false_id,            ///< another id than its own
    misled,              ///< moves to an id that does not fit its address (BEP 42)
    false_address,       ///< tells the other one a wrong external address (BEP 42)
    tid_reused,          ///< the same transaction id, while the first question is open
    pesters,             ///< asks again and again who does not answer
    stores_far_away,     ///< announces to others than the closest of those who answered
    token_not_given,     ///< announces with a token that it was not given there for that
    answers_unasked,     ///< answers what nobody asked it, or answers it twice
    leaves_open,         ///< does not answer what it is asked
    hands_out_unproven,  ///< a contact that never answered it there, under that id
    hands_out_silent,    ///< one that did not answer it lately
    withholds_closer,    ///< knows better contacts than it hands out
    hands_out_strangers, ///< a peer that nobody announced to it, or long ago
    forgets_peers,       ///< hands out none although somebody announced
    accepts_bad_token,   ///< stores for a token that it never gave to that address for that hash
    refuses_good_token,  ///< refuses one that it gave a moment ago
    accepts_older,       ///< a mutable item with a lower seq than it has (BEP 44)
    // in its routing table,
    keeps_unproven,  ///< a contact that never answered it there, under that id
    keeps_itself,    ///< its own id
    keeps_twice,     ///< one id or one address in two places
    overfull,        ///< more contacts in a bucket, or of one subnet in it, than allowed
    trusts_too_long, ///< a contact's last answer is older than the table says
    blames_innocent, ///< counts a failure of a contact that has answered everything
    neglects,        ///< a contact that is neither asked nor heard of for far too long
    sleeps_forever,  ///< will never wake although it knows somebody
    // and in what it tells its user.
    miscounts, ///< more answers than questions, more stores than confirmations
    invents,   ///< a node that did not answer, or a peer that nobody told of
};

/// For people; without spaces.
std::string_view name_of(fault f) noexcept;

struct complaint {
    instant at{};
    endpoint who;
    fault what{};
    wake_reason why{}; ///< wakes_for_nothing
    endpoint to{};     ///< whom it concerns, if anybody
};

/// What became of all datagrams.
struct traffic_counts {
    std::uint64_t sent = 0;
    std::uint64_t sent_bytes = 0;
    std::uint64_t delivered = 0;
    std::uint64_t dropped = 0;    ///< by a rule
    std::uint64_t lost = 0;       ///< on a link, by chance
    std::uint64_t too_large = 0;  ///< for a link
    std::uint64_t overflowed = 0; ///< found the queue of a door full
    std::uint64_t filtered = 0;   ///< a NAT let them neither out nor in
    std::uint64_t nobody = 0;     ///< addressed to where no host is, or none that is up
    std::uint64_t duplicated = 0; ///< by a rule or a link
    std::uint64_t corrupted = 0;  ///< by a link; delivered all the same
};

inline std::string_view name_of(fault f) noexcept {
    constexpr std::array<std::string_view, 32> names{"wakes_for_nothing",
                                                     "sends_to_martian",
                                                     "sends_across_family",
                                                     "malformed",
                                                     "oversized",
                                                     "false_id",
                                                     "misled",
                                                     "false_address",
                                                     "tid_reused",
                                                     "pesters",
                                                     "stores_far_away",
                                                     "token_not_given",
                                                     "answers_unasked",
                                                     "leaves_open",
                                                     "hands_out_unproven",
                                                     "hands_out_silent",
                                                     "withholds_closer",
                                                     "hands_out_strangers",
                                                     "forgets_peers",
                                                     "accepts_bad_token",
                                                     "refuses_good_token",
                                                     "accepts_older",
                                                     "keeps_unproven",
                                                     "keeps_itself",
                                                     "keeps_twice",
                                                     "overfull",
                                                     "trusts_too_long",
                                                     "blames_innocent",
                                                     "neglects",
                                                     "sleeps_forever",
                                                     "miscounts",
                                                     "invents"};
    return names[static_cast<std::size_t>(f)];
}

/// What will be told of a world.
class chronicle {
public:
    static constexpr std::size_t complaints_max = 1'000;

    /// The first complaints_max are kept.
    void complain(complaint const& c) {
        if (complaints_.size() < complaints_max) complaints_.push_back(c);
    }

    [[nodiscard]] std::vector<complaint> const& complaints() const noexcept { return complaints_; }

    /// A datagram has arrived.
    void note(instant now, endpoint const& from, endpoint const& to, byte_view bytes) noexcept {
        auto const at = static_cast<std::uint64_t>(now.time_since_epoch().count());
        trace_ = object_hash{}({trace_, at}, std::array{from, to});
        trace_ = keyed_hash({trace_, at}, bytes);
    }

    /// A hash of all that was noted.
    [[nodiscard]] std::uint64_t trace() const noexcept { return trace_; }

private:
    std::vector<complaint> complaints_;
    std::uint64_t trace_ = 0;
};

} // namespace dht::inline DHT_ABI::sim

#endif
