"""The real clients, one class each, behind one face.

    kind, host, families, port     who, where, and on which UDP port
    start(bootstrap)               starts it; `bootstrap` is a set of contacts
    contact(family)                where it is; with announced=True: what it announces
    announce(info_hash)            has it announce itself
    put(**), get(**)               items as dht-node takes and gives them, where has_items
    found(info_hash, listener)     contacts its lookup has brought by now (may start the lookup)
    ids()                          {family: node id}
    table()                        {(contact, node id)} it knows, or None: it does not say

Where a client has no interface for a thing, what it does shows it: a torrent client that found a
peer connects to it, and a node that is in a table is in the answer to find_node.
"""
import http.client
import itertools
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import time
import xmlrpc.client

from bed import Bed
from krpc import bencode, family_of, pack_contacts, split_contact
from node import Controlled, NodeFailed

HERE = pathlib.Path(__file__).resolve().parent


class Missing(Exception):
    """The client is not on this machine; the text says why."""


class Client:
    families = (4, 6)
    port = 6881
    has_items = False        # BEP 44
    has_filters = False      # BEP 33
    answers_samples = False  # BEP 51
    shows_what_it_finds = True

    def __init__(self, host):
        self.host, self.name = host, host.name

    def contacts(self):
        return {self.contact(f) for f in self.families}

    def contact(self, family, announced=False):
        return self.host.contact(family, self.announced_port if announced else self.port)


class ControlledClient(Client):
    """A DHT library behind one of our small programs: it does at once what it is asked."""

    def _start(self, argv, bootstrap):
        self._control = Controlled(self.host, [
            *argv, "--port", self.port,
            *itertools.chain(*(("--bind", self.host.address[f]) for f in self.families)),
            *itertools.chain(*(("--bootstrap", c) for c in sorted(bootstrap)))])

    def announce(self, info_hash):
        self._control.ask("announce", infohash=info_hash.hex(), port=self.announced_port)

    def ids(self):
        ids = self._control.ask("info")["node_ids"]
        return {f: bytes.fromhex(i) for f, i in zip(self.families, ids)}

    def put(self, **item):
        return self._control.ask("put", **item)

    def get(self, **item):
        return self._control.ask("get", **item)

    def found(self, info_hash, _listener):
        return set(self._control.ask("get_peers", infohash=info_hash.hex())["peers"])

    def table(self):
        nodes = self._control.ask("nodes")["nodes"]
        return {(n["addr"], bytes.fromhex(n["id"])) for n in nodes}


class Libtorrent(ControlledClient):
    kind = "libtorrent"
    announced_port = Client.port
    honours_read_only = True
    has_items = has_filters = answers_samples = True
    _python = None

    @classmethod
    def find(cls, _options):
        """Debian's package belongs to /usr/bin/python3; another python may come first in PATH."""
        for python in (sys.executable, "/usr/bin/python3"):
            test = [python, "-c", "import libtorrent"]
            if shutil.which(python) and subprocess.run(test, capture_output=True).returncode == 0:
                cls._python = python
                return
        raise Missing("no python has the module libtorrent (Debian: python3-libtorrent)")

    def start(self, bootstrap):
        self._start([self._python, HERE / "libtorrent_node.py"], bootstrap)


class BittorrentDht(ControlledClient):
    kind = "bittorrent-dht"
    announced_port = 7002
    families = (4,)
    honours_read_only = False
    has_items = True
    no_ipv6 = "opens an IPv4 socket only"
    _module = None

    @classmethod
    def find(cls, options):
        if not shutil.which("node"):
            raise Missing("no program node")
        package = options.npm_dir.resolve() / "node_modules" / "bittorrent-dht"
        if not package.is_dir():
            cls._install(options.npm_dir.resolve())
        cls._module = package / "index.js"

    @staticmethod
    def _install(directory):
        if not shutil.which("npm"):
            raise Missing(f"not in {directory}, and no program npm to install it")
        directory.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", directory,
             "bittorrent-dht@11"], capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            raise Missing(f"npm install bittorrent-dht: {done.stderr.strip().splitlines()[-1:]}")

    def start(self, bootstrap):
        self._start(["node", HERE / "bittorrent_dht_node.mjs", self._module], bootstrap)


