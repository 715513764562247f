#include <dht/base/error.hpp>

#include "../../catch.hpp"
#include <set>

using namespace dht;

TEST_CASE("every code has a sentence of its own") {
    std::set<std::string_view> sentences;
    int const codes = static_cast<int>(errc::snapshot_version) + 1;
    for (int code = 0; code < codes; ++code)
        sentences.insert(message(static_cast<errc>(code)));
    CHECK(sentences.size() == static_cast<std::size_t>(codes));
    CHECK(sentences.count("unknown error") == 0);
    CHECK(message(static_cast<errc>(codes)) == "unknown error");
}
