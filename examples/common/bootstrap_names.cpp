#include "bootstrap_names.hpp"

#include <dht/base/address_text.hpp>
#include <dht/io/asio_endpoint.hpp>

#include <algorithm>
#include <charconv>

namespace example {

namespace {

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

} // namespace

std::optional<host_and_port> parse_host_and_port(std::string_view text) {
    std::size_t const colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    std::string_view const port = text.substr(colon + 1);
    bool const in_brackets = host.front() == '[' && host.back() == ']';
    if (in_brackets) host = host.substr(1, host.size() - 2);
    bool const has_colon = host.find(':') != std::string_view::npos;
    if (host.empty() || has_colon != in_brackets || !is_port(port)) return std::nullopt;
    return host_and_port{std::string{host}, std::string{port}};
}

std::vector<dht::endpoint> resolve(host_and_port const& name) {
    asio::io_context io;
    std::error_code error;
    std::vector<dht::endpoint> found;
    for (auto const& entry : asio::ip::udp::resolver{io}.resolve(name.host, name.port, error))
        found.push_back(dht::io::from_asio(entry.endpoint()));
    return found;
}

bootstrap_names::bootstrap_names(asio::any_io_executor executor, listener found)
    : executor_{std::move(executor)},
      found_{std::move(found)},
      resolver_{executor_} {}

void bootstrap_names::add(host_and_port const& name) {
    if (auto const ip = dht::parse_address(name.host)) {
        found_({*ip, static_cast<std::uint16_t>(std::stoi(name.port))});
        return;
    }
    resolve(names_.emplace(names_.end(), executor_, name));
}

void bootstrap_names::resolve(place at) {
    ++questions_open_;
    resolver_.async_resolve(
        at->name.host, at->name.port,
        [this, at](std::error_code error, asio::ip::udp::resolver::results_type const& results) {
            --questions_open_;
            if (error == asio::error::operation_aborted) return;
            if (error) return try_later(at);
            on_resolved(at, results);
        });
}

void bootstrap_names::on_resolved(place at, asio::ip::udp::resolver::results_type const& results) {
    for (auto const& entry : results)
        found_(dht::io::from_asio(entry.endpoint()));
    names_.erase(at);
}

void bootstrap_names::try_later(place at) {
    constexpr std::chrono::seconds pause_max{60};
    at->retry.expires_after(at->pause);
    at->pause = std::min(2 * at->pause, pause_max);
    at->retry.async_wait([this, at](std::error_code error) {
        if (!error) resolve(at);
    });
}

} // namespace example
