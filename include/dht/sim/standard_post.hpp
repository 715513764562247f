#ifndef DHT_SIM_STANDARD_POST_HPP
#define DHT_SIM_STANDARD_POST_HPP

#include <dht/outcome.hpp>
#include <dht/sim/standard_table.hpp>
#include <dht/wire/krpc_encode.hpp>
#include <dht/wire/krpc_fields.hpp>

namespace dht::inline DHT_ABI::sim {

/// Empties it and gives its memory back, which clear() keeps.
template <class T>
void release(std::vector<T>& values) noexcept {
    std::vector<T>{}.swap(values);
}

/// What a standard client has asked and what it has to send. Empty most of the time, and then
/// nothing is allocated.
class standard_post {
public:
    enum class reason : std::uint8_t { joining, verifying, making_room, searching, announcing };

    /// Why we ask, and who waits for the answer.
    struct cause {
        reason why{};
        operation_id operation{};    ///< searching, announcing
        standard_contact newcomer{}; ///< making_room: for whom
    };

    struct question {
        packed_endpoint to;
        key160 id; ///< who should be there
        std::uint16_t tid = 0;
        instant fails_at{};
        cause because;
    };

    standard_post() noexcept = default;

    standard_post(node_id const& own, std::uint16_t first_tid) noexcept
        : own_{own},
          next_tid_{first_tid} {}

    /// Each question must fail later than those before it.
    template <class Arguments>
    void ask(packed_endpoint const& to, key160 const& id, Arguments const& args,
             cause const& because, instant fails_at) {
        std::uint16_t const tid = next_tid_++;
        questions_.push_back({to, id, tid, fails_at, because});
        std::array<std::byte, 2> name{};
        store_big_endian(name.data(), tid);
        std::array<std::byte, 512> buffer;
        std::size_t const size =
            krpc::encode_query(buffer, {name, {}, own_}, krpc::method_name<Arguments>, args);
        send(to.unpacked(), byte_view{buffer}.first(size));
    }

    void reply(endpoint const& to, krpc::reply_parts parts) {
        std::array<std::byte, 1'024> buffer;
        parts.sender = own_;
        send(to, byte_view{buffer}.first(krpc::encode_reply(buffer, parts)));
    }

    void refuse(endpoint const& to, byte_view tid, krpc::error_code code, std::string_view text) {
        std::array<std::byte, 256> buffer;
        send(to, byte_view{buffer}.first(krpc::encode_error(buffer, tid, {}, {}, code, text)));
    }

    /// The question that this answers. Strict, against forgers: the number that we gave, from the
    /// address that we asked.
    std::optional<question> take(byte_view tid, packed_endpoint const& from) {
        if (tid.size() != 2) return std::nullopt;
        auto const number = load_big_endian<std::uint16_t>(tid.data());
        auto const is_it = [&](question const& q) { return q.tid == number && q.to == from; };
        return take(std::find_if(questions_.begin(), questions_.end(), is_it));
    }

    /// A question that has failed.
    std::optional<question> take_failed(instant now) {
        return next_failure() <= now ? take(questions_.begin()) : std::nullopt;
    }

    [[nodiscard]] instant next_failure() const noexcept {
        return questions_.empty() ? never : questions_.front().fails_at;
    }

    [[nodiscard]] bool asks(packed_endpoint const& who, reason why) const noexcept {
        return std::any_of(questions_.begin(), questions_.end(),
                           [&](question const& q) { return q.to == who && q.because.why == why; });
    }

    std::optional<transmit> poll() {
        if (sent_ < letters_.size()) {
            letter const& next = letters_[sent_++];
            return transmit{0, next.to, next.bytes};
        }
        release(letters_);
        sent_ = 0;
        return std::nullopt;
    }

private:
    struct letter {
        endpoint to;
        std::vector<std::byte> bytes;
    };

    void send(endpoint const& to, byte_view bytes) {
        if (!bytes.empty()) letters_.push_back({to, {bytes.begin(), bytes.end()}});
    }

    std::optional<question> take(std::vector<question>::iterator q) {
        if (q == questions_.end()) return std::nullopt;
        std::optional<question> const taken = *q;
        questions_.erase(q);
        if (questions_.empty()) release(questions_);
        return taken;
    }

    node_id own_{};
    std::vector<question> questions_; // in the order in which they fail
    std::vector<letter> letters_;
    std::size_t sent_ = 0;
    std::uint16_t next_tid_ = 0;
};

} // namespace dht::inline DHT_ABI::sim

#endif