class TorrentDaemon(Client):
    """A torrent client: it announces and looks up in one go, when a magnet link is added.

    What it found it does not tell, but it connects there: the listener at the announced contact
    sees its handshake.
    """

    honours_read_only = False
    rpc_path = None
    rpc_port = None
    announced_port = Client.port

    def __init__(self, host):
        super().__init__(host)
        self._added = set()
        self._ids = {f: os.urandom(20) for f in self.families}

    def ids(self):
        """Told to the client in its state file."""
        return self._ids

    def announce(self, info_hash):
        self._add_once(info_hash)

    def found(self, info_hash, listener):
        self._add_once(info_hash)
        return {c for c in listener.contacts()
                if (c, info_hash, self.host.address[family_of(c)]) in listener.handshakes()}

    def table(self):
        return None

    def _add_once(self, info_hash):
        if info_hash not in self._added:
            self._add(f"magnet:?xt=urn:btih:{info_hash.hex()}")
            self._added.add(info_hash)

    def _post(self, body, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.rpc_port, timeout=5)
        try:
            connection.sock = self.host.socket(socket.AF_INET, socket.SOCK_STREAM)
            connection.sock.settimeout(5)
            connection.sock.connect(("127.0.0.1", self.rpc_port))
            connection.request("POST", self.rpc_path, json.dumps(body), headers or {})
            answer = connection.getresponse()
            return answer, answer.read()
        except OSError as error:
            raise NodeFailed(f"{self.name}: RPC: {error}") from error
        finally:
            connection.close()


class Transmission(TorrentDaemon):
    """transmission-daemon 3.00 (jech's dht).

    A torrent is announced once the client knows 4 good and more than 8 nodes in all of that family,
    which is why the bed has at least 12; until then it tries again every 5 to 10 s, afterwards
    every 25 minutes. A line of dht.bootstrap costs it 7 to 22 s, a node of dht.dat 1 to 3 s (the
    first eight), and it never writes dht.dat with less than 40 good nodes: so we write one, with
    the addresses of eight nodes, and its first announcement begins 6 to 12 s after the start. That
    is a search, which it looks after every 15 to 25 s only, and it announces at the first look that
    finds the eight closest nodes to have answered under the ids the search knew: 20 to 55 s in all,
    and 30 s more if one of them has changed its id or died.
    For an IPv6 DHT it wants a route to an address of the real internet, which it never contacts: it
    only looks which of its own addresses would be used.
    """

    kind = "transmission"
    rpc_path, rpc_port = "/transmission/rpc", 9091
    internet = "2001:1890:1112:1::20"

    def __init__(self, host):
        super().__init__(host)
        self._ids = dict.fromkeys(self.families, self._ids[4])  # one id for both

    @classmethod
    def find(cls, _options):
        if not shutil.which("transmission-daemon"):
            raise Missing("no program transmission-daemon")

    def start(self, bootstrap):
        Bed.add_blind_route(self.host, self.internet)
        config = self.host.directory / "config"
        config.mkdir()
        (config / "settings.json").write_text(json.dumps(self._settings()))
        (config / "dht.dat").write_bytes(self._state(bootstrap))
        (config / "dht.bootstrap").write_text(
            "".join("%s %d\n" % split_contact(c) for c in sorted(bootstrap)))
        self.host.start(["transmission-daemon", "--foreground", "--config-dir", config,
                         "--log-info"])
        self._session = {}

    def _settings(self):
        return {
            "dht-enabled": True, "peer-port": self.announced_port,
            "bind-address-ipv4": self.host.address[4], "bind-address-ipv6": self.host.address[6],
            "lpd-enabled": False, "pex-enabled": False, "utp-enabled": False,
            "port-forwarding-enabled": False, "blocklist-enabled": False,
            "encryption": 0,  # the listener reads plain handshakes
            "download-queue-enabled": False, "download-dir": str(self.host.directory),
            "rpc-bind-address": "127.0.0.1", "rpc-port": self.rpc_port,
            "rpc-whitelist-enabled": False, "rpc-authentication-required": False,
        }

    def _state(self, bootstrap):
        of = {f: pack_contacts(sorted(c for c in bootstrap if family_of(c) == f)[:8])
              for f in (4, 6)}
        return bencode({b"id": self._ids[4], b"nodes": of[4], b"nodes6": of[6]})

    def _add(self, magnet):
        body = {"method": "torrent-add", "arguments": {"filename": magnet, "paused": False}}
        answer, text = self._post(body, self._session)
        if answer.status == 409:  # the first request learns the session id
            name = "X-Transmission-Session-Id"
            self._session = {name: answer.headers[name]}
            answer, text = self._post(body, self._session)
        if json.loads(text).get("result") != "success":
            raise NodeFailed(f"{self.name}: torrent-add: {text!r}")


