#!/usr/bin/env python3
"""Checks that every header compiles alone: check.py ROOT -- COMPILER FLAG...

A source of the tests that begins with a header has shown it when it was compiled. The others are
compiled here, with nothing before them.
"""
import pathlib
import re
import subprocess
import sys

FIRST_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)


def shown_by_tests(root):
    for folder in ("unit", "policy", "network", "scale"):
        for source in (root / "tests" / folder).rglob("*.cpp"):
            if first := FIRST_INCLUDE.search(source.read_text()):
                yield first[1]


def compiles(compiler, header):
    command = [*compiler, "-fsyntax-only", "-x", "c++", "-"]
    return subprocess.run(command, input=f"#include <{header}>\n", text=True).returncode == 0


def main():
    root, compiler = pathlib.Path(sys.argv[1]), list(filter(None, sys.argv[3:]))
    include = root / "include"
    headers = {str(h.relative_to(include)) for h in include.rglob("*.hpp")}
    shown = headers & set(shown_by_tests(root))
    faults = [h for h in sorted(headers - shown) if not compiles(compiler, h)]
    for header in faults:
        print(f"<{header}> does not compile alone")
    print(f"{len(headers)} headers, {len(shown)} shown by tests, {len(faults)} faults")
    return 1 if faults or len(headers) < 200 else 0


if __name__ == "__main__":
    sys.exit(main())
