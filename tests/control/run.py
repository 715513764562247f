#!/usr/bin/env python3
"""Drives dht-node through its control protocol: twelve nodes on loopback, then the odd cases one by one.

    python3 tests/control/run.py --dht-node PATH [--dht PATH] [--only WORD]

Exit status 0 when everything held. Needs nothing but the standard library.
"""
import argparse
import contextlib
import pathlib
import sys
import tempfile
import time
import traceback

import console_cases
import item_cases
import network_cases
import tool_cases


class Bench:
    """What a case may use: the programs, an empty directory, and nodes that end with the case."""

    def __init__(self, programs, directory, stack):
        self.dht_node, self.dht = programs.dht_node, programs.dht
        self.directory, self._stack = pathlib.Path(directory), stack

    def keep(self, node):
        self._stack.callback(node.kill)
        return node


def run(case, programs):
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        case(Bench(programs, directory, stack))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dht-node", required=True)
    parser.add_argument("--dht")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    programs = parser.parse_args()
    cases = [*network_cases.CASES, *console_cases.CASES, *item_cases.CASES]
    cases += tool_cases.CASES if programs.dht else ()
    failed = 0
    for case in (c for c in cases if programs.only in c.__name__):
        began = time.monotonic()
        try:
            run(case, programs)
            verdict = "ok"
        except Exception:
            traceback.print_exc()
            verdict, failed = "FAILED", failed + 1
        print(f"{verdict:7}{time.monotonic() - began:6.1f} s  {case.__doc__}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
