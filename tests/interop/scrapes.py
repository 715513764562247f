"""Scrapes (BEP 33): filters of seeds and leeches, from dht-node and from the clients that have them."""
import hashlib

from checks import SHARED_BITS, poll
from krpc import near, pack_address
from node import NodeFailed
from report import CANNOT, FAILED, OK

FILTERS = "has a seed and a leech in its filters (BEP 33)"
ESTIMATE = "is scraped by dht-node"
FILTER_BITS = 2048


def holds(bloom_filter, address):
    """Two bits of the SHA-1 of an address, as BEP 33 has it."""
    digest = hashlib.sha1(pack_address(address)).digest()
    bits = (digest[0] | digest[1] << 8, digest[2] | digest[3] << 8)
    return len(bloom_filter) == FILTER_BITS // 8 and all(
        bloom_filter[b % FILTER_BITS // 8] >> b % 8 & 1 for b in bits)


class Scrape:
    """A torrent whose key is nearest to `holder`, with one seed and one leech on two dht-nodes."""

    def __init__(self, report, holder, seed, leech):
        self._report, self._holder, self._seed, self._leech = report, holder, seed, leech

    def attempt(self, probe, until_s):
        for family in self._holder.families:
            try:
                self._attempt(family, probe, until_s)
            except NodeFailed as failure:
                self._note(FILTERS, family, False, str(failure))

    def _attempt(self, family, probe, until_s):
        key = near(self._holder.ids()[family], SHARED_BITS)
        at = self._holder.host.contact(family, self._holder.port)

        def ask():
            """An announce leaves out who answers late, so it is repeated like any other."""
            self._seed.ask("announce", infohash=key.hex(), port=7000, seed=True)
            self._leech.ask("announce", infohash=key.hex(), port=7000)
            return probe.scrape(at, key)

        (seeds, leeches), right = poll(until_s, ask, lambda both: self._are_in(both, family))
        self._note(FILTERS, family, right, "" if right else f"{seeds.hex()} {leeches.hex()}")
        found, counted = poll(until_s,
                              lambda: self._leech.ask("get_peers", infohash=key.hex(), scrape=True),
                              lambda found: found["seeds"] >= 1 and found["leeches"] >= 1)
        self._note(ESTIMATE, family, counted,
                   f"{found['seeds']} seeds, {found['leeches']} leeches on all addresses")

    def _are_in(self, both, family):
        seed, leech = (n.host.address[family] for n in (self._seed, self._leech))
        return (holds(both[0], seed), holds(both[0], leech),
                holds(both[1], seed), holds(both[1], leech)) == (True, False, False, True)

    def _note(self, what, family, good, detail):
        self._report.note(self._holder.kind, what, family, self._holder.name,
                          OK if good else FAILED, detail)


def exchange_scrapes(report, nodes, clients, probe, until_s):
    """dht-node itself, and each kind of client that has filters."""
    for client in {c.kind: c for c in clients}.values():
        if client.has_filters:
            Scrape(report, client, *nodes[:2]).attempt(probe, until_s)
        else:
            report.note(client.kind, FILTERS, None, client.kind, CANNOT, "does not know BEP 33")
    Scrape(report, nodes[2], *nodes[:2]).attempt(probe, until_s)
