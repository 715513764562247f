#ifndef DHT_CONTENT_TOPIC_COMMONS_HPP
#define DHT_CONTENT_TOPIC_COMMONS_HPP

#include <dht/content/topic_table.hpp>
#include <dht/policy/admission.hpp>
#include <dht/policy/random_source.hpp>
#include <dht/wire/compact.hpp>

namespace dht::inline DHT_ABI::content {

struct topics_options {
    // -- the overlay of one topic
    topic_table_limits table{};
    seconds look_period{180};         ///< between looks at a contact: repairs losses, renews tokens
    seconds retry_after{1};           ///< of a question that the node had no room for
    std::uint8_t failures_max = 3;    ///< unanswered looks that cost a contact its place
    std::uint16_t strangers_max = 32; ///< waiting to be asked whether they subscribe
    std::uint16_t strangers_in_flight_max = 8; ///< of those, asked at once
    std::uint16_t refused_max = 256;           ///< endpoints remembered as no subscribers

    // -- finding it
    seconds announce_period{900};
    seconds join_retry_min{10}; ///< while there is no contact; doubles up to announce_period
    std::uint16_t joins_in_flight_max = 8;

    // -- updates
    milliseconds put_again_after{1'500}; ///< when nobody has answered
    std::uint8_t puts_max = 3;           ///< of one update to one contact
    seconds forward_interval{1};         ///< between updates that are passed on; newer ones replace
    std::uint16_t forward_burst = 4;     ///< older ones that wait. So many at once after a pause
    std::uint16_t source_puts_per_second = 2; ///< of one address, that cost a check of a signature
    std::uint16_t source_puts_burst = 8;
    std::uint16_t stranger_puts_per_second = 20; ///< of all who are no contacts
    std::uint16_t sources_max = 1'024;           ///< addresses whose puts are counted

    // -- all topics together
    std::uint16_t topics_max = 64;
    std::uint16_t questions_per_second = 500;
};

/// What the topics of one node share.
class topic_commons {
public:
    topics_options options{};
    chacha_random chance{chacha_random::seed{}};
    hmac_tokens tokens{};
    per_ip_limit puts{};
    std::vector<node_contact> own{}; ///< by via
    bool read_only = false;

    // An answer that is being written views these.
    token issued{};
    compact::packed_nodes<topic_nodes::capacity()> named{};

    hash_key draw_hash_key() noexcept {
        std::uint64_t const k0 = chance.next();
        return {k0, chance.next()};
    }

    /// Tokens have a clock of their own: a date that jumps would make all of them void.
    token_claim claim(instant now, endpoint const& from, item_key const& topic) noexcept {
        times const at{now, unix_time{} + now.time_since_epoch()};
        if (now >= tokens_end_at_) tokens_end_at_ = tokens.rotate(at);
        return {at, from.ip, topic, {}};
    }

private:
    instant tokens_end_at_ = instant::min();
};

} // namespace dht::inline DHT_ABI::content

#endif
