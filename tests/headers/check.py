#!/usr/bin/env python3
"""Checks that every header compiles alone: check.py ROOT [--without ROOM]... -- COMPILER FLAG...

A unit test that begins with a header, in its first line, has shown it when it was compiled. The
others are compiled here, with nothing before them. A room whose library is missing is left out.
"""
import argparse
import pathlib
import re
import subprocess
import sys

FIRST_LINE = re.compile(r"#include <(dht/[^>]+)>\n")


def shown_by_tests(root):
    for source in (root / "tests" / "unit").rglob("*.cpp"):
        if first := FIRST_LINE.match(source.read_text()):
            yield first[1]


def compiles(compiler, header):
    command = [*compiler, "-fsyntax-only", "-x", "c++", "-"]
    return subprocess.run(command, input=f"#include <{header}>\n", text=True).returncode == 0


def main():
    split = sys.argv.index("--")
    options = argparse.ArgumentParser()
    options.add_argument("root", type=pathlib.Path)
    options.add_argument("--without", action="append", default=[])
    given = options.parse_args(sys.argv[1:split])
    compiler = list(filter(None, sys.argv[split + 1:]))
    include = given.root / "include"
    headers = {str(h.relative_to(include)) for h in include.rglob("*.hpp")
               if h.relative_to(include).parts[1] not in given.without}
    shown = headers & set(shown_by_tests(given.root))
    faults = [h for h in sorted(headers - shown) if not compiles(compiler, h)]
    for header in faults:
        print(f"<{header}> does not compile alone")
    print(f"{len(headers)} headers, {len(shown)} shown by tests, {len(faults)} faults")
    return 1 if faults or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
