#ifndef DHT_POLICY_KEPT_ITEMS_HPP
#define DHT_POLICY_KEPT_ITEMS_HPP

#include <dht/base/dense_map.hpp>
#include <dht/base/time.hpp>
#include <dht/wire/item.hpp>

#include <new>
#include <utility>

namespace dht::inline DHT_ABI::detail {

/// An item in memory: 96 bytes, and one block with exactly the bytes of its fields.
class kept_item {
public:
    kept_item() noexcept = default;

    kept_item(kept_item const&) = delete;
    kept_item& operator=(kept_item const&) = delete;

    ~kept_item() { delete[] bytes_; }

    item_key key;
    std::uint32_t place = 0; ///< in the heap by worth
    kept_item* next = nullptr;
    kept_item* older = nullptr; ///< by the end of life
    kept_item* newer = nullptr;
    instant expires{};
    instant worth{};
    std::int64_t seq = 0;
    std::uint64_t source = 0;
    std::uint16_t askers = 0; ///< a bit for each sixteenth of all sources that wanted it
    std::uint16_t askers_before = 0;
    std::uint8_t askers_epoch = 0;

    [[nodiscard]] std::size_t value_bytes() const noexcept { return value_bytes_; }

    [[nodiscard]] bool is_mutable() const noexcept { return salt_bytes_ != no_salt; }

    /// Takes the fields over, whose sizes must be those of BEP 44. False: there is no memory, and
    /// nothing changed.
    bool fill(item_view const& item) noexcept {
        byte_view const none{};
        bool const m = item.is_mutable();
        std::array const parts{item.v, m ? item.k : none, m ? item.sig : none,
                               m ? item.salt : none};
        std::size_t size = 0;
        for (byte_view const part : parts)
            size += part.size();
        auto* const fresh = new (std::nothrow) std::byte[size];
        if (fresh == nullptr) return false;
        std::byte* at = fresh;
        for (byte_view const part : parts) {
            if (!part.empty()) std::memcpy(at, part.data(), part.size());
            at += part.size();
        }
        delete[] bytes_;
        bytes_ = fresh;
        value_bytes_ = static_cast<std::uint16_t>(item.v.size());
        salt_bytes_ = m ? static_cast<std::uint8_t>(item.salt.size()) : no_salt;
        seq = item.seq;
        return true;
    }

    [[nodiscard]] item_view view() const noexcept {
        byte_view const v{bytes_, value_bytes_};
        if (!is_mutable()) return {v, {}, {}, {}, 0, std::nullopt};
        byte_view const rest{bytes_ + value_bytes_, 32U + 64U + salt_bytes_};
        return {v, rest.first(32), rest.subspan(32, 64), rest.subspan(96), seq, std::nullopt};
    }

private:
    static constexpr std::uint8_t no_salt = 255; // an immutable item

    std::uint8_t salt_bytes_ = no_salt;
    std::uint16_t value_bytes_ = 0;
    std::byte* bytes_ = nullptr; // v, and of a mutable item k, sig and salt
};

/// Items in three orders: by key behind a keyed hash, by the end of life, and by worth in a heap
/// that owns them. Finding costs O(1), keeping and letting go O(log n); nothing is copied when it
/// grows but pointers, and an empty one holds no memory.
class kept_items {
public:
    kept_items() noexcept = default;

    explicit kept_items(hash_key secret) noexcept : secret_{secret} {}

    kept_items(kept_items&& from) noexcept { swap(from); }

    kept_items& operator=(kept_items&& from) noexcept {
        swap(from);
        return *this;
    }

    ~kept_items() {
        for (kept_item* const k : heap_)
            delete k;
    }

