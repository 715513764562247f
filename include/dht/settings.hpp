#ifndef DHT_SETTINGS_HPP
#define DHT_SETTINGS_HPP

#include <dht/base/bytes.hpp>
#include <dht/base/time.hpp>
#include <dht/kad/bucket.hpp>

#include <optional>
#include <string_view>

namespace dht::inline DHT_ABI {

/// Every number of a node, with its unit in its name. The defaults suit a BitTorrent client on a
/// home connection; a limit that bites says so on the event bus (event::limit_reached).
struct settings {
    /// What fits into one packet of Ethernet beside the headers of IPv4.
    static constexpr std::size_t datagram_bytes_limit = 1'472;

    // -- routing
    bucket_capacities buckets{};        ///< 128, 64, 32, 16, then 8
    std::uint8_t results = 8;           ///< k: nodes that a lookup ends with and stores on (1..16)
    std::uint8_t reply_nodes = 8;       ///< contacts in an answer (1..16; BEP 5 says 8)
    std::uint8_t contacts_per_site = 1; ///< of one /24 or /64 in a table
    std::uint8_t contacts_per_provider = 4; ///< of one /16 or /48 in one bucket, or that count for
                                            ///< the end of one lookup
    std::uint8_t failures_max = 3; ///< unanswered questions that cost a contact its place (1..15)
    minutes contact_fresh{15};     ///< how long an answer makes a contact good (BEP 5)
    std::uint32_t avoided_endpoints_max = 2'048; ///< cache of unreachable and id-changing endpoints
    minutes avoid_shortest{5}; ///< first sentence there; each further one doubles it
    minutes avoid_longest{40};

    // -- lookups and operations
    std::uint16_t operations_max = 1'024; ///< find, announce, ping at once
    std::uint16_t lookups_max = 2'048;    ///< lookups at once: one per operation and local address
    std::uint16_t candidates_max = 64;    ///< remembered by one lookup (16..1024)
    std::uint8_t lookup_replies_max = 64; ///< answers of any kind that end a lookup (BEP 42: many)
    std::uint16_t lookup_questions_max = 256;  ///< asked by one lookup, whatever it is told
    std::uint32_t operation_peers_max = 5'000; ///< distinct peers that one operation collects
    std::uint32_t peers_at_start = 128; ///< of these, for so many it has memory from its start on
    seconds operation_time_max{120};    ///< an operation ends after this, with what there is
    milliseconds lookup_spacing{500};   ///< between lookups of one target from several addresses
    std::uint8_t store_nodes_max = 20;  ///< that one lookup stores on: more than `results` when the
                                        ///< closest are suspiciously many or of few providers
    std::uint8_t store_providers_min = 4; ///< of /16s or /48s that hold what was stored
    std::uint16_t met_nodes_max = 4'096;  ///< remembered from lookups, as starts of later ones: ten
                                          ///< for each torrent that is announced are enough
    minutes met_node_lifetime{60};        ///< announces repeat within this time

    // -- questions
    std::uint16_t transactions_max = 4'096;  ///< unanswered questions at once
    std::uint16_t upkeep_questions_max = 16; ///< of those, for the table's own upkeep

