#ifndef DHT_EXAMPLES_DHT_CLIENT_HPP
#define DHT_EXAMPLES_DHT_CLIENT_HPP

#include <asio/io_context.hpp>

#include "host.hpp"
#include "live_line.hpp"
#include "options.hpp"

namespace example {

inline constexpr dht::hours for_ever{24 * 365 * 100};

/// A node that runs while somebody waits for something: it joins, does one thing, and keeps what it
/// has learnt of the network for the next time.
class client {
public:
    explicit client(options const& o);

    tool_node& node() noexcept { return host_.node(); }

    asio::io_context& io() noexcept { return io_; }

    [[nodiscard]] dht::instant now() const { return host_.now(); }

    tally const& counted() noexcept { return host_.counted(); }

    [[nodiscard]] std::size_t good_contacts() const { return host_.good_contacts(); }

    /// Runs until `done()` or the time is over; shows `status()` meanwhile. Returns done().
    bool run_until(std::function<bool()> const& done, dht::duration at_most,
                   std::function<std::string()> const& status);

    /// The same, but SIGINT and SIGTERM end it, too.
    bool run_until_told(std::function<bool()> const& done, dht::duration at_most,
                        std::function<std::string()> const& status);

    /// One line on standard output, at once.
    void say(std::string const& line);

    /// Contacts the bootstrap nodes, now and whenever too few nodes are known.
    void bootstrap();

    /// Contacts the network: first whom we know from last time, then the bootstrap nodes. False:
    /// nobody answered, and a sentence on standard error says so.
    bool join();

    /// Runs until an operation ends; the time limit of the options ends it with what there is.
    dht::outcome finish(dht::operation_id id);

    /// An extension was given something to do.
    void advance() { host_.advance(); }

    void keep_state();

    /// The system still looks up a name, and nothing can make it stop.
    [[nodiscard]] bool waits_for_system() const noexcept { return names_.waits_for_system(); }

private:
    std::string progress(dht::operation_id id);

    options options_;
    asio::io_context io_;
    host host_;
    bootstrap_names names_;
    live_line line_;
};

} // namespace example

#endif
