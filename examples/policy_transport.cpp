/// A transport of your own: every datagram goes through a SOCKS5 proxy.
///
/// The node asks for room (`reserve`), writes into it, and says how much it used (`commit`). A
/// wrapper asks its inner transport for more than the node wants, keeps the front for itself, and
/// hands out the rest: nothing is copied again. Both run per datagram and are noexcept. What comes
/// back from the proxy is unwrapped by whoever owns the socket, before node.receive().
#include "policy_demo.hpp"

template <class Inner = dht::queue_transport>
class through_proxy {
public:
    using policy_slot = dht::slots::transport; // the place that we fill

    through_proxy() = default;

    explicit through_proxy(dht::endpoint const& proxy) noexcept : proxy_{proxy} {}

    /// Inner policies want to be started too, and now and then to give memory back.
    template <class Rng>
    void start(dht::settings const& s, Rng& rng) {
        inner_.start(s, rng);
    }

    void tidy(dht::instant now) noexcept { inner_.tidy(now); }

    dht::byte_span reserve(dht::reservation r) noexcept {
        dht::endpoint const to = std::exchange(r.to, proxy_);
        dht::byte_view const target = to.ip.bytes();
        header_bytes_ = 6 + target.size();
        r.bytes_max += header_bytes_;
        auto const out = inner_.reserve(r);
        if (out.empty()) return out;             // would block: so do we
        out[0] = out[1] = out[2] = std::byte{0}; // RFC 1928, section 7
        out[3] = to.ip.is_v4() ? std::byte{1} : std::byte{4};
        std::copy(target.begin(), target.end(), out.begin() + 4);
        dht::store_big_endian(out.data() + header_bytes_ - 2, to.port);
        return out.subspan(header_bytes_);
    }

    void commit(std::size_t bytes) noexcept { inner_.commit(header_bytes_ + bytes); }

    /// Because the inner transport queues, we can be polled; the node then has this verb as well.
    auto poll_transmit() noexcept { return inner_.poll_transmit(); }

private:
    Inner inner_;
    dht::endpoint proxy_;
    std::size_t header_bytes_ = 0;
};

int main() {
    dht::instant const now{dht::seconds{1}};
    dht::node node{dht::settings{}, through_proxy<>{demo::at("127.0.0.1:1080")}};
    node.open(now, demo::at("5.6.7.8:6881"));
    node.ping(now, demo::at("60.61.62.63:6881"));
    auto const t = node.poll_transmit();
    if (!t) return demo::shown(false);
    std::printf("to %s: %zu bytes, of which 10 tell the proxy where to\n",
                std::string{dht::to_text(t->to).view()}.c_str(), t->bytes.size());
    return demo::shown(t->to == demo::at("127.0.0.1:1080") && t->bytes[4] == std::byte{60} &&
                       t->bytes[10] == std::byte{'d'});
}
