#!/usr/bin/env python3
"""What a query costs a DHT server: ours and those that Debian and npm have, beside a bare echo.

Each server in turn learns contacts and torrents over the wire and gets the same bounded load, from
more than 10 000 addresses and with never more than 64 queries on their way; between its loads a
bare echo gets the same queries and answers with as many bytes. Counted is the CPU time, user and
system, of the server's process.

Needs root: all runs in namespaces without a way out. Writes compare.md and compare.svg. Build the
targets compare_* first.
"""
import argparse
import pathlib
import sys
import tempfile

import places
import servers
from measure import Failed, Subject
from report import chart, table


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=places.REPOSITORY / "build",
                        help="CMake's build folder")
    parser.add_argument("--out", type=pathlib.Path, help="folder of the results; else the build's")
    parser.add_argument("--peers", help="only these, by comma: "
                        + ", ".join(kind.kind for kind in servers.KINDS))
    parser.add_argument("--quick", action="store_true", help="short loads, few torrents")
    parser.add_argument("--verbose", action="store_true", help="print every load")
    parser.add_argument("--npm-dir", type=pathlib.Path, help="where npm's package is, or is put")
    options = parser.parse_args(argv)
    options.build = options.build.resolve()
    options.out = options.out or options.build
    options.npm_dir = options.npm_dir or options.build / "npm"
    options.program = lambda name: options.build / "benchmarks/compare" / f"compare_{name}"
    options.torrents = 2_000 if options.quick else 100_000
    options.trial = 2_000
    options.load_s, options.bursts = (0.3, 1) if options.quick else (0.7, 1)
    options.loads = 3 if options.quick else 11  # the machine's speed drifts: short and many
    options.patience_s = 20 if options.quick else 120
    return options


def chosen(options):
    wanted = options.peers.split(",") if options.peers else None
    for kind in servers.KINDS:
        if wanted and kind.kind not in wanted:
            continue
        try:
            kind.find(options)
            yield kind
        except servers.Missing as why:
            print(f"{kind.kind}: left out: {why}", flush=True)


def measure(kind, options):
    """A row, or None."""
    with tempfile.TemporaryDirectory(prefix="compare-") as directory:
        try:
            with kind.place(pathlib.Path(directory)) as place:
                return row_of(kind, place, options)
        except (Failed, places.bed.CannotBuild) as why:
            print(f"{kind.kind}: left out: {why}", flush=True)
            return None


def row_of(kind, place, options):
    subject = Subject(kind, place, options)
    print(f"{kind.kind}: {subject.version}: {subject.contacts} contacts, "
          f"{subject.torrents} torrents", flush=True)
    subject.take_figures()
    return subject


def main(argv):
    options = parse(argv)
    rows = [row for row in (measure(kind, options) for kind in list(chosen(options))) if row]
    if not rows:
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    text = table(rows, options)
    (options.out / "compare.md").write_text(text)
    (options.out / "compare.svg").write_text(chart(rows))
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
