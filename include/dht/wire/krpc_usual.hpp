#ifndef DHT_WIRE_KRPC_USUAL_HPP
#define DHT_WIRE_KRPC_USUAL_HPP

#include <dht/wire/krpc.hpp>

#include <cstring>

/// The queries that nodes live on, in canonical bencoding with keys of BEP 5, 32, 33 and 43 alone,
/// are read in one go, without noting where which key stands: the short cut beside krpc::decode,
/// several times as fast. Whatever looks different is left to the general way.
namespace dht::inline DHT_ABI::krpc {

/// Reads ping, find_node, get_peers or announce_peer into `out`, which is then what the general way
/// would make of it. False: `datagram` is none of these, or unusual; `out` is unspecified.
bool read_usual_query(byte_view datagram, message& out) noexcept;

/// What a datagram that looks like a usual get_peers or announce_peer asks about: a guess, for who
/// prepares for it. Views the datagram; empty: nothing is seen.
byte_view guess_info_hash(byte_view datagram) noexcept;

namespace detail {

class usual_query_reader {
public:
    explicit usual_query_reader(byte_view datagram) noexcept
        : at_{datagram.data()},
          end_{datagram.data() + datagram.size()} {}

    bool read(message& m) noexcept {
        query* const held = std::get_if<query>(&m.body);
        query& q = held != nullptr ? *held : m.body.emplace<query>();
        m.external.reset();
        m.trailing_bytes = false;
        m.canonical = true;
        q.topic = {};
        return skip("d1:a") && read_arguments(q) && skip("1:q") && read_method(q) &&
               read_rest(m, q);
    }

private:
    /// Which of them the method wants is known only afterwards.
    struct all_arguments {
        std::byte const* info_hash = nullptr;
        std::byte const* target = nullptr;
        byte_view token{};
        want wants{};
        std::uint16_t port = 0;
        bool implied_port = false;
        bool noseed = false;
        bool scrape = false;
        bool seed = false;
    };

    template <std::size_t Size>
    bool skip(char const (&text)[Size]) noexcept { // NOLINT(modernize-avoid-c-arrays): a literal
        if (!begins_with({at_, left()}, text)) return false;
        at_ += Size - 1;
        return true;
    }

