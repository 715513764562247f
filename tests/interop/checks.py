"""What is checked between dht-node and one client, in both directions."""
import os
import time

from krpc import family_of, near
from node import NodeFailed
from report import CANNOT, FAILED, OK

# Where dht-node's announcements point to, and the listener stands. The same in either order of its
# bytes: rtorrent hands out ports the wrong way round, and Transmission connects to the port that it
# heard of first only.
NODE_PORT = 0x1b1b
SHARED_BITS = 24  # of a key and the id it is meant for: nobody else on the bed comes closer
POLL_S = 1
JOINED_NODES = 3

TABLE_OF_NODE = "is in dht-node's table"
PING = "answers dht-node's ping, with its id"
FIND_NODE = "is found by dht-node's find_node, as the closest"
TABLE_OF_CLIENT = "has dht-node in its table"
ANNOUNCED_BY_CLIENT = "announces, and dht-node's get_peers finds it"
ANNOUNCED_BY_NODE = "finds what dht-node announces"
STORED_AT_NODE = "announces to dht-node itself, which stores it"
STORED_AT_CLIENT = "stores what dht-node announces"
BOOTSTRAP = "is all a dht-node needs to join"
READ_ONLY_GETS = "announces, and a read-only dht-node finds it"
READ_ONLY_ANNOUNCES = "finds what a read-only dht-node announces"
GONE_THROUGH = "goes through the whole exchange"
ANSWERS_WHERE_ASKED = "answers from the address asked, on wildcard sockets"
READ_ONLY_LEFT_OUT = "leaves a read-only dht-node out of its table"


def poll(until_s, ask, wanted):
    """Asks until the answer is as wanted; (answer, whether it is). A failing question is asked
    again, unless time is up."""
    while True:
        try:
            answer = ask()
            if wanted(answer):
                return answer, True
        except NodeFailed as failure:
            answer = failure
        if time.monotonic() >= until_s:
            return answer, False
        time.sleep(POLL_S)


