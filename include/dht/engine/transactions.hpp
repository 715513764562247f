#ifndef DHT_ENGINE_TRANSACTIONS_HPP
#define DHT_ENGINE_TRANSACTIONS_HPP

#include <dht/engine/timers.hpp>
#include <dht/event/events.hpp>

namespace dht::inline DHT_ABI::engine {

/// A question of ours that is on its way.
struct transaction {
    endpoint to;
    std::optional<node_id> expected; ///< who should answer; nothing: anybody there
    std::uint32_t secret = 0;        ///< unpredictable part of the transaction id
    via_index via = 0;
    event::purpose why{};
    bool stalled = false;
    timer_subject owner{}; ///< the lookup or operation that asked; extension: {index, cookie + 1}
    instant sent{};
    instant fails_at{};

    [[nodiscard]] bool is_of_lookup() const noexcept {
        return why == event::purpose::lookup || why == event::purpose::store;
    }

    [[nodiscard]] bool is_of_extension() const noexcept {
        return why == event::purpose::extension || why == event::purpose::topic;
    }
};

/// Transaction ids: 2 bytes of place and 4 unpredictable ones. An answer must come from the
/// endpoint that was asked, to the address that asked, and repeat all six: off-path attackers would
/// have to guess.
class transactions {
public:
    using handle_type = slab<transaction>::handle_type;
    static constexpr std::size_t tid_bytes = 6;
    using tid_type = std::array<std::byte, tid_bytes>;

    explicit transactions(std::size_t limit) noexcept : open_{limit < 65'535 ? limit : 65'535} {}

    [[nodiscard]] bool full() const noexcept { return open_.full(); }

    [[nodiscard]] std::size_t size() const noexcept { return open_.size(); }

    handle_type add(transaction const& t) { return open_.emplace(t); }

    transaction* find(handle_type h) noexcept { return open_.find(h); }

    bool erase(handle_type h) noexcept { return open_.erase(h); }

    [[nodiscard]] tid_type tid_of(handle_type h) const noexcept {
        tid_type tid{};
        store_big_endian(tid.data(), static_cast<std::uint16_t>(h.index));
        store_big_endian(tid.data() + 2, open_.find(h)->secret);
        return tid;
    }

    /// The question that this answers; null when there is none.
    [[nodiscard]] handle_type match(byte_view tid, via_index via,
                                    endpoint const& from) const noexcept {
        if (tid.size() != tid_bytes) return {};
        handle_type const h = open_.at_index(load_big_endian<std::uint16_t>(tid.data()));
        transaction const* const t = open_.find(h);
        bool const ours = t != nullptr &&
                          t->secret == load_big_endian<std::uint32_t>(tid.data() + 2) &&
                          t->via == via && t->to == from;
        return ours ? h : handle_type{};
    }

    /// So many more can be on their way without allocating. How many there can be then.
    std::size_t make_room(std::size_t more) {
        std::size_t const wanted = std::min(size() + more, open_.limit());
        open_.reserve(wanted);
        return wanted;
    }

    void shrink_to_fit() noexcept { open_.shrink_to_fit(); }

    template <class F>
    void for_each(F&& f) {
        open_.for_each(static_cast<F&&>(f));
    }

private:
    slab<transaction> open_;
};

} // namespace dht::inline DHT_ABI::engine

#endif
