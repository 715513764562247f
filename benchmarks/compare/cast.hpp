#ifndef DHT_BENCHMARKS_COMPARE_CAST_HPP
#define DHT_BENCHMARKS_COMPARE_CAST_HPP

#include "batch_socket.hpp"
#include "krpc.hpp"
#include <algorithm>
#include <random>
#include <unordered_map>
#include <vector>

namespace compare {

/// Uniform and quick (splitmix64); whoever is given the same seed draws the same.
class dice {
public:
    using result_type = std::uint64_t;

    explicit dice(std::uint64_t seed) : state_{seed} {}

    std::uint64_t operator()() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    static constexpr std::uint64_t min() { return 0; }

    static constexpr std::uint64_t max() { return ~std::uint64_t{}; }

    std::size_t below(std::size_t n) { return static_cast<std::size_t>((*this)() % n); }

    key draw_key() {
        std::array<std::uint64_t, 3> const words{(*this)(), (*this)(), (*this)()};
        key k;
        std::memcpy(k.data(), words.data(), k.size());
        return k;
    }

private:
    std::uint64_t state_;
};

/// Whom the generator plays: nodes that the server shall know, and crowds who only ask. All of
/// them have an address and a random id of their own, and answer what they are asked.
class cast {
public:
    static constexpr std::size_t askers = 16'384;

    /// They live in the /8 of `network`.
    explicit cast(ipv4 network) : network_{network & 0xff000000U} {}

    [[nodiscard]] ipv4 asker(std::size_t i) const {
        return network_ + 0x00100000U + static_cast<ipv4>(i % askers) * 37U;
    }

    /// Nodes as one of some million nodes sees them around `server`: at each depth (of the prefix
    /// that they share with it) more than its table has room for.
    void surround(key const& server) {
        nodes_.clear();
        ids_.clear();
        for (unsigned depth = 0; depth < depths; ++depth)
            for (unsigned i = 0; i < std::max(24U, 160U >> depth); ++i)
                add_node(sharing(server, depth));
    }

    [[nodiscard]] std::size_t nodes() const { return nodes_.size(); }

    [[nodiscard]] ipv4 node(std::size_t i) const { return nodes_[i].ip; }

    [[nodiscard]] key id_of(ipv4 who) const {
        auto const found = ids_.find(who);
        return found != ids_.end() ? found->second : dice{who}.draw_key();
    }

    /// The eight nodes that are closest to `target`, in compact form.
    [[nodiscard]] std::string closest(std::string_view target, std::uint16_t port) const {
        auto sorted = nodes_;
        std::size_t const count = std::min<std::size_t>(8, sorted.size());
        std::partial_sort(
            sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count), sorted.end(),
            [target](member const& a, member const& b) { return is_closer(a.id, b.id, target); });
        std::string compact;
        for (std::size_t i = 0; i < count; ++i)
            compact.append(text_of(sorted[i].id)).append(compact_place({sorted[i].ip, port}));
        return compact;
    }

private:
    static constexpr unsigned depths = 18;

    struct member {
        ipv4 ip;
        key id;
    };

    /// Each in a /24 of its own, and few in one /16.
    void add_node(key const& id) {
        auto const i = static_cast<ipv4>(nodes_.size());
        ipv4 const ip = network_ + ((64U + i % 128U) << 16) + ((i / 128U) << 8) + 1U;
        nodes_.push_back({ip, id});
        ids_.emplace(ip, id);
    }

    key sharing(key const& server, unsigned depth) {
        key id = dice_.draw_key();
        for (unsigned bit = 0; bit <= depth; ++bit) {
            auto const mask = static_cast<unsigned char>(0x80U >> bit % 8);
            bool const one = ((server[bit / 8] & mask) != 0) != (bit == depth);
            auto const rest = static_cast<unsigned char>(id[bit / 8]) & ~mask;
            id[bit / 8] = static_cast<char>(rest | (one ? mask : 0));
        }
        return id;
    }

    static bool is_closer(key const& a, key const& b, std::string_view target) {
        for (std::size_t i = 0; i < std::min(a.size(), target.size()); ++i) {
            auto const x = static_cast<unsigned char>(a[i] ^ target[i]);
            auto const y = static_cast<unsigned char>(b[i] ^ target[i]);
            if (x != y) return x < y;
        }
        return false;
    }

    static std::string compact_place(place p) {
        std::string s;
        for (int shift = 24; shift >= 0; shift -= 8)
            s.push_back(static_cast<char>(p.ip >> shift));
        s.push_back(static_cast<char>(p.port >> 8));
        s.push_back(static_cast<char>(p.port));
        return s;
    }

    ipv4 network_;
    dice dice_{std::random_device{}()};
    std::vector<member> nodes_;
    std::unordered_map<ipv4, key> ids_;
};

} // namespace compare

#endif