class Aria2(TorrentDaemon):
    """aria2c 1.36.

    Its DHT starts with the first torrent, so it is given one at the start that nobody wants. It
    looks a torrent up, and announces it, at once and then ten times every 5 s. A message waits 10 s
    for its answer by default, which is long on a bed where nobody is further than a millisecond.
    """

    kind = "aria2"
    rpc_path, rpc_port = "/jsonrpc", 6800
    announced_port = 6891

    @classmethod
    def find(cls, _options):
        if not shutil.which("aria2c"):
            raise Missing("no program aria2c")

    def start(self, bootstrap):
        entry = {f: sorted(c for c in bootstrap if family_of(c) == f)[0] for f in (4, 6)}
        for family, file in ((4, "dht.dat"), (6, "dht6.dat")):
            (self.host.directory / file).write_bytes(self._state(family))
        self.host.start([
            "aria2c", "--no-conf", "--enable-rpc", f"--rpc-listen-port={self.rpc_port}",
            "--enable-dht=true", "--enable-dht6=true", f"--dht-listen-port={self.port}",
            f"--dht-listen-addr6={self.host.address[6]}",
            f"--dht-entry-point={entry[4]}", f"--dht-entry-point6={entry[6]}",
            "--dht-file-path=dht.dat", "--dht-file-path6=dht6.dat", "--dht-message-timeout=2",
            f"--listen-port={self.announced_port}", "--max-concurrent-downloads=100",
            "--bt-enable-lpd=false", "--enable-peer-exchange=false", "--async-dns=false",
            "--console-log-level=notice", "--log=aria2.log", "--log-level=info",
            f"magnet:?xt=urn:btih:{os.urandom(20).hex()}"])

    def _state(self, family):
        """A routing table file, version 3: an id and no nodes."""
        magic = bytes.fromhex("a1a2020000000003")
        saved_at = struct.pack(">Q", int(time.time()))
        return magic + saved_at + bytes(8) + self._ids[family] + bytes(4) + bytes(8)

    def _add(self, magnet):
        answer, text = self._post({"jsonrpc": "2.0", "id": 1, "method": "aria2.addUri",
                                   "params": [[magnet]]})
        if answer.status != 200:
            raise NodeFailed(f"{self.name}: addUri: {text!r}")


class Rtorrent(TorrentDaemon):
    """rtorrent 0.9.8 (rakshasa's libtorrent).

    It takes its id and whom to ask first from a cache in its session directory, and it is steered
    by XML-RPC over SCGI. A torrent is looked up and announced when it starts; with too few nodes
    known that fails, and is tried again after some seconds. It answers get_peers with the two bytes
    of each port the other way round, and calls nobody whom only its DHT has found.
    """

    kind = "rtorrent"
    families = (4,)
    shows_what_it_finds = False
    no_ipv6 = "its DHT speaks IPv4 only"

    @classmethod
    def find(cls, _options):
        if not shutil.which("rtorrent"):
            raise Missing("no program rtorrent")

    def start(self, bootstrap):
        session = self.host.directory / "session"
        session.mkdir()
        (session / "rtorrent.dht_cache").write_bytes(self._state(bootstrap))
        (self.host.directory / "rc").write_text("".join(f"{line}\n" for line in (
            "system.daemon.set = true",
            f"session.path.set = {session}",
            f"directory.default.set = {self.host.directory}",
            f"network.bind_address.set = {self.host.address[4]}",
            f"network.port_range.set = {self.announced_port}-{self.announced_port}",
            "network.port_random.set = no", f"network.scgi.open_local = {self._socket_path()}",
            f"dht.port.set = {self.port}", "dht.mode.set = on",
            "protocol.pex.set = no",
            "protocol.encryption.set = none")))  # the listener reads plain handshakes
        self.host.start(["rtorrent", "-n", "-o", f"import={self.host.directory / 'rc'}"])

    def _socket_path(self):
        return self.host.directory / "rpc"

    def _state(self, bootstrap):
        places = [split_contact(c) for c in sorted(bootstrap) if family_of(c) == 4]
        return bencode({b"self_id": self._ids[4], b"nodes": {},
                        b"contacts": [[host.encode(), port] for host, port in places]})

    def _add(self, magnet):
        call = xmlrpc.client.dumps(("", magnet), "load.start").encode()
        head = b"CONTENT_LENGTH\0%d\0SCGI\x001\0" % len(call)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(5)
                connection.connect(str(self._socket_path()))
                connection.sendall(b"%d:%s,%s" % (len(head), head, call))
                answer = b"".join(iter(lambda: connection.recv(4096), b""))
            xmlrpc.client.loads(answer.partition(b"\r\n\r\n")[2])
        except (OSError, xmlrpc.client.Error) as error:
            raise NodeFailed(f"{self.name}: load.start: {error}") from error


KINDS = (Libtorrent, Transmission, Aria2, Rtorrent, BittorrentDht)
