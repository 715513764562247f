#include "request.hpp"

#include <dht/base/address_text.hpp>

#include "../common/hex_text.hpp"
#include <cmath>

namespace example {

namespace {

json const absent;

[[noreturn]] void refuse(std::string const& name, std::string const& why) {
    throw bad_request{"member '" + name + "' " + why};
}

} // namespace

request request::parse(std::string_view line) {
    json members = json::parse(line, nullptr, false);
    if (!members.is_object()) throw bad_request{"the line is not a JSON object"};
    return request{std::move(members)};
}

json const& request::member(char const* name) const {
    auto const found = members_.find(name);
    return found == members_.end() ? absent : *found;
}

json request::id() const {
    json const& id = member("id");
    return id.is_number_integer() ? id : json{};
}

bool request::has(char const* name) const {
    return !member(name).is_null();
}

std::string request::text(char const* name) const {
    json const& value = member(name);
    if (value.is_null()) refuse(name, "is missing");
    if (!value.is_string()) refuse(name, "must be a string");
    return value.get<std::string>();
}

bool request::flag(char const* name) const {
    json const& value = member(name);
    if (value.is_null()) return false;
    if (!value.is_boolean()) refuse(name, "must be true or false");
    return value.get<bool>();
}

std::uint16_t request::port(char const* name) const {
    json const& value = member(name);
    if (value.is_null()) refuse(name, "is missing");
    bool const fits = value.is_number_unsigned() && value.get<std::uint64_t>() - 1 < 65'535;
    if (!fits) refuse(name, "must be an integer of 1 to 65535");
    return value.get<std::uint16_t>();
}

dht::endpoint request::contact(char const* name) const {
    auto const e = dht::parse_endpoint(text(name));
    if (!e || e->port == 0) refuse(name, "must be a contact such as 1.2.3.4:5 or [2001:db8::1]:5");
    return *e;
}

dht::key160 request::key(char const* name) const {
    dht::key160 key;
    fill(name, key.bytes);
    return key;
}

void request::fill(char const* name, dht::byte_span out) const {
    if (!dht::from_hex(text(name), out))
        refuse(name, "must be " + std::to_string(2 * out.size()) + " hex digits");
}

std::vector<std::byte> request::bytes(char const* name, std::size_t at_most) const {
    auto bytes = parse_hex(text(name));
    if (!bytes) refuse(name, "must be hex digits, two for each byte");
    if (bytes->size() > at_most)
        refuse(name, "must be at most " + std::to_string(at_most) + " bytes");
    return *std::move(bytes);
}

std::int64_t request::integer(char const* name) const {
    json const& value = member(name);
    if (value.is_null()) refuse(name, "is missing");
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    bool const fits =
        value.is_number_unsigned() ? value.get<std::uint64_t>() <= most : value.is_number_integer();
    if (!fits) refuse(name, "must be an integer of 64 bits");
    return value.get<std::int64_t>();
}

dht::duration request::timeout() const {
    constexpr double longest_s = 86'400;
    json const& value = member("timeout");
    if (value.is_null()) return dht::seconds{30};
    double const s = value.is_number() ? value.get<double>() : -1;
    if (!(s >= 0)) refuse("timeout", "must be a number of seconds");
    return dht::microseconds{std::llround(1e6 * std::min(s, longest_s))};
}

} // namespace example
