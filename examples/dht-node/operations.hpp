#ifndef DHT_EXAMPLES_DHT_NODE_OPERATIONS_HPP
#define DHT_EXAMPLES_DHT_NODE_OPERATIONS_HPP

#include "session.hpp"
#include <span>

namespace example {

/// One thing that the controller can ask for. A new one is one function and one line in the table.
struct operation {
    std::string_view name;
    bool in_caps; ///< the others are always there, and not listed
    void (*start)(session&, request const&);
};

std::span<operation const> operations() noexcept;

/// Reads one line, starts what it asks for, and answers at once when that makes no sense.
void dispatch(session& s, std::string_view line);

/// The first line of output.
json ready_event(session& s);

} // namespace example

#endif
