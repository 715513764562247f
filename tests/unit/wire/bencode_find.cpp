#include <dht/wire/bencode_find.hpp>

#include "../../catch.hpp"

using namespace dht;
using namespace dht::bencode;

TEST_CASE("the string under a key is found, whatever else a dictionary has") {
    auto const found = [](std::string_view dictionary, std::string_view key) {
        return as_text(string_under(as_bytes(dictionary), key));
    };
    CHECK(found("d1:ai1e2:bbd1:cd1:xleee1:c2:yye", "c") == "yy");
    CHECK(found("d1:c1:x1:c1:ye", "c") == "x");
    CHECK(found("d1:c0:e", "c").empty());
    for (std::string_view const bad :
         {"", "e", "de", "d1:b1:xe", "d1:ci5ee", "d1:cl1:xee", "d1:c3:xx", "1:c", "l1:c1:xe"}) {
        CAPTURE(bad);
        CHECK(found(bad, "c").empty());
    }
}
