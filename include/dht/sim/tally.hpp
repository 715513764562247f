#ifndef DHT_SIM_TALLY_HPP
#define DHT_SIM_TALLY_HPP

#include <dht/sim/watcher.hpp>
#include <dht/wire/krpc_decode.hpp>

#include <array>

namespace dht::inline DHT_ABI::sim {

/// Counts what hosts send by what it is for.
class tally final : public watcher {
public:
    struct amount {
        std::uint64_t messages = 0;
        std::uint64_t bytes = 0;
    };

    /// Queries by method (`other`: BEPs we do not know), then replies, errors, and what is no KRPC.
    static constexpr std::array<std::string_view, 11> names{
        "ping",  "find_node", "get_peers", "announce_peer", "get", "put", "sample_infohashes",
        "other", "reply",     "error",     "noise"};

    [[nodiscard]] std::array<amount, names.size()> const& by_cause() const noexcept {
        return by_cause_;
    }

    [[nodiscard]] amount total() const noexcept {
        amount all;
        for (amount const& a : by_cause_) {
            all.messages += a.messages;
            all.bytes += a.bytes;
        }
        return all;
    }

    void on_sent(host const&, datagram const& d) override {
        amount& a = by_cause_[cause_of(d.bytes)];
        ++a.messages;
        a.bytes += d.bytes.size();
    }

private:
    static std::size_t cause_of(byte_view bytes) noexcept {
        krpc::message m;
        krpc::refusal why;
        if (krpc::decode(bytes, m, why) != errc::ok) return 10;
        auto const* const q = std::get_if<krpc::query>(&m.body);
        return q != nullptr ? q->args.index() : 7 + m.body.index();
    }

    std::array<amount, names.size()> by_cause_{};
};

} // namespace dht::inline DHT_ABI::sim

#endif
