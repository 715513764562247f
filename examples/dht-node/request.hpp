#ifndef DHT_EXAMPLES_DHT_NODE_REQUEST_HPP
#define DHT_EXAMPLES_DHT_NODE_REQUEST_HPP

#include <dht/base/endpoint.hpp>
#include <dht/base/time.hpp>
#include <dht/kad/id.hpp>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

namespace example {

using json = nlohmann::json;

/// A member is missing or bad: the sentence for the controller.
struct bad_request : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

/// One line of the controller. Members that nobody asks for are ignored; those asked for are
/// checked, and the wrong ones throw bad_request.
class request {
public:
    /// Any bytes may come. Throws bad_request when they are no JSON object.
    static request parse(std::string_view line);

    /// The controller's number for it; null when there is none.
    [[nodiscard]] json id() const;
    [[nodiscard]] bool has(char const* name) const; ///< neither absent nor null
    [[nodiscard]] std::string text(char const* name) const;
    [[nodiscard]] bool flag(char const* name) const; ///< absent or null: false
    [[nodiscard]] std::uint16_t port(char const* name) const;
    [[nodiscard]] dht::endpoint contact(char const* name) const;
    [[nodiscard]] dht::key160 key(char const* name) const;
    [[nodiscard]] std::int64_t integer(char const* name) const;
    [[nodiscard]] std::vector<std::byte> bytes(char const* name, std::size_t at_most) const;

    template <std::size_t N>
    [[nodiscard]] std::array<std::byte, N> exactly(char const* name) const {
        std::array<std::byte, N> bytes{};
        fill(name, bytes);
        return bytes;
    }

    [[nodiscard]] dht::duration timeout() const; ///< 30 s when it does not say

private:
    explicit request(json members) : members_(std::move(members)) {}

    [[nodiscard]] json const& member(char const* name) const;
    void fill(char const* name, dht::byte_span out) const;

    json members_;
};

} // namespace example

#endif
