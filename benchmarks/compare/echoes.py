#!/usr/bin/env python3
"""Other ways to echo than recvmmsg and sendmmsg alone: io_uring, and this library's sockets with
poll, which is the least of what a node costs that is not the node's.

In turns each and the plain echo get the load that run.py gives. Counted is the CPU time, user and
system, of the process: the median of its loads, and median and quartiles of the ratios of
neighbours.

Needs root: all runs in a namespace without a way out. Build the targets compare_* first.
"""
import argparse
import contextlib
import pathlib
import statistics
import sys
import tempfile

import places
from measure import Echo, World

PLAIN, PORT = "echo", 6100
WAYS = {"echo_uring": "io_uring", "echo_io": "our sockets and poll"}
SIZES = (70, 300, 1000)  # a ping's reply, one with nodes, one with many peers
TRIAL, LOAD_S = 20_000, 0.8


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=places.REPOSITORY / "build",
                        help="CMake's build folder")
    parser.add_argument("--pairs", type=int, default=12, help="loads of each")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    options = parser.parse_args(argv)
    options.program = lambda name: options.build.resolve() / f"benchmarks/compare/compare_{name}"
    return options


def costs_us(place, options, reply_bytes, way):
    """Pairs of neighbours: CPU time of a query by the plain echo, and by that way."""
    at = {name: f"{place.server.address[4]}:{PORT + i}" for i, name in enumerate((PLAIN, way))}
    world = World(place, options, at[PLAIN])
    with contextlib.ExitStack() as running:
        pids = {name: running.enter_context(Echo(place, options, at[name], reply_bytes, name))
                for name in at}

        def cost(name, count):
            return world.load(pids[name], "echo", "find_node", count, at[name])["cpu_us"]

        count = int(LOAD_S * 1e6 / cost(PLAIN, TRIAL))
        return [[cost(name, count) for name in at] for _ in range(options.pairs)]


def line(reply_bytes, way, costs):
    plain, other = (statistics.median(column) for column in zip(*costs))
    low, middle, high = statistics.quantiles([b / a for a, b in costs], n=4)
    return (f"| {WAYS[way]} | {reply_bytes} | {plain:.2f} µs | {other:.2f} µs | "
            f"**{middle:.2f}** ({low:.2f} to {high:.2f}) |")


def main(argv):
    options = parse(argv)
    print("| way | bytes of a reply | recvmmsg, sendmmsg | that way | ratio |")
    print("|---|---|---|---|---|", flush=True)
    for way in options.ways:
        for reply_bytes in SIZES:
            with tempfile.TemporaryDirectory(prefix="compare-") as directory:
                with places.loopback(pathlib.Path(directory)) as place:
                    costs = costs_us(place, options, reply_bytes, way)
                    print(line(reply_bytes, way, costs), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
