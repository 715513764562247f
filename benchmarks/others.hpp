#ifndef DHT_BENCHMARKS_OTHERS_HPP
#define DHT_BENCHMARKS_OTHERS_HPP

#include <dht/base/split_mix.hpp>

#include "load.hpp"

/// Who else is on the network of a node that is soaked: nodes that answer, or are dead for a while,
/// or have another id every time; and strangers without number. All by arithmetic, so that they
/// take no memory themselves.
namespace bench {

inline constexpr std::uint32_t neighbour_count = 20'000;

/// Each a site of its own.
inline endpoint neighbour(std::uint32_t n) {
    return {address::v4(0x14000000U + n % neighbour_count * 4'099U), 6'881};
}

inline std::optional<std::uint32_t> number_of(endpoint const& e) {
    std::uint32_t const n = (e.ip.v4_value() - 0x14000000U) / 4'099U;
    return n < neighbour_count && neighbour(n) == e ? std::optional{n} : std::nullopt;
}

/// One of a billion.
inline endpoint stranger(std::uint32_t n) {
    return {address::v4(0x1e000000U + n % 0x40000000U), static_cast<std::uint16_t>(1'024 + n % 97)};
}

inline info_hash torrent(std::uint32_t n) {
    split_mix bytes{n};
    info_hash h;
    for (std::size_t i = 0; i < h.bytes.size(); i += 4)
        store_big_endian(&h.bytes[i], static_cast<std::uint32_t>(bytes.next()));
    return h;
}

/// The nodes among them.
class neighbourhood {
public:
    explicit neighbourhood(std::uint64_t seed) : dice_{seed} {}

    /// What the neighbour there says to a question; empty: nobody is there now.
    std::string answer(instant now, endpoint const& at, std::string_view question) {
        auto const n = number_of(at);
        auto const tid = question.rfind("1:t6:");
        if (!n || !is_up(*n, now) || dice_.below(50) == 0) return {};
        std::string const last = std::string{question.substr(tid, 11)} + "1:y1:";
        if (dice_.below(50) == 0) return "d1:eli201e7:Generice" + last + "ee";
        std::string const body = "2:id20:" + id_of(*n, now) + "5:nodes208:" + some_nodes(now) +
                                 "5:token4:" + std::to_string(1'000 + *n % 1'000);
        std::string const vote = dice_.below(20) == 0 ? "\x2d\x01\x02\x03" : "\x2d\x0a\x0b\x0c";
        return "d2:ip6:" + vote + "\x1a\xe1" + "1:rd" + body + "e" + last + "re";
    }

    std::string id_of(std::uint32_t n, instant now) {
        std::uint64_t const life = n % 10 == 0 ? hour_of(n, now) : 0; // or one for ever
        seeded_random own{n % 50 == 1 ? dice_.next() : n + (life << 32U)};
        return std::string{as_text(bep42_id{}.generate(neighbour(n).ip, own).bytes)};
    }

private:
    /// Three of ten are away, others each hour.
    static bool is_up(std::uint32_t n, instant now) {
        return split_mix{n + (hour_of(n, now) << 32U)}.below(10) < 7;
    }

    /// Those of different nodes do not begin together.
    static std::uint64_t hour_of(std::uint32_t n, instant now) {
        return static_cast<std::uint64_t>((now.time_since_epoch() + seconds{n % 3'600}) / hours{1});
    }

    std::string some_nodes(instant now) {
        std::string all;
        for (int i = 0; i < 8; ++i) {
            std::uint32_t const n = dice_.below(neighbour_count);
            std::array<std::byte, 4> ip;
            store_big_endian(ip.data(), neighbour(n).ip.v4_value());
            all += id_of(n, now) + std::string{as_text(ip)} + "\x1a\xe1";
        }
        return all;
    }

    split_mix dice_;
};

} // namespace bench

#endif
