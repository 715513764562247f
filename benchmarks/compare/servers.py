"""The servers that are compared, one class each, behind one face.

    kind               how the table calls it
    place              where it runs, see places.py
    find(options)      raises Missing when it is not on this machine
    version()          what it says of itself
    start(bootstrap)   starts it
    introduce(nodes)   has it ask these contacts, where it can be told to
    torrents_max, peers_each   how many it is to store, and how many peers of each
    per_second, burst  queries it is sent at most while it is filled, and in one go under load;
                       0: as many as the window lets
    lifted, kept       which of its limits were lifted, and which could not be

Those of tests/interop are started as they are there.
"""
import pathlib
import re
import subprocess
import time

from places import apart, loopback

import clients
from clients import Missing

HERE = pathlib.Path(__file__).resolve().parent


def said_by(*argv):
    """The first line."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip().splitlines()[0]


class Server:
    place = staticmethod(loopback)
    torrents_max, peers_each = 100_000, 3
    per_second = burst = 0
    lifted, kept = "nothing: there are no such settings", "nothing"

    def introduce(self, nodes):
        pass


class Alone(Server):
    """One of our small programs: a DHT node and nothing else, which pings whom it is told of."""

    port = 6881

    def __init__(self, host):
        self.host = host

    def introduce(self, nodes):
        """Not all at once: the answers would overrun its socket's buffer."""
        for i, node in enumerate(nodes):
            self.host.process.stdin.write(f"{node}\n".encode())
            self.host.process.stdin.flush()
            if i % 20 == 19:
                time.sleep(0.02)

    def _start(self, *argv):
        self.host.start(argv, stdin=subprocess.PIPE)

    def _contact(self):
        return f"{self.host.address[4]}:{self.port}"


class Built(Alone):
    """One of the C++ programs."""

    flags = ()

    @classmethod
    def find(cls, options):
        cls._program = options.program(cls.program)
        if not cls._program.exists():
            raise Missing(f"{cls._program.name} is not built")

    def start(self, _bootstrap):
        self._start(self._program, self._contact(), *self.flags)


class Ours(Built):
    kind, program = "dht", "ours"
    lifted = "torrents_max and peers_max, since from three quarters on newcomers are turned away"

    def version(self):
        return f"this library at {said_by('git', '-C', HERE, 'describe', '--always', '--dirty')}"


class OursWithStatistics(Ours):
    kind = "dht-statistics"
    flags = ("--statistics",)


class Libtorrent(Built):
    kind, program = "libtorrent", "libtorrent"
    lifted = ("dht_block_ratelimit, dht_upload_rate_limit, dht_max_torrents, dht_max_peers, "
              "dht_restrict_routing_ips, dht_restrict_search_ips, dht_ignore_dark_internet")

    def version(self):
        return self.host.log_path.read_text().splitlines()[0]


class BittorrentDht(Alone):
    kind = "bittorrent-dht"
    lifted = "maxPeers (10 000 of all torrents together)"
    kept = ("it takes who asks into its table unasked, and answers with its whole table, or with "
            "all peers and no nodes")

    @classmethod
    def find(cls, options):
        clients.BittorrentDht.find(options)
        cls._module = clients.BittorrentDht._module

    def version(self):
        package = self._module.with_name("package.json").read_text()
        number = re.search(r'"version": "([^"]+)"', package).group(1)
        return f"bittorrent-dht {number} on Node.js {said_by('node', '--version')}"

    def start(self, _bootstrap):
        self._start("node", HERE / "bittorrent_dht.mjs", self._module, self.host.address[4],
                    self.port)


class Rtorrent(Server, clients.Rtorrent):
    kept = ("buckets of 8; 128 peers of a torrent; an answer has at most 32 peers, and no nodes "
            "beside them")

    def version(self):
        return "rtorrent " + re.search(r"[\d.]*\d", said_by("rtorrent", "-h")).group()


class Aria2(Server, clients.Aria2):
    """With the one torrent without which it has no DHT.

    For each address that it reads or writes it calls getaddrinfo(), and has that look through all
    addresses of the host as soon as any interface but loopback has one.
    """

    kept = ("buckets of 8; 25 peers in an answer. Here is no interface beside loopback; with one, "
            "a find_node costs it 140 µs")

    def version(self):
        return said_by("aria2c", "--version")

    def start(self, _bootstrap):
        (self.host.directory / "dht.dat").write_bytes(self._state(4))
        self.host.start([
            "aria2c", "--no-conf", "--enable-rpc", f"--rpc-listen-port={self.rpc_port}",
            "--enable-dht=true", "--enable-dht6=false", f"--dht-listen-port={self.port}",
            "--dht-file-path=dht.dat", "--dht-message-timeout=2",
            f"--listen-port={self.announced_port}", "--bt-enable-lpd=false",
            "--enable-peer-exchange=false", "--async-dns=false", "--quiet=true",
            f"magnet:?xt=urn:btih:{bytes(20).hex()}"])


class Transmission(Server, clients.Transmission):
    """It takes 127/8 for martians."""

    place = staticmethod(apart)
    torrents_max, peers_each = 16_000, 1
    per_second, burst = 80, 300
    kept = ("100 queries a second, or 400 after a pause (so its loads are bursts of 300 with "
            "pauses between, and its echo's are too); 16 384 torrents; 50 peers in an answer")

    def version(self):
        return said_by("transmission-daemon", "--version")


KINDS = (Ours, OursWithStatistics, Rtorrent, Aria2, Libtorrent, BittorrentDht, Transmission)
