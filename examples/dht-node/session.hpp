#ifndef DHT_EXAMPLES_DHT_NODE_SESSION_HPP
#define DHT_EXAMPLES_DHT_NODE_SESSION_HPP

#include <dht/dht.hpp>
#include <dht/io/asio_driver.hpp>

#include <asio/signal_set.hpp>

#include "../common/address_choice.hpp"
#include "../common/bootstrap_names.hpp"
#include "../common/id_choice.hpp"
#include "../common/signature_choice.hpp"
#include "answers.hpp"
#include "console.hpp"
#include "options.hpp"
#include <map>

namespace example {

/// The node of this program: the default one, but for three policies of our own.
using node_type = dht::node<address_choice, id_choice, signature_choice>;

} // namespace example

// Compiled in session.cpp, once.
extern template class dht::basic_node<example::node_type::traits>;
extern template class dht::io::asio_driver<example::node_type>;

namespace example {

/// One run of dht-node: the node, its sockets, the console, and the requests that wait for an
/// outcome.
class session {
public:
    session(asio::io_context& io, options const& o);

    /// Says that it is ready and begins to read requests.
    void start();

    node_type& node() noexcept { return node_; }

    [[nodiscard]] dht::instant now() const { return dht::io::steady_now(); }

    void bootstrap(host_and_port const& name) { names_.add(name); }

    /// The peers that others have stored with us.
    std::vector<dht::endpoint> own_peers(dht::info_hash const& hash, bool noseed);

    // -- answers: each request gets exactly one
    // ----------------------------------------------------------

    void answer(request const& r, json members) { write(r.id(), success(std::move(members))); }

    void refuse(json const& id, std::string_view error) { write(id, failure(error)); }

    /// Answers with what `conclude` makes of the outcome, at the latest when the request's time is
    /// over.
    using conclusion = std::function<json(dht::outcome const&)>;
    void await(request const& r, dht::operation_id id, conclusion conclude);

    /// Saves the state, ends all requests, lets `last_word` answer, and ends the loop when all is
    /// written.
    void quit(std::function<void()> const& last_word);

    /// The system still looks up a name, and nothing can make it stop.
    [[nodiscard]] bool waits_for_system() const noexcept { return names_.waits_for_system(); }

private:
    struct waiting_request {
        json id;
        conclusion conclude;
        asio::steady_timer timer;
        bool timed_out = false;
    };

    void open_sockets();
    void on_outcome(dht::outcome const& o);
    void on_timeout(dht::operation_id id);
    void write(json const& id, json members);

    asio::io_context& io_;
    options options_;
    node_type node_;
    dht::io::asio_driver<node_type> driver_;
    console console_;
    asio::signal_set signals_;
    bootstrap_names names_;
    std::map<dht::operation_id, waiting_request> waiting_;
    asio::steady_timer patience_;
    bool ending_ = false;
};

} // namespace example

#endif
