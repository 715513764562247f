/// An item store of your own: only short items are kept.
///
/// Items (BEP 44) may have a thousand bytes each. The node has checked signature and key before it
/// asks the store; the store decides by version, size or taste, and answers with nothing (stored)
/// or with the error code that the other side gets. Deriving from the default changes one answer.
#include "policy_demo.hpp"

class short_items : public dht::memory_item_store {
public:
    explicit short_items(std::size_t bytes_max = 200) noexcept : bytes_max_{bytes_max} {}

    std::optional<dht::krpc::error_code> put(dht::instant now, dht::address const& from,
                                             dht::item_key const& key,
                                             dht::item_view const& item) noexcept {
        if (item.v.size() > bytes_max_) return dht::krpc::error_code::value_too_big;
        return memory_item_store::put(now, from, key, item);
    }

private:
    std::size_t bytes_max_;
};

static_assert(dht::item_store<short_items>);

int main() {
    dht::instant const now{dht::seconds{1}};
    dht::node node{dht::settings{}, short_items{8}};
    auto& store = node.policy<dht::slots::item_store>(); // the node has started it
    dht::address const from = dht::address::v4(0x05060708);
    dht::item_view item;
    for (std::string_view const value : {"3:abc", "20:twenty letters or so"}) {
        item.v = dht::as_bytes(value);
        dht::item_key key{};
        key.bytes[0] = static_cast<std::byte>(value.size());
        auto const refused = store.put(now, from, key, item);
        std::printf("%-26.*s %s\n", static_cast<int>(value.size()), value.data(),
                    refused ? "refused" : "kept");
    }
    std::size_t kept = 0;
    store.for_each([&](auto const&, auto const&, dht::instant) { ++kept; });
    return demo::shown(kept == 1);
}
