/// An id generator of your own: sixteen nodes of one operator, spread evenly over the key space.
///
/// `generate` is asked when an address is opened (then with the unspecified address, because nobody
/// has told us yet who we are) and again when others agree on our external address, if `plausible`
/// says that the id does not fit there. `plausible` also judges everybody else, for every datagram:
/// nodes that do not fit are talked to, but do not count for the end of a lookup. Ids that break
/// BEP 42, like these, are second class in the eyes of others; that is the price of choosing them.
#include "policy_demo.hpp"

class spread_ids {
public:
    using policy_slot = dht::slots::id_generator;

    explicit spread_ids(unsigned which = 0) noexcept : which_{which} {}

    template <class Rng>
    dht::node_id generate(dht::address const&, Rng& rng) const {
        dht::node_id id;
        rng.fill(id.bytes);
        id.bytes[0] = static_cast<std::byte>(which_ << 4U) | (id.bytes[0] & std::byte{0x0f});
        return id;
    }

    [[nodiscard]] bool plausible(dht::node_id const& id, dht::address const& where) const noexcept {
        return is_ours(id) || dht::bep42_id{}.plausible(id, where);
    }

private:
    [[nodiscard]] bool is_ours(dht::node_id const& id) const noexcept {
        return std::to_integer<unsigned>(id.bytes[0] >> 4) == which_;
    }

    unsigned which_;
};

int main() {
    bool spread = true;
    for (unsigned which = 0; which < 16; which += 5) {
        dht::node node{dht::settings{}, spread_ids{which}};
        node.open(dht::instant{}, demo::at("5.6.7.8:6881"));
        auto const digits = dht::to_hex(node.own_id(0).bytes);
        std::printf("node %2u is %.40s\n", which, digits.data());
        spread &= digits[0] == "0123456789abcdef"[which];
    }
    return demo::shown(spread);
}
