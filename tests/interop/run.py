#!/usr/bin/env python3
"""dht-node among real BitTorrent clients.

Builds a network of namespaces without a way out, starts dht-node, libtorrent, Transmission, aria2
and bittorrent-dht on it, each with an address of its own, and checks in both directions that an
infohash announced on one is found by the other and that each shows the other in its table.

Exit status: 0 all well, 1 something failed, 77 something could not be tried here ("skipped: why");
with CI=true in the environment a skip is a failure.
"""
import argparse
import concurrent.futures
import contextlib
import functools
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

from bed import Bed, CannotBuild
from checks import (JOINED_NODES, NODE_PORT, POLL_S, READ_ONLY_LEFT_OUT, Exchange, joins_from,
                    leaves_out_read_only)
from clients import KINDS, Aria2, BittorrentDht, Libtorrent, Missing, Transmission
from krpc import Probe
from listener import Listener
from node import DhtNode, NodeFailed
from report import CANNOT, FAILED, OK, SKIPPED, Report

NUMBER_OF = {Libtorrent: 4, Transmission: 2, Aria2: 2, BittorrentDht: 3}
NUMBER_OF_NODES = 3
SETTLED_AFTER_S = 3
# By when each phase must be over, counted from the start; all is done much sooner if all is well.
SETTLED_BY_S, EARLY_BY_S, EXCHANGED_BY_S, LOOKED_BY_S, LATECOMERS_BY_S = 20, 35, 130, 145, 180
LOG_TAIL_LINES = 15
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


class Network:
    """Who is on the bed."""

    def __init__(self, bed, program, kinds):
        self._bed, self._program = bed, program
        self.nodes = [self._node(f"dht-node-{n}") for n in range(1, NUMBER_OF_NODES + 1)]
        self.clients = [kind(bed.add_host(f"{kind.kind}-{n}")) for kind in kinds
                        for n in range(1, NUMBER_OF[kind] + 1)]
        self.newcomers = {c: self._node(f"dht-node-from-{c.name}", families=c.families)
                          for c in {c.kind: c for c in reversed(self.clients)}.values()}
        self.read_only = [self._node(f"dht-node-ro-{n}", families=(4,), read_only=True)
                          for n in (1, 2)]
        self._probe_host = bed.add_host("probe")

    def start_first(self, until_s):
        """Those that change their ids when they learn their address (BEP 42). The others come when
        that is over, for Transmission loses a minute on each id that is no more."""
        self._first = [c for c in self.clients if isinstance(c, Libtorrent)] + self.nodes
        for member in self._first:
            member.start(_contacts(m for m in self._first if m is not member))
        _settle(self._first, until_s)

    def start_others(self):
        for client in self.clients:
            if client not in self._first:
                client.start(_contacts(self._first))
        self.listeners = {n: Listener(n.host, n.families, NODE_PORT) for n in self.nodes}

    def start_newcomers(self):
        for client, newcomer in self.newcomers.items():
            newcomer.start(client.contacts())

    def start_read_only(self, which):
        node = self.read_only[which]
        node.start(_contacts(self.nodes))
        return node, Listener(node.host, node.families, NODE_PORT)

    def probe(self):
        return Probe(self._probe_host)

    def exchanges(self, report, only):
        """Each client meets the dht-nodes in turn."""
        return [Exchange(report, self.nodes, node, client, family, self.listeners[node])
                for i, client in enumerate(self.clients) if only in (None, client.kind)
                for family in client.families
                for node in [self.nodes[i % len(self.nodes)]]]

    def all_nodes(self):
        return [*self.nodes, *self.newcomers.values(), self.read_only[1]]

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


