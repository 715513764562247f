#ifndef DHT_EXAMPLES_DHT_NODE_ITEM_OPERATIONS_HPP
#define DHT_EXAMPLES_DHT_NODE_ITEM_OPERATIONS_HPP

#include "session.hpp"

/// Items of BEP 44: immutable ones, those that we sign, and those that were signed elsewhere.
namespace example {

void put(session& s, request const& r);
void get(session& s, request const& r);

} // namespace example

#endif
