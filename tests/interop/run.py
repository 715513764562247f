#!/usr/bin/env python3
"""dht-node among real BitTorrent clients.

Builds a network of namespaces without a way out, starts dht-node, libtorrent, Transmission, aria2,
rtorrent and bittorrent-dht on it, each with an address of its own, and checks in both directions that an
infohash announced on one is found by the other and that each shows the other in its table.

Exit status: 0 all well, 1 something failed, 77 something could not be tried here ("skipped: why");
with CI=true in the environment a skip is a failure.
"""
import argparse
import contextlib
import functools
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time

from bed import Bed, CannotBuild
from checks import (READ_ONLY_LEFT_OUT, Exchange, answers_where_asked, joins_from,
                    leaves_out_read_only)
from clients import KINDS, Missing
from items import exchange_items
from network import Network
from node import NodeFailed
from report import CANNOT, FAILED, OK, SKIPPED, Report
from scrapes import exchange_scrapes

# How long each phase may take; all is done much sooner if all is well. Each has its time whatever
# those before it took: Transmission looks after a search every half minute only (see clients.py).
SETTLED_IN_S, EARLY_IN_S, EXCHANGED_IN_S = 20, 20, 120
LOOKED_IN_S, SCRAPED_IN_S, ITEMS_IN_S, LATECOMERS_IN_S = 30, 30, 90, 120
LOG_TAIL_LINES = 15
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def in_parallel(jobs):
    """Runs all, and raises the first exception there was. The threads do not outlive a SIGTERM."""
    failures = []

    def run(job):
        try:
            job()
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def find_clients(options, report):
    kinds = []
    for kind in KINDS:
        try:
            kind.find(options)
            kinds.append(kind)
        except Missing as why:
            report.note(kind.kind, "everything", None, kind.kind, SKIPPED, str(why))
    return kinds


def ends_in(seconds):
    return time.monotonic() + seconds


def examine(network, options, report):
    """The phases in order; see Exchange for what each looks at."""
    network.start_first(ends_in(SETTLED_IN_S))
    examine_early(network, options, report, ends_in(EARLY_IN_S))
    network.start_others()
    exchanges = network.exchanges(report, options.only)
    until_s = ends_in(EXCHANGED_IN_S)
    in_parallel([functools.partial(e.attempt, Exchange.run, until_s) for e in exchanges])
    probe = network.probe()
    until_s = ends_in(LOOKED_IN_S)
    for exchange in exchanges:
        exchange.attempt(Exchange.look, probe, until_s)
    clients = [c for c in network.clients if options.only in (None, c.kind)]
    exchange_scrapes(report, network.nodes, clients, probe, ends_in(SCRAPED_IN_S))
    exchange_items(report, network.nodes[0], clients, ends_in(ITEMS_IN_S))
    network.start_newcomers()
    until_s = ends_in(LATECOMERS_IN_S)
    answers_where_asked(report, *network.start_wildcard(), probe, until_s)
    read_only, listener = network.start_read_only(1)
    in_parallel([functools.partial(e.attempt, Exchange.seen_by_read_only, read_only, listener,
                                   until_s) for e in exchanges] +
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
    for name, sentences in report.failures().items():
        print("\n" + "\n".join(sentences))
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    if not os.access(options.dht_node, os.X_OK):
        print(f"no program {options.dht_node}")
        return 2
    report = Report(options.verbose)
    with logs(options.keep) as directory:
        try:
            try_all(options, directory, report)
        except CannotBuild as why:
            print(f"skipped: {why}")
            return skip_status()
        return conclude(report, directory)


if __name__ == "__main__":
    sys.exit(main())
