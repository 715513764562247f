#ifndef DHT_SIM_PCAP_HPP
#define DHT_SIM_PCAP_HPP

#include <dht/sim/clock.hpp>
#include <dht/sim/watcher.hpp>

#include <ostream>
#include <vector>

namespace dht::inline DHT_ABI::sim {

/// Writes down everything that is sent, lost or not, as a capture file that Wireshark opens
/// (pcap 2.4, raw IP, microseconds): its BT-DHT dissector shows the messages. Times are those of
/// the world, from 1970 on. UDP checksums are left out (0), as IPv4 allows; Wireshark says so of
/// IPv6.
class pcap final : public watcher {
public:
    explicit pcap(std::ostream& to) : out_{to} {
        put<std::uint32_t>(0xa1b2c3d4); // big endian, microseconds
        put<std::uint16_t>(2);
        put<std::uint16_t>(4);
        put<std::uint64_t>(0); // UTC, accuracy unknown
        put<std::uint32_t>(bytes_max);
        put<std::uint32_t>(101); // LINKTYPE_RAW
        flush();
    }

    void on_sent(host const&, datagram const& d) override {
        bool const v4 = d.from.ip.is_v4();
        std::size_t const size = (v4 ? 20U : 40U) + 8U + d.bytes.size();
        auto const us = static_cast<std::uint64_t>((d.at - world_begin).count());
        put(static_cast<std::uint32_t>(us / 1'000'000));
        put(static_cast<std::uint32_t>(us % 1'000'000));
        put(static_cast<std::uint32_t>(size));
        put(static_cast<std::uint32_t>(size));
        if (v4)
            put_ipv4(d, static_cast<std::uint16_t>(size));
        else
            put_ipv6(d, static_cast<std::uint16_t>(size - 40));
        put(d.from.port);
        put(d.to.port);
        put(static_cast<std::uint16_t>(8 + d.bytes.size()));
        put<std::uint16_t>(0);
        put(d.bytes);
        flush();
    }

private:
    static constexpr std::uint32_t bytes_max = 65'535;
    static constexpr std::uint8_t udp = 17;
    static constexpr std::uint8_t hops = 64;

    void put_ipv4(datagram const& d, std::uint16_t size) {
        std::size_t const begin = record_.size();
        put<std::uint16_t>(0x4500);
        put(size);
        put<std::uint32_t>(0x00004000); // do not fragment
        put(hops);
        put(udp);
        put<std::uint16_t>(0);
        put(d.from.ip.bytes());
        put(d.to.ip.bytes());
        std::uint32_t sum = 0;
        for (std::size_t i = begin; i < record_.size(); i += 2)
            sum += load_big_endian<std::uint16_t>(&record_[i]);
        sum = (sum & 0xffffU) + (sum >> 16U);
        store_big_endian(&record_[begin + 10], static_cast<std::uint16_t>(~(sum + (sum >> 16U))));
    }

    void put_ipv6(datagram const& d, std::uint16_t payload) {
        put<std::uint32_t>(0x60000000);
        put(payload);
        put(udp);
        put(hops);
        put(d.from.ip.bytes());
        put(d.to.ip.bytes());
    }

    template <std::unsigned_integral T>
    void put(T number) {
        std::size_t const at = record_.size();
        record_.resize(at + sizeof number);
        store_big_endian(&record_[at], number);
    }

    void put(byte_view bytes) { record_.insert(record_.end(), bytes.begin(), bytes.end()); }

    void flush() {
        out_.write(reinterpret_cast<char const*>(record_.data()),
                   static_cast<std::streamsize>(record_.size()));
        record_.clear();
    }

    std::ostream& out_;
    std::vector<std::byte> record_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
