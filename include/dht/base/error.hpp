#ifndef DHT_BASE_ERROR_HPP
#define DHT_BASE_ERROR_HPP

#include <dht/config.hpp>

#include <cstdint>
#include <string_view>

namespace dht::inline DHT_ABI {

/// Why something was refused. Codes are stable; `message` says what to do about them.
enum class errc : std::uint8_t {
    ok,
    truncated,        ///< input ends inside a value
    malformed,        ///< input breaks the grammar
    too_deep,         ///< more nesting than the reader's stack
    out_of_range,     ///< a number does not fit its type or its rule
    missing_field,    ///< a key that the message needs is absent
    wrong_type,       ///< a key is there with a value of another type or size
    unknown_message,  ///< "y" is none of q, r, e
    buffer_full,      ///< the output does not fit the buffer
    not_found,        ///< nothing under that name or id
    limit_reached,    ///< a bound of `settings` is reached; try later or raise it
    invalid_argument, ///< the caller passed something that can never work
    cancelled,        ///< by cancel() or stop()
    timed_out,        ///< nobody answered in time
    no_contacts,      ///< the routing table is empty: bootstrap first
    remote_error,     ///< the other side answered with a KRPC error
    snapshot_damaged, ///< checksum or structure is wrong: start fresh
    snapshot_version, ///< written by another format version: start fresh
};

/// One sentence per code, for people.
constexpr std::string_view message(errc code) noexcept {
    switch (code) {
    case errc::ok:
        return "no error";
    case errc::truncated:
        return "the input ends inside a value";
    case errc::malformed:
        return "the input breaks the grammar";
    case errc::too_deep:
        return "the input is nested too deep";
    case errc::out_of_range:
        return "a number is out of range";
    case errc::missing_field:
        return "a required key is missing";
    case errc::wrong_type:
        return "a value has the wrong type or size";
    case errc::unknown_message:
        return "neither query, response nor error";
    case errc::buffer_full:
        return "the output does not fit its buffer";
    case errc::not_found:
        return "nothing is known under that name";
    case errc::limit_reached:
        return "a limit in settings is reached; raise it or try later";
    case errc::invalid_argument:
        return "the argument can never work";
    case errc::cancelled:
        return "cancelled";
    case errc::timed_out:
        return "nobody answered in time";
    case errc::no_contacts:
        return "no contacts are known; bootstrap first";
    case errc::remote_error:
        return "the other node answered with an error";
    case errc::snapshot_damaged:
        return "the snapshot is damaged; starting fresh is safe";
    case errc::snapshot_version:
        return "the snapshot has another version; starting fresh is safe";
    }
    return "unknown error";
}

} // namespace dht::inline DHT_ABI

#endif
