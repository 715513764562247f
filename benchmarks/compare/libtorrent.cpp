// A libtorrent session that is a DHT node and nothing else, without those of its limits that are
// meant for a network of strangers with an address each.
//
// usage: libtorrent_server ADDRESS:PORT
//
// It pings every ADDRESS:PORT that comes on its standard input.

#include <iostream>
#include <libtorrent/session.hpp>
#include <libtorrent/settings_pack.hpp>
#include <libtorrent/version.hpp>
#include <limits>

namespace {

lt::settings_pack settings(std::string const& at) {
    constexpr int unlimited = std::numeric_limits<int>::max() / 2;
    lt::settings_pack s;
    s.set_str(s.listen_interfaces, at);
    s.set_str(s.dht_bootstrap_nodes, "");
    s.set_bool(s.enable_dht, true);
    for (int const service : {int{s.enable_lsd}, int{s.enable_upnp}, int{s.enable_natpmp}})
        s.set_bool(service, false);
    for (int const restriction : {int{s.dht_restrict_routing_ips}, int{s.dht_restrict_search_ips},
                                  int{s.dht_ignore_dark_internet}})
        s.set_bool(restriction, false);
    s.set_int(s.dht_upload_rate_limit, 1'000'000'000);
    s.set_int(s.dht_block_ratelimit, 1'000'000);
    s.set_int(s.dht_max_torrents, unlimited);
    s.set_int(s.dht_max_peers, unlimited);
    s.set_int(s.alert_mask, 0);
    return s;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    lt::session_params parameters{settings(argv[1])};
    lt::session session{parameters};
    std::cout << "libtorrent " << lt::version() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        auto const colon = line.rfind(':');
        session.add_dht_node({line.substr(0, colon), std::stoi(line.substr(colon + 1))});
    }
}
