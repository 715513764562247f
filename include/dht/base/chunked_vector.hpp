#ifndef DHT_BASE_CHUNKED_VECTOR_HPP
#define DHT_BASE_CHUNKED_VECTOR_HPP

#include <dht/base/thin_vector.hpp>

namespace dht::inline DHT_ABI {

/// Values in chunks of N. It grows and shrinks by a chunk, so that at most one chunk is unused,
/// where a vector may leave half of its memory so; and a value stays where it is until it goes.
template <class T, std::size_t N>
class chunked_vector {
public:
    [[nodiscard]] std::size_t size() const noexcept {
        return chunks_.empty() ? 0 : (chunks_.size() - 1) * N + chunks_.back().size();
    }

    [[nodiscard]] bool empty() const noexcept { return chunks_.empty(); }

    [[nodiscard]] T& operator[](std::size_t i) noexcept { return chunks_[i / N][i % N]; }

    [[nodiscard]] T const& operator[](std::size_t i) const noexcept {
        return chunks_[i / N][i % N];
    }

    [[nodiscard]] T& back() noexcept { return chunks_.back().back(); }

    T& push_back(T value) {
        if (size() % N == 0) chunks_.push_back({}).reserve(N);
        chunks_.back().push_back(std::move(value));
        return back();
    }

    void pop_back() noexcept {
        chunks_.back().pop_back();
        if (chunks_.back().empty()) chunks_.pop_back();
    }

private:
    thin_vector<thin_vector<T>> chunks_; // none is empty
};

} // namespace dht::inline DHT_ABI

#endif
