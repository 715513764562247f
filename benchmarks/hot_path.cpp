// hot_path KIND [COUNT]: answers so many queries of one kind in memory, in a function of its own,
// for a profiler to look at. instructions.py counts what it takes.

#include "load.hpp"
#include <cstdio>
#include <cstdlib>
#include <map>

using namespace bench;

namespace {

constexpr std::size_t torrent_count = 10'000;

std::map<std::string_view, kind> const kinds{
    {"ping", kind::ping},
    {"find_node", kind::find_node},
    {"get_peers", kind::get_peers},
    {"announce_peer", kind::announce_peer},
    {"get", kind::get},
    {"put", kind::put},
};

} // namespace

/// Its name is what the profiler is told.
extern "C" [[gnu::noinline]] std::size_t answer_queries(node_type& node, instant now,
                                                        std::vector<question> const& all) {
    std::size_t bytes = 0;
    for (question const& q : all) {
        now += microseconds{5};
        node.receive(now, 0, q.from, as_bytes(q.bytes));
        while (auto const t = node.poll_transmit())
            bytes += t->bytes.size();
        if (auto const next = node.next_deadline(); next && next->at <= now) node.advance(now);
    }
    return bytes;
}

int main(int argc, char** argv) {
    auto const what = argc > 1 ? kinds.find(argv[1]) : kinds.end();
    if (what == kinds.end()) {
        std::fputs("hot_path ping|find_node|get_peers|announce_peer|get|put [COUNT]\n", stderr);
        return 2;
    }
    std::size_t const count = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10'000;
    instant now{hours{24}};
    load chance;
    node_type node{roomy_limits(), seeded_random{7}};
    node.open(now, own_address);
    befriend(node, now, chance, 500);
    auto const hashes = store(node, now, chance, torrent_count, 10);
    now += minutes{1};
    auto const all = questions(node, now, chance, what->second, hashes, count);
    std::printf("%zu\n", answer_queries(node, now + minutes{1}, all));
}