    [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

    [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }

    /// Of all values together.
    [[nodiscard]] std::size_t value_bytes() const noexcept { return value_bytes_; }

    /// nullptr when it is not here.
    [[nodiscard]] kept_item* find(item_key const& key) noexcept {
        if (chains_.empty()) return nullptr;
        kept_item* k = chain_of(key);
        while (k != nullptr && k->key != key)
            k = k->next;
        return k;
    }

    /// The one that expires first; nullptr when there is none.
    [[nodiscard]] kept_item* oldest() noexcept { return oldest_; }

    /// The one of least worth; nullptr when there is none.
    [[nodiscard]] kept_item* least() noexcept { return empty() ? nullptr : heap_.front(); }

    /// `key` is not here yet. nullptr: there is no memory for the item.
    kept_item* insert(item_key const& key, item_view const& item, instant expires, instant worth) {
        auto* const fresh = new (std::nothrow) kept_item;
        if (fresh == nullptr || !fresh->fill(item)) {
            delete fresh;
            return nullptr;
        }
        kept_item& k = *fresh;
        k.key = key;
        k.expires = expires;
        k.worth = worth;
        k.place = static_cast<std::uint32_t>(heap_.size());
        heap_.push_back(fresh);
        rise(k.place);
        value_bytes_ += k.value_bytes();
        put_in_order(k);
        if (heap_.size() > chains_.size())
            grow_chains();
        else
            chain(k);
        return fresh;
    }

    void erase(kept_item& k) noexcept {
        value_bytes_ -= k.value_bytes();
        take_out_of_order(k);
        unchain(k);
        std::size_t const place = k.place;
        if (place + 1 != heap_.size()) swap_places(place, heap_.size() - 1);
        heap_.pop_back();
        delete &k;
        if (place < heap_.size()) settle(place);
        if (!heap_.empty()) return;
        heap_ = {};
        chains_ = {};
    }

    /// The fields anew. False: there is no memory, and nothing changed.
    bool refill(kept_item& k, item_view const& item) noexcept {
        std::size_t const before = k.value_bytes();
        if (!k.fill(item)) return false;
        value_bytes_ = value_bytes_ - before + k.value_bytes();
        return true;
    }

    /// O(1) when nothing expires later than this will.
    void renew(kept_item& k, instant expires) noexcept {
        take_out_of_order(k);
        k.expires = expires;
        put_in_order(k);
    }

    void revalue(kept_item& k, instant worth) noexcept {
        k.worth = worth;
        settle(k.place);
    }

    /// Gives each the worth that `worth_of` says, in O(n).
    template <class F>
    void revalue_all(F&& worth_of) noexcept {
        for (kept_item* const k : heap_)
            k->worth = worth_of(*k);
        for (std::size_t place = heap_.size() / 2; place-- > 0;)
            sink(place);
    }

    /// How many bytes have the values of those that are worth less; counts no further than it must
    /// to see that they are `enough`.
    [[nodiscard]] std::size_t bytes_below(instant worth, std::size_t enough,
                                          std::size_t place = 0) const noexcept {
        if (place >= heap_.size() || heap_[place]->worth >= worth) return 0;
        std::size_t sum = heap_[place]->value_bytes();
        if (sum < enough) sum += bytes_below(worth, enough - sum, 2 * place + 1);
        if (sum < enough) sum += bytes_below(worth, enough - sum, 2 * place + 2);
        return sum;
    }

    /// f(item), what expires first before the others.
    template <class F>
    void for_each(F&& f) const {
        for (kept_item const* k = oldest_; k != nullptr; k = k->newer)
            f(*k);
    }

private:
    void swap(kept_items& other) noexcept {
        std::swap(heap_, other.heap_);
        std::swap(chains_, other.chains_);
        std::swap(oldest_, other.oldest_);
        std::swap(newest_, other.newest_);
        std::swap(value_bytes_, other.value_bytes_);
        std::swap(secret_, other.secret_);
    }

    // -- by key

    [[nodiscard]] kept_item*& chain_of(item_key const& key) noexcept {
        return chains_[object_hash{}(secret_, key) & (chains_.size() - 1)];
    }

    void chain(kept_item& k) noexcept {
        kept_item*& head = chain_of(k.key);
        k.next = head;
        head = &k;
    }

    void unchain(kept_item const& k) noexcept {
        kept_item** link = &chain_of(k.key);
        while (*link != &k)
            link = &(*link)->next;
        *link = k.next;
    }

    void grow_chains() {
        chains_.assign(chains_.empty() ? 16 : 2 * chains_.size(), nullptr);
        for (kept_item* const k : heap_)
            chain(*k);
    }

    // -- by the end of life

    void put_in_order(kept_item& k) noexcept {
        kept_item* before = newest_;
        while (before != nullptr && k.expires < before->expires)
            before = before->older;
        k.older = before;
        k.newer = before == nullptr ? oldest_ : before->newer;
        (k.older == nullptr ? oldest_ : k.older->newer) = &k;
        (k.newer == nullptr ? newest_ : k.newer->older) = &k;
    }

    void take_out_of_order(kept_item& k) noexcept {
        (k.older == nullptr ? oldest_ : k.older->newer) = k.newer;
        (k.newer == nullptr ? newest_ : k.newer->older) = k.older;
    }

    // -- by worth

    void swap_places(std::size_t a, std::size_t b) noexcept {
        std::swap(heap_[a], heap_[b]);
        heap_[a]->place = static_cast<std::uint32_t>(a);
        heap_[b]->place = static_cast<std::uint32_t>(b);
    }

    void rise(std::size_t place) noexcept {
        while (place > 0 && heap_[place]->worth < heap_[(place - 1) / 2]->worth) {
            swap_places(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
    }

    void sink(std::size_t place) noexcept {
        for (;;) {
            std::size_t least = place;
            for (std::size_t child = 2 * place + 1; child <= 2 * place + 2; ++child)
                if (child < heap_.size() && heap_[child]->worth < heap_[least]->worth)
                    least = child;
            if (least == place) return;
            swap_places(place, least);
            place = least;
        }
    }

    void settle(std::size_t place) noexcept {
        rise(place);
        sink(place);
    }

    thin_vector<kept_item*> heap_;
    thin_vector<kept_item*> chains_; // as many as a power of two
    kept_item* oldest_ = nullptr;
    kept_item* newest_ = nullptr;
    std::size_t value_bytes_ = 0;
    hash_key secret_;
};

} // namespace dht::inline DHT_ABI::detail

#endif