class Exchange:
    """One client and one dht-node over one address family.

    Each direction has a key of its own, made to be nearest to the one who is to store it. Thus the
    other one must send its announcement there, and the probe can see that it did: neither of the
    two can hide behind other clients.
    """

    def __init__(self, report, nodes, node, client, family, listener):
        self._report, self._nodes, self._node = report, nodes, node
        self._client, self._family, self._listener = client, family, listener
        self._to_node = self._to_client = None

    def attempt(self, step, *arguments):
        """Whoever dies on the way spoils this exchange only."""
        try:
            step(self, *arguments)
        except NodeFailed as failure:
            self._note(GONE_THROUGH, False, str(failure))

    def run(self, until_s):
        """Everything that needs no probe."""
        if self._joined(until_s):
            self._pinged(until_s)
            self._found_as_node(until_s)
            self._client_announces(until_s)
            self._node_announces(until_s)

    def look(self, probe, until_s):
        """What only shows from outside, or is better asked when the rest is done."""
        self._in_table_of_client(probe, until_s)
        if self._to_client is not None:
            self._wait(STORED_AT_NODE, until_s,
                       lambda: probe.get_peers(self._at_node(self._node), self._to_node),
                       self._client.contact(self._family, announced=True))
            self._wait(STORED_AT_CLIENT, until_s,
                       lambda: probe.get_peers(self._at_client(), self._to_client),
                       self._node.host.contact(self._family, NODE_PORT))

    def seen_by_read_only(self, read_only, listener, until_s):
        if self._to_client is None or self._family not in read_only.families:
            return
        self._wait(READ_ONLY_GETS, until_s, lambda: read_only.get_peers(self._to_node),
                   self._client.contact(self._family, announced=True))
        key = os.urandom(20)
        self._announce_by(read_only, key, until_s)
        self._wait_until_found(READ_ONLY_ANNOUNCES, key, read_only, listener, until_s)

    def _joined(self, until_s):
        at = self._at_client()

        def ask():
            node_id = self._client.ids()[self._family]
            return [node.name for node in self._nodes if (at, node_id) in node.table()]

        holders, joined = poll(until_s, ask, bool)
        return self._note(TABLE_OF_NODE, joined, f"{len(holders)} of {len(self._nodes)}" if joined
                          else f"no table has {at} with the right id ({holders})")

    def _pinged(self, until_s):
        answers, same = poll(until_s, lambda: (self._node.ping(self._at_client()),
                                               self._client.ids()[self._family]),
                             lambda answers: answers[0] == answers[1])
        self._note(PING, same, "" if same else f"answer and id are {answers}")

    def _found_as_node(self, until_s):
        def ask():
            found = self._node.find_node(self._client.ids()[self._family])
            return [c for c in found if family_of(c) == self._family]

        answer, first = poll(until_s, ask, lambda found: found[:1] == [self._at_client()])
        self._note(FIND_NODE, first, "" if first else f"{self._at_client()} is not first: {answer}")

    def _client_announces(self, until_s):
        self._to_node = near(self._node.ids()[self._family], SHARED_BITS)
        self._client.announce(self._to_node)
        self._wait(ANNOUNCED_BY_CLIENT, until_s, lambda: self._node.get_peers(self._to_node),
                   self._client.contact(self._family, announced=True))

    def _node_announces(self, until_s):
        self._to_client = near(self._client.ids()[self._family], SHARED_BITS)
        self._announce_by(self._node, self._to_client, until_s)
        self._wait_until_found(ANNOUNCED_BY_NODE, self._to_client, self._node, self._listener,
                               until_s)

    def _wait_until_found(self, what, key, node, listener, until_s):
        if self._client.shows_what_it_finds:
            self._wait(what, until_s, lambda: self._client.found(key, listener),
                       node.host.contact(self._family, NODE_PORT))
        else:
            self._report.note(self._client.kind, what, self._family, self._client.name, CANNOT,
                              "does not show what it finds")

    @staticmethod
    def _announce_by(node, key, until_s):
        poll(until_s, lambda: node.announce(key, NODE_PORT), lambda stored: stored > 0)

    def _in_table_of_client(self, probe, until_s):
        """Its own word where it has one; otherwise its answer to find_node for dht-node's id."""
        def ask():
            table, held = self._client.table(), 0
            for node in self._nodes:
                node_id = node.ids()[self._family]
                seen = probe.find_node(self._at_client(), node_id) if table is None else table
                held += (self._at_node(node), node_id) in seen
            return held

        held, any_held = poll(until_s, ask, bool)
        self._note(TABLE_OF_CLIENT, any_held, f"{held} of {len(self._nodes)} with the right id")

    def _wait(self, what, until_s, ask, wanted):
        began_s = time.monotonic()
        answer, found = poll(until_s, ask, lambda contacts: wanted in contacts)
        self._note(what, found, f"{time.monotonic() - began_s:.1f} s" if found
                   else f"no {wanted} in {answer}")

    def _note(self, what, good, detail):
        self._report.note(self._client.kind, what, self._family, self._client.name,
                          OK if good else FAILED, detail)
        return good

    def _at_client(self):
        return self._client.contact(self._family)

    def _at_node(self, node):
        return node.host.contact(self._family, node.port)


def joins_from(report, newcomer, client, until_s):
    """`newcomer` was started with the addresses of `client` and nobody else's."""
    table, joined = poll(until_s, newcomer.table, lambda table: len(table) >= JOINED_NODES)
    report.note(client.kind, BOOTSTRAP, None, client.name, OK if joined else FAILED,
                f"{len(table)} nodes" if joined else f"the table is {table}")


def answers_where_asked(report, node, contacts, probe, until_s):
    """Each address of `node` answers for itself (BEP 45), though its sockets are bound to none."""
    for at in contacts:
        family = family_of(at)
        answer, same = poll(until_s, lambda: probe.ping(at),
                            lambda answer: answer == node.ids()[family])
        report.note(node.kind, ANSWERS_WHERE_ASKED, family, node.name, OK if same else FAILED,
                    f"{at} answers {answer}")


def leaves_out_read_only(report, read_only, clients, until_s):
    """Those who know BEP 43 do not keep `read_only`, though it has looked up what they announce.

    Only while nobody else is there: the others do keep it, and tell everybody of it. It must not
    announce anything: libtorrent keeps whoever brings a valid token, read-only or not.
    """
    for client in clients:
        key = os.urandom(20)
        client.announce(key)
        for family in read_only.families:
            announced = client.contact(family, announced=True)
            peers, asked = poll(until_s, lambda: read_only.get_peers(key),
                                lambda peers: announced in peers)
            table = client.table()
            kept = read_only.host.contact(family, read_only.port) in {at for at, _ in table}
            good = asked and not kept
            report.note(client.kind, READ_ONLY_LEFT_OUT, family, client.name,
                        OK if good else FAILED,
                        "" if good else f"it found {peers}, and the client's table is {table}")
