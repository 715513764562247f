#ifndef DHT_EXAMPLES_COMMON_BOOTSTRAP_NAMES_HPP
#define DHT_EXAMPLES_COMMON_BOOTSTRAP_NAMES_HPP

#include <dht/base/endpoint.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace example {

/// "router.example.org:6881", "1.2.3.4:6881" or "[2001:db8::1]:6881", taken apart.
struct host_and_port {
    std::string host;
    std::string port;
};

/// Nothing: HOST or PORT is missing, or the port is no number of 1 to 65535.
std::optional<host_and_port> parse_host_and_port(std::string_view text);

/// The endpoints of a name; none when it has none or is not known. May block for many seconds.
std::vector<dht::endpoint> resolve(host_and_port const& name);

/// Turns names into endpoints in the background. A name that is not known yet is asked for again,
/// with growing pauses, for as long as the program runs: the network may come up after the program.
class bootstrap_names {
public:
    using listener = std::function<void(dht::endpoint const&)>;

    bootstrap_names(asio::any_io_executor executor, listener found);

    /// Numbers are reported at once, names later, with each of their addresses.
    void add(host_and_port const& name);

    /// The system may sit on a question for many seconds, and nothing can take it back.
    [[nodiscard]] bool waits_for_system() const noexcept { return questions_open_ > 0; }

private:
    struct pending_name {
        pending_name(asio::any_io_executor const& e, host_and_port n)
            : name{std::move(n)},
              retry{e} {}

        host_and_port name;
        asio::steady_timer retry;
        std::chrono::seconds pause{2};
    };

    using place = std::list<pending_name>::iterator;

    void resolve(place at);
    void on_resolved(place at, asio::ip::udp::resolver::results_type const& results);
    void try_later(place at);

    asio::any_io_executor executor_;
    listener found_;
    asio::ip::udp::resolver resolver_;
    std::list<pending_name> names_;
    int questions_open_ = 0;
};

} // namespace example

#endif