def in_parallel(jobs):
    """Runs all, and raises the first exception there was."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(jobs))) as pool:
        for future in [pool.submit(job) for job in jobs]:
            future.result()


def find_clients(options, report):
    kinds = []
    for kind in KINDS:
        try:
            kind.find(options)
            kinds.append(kind)
        except Missing as why:
            report.note(kind.kind, "everything", None, kind.kind, SKIPPED, str(why))
    return kinds


def examine(network, options, report):
    """The phases in order; see Exchange for what each looks at."""
    start_s = time.monotonic()
    network.start_first(start_s + SETTLED_BY_S)
    examine_early(network, options, report, start_s + EARLY_BY_S)
    network.start_others()
    exchanges = network.exchanges(report, options.only)
    in_parallel([functools.partial(e.run, start_s + EXCHANGED_BY_S) for e in exchanges])
    probe = network.probe()
    for exchange in exchanges:
        exchange.look(probe, start_s + LOOKED_BY_S)
    network.start_newcomers()
    read_only, listener = network.start_read_only(1)
    until_s = start_s + LATECOMERS_BY_S
    in_parallel([functools.partial(e.seen_by_read_only, read_only, listener, until_s)
                 for e in exchanges] +
                [functools.partial(joins_from, report, newcomer, client, until_s)
                 for client, newcomer in network.newcomers.items()
                 if options.only in (None, client.kind)])


def examine_early(network, options, report, until_s):
    """A read-only node that is gone again before anybody comes who would keep it."""
    clients = [c for c in network.clients if c.honours_read_only and options.only in (None, c.kind)]
    if clients:
        read_only, _ = network.start_read_only(0)
        leaves_out_read_only(report, read_only, clients, until_s)
        note_farewell(read_only, report)


def note_shortcomings(network, report):
    for client in {c.kind: c for c in network.clients}.values():
        if 6 not in client.families:
            report.note(client.kind, "IPv6", 6, client.kind, CANNOT, client.no_ipv6)
        if not client.honours_read_only:
            report.note(client.kind, READ_ONLY_LEFT_OUT, 4, client.kind, CANNOT,
                        "does not know BEP 43")


def note_deaths(bed, report):
    for host in bed.hosts:
        for status in host.died():
            report.note(host.name.rsplit("-", 1)[0], "stays alive", None, host.name, FAILED,
                        f"ended with status {status}")


def note_farewell(node, report):
    status = node.quit()
    report.note(node.kind, "quits within 4 s, with status 0", None, node.name,
                OK if status == 0 else FAILED, f"status {status}")


def try_all(options, directory, report):
    kinds = find_clients(options, report)
    if not kinds:
        return
    with Bed(directory) as bed:
        network = Network(bed, options.dht_node.resolve(), kinds)
        note_shortcomings(network, report)
        try:
            examine(network, options, report)
            note_deaths(bed, report)
            for node in network.all_nodes():
                note_farewell(node, report)
        except NodeFailed as failure:
            note_deaths(bed, report)
            report.note("bed", "the test itself", None, "bed", FAILED, str(failure))


def conclude(report, directory):
    """Prints everything; the exit status."""
    print(report.table())
    print("\n".join(report.reasons()))
    for name, sentence in report.failures():
        print(f"\n{sentence}")
        print_tail(directory / name / "log")
    failed, skipped = report.count(FAILED), report.count(SKIPPED)
    print(f"\n{report.count(OK)} ok, {failed} FAILED, {report.count(CANNOT)} cannot, "
          f"{skipped} skipped")
    if failed:
        return 1
    return skip_status() if skipped else 0


def print_tail(log):
    if log.is_file():
        for line in log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]:
            print(f"    {line}")


def skip_status():
    return 1 if os.environ.get("CI") == "true" else 77


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dht-node", type=pathlib.Path, required=True, metavar="PATH")
    parser.add_argument("--npm-dir", type=pathlib.Path, metavar="DIR",
                        default=REPOSITORY / "build" / "interop-npm",
                        help="where bittorrent-dht is, or is installed (default: %(default)s)")
    parser.add_argument("--only", choices=[k.kind for k in KINDS],
                        help="check this client only; all of them run all the same")
    parser.add_argument("--keep", action="store_true", help="keep the logs")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell each result at once")
    return parser.parse_args()


@contextlib.contextmanager
def logs(keep):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="dht-interop-"))
    try:
        yield directory
    finally:
        if keep:
            print(f"logs: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if not os.access(options.dht_node, os.X_OK):
        print(f"no program {options.dht_node}")
        return 2
    report = Report(options.verbose, time.monotonic(), time.monotonic)
    with logs(options.keep) as directory:
        try:
            try_all(options, directory, report)
        except CannotBuild as why:
            print(f"skipped: {why}")
            return skip_status()
        return conclude(report, directory)


if __name__ == "__main__":
    sys.exit(main())
