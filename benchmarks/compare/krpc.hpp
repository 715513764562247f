#ifndef DHT_BENCHMARKS_COMPARE_KRPC_HPP
#define DHT_BENCHMARKS_COMPARE_KRPC_HPP

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

/// As much KRPC (BEP 5) as the generator speaks. It shares no code with any node it measures.
namespace compare {

using key = std::array<char, 20>;

inline std::string_view text_of(key const& k) {
    return {k.data(), k.size()};
}

inline key key_of(std::string_view text) {
    key k{};
    text.copy(k.data(), k.size());
    return k;
}

/// Where the value ends that begins at `at`; npos: nowhere.
inline std::size_t end_of_value(std::string_view text, std::size_t at) {
    int depth = 0;
    do {
        if (at >= text.size()) return text.npos;
        char const c = text[at];
        if (c == 'd' || c == 'l' || c == 'e') {
            depth += c == 'e' ? -1 : 1;
            ++at;
        } else if (c == 'i') {
            at = text.find('e', at);
            if (at != text.npos) ++at;
        } else {
            std::size_t bytes = 0;
            char const* const end = text.data() + text.size();
            auto const [colon, error] = std::from_chars(text.data() + at, end, bytes);
            if (error != std::errc{} || bytes >= static_cast<std::size_t>(end - colon))
                return text.npos;
            at = static_cast<std::size_t>(colon - text.data()) + 1 + bytes;
        }
    } while (depth > 0);
    return at;
}

/// The bytes of a bencoded string; empty: it is none.
inline std::string_view string_of(std::string_view value) {
    auto const colon = value.find(':');
    return colon == value.npos || value[0] > '9' ? std::string_view{} : value.substr(colon + 1);
}

/// The bencoded value of that key; empty: there is none.
inline std::string_view member(std::string_view dict, std::string_view name) {
    std::size_t at = 1;
    while (at < dict.size() && dict[at] != 'e') {
        std::size_t const middle = end_of_value(dict, at);
        std::size_t const end = end_of_value(dict, middle);
        if (end > dict.size()) break;
        if (string_of(dict.substr(at, middle - at)) == name)
            return dict.substr(middle, end - middle);
        at = end;
    }
    return {};
}

inline std::string_view string_member(std::string_view dict, std::string_view name) {
    return string_of(member(dict, name));
}

inline std::string encoded(std::string_view text) {
    return std::to_string(text.size()) + ':' + std::string{text};
}

using transaction = std::uint32_t;

inline std::string_view text_of(transaction const& t) {
    return {reinterpret_cast<char const*>(&t), sizeof t};
}

/// `arguments`: bencoded keys and values that come after `id`.
inline std::string query(std::string_view method, key const& id, transaction tid,
                         std::string_view arguments = {}) {
    std::string q = "d1:ad2:id20:";
    q.append(text_of(id)).append(arguments).append("e1:q").append(encoded(method));
    return q.append("1:t4:").append(text_of(tid)).append("1:y1:qe");
}

inline std::string target_argument(key const& target) {
    return std::string{"6:target20:"}.append(text_of(target));
}

inline std::string info_hash_argument(key const& hash) {
    return std::string{"9:info_hash20:"}.append(text_of(hash));
}

inline std::string announce_arguments(key const& hash, std::string_view token) {
    return info_hash_argument(hash) + "4:porti6881e5:token" + encoded(token);
}

inline std::string reply(key const& id, std::string_view tid, std::string_view values) {
    std::string r = "d1:rd2:id20:";
    r.append(text_of(id)).append(values).append("e1:t").append(encoded(tid));
    return r.append("1:y1:re");
}

} // namespace compare

#endif