    // -- answers
    std::uint16_t datagram_bytes_max =
        1'024; ///< sent, over both families (BEP 32 says so for IPv6)
    std::uint16_t item_datagram_bytes_max =
        1'400; ///< with an item in it, over both families: BEP 44 lets it have 1000 bytes
    std::uint16_t reply_peers_max = 100; ///< values in one answer, as far as they fit
    seconds sample_interval{300}; ///< how long a sample of infohashes stays the same (BEP 51)
    std::uint32_t outbox_bytes_max = 262'144; ///< waiting to be sent (queue_transport)
    std::uint16_t pending_queries_max = 256;  ///< parked until a token or an extension decides
    milliseconds pending_query_time_max{2'000};

    // -- sources
    std::uint32_t sources_max = 4'096;     ///< addresses whose query rate is tracked; 0: none is
    std::uint16_t queries_per_second = 50; ///< of one address, sustained
    std::uint16_t queries_burst = 500;     ///< of one address, at once

    // -- stores
    std::uint32_t torrents_max = 100'000;
    std::uint32_t peers_max = 1'000'000; ///< of all torrents together
    std::uint16_t peers_per_torrent_max = 2'000;
    std::uint16_t torrents_per_source_max = 1'000; ///< that one address may announce to
    minutes peer_lifetime{45};                     ///< announces repeat every 15 to 30 minutes
    std::uint16_t scrape_filters_max = 256;    ///< torrents whose filters are kept, 512 bytes each
    std::uint32_t items_max = 1'000;           ///< of BEP 44
    std::uint32_t items_bytes_max = 1'000'000; ///< of their values; one has up to 1000
    std::uint16_t items_per_source_max = 100;  ///< that one address may bring
    /// Of mutable items that others put, all together: each takes some 50 us to verify, so that
    /// more than a hundredth of a core is not theirs for long. A source has a 64th of it at most.
    std::uint16_t signatures_per_second = 200;
    minutes item_lifetime{120}; ///< after the last put (BEP 44)

    // -- own address
    bool read_only = false;             ///< BEP 43: ask, never answer
    std::uint8_t address_votes_min = 4; ///< distinct voters before the external address counts

    // -- upkeep
    seconds bootstrap_retry_min{2}; ///< first pause between attempts; doubles up to
    seconds bootstrap_retry_max{120};
    std::uint8_t bootstrap_endpoints_max = 64;
    std::uint16_t good_contacts_wanted = 8; ///< with fewer the bootstrap endpoints are asked again

    // -- who we are
    std::array<char, 4> version{'D', 'H', 0, 1}; ///< the "v" key: client and version (BEP 20)

    /// Nothing, or one sentence that names the setting and the way out.
    [[nodiscard]] constexpr std::optional<std::string_view> validate() const noexcept {
        if (results < 1 || results > 16) return "settings: results must be 1..16";
        if (reply_nodes < 1 || reply_nodes > 16) return "settings: reply_nodes must be 1..16";
        for (std::uint8_t const capacity : buckets.shallow)
            if (capacity < 1 || capacity > bucket_capacity_max)
                return "settings: buckets.shallow must be 1..128 each";
        if (buckets.deep < 1 || buckets.deep > bucket_capacity_max)
            return "settings: buckets.deep must be 1..128";
        if (failures_max < 1 || failures_max > 15) return "settings: failures_max must be 1..15";
        if (contacts_per_site < 1 || contacts_per_provider < contacts_per_site)
            return "settings: contacts_per_site must be at least 1, contacts_per_provider not less";
        if (candidates_max < 16 || candidates_max < 2 * results || candidates_max > 1'024)
            return "settings: candidates_max must be 16 to 1024, and at least twice results";
        if (lookup_questions_max < 2 * results || lookup_questions_max > 1'024)
            return "settings: lookup_questions_max must be twice results to 1024";
        if (operation_time_max <= seconds{0} || pending_query_time_max <= milliseconds{0} ||
            lookup_spacing < milliseconds{0})
            return "settings: operation_time_max and pending_query_time_max must be positive, "
                   "lookup_spacing not negative";
        if (reply_peers_max > 256) return "settings: reply_peers_max must be at most 256";
        if (lookup_replies_max < results)
            return "settings: lookup_replies_max must be at least results";
        if (datagram_bytes_max < 512 || datagram_bytes_max > datagram_bytes_limit)
            return "settings: datagram_bytes_max must be 512..1472";
        if (item_datagram_bytes_max < 1'280 || item_datagram_bytes_max > datagram_bytes_limit)
            return "settings: item_datagram_bytes_max must be 1280..1472";
        if (sample_interval < seconds{0} || sample_interval > seconds{21'600})
            return "settings: sample_interval must be 0..21600 s (BEP 51)";
        if (store_nodes_max < results || store_nodes_max > candidates_max)
            return "settings: store_nodes_max must be at least results, at most candidates_max";
        if (outbox_bytes_max < 4U * datagram_bytes_max)
            return "settings: outbox_bytes_max must hold at least four datagrams";
        if (transactions_max < 16 || operations_max < 1 || lookups_max < 1)
            return "settings: transactions_max must be at least 16, operations_max and lookups_max "
                   "1";
        if (upkeep_questions_max < 1 || upkeep_questions_max > transactions_max / 2)
            return "settings: upkeep_questions_max must be 1 .. transactions_max / 2";
        if (signatures_per_second < 1) return "settings: signatures_per_second must be at least 1";
        if (queries_per_second < 1 || queries_burst < queries_per_second)
            return "settings: queries_burst must be at least queries_per_second, and that at least "
                   "1";
        if (bootstrap_retry_min < seconds{1} || bootstrap_retry_max < bootstrap_retry_min)
            return "settings: bootstrap_retry_max >= bootstrap_retry_min >= 1 s";
        if (peer_lifetime < minutes{1}) return "settings: peer_lifetime must be at least a minute";
        if (item_lifetime < minutes{1}) return "settings: item_lifetime must be at least a minute";
        if (items_bytes_max < 1'000)
            return "settings: items_bytes_max must hold one value, 1000 bytes";
        if (avoid_shortest > avoid_longest)
            return "settings: avoid_shortest must not exceed avoid_longest";
        if (address_votes_min < 1) return "settings: address_votes_min must be at least 1";
        return std::nullopt;
    }
};

} // namespace dht::inline DHT_ABI

#endif
