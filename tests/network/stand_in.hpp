#ifndef DHT_TESTS_NETWORK_STAND_IN_HPP
#define DHT_TESTS_NETWORK_STAND_IN_HPP

#include <dht/wire/krpc_decode.hpp>
#include <dht/wire/krpc_encode.hpp>

#include "world.hpp"

namespace dht::test {

/// A decoded datagram that owns its bytes.
struct letter {
    instant at{};
    endpoint from;
    std::vector<std::byte> bytes;
    krpc::message message{};

    letter(instant when, endpoint const& sender, byte_view datagram)
        : at{when},
          from{sender},
          bytes{datagram.begin(), datagram.end()} {
        krpc::refusal why;
        readable = krpc::decode(bytes, message, why) == errc::ok;
    }

    letter(letter&&) = default;
    letter(letter const&) = delete;

    bool readable = false;

    [[nodiscard]] krpc::query const* query() const {
        return readable ? std::get_if<krpc::query>(&message.body) : nullptr;
    }

    [[nodiscard]] krpc::reply const* reply() const {
        return readable ? std::get_if<krpc::reply>(&message.body) : nullptr;
    }

    [[nodiscard]] krpc::error const* error() const {
        return readable ? std::get_if<krpc::error>(&message.body) : nullptr;
    }
};

/// A node of the tests: it says about itself and others whatever a test wants, and keeps what it
/// hears.
class stand_in {
public:
    node_id id;
    bool answers = true;
    std::vector<node_contact> nodes{};        ///< what it answers find_node and get_peers with
    std::string token = "token";              ///< what it answers get_peers with
    std::optional<endpoint> tells_external{}; ///< the lie about the asker's address
    std::vector<letter> heard{};              ///< everything that came

    stand_in(sim::world& w, endpoint const& at, node_id const& own)
        : id{own},
          host_{
              w.add_script(at, [this](sim::scripted_host&, sim::datagram const& d) { hear(d); })} {}

    stand_in(stand_in const&) = delete;

    [[nodiscard]] endpoint const& at() const { return host_.at(); }

    [[nodiscard]] node_contact contact() const { return {id, at()}; }

    [[nodiscard]] sim::scripted_host& host() { return host_; }

    void send(endpoint const& to, byte_view bytes) { host_.send(to, bytes); }

    void send(endpoint const& to, std::string_view text) { host_.send(to, as_bytes(text)); }

    /// Asks; what comes back stands in `heard`.
    void ask(endpoint const& to, std::string_view method, krpc::arguments const& args = {},
             bool read_only = false) {
        std::array<std::byte, 1'500> buffer;
        std::size_t const bytes =
            krpc::encode_query(buffer, {as_bytes("aa"), {}, id, read_only}, method, args);
        host_.send(to, byte_view{buffer}.first(bytes));
    }

    /// What was heard last, if it was an answer.
    [[nodiscard]] letter const* last() const { return heard.empty() ? nullptr : &heard.back(); }

    /// How many questions came from there.
    [[nodiscard]] std::size_t asked_by(endpoint const& who) const {
        std::size_t count = 0;
        for (letter const& l : heard)
            count += l.query() != nullptr && l.from == who ? 1U : 0U;
        return count;
    }

    void answer(endpoint const& to, krpc::query const& q, byte_view tid) {
        krpc::reply_parts parts;
        parts.tid = tid;
        parts.sender = id;
        parts.requester = tells_external ? *tells_external : to;
        bool const v4 = to.ip.is_v4();
        auto const named = compact::packed(nodes);
        if (q.method == "find_node" || q.method == "get_peers")
            (v4 ? parts.nodes : parts.nodes6) = byte_view{named};
        if (q.method == "get_peers") parts.token = as_bytes(token);
        std::array<std::byte, 1'500> buffer;
        host_.send(to, byte_view{buffer}.first(krpc::encode_reply(buffer, parts)));
    }

private:
    void hear(sim::datagram const& d) {
        heard.emplace_back(d.at, d.from, d.bytes);
        letter const& l = heard.back();
        if (answers && l.query() != nullptr) answer(l.from, *l.query(), l.message.tid);
    }

    sim::scripted_host& host_;
};

} // namespace dht::test

#endif
