/// A random source of your own: the kernel's, asked again for every number.
///
/// Transaction ids, token keys and node ids are drawn here, so a predictable source makes a node
/// easy to spoof. The default draws from a stream that it seeds once; a process that forks would
/// continue the same stream twice. This one has no state to copy, for the price of a system call
/// each time.
#include "policy_demo.hpp"
#include <sys/random.h>

struct kernel_random {
    using policy_slot = dht::slots::random_source;

    void fill(dht::byte_span out) noexcept {
        while (!out.empty()) {
            auto const got = getrandom(out.data(), out.size(), 0);
            if (got > 0) out = out.subspan(static_cast<std::size_t>(got)); // else: interrupted
        }
    }

    std::uint64_t next() noexcept {
        std::array<std::byte, 8> bytes;
        fill(bytes);
        return dht::load_big_endian<std::uint64_t>(bytes.data());
    }
};

// A concept says at once, and here, what would be missing.
static_assert(dht::random_source<kernel_random>);

int main() {
    dht::instant now{dht::seconds{1}};
    dht::node<kernel_random> one;
    dht::node<kernel_random> two;
    demo::introduce(one, two, now);
    std::printf("%.40s\n%.40s\n", dht::to_hex(one.own_id(0).bytes).data(),
                dht::to_hex(two.own_id(0).bytes).data());
    return demo::shown(one.own_id(0) != two.own_id(0) && one.good_contacts(0) == 1);
}
