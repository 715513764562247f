/// Somebody else's loop: a node driven by libuv, with one uv_udp_t for datagrams and one uv_timer_t
/// for deadlines. Three such nodes meet on loopback, one announces a torrent, another finds it, and
/// the loop ends.
///
/// The recipe is the same for every event loop: a turn after everything that happens. Drain what is
/// to be sent, drain what has become known, set the timer.

#include <dht/dht.hpp>

#include <cstdio>
#include <functional>
#include <uv.h>

dht::endpoint to_ours(sockaddr const* system) {
    auto const& s = *reinterpret_cast<sockaddr_in const*>(system);
    return {dht::address::v4(ntohl(s.sin_addr.s_addr)), ntohs(s.sin_port)};
}

sockaddr_in to_systems(dht::endpoint const& e) {
    sockaddr_in s{};
    s.sin_family = AF_INET;
    s.sin_addr.s_addr = htonl(e.ip.v4_value());
    s.sin_port = htons(e.port);
    return s;
}

/// A node on a loop. It stays where it is while the loop knows its handles.
class uv_node {
public:
    using outcome_handler = std::function<void(dht::outcome const&)>;

    uv_node(uv_loop_t* loop, outcome_handler on_outcome)
        : loop_{loop},
          on_outcome_{std::move(on_outcome)} {
        uv_udp_init(loop, &socket_);
        uv_timer_init(loop, &timer_);
        socket_.data = timer_.data = this;
        sockaddr_in any = to_systems({dht::address::v4(0x7f000001), 0});
        uv_udp_bind(&socket_, reinterpret_cast<sockaddr*>(&any), 0);
        sockaddr_storage bound{};
        int size = sizeof bound;
        uv_udp_getsockname(&socket_, reinterpret_cast<sockaddr*>(&bound), &size);
        node_.open(now(), to_ours(reinterpret_cast<sockaddr*>(&bound)));
        uv_udp_recv_start(&socket_, lend_buffer, on_datagram);
        take_turn();
    }

    uv_node(uv_node const&) = delete;
    uv_node& operator=(uv_node const&) = delete;

    [[nodiscard]] dht::endpoint local() const { return node_.local(0); }

    /// What the application wants of the node, followed by a turn: f(node, now).
    template <class F>
    void with_node(F&& f) {
        f(node_, now());
        take_turn();
    }

    void close() {
        node_.stop(now());
        uv_close(reinterpret_cast<uv_handle_t*>(&socket_), nullptr);
        uv_close(reinterpret_cast<uv_handle_t*>(&timer_), nullptr);
    }

private:
    /// libuv reads the clock once per turn of the loop, in milliseconds; its kin in nanoseconds is
    /// exact.
    static dht::instant now() { return dht::instant{dht::microseconds{uv_hrtime() / 1'000}}; }

    static void lend_buffer(uv_handle_t* handle, std::size_t, uv_buf_t* out) {
        auto& self = *static_cast<uv_node*>(handle->data);
        *out = uv_buf_init(self.buffer_.data(), static_cast<unsigned>(self.buffer_.size()));
    }

    static void on_datagram(uv_udp_t* socket, ssize_t bytes, uv_buf_t const* buffer,
                            sockaddr const* from, unsigned) {
        if (bytes <= 0 || from == nullptr)
            return; // nothing more to read, or an error of the network
        auto& self = *static_cast<uv_node*>(socket->data);
        std::string_view const datagram{buffer->base, static_cast<std::size_t>(bytes)};
        self.node_.receive(now(), 0, to_ours(from), dht::as_bytes(datagram));
        self.take_turn();
    }

    static void on_deadline(uv_timer_t* timer) {
        auto& self = *static_cast<uv_node*>(timer->data);
        self.node_.advance(now());
        self.take_turn();
    }

    void take_turn() {
        while (auto const t = node_.poll_transmit())
            send(*t);
        while (auto const o = node_.poll_outcome())
            on_outcome_(*o);
        if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&timer_)) != 0) return;
        auto const next = node_.next_deadline();
        if (!next) return static_cast<void>(uv_timer_stop(&timer_));
        auto const left = std::chrono::ceil<dht::milliseconds>(next->at - now()).count();
        uv_update_time(loop_); // timers count from the time that the loop knows
        uv_timer_start(&timer_, on_deadline, left > 0 ? static_cast<std::uint64_t>(left) : 0, 0);
    }

    /// A datagram that cannot be sent at once is lost, as others are on their way: the node copes.
    void send(dht::transmit const& t) {
        sockaddr_in const to = to_systems(t.to);
        auto* const bytes = const_cast<char*>(reinterpret_cast<char const*>(t.bytes.data()));
        uv_buf_t const buffer = uv_buf_init(bytes, static_cast<unsigned>(t.bytes.size()));
        uv_udp_try_send(&socket_, &buffer, 1, reinterpret_cast<sockaddr const*>(&to));
    }

    uv_loop_t* loop_;
    outcome_handler on_outcome_;
    uv_udp_t socket_{};
    uv_timer_t timer_{};
    std::array<char, 4'096> buffer_{};
    dht::node<dht::allow_local> node_;
};

int main() {
    uv_loop_t loop;
    uv_loop_init(&loop);
    auto const torrent = *dht::info_hash::from_hex("00112233445566778899aabbccddeeff00112233");
    std::size_t peers = 0;
    std::function<void()> search;
    std::function<void()> end;

    uv_node hub{&loop, [](dht::outcome const&) {}};
    uv_node announcer{&loop, [&](dht::outcome const& o) {
                          if (!o.finished) return;
                          std::printf("stored on %u nodes\n", o.stored);
                          search();
                      }};
    uv_node searcher{&loop, [&](dht::outcome const& o) {
                         if (!o.finished) return;
                         peers = o.peers.size();
                         end();
                     }};
    search = [&] {
        searcher.with_node([&](auto& node, dht::instant now) { node.find_peers(now, torrent); });
    };
    end = [&] {
        std::printf("found %zu peer\n", peers);
        for (uv_node* const n : {&hub, &announcer, &searcher})
            n->close();
    };
    searcher.with_node([&](auto& node, dht::instant now) { node.bootstrap(now, hub.local()); });
    announcer.with_node([&](auto& node, dht::instant now) {
        node.bootstrap(now, hub.local());
        node.announce(now, torrent, {.port = 6881});
    });
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return peers == 1 ? 0 : 1;
}