    [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    /// In the order of their keys. Those that are not there fail at the "e" that ends them.
    bool read_arguments(query& q) noexcept {
        std::byte const* const begin = at_;
        std::byte const* id = nullptr;
        if (!skip("d2:id20:") || !take_key(id)) return false;
        std::memcpy(q.sender.bytes.data(), id, key160::size_bytes);
        if (!skip("e") && !(read_others() && skip("e"))) return false;
        q.a = {begin, at_};
        return true;
    }

    bool read_others() noexcept {
        all_arguments& a = arguments_;
        if (skip("12:implied_port") && !take_flag(a.implied_port)) return false;
        if (skip("9:info_hash20:") && !take_key(a.info_hash)) return false;
        if (skip("6:noseed") && !take_flag(a.noseed)) return false;
        if (skip("4:port") && !take_port(a.port)) return false;
        if (skip("6:scrape") && !take_flag(a.scrape)) return false;
        if (skip("4:seed") && !take_flag(a.seed)) return false;
        if (skip("6:target20:") && !take_key(a.target)) return false;
        if (skip("5:token") && !take_string(a.token)) return false;
        return !skip("4:want") || take_want(a.wants);
    }

    bool read_method(query& q) noexcept {
        auto const* const name = reinterpret_cast<char const*>(at_);
        if (skip("4:ping")) {
            q.method = {name + 2, 4};
            q.args.emplace<ping>();
            return true;
        }
        if (skip("9:find_node")) {
            q.method = {name + 2, 9};
            return make(q.args.emplace<find_node>());
        }
        if (skip("9:get_peers")) {
            q.method = {name + 2, 9};
            return make(q.args.emplace<get_peers>());
        }
        if (skip("13:announce_peer")) {
            q.method = {name + 3, 13};
            return make(q.args.emplace<announce_peer>());
        }
        return false;
    }

    bool make(find_node& out) const noexcept {
        out.wants = arguments_.wants;
        return copy(arguments_.target, out.target);
    }

    bool make(get_peers& out) const noexcept {
        out.wants = arguments_.wants;
        out.noseed = arguments_.noseed;
        out.scrape = arguments_.scrape;
        return copy(arguments_.info_hash, out.hash);
    }

    bool make(announce_peer& out) const noexcept {
        out.token = arguments_.token;
        out.port = arguments_.port;
        out.implied_port = arguments_.implied_port;
        out.seed = arguments_.seed;
        bool const has_port = out.port != 0 || out.implied_port;
        return has_port && out.token.data() != nullptr && copy(arguments_.info_hash, out.hash);
    }

    bool read_rest(message& m, query& q) noexcept {
        q.read_only = skip("2:roi1e");
        m.version = {};
        return skip("1:t") && take_string(m.tid) && m.tid.size() <= tid_bytes_max &&
               (!skip("1:v") || take_string(m.version)) && skip("1:y1:qe") && at_ == end_;
    }

    bool take_key(std::byte const*& key) noexcept {
        if (left() < key160::size_bytes) return false;
        key = at_;
        at_ += key160::size_bytes;
        return true;
    }

    bool take_flag(bool& flag) noexcept {
        flag = skip("i1e");
        return flag || skip("i0e");
    }

    /// 1 to 65535. The longest has five digits and an "e".
    bool take_port(std::uint16_t& port) noexcept {
        if (!skip("i") || left() < 6 || digit(*at_) == 0) return false;
        unsigned number = 0;
        for (int i = 0; i < 5 && digit(*at_) <= 9; ++i)
            number = number * 10 + digit(*at_++);
        port = static_cast<std::uint16_t>(number);
        return number <= 65535 && skip("e") && number > 0;
    }

    /// Of at most 99 bytes.
    bool take_string(byte_view& text) noexcept {
        if (left() < 3) return false;
        unsigned const first = digit(at_[0]);
        unsigned const second = digit(at_[1]);
        bool const is_short = at_[1] == std::byte{':'};
        bool const is_long = at_[2] == std::byte{':'} && second <= 9 && first != 0;
        if (first > 9 || !(is_short || is_long)) return false;
        std::size_t const size = is_short ? first : first * 10 + second;
        at_ += is_short ? 2 : 3;
        if (left() < size) return false;
        text = {at_, size};
        at_ += size;
        return true;
    }

    bool take_want(want& w) noexcept {
        if (!skip("l")) return false;
        w.n4 = skip("2:n4");
        w.n6 = skip("2:n6");
        return skip("e");
    }

    static bool copy(std::byte const* from, key160& to) noexcept {
        if (from == nullptr) return false;
        std::memcpy(to.bytes.data(), from, key160::size_bytes);
        return true;
    }

    static unsigned digit(std::byte b) noexcept { // above 9: no digit
        return std::to_integer<unsigned>(b) - unsigned{'0'};
    }

    std::byte const* at_;
    std::byte const* end_;
    all_arguments arguments_{};
};

} // namespace detail

inline byte_view guess_info_hash(byte_view datagram) noexcept {
    constexpr std::string_view key = "9:info_hash20:";
    constexpr std::string_view flag = "12:implied_porti1e";
    constexpr std::size_t first = 12 + key160::size_bytes; // behind "d1:ad2:id20:" and the id
    for (std::size_t const at : {first, first + flag.size()}) {
        if (datagram.size() < at + key.size() + key160::size_bytes) return {};
        if (std::memcmp(datagram.data() + at, key.data(), key.size()) == 0)
            return datagram.subspan(at + key.size(), key160::size_bytes);
    }
    return {};
}

[[gnu::flatten]] inline bool read_usual_query(byte_view datagram, message& out) noexcept {
    return detail::usual_query_reader{datagram}.read(out);
}

} // namespace dht::inline DHT_ABI::krpc

#endif
