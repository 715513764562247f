"""Who is on the bed, and who starts when."""
import time

from checks import JOINED_NODES, NODE_PORT, POLL_S, Exchange
from clients import Aria2, BittorrentDht, Libtorrent, Rtorrent, Transmission
from krpc import Probe, contact
from listener import Listener
from node import DhtNode

# With the dht-nodes 16 that stay, 11 of them on IPv6 too: Transmission wants more than 8 others.
NUMBER_OF = {Libtorrent: 4, Transmission: 2, Aria2: 2, Rtorrent: 2, BittorrentDht: 3}
NUMBER_OF_NODES = 3  # the second and third sign: each kind of client meets one of these
SETTLED_AFTER_S = 3


class Network:
    """The dht-nodes and the clients; beside them some dht-nodes that come late or go early."""

    def __init__(self, bed, program, kinds):
        self._bed, self._program = bed, program
        self.nodes = [self._node(f"dht-node-{n}", sign=n > 1)
                      for n in range(1, NUMBER_OF_NODES + 1)]
        self.clients = [kind(bed.add_host(f"{kind.kind}-{n}")) for kind in kinds
                        for n in range(1, NUMBER_OF[kind] + 1)]
        self.newcomers = {c: self._node(f"dht-node-from-{c.name}", families=c.families)
                          for c in {c.kind: c for c in reversed(self.clients)}.values()}
        self.read_only = [self._node(f"dht-node-ro-{n}", families=(4,), read_only=True)
                          for n in (1, 2)]
        self.wildcard = self._node("dht-node-wildcard", binds=["0.0.0.0", "::"])
        self._probe_host = bed.add_host("probe")
        self._first = [c for c in self.clients if isinstance(c, Libtorrent)] + self.nodes
        self._listeners = {}

    def start_first(self, until_s):
        """Those that change their ids when they learn their address (BEP 42). The others come when
        that is over, for Transmission loses a minute on each id that is no more."""
        for member in self._first:
            member.start(_contacts(m for m in self._first if m is not member))
        _settle(self._first, until_s)

    def start_others(self):
        for client in self.clients:
            if client not in self._first:
                client.start(_contacts(self._first))
        self._listeners = {n: Listener(n.host, n.families, NODE_PORT) for n in self.nodes}

    def start_newcomers(self):
        for client, newcomer in self.newcomers.items():
            newcomer.start(client.contacts())

    def start_read_only(self, which):
        node = self.read_only[which]
        node.start(_contacts(self.nodes))
        return node, Listener(node.host, node.families, NODE_PORT)

    def start_wildcard(self):
        """A node on wildcard sockets, and all the contacts that it has."""
        second = self._bed.add_second_addresses(self.wildcard.host)
        self.wildcard.start(_contacts(self.nodes))
        return self.wildcard, sorted(self.wildcard.contacts() | {
            contact(a, self.wildcard.port) for a in second.values()})

    def probe(self):
        return Probe(self._probe_host)

    def exchanges(self, report, only):
        """Each client meets the dht-nodes in turn."""
        return [Exchange(report, self.nodes, node, client, family, self._listeners[node])
                for i, client in enumerate(self.clients) if only in (None, client.kind)
                for family in client.families
                for node in [self.nodes[i % len(self.nodes)]]]

    def all_nodes(self):
        return [*self.nodes, *self.newcomers.values(), self.read_only[1], self.wildcard]

    def _node(self, name, **options):
        return DhtNode(self._bed.add_host(name), self._program, **options)


def _contacts(members):
    return set().union(*(m.contacts() for m in members))


def _settle(members, until_s):
    """Waits until nobody's id has changed for a while; who never settles only costs time."""
    ids, since_s = None, time.monotonic()
    while time.monotonic() < until_s and time.monotonic() - since_s < SETTLED_AFTER_S:
        now = [m.ids() for m in members]
        if now != ids or min(len(m.table()) for m in members) < JOINED_NODES:
            ids, since_s = now, time.monotonic()
        time.sleep(POLL_S)
