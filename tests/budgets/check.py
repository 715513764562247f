#!/usr/bin/env python3
"""Counts what a header costs whoever includes it:
check.py [--adapter] HEADER=LINES... -- COMPILER FLAG...

LINES is the budget in preprocessed lines. The headers are of the core: they open no header of a
library but libsodium's, none of the network, and none for threads, files and consoles. Those of an
adapter open what they adapt to.
"""
import re
import subprocess
import sys

FOREIGN = re.compile(
    r"/(asio|fmt|boost)(/|\.hpp)|/(sys/socket|netinet/\w+|arpa/\w+)\.h"
    r"|/c\+\+/[\d.]+/(iostream|fstream|thread|mutex|future|random|filesystem|regex)$")


def run(compiler, header, *options):
    command = [*filter(None, compiler), *options, "-x", "c++", "-"]
    return subprocess.run(command, input=f"#include <{header}>\n", text=True, check=True,
                          stdout=subprocess.PIPE).stdout


def over_budget(compiler, header, budget):
    lines = run(compiler, header, "-E", "-P").count("\n")
    print(f"<{header}>: {lines} of {budget} lines")
    if lines > budget:
        yield f"<{header}> costs {lines - budget} lines more than its budget"


def foreign(compiler, header):
    for opened in run(compiler, header, "-M").replace("\\\n", " ").split():
        if FOREIGN.search(opened):
            yield f"<{header}> opens {opened}"


def main():
    split = sys.argv.index("--")
    budgets, compiler = sys.argv[1:split], sys.argv[split + 1:]
    adapter = budgets[0] == "--adapter"
    found = []
    for budget in budgets[adapter:]:
        header, lines = budget.split("=")
        found += over_budget(compiler, header, int(lines))
        found += [] if adapter else foreign(compiler, header)
    print(*found, sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
