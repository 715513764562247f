#!/usr/bin/env python3
"""Compiles one case: check.py CASE COMPILER FLAG...

A *.pass.cpp compiles. A *.fail.cpp does not: the compiler prints exactly one error, and each
sentence that the case announces in a line `// expect-error: sentence` is in what it prints.
"""
import os
import pathlib
import re
import subprocess
import sys


def faults(case, status, printed):
    errors = [line for line in printed.splitlines() if "error:" in line]
    if case.name.endswith(".pass.cpp"):
        if status != 0 or errors:
            yield "this has to compile"
        return
    text = case.read_text(encoding="utf-8")
    sentences = re.findall(r"^// expect-error: (.+)$", text, re.MULTILINE)
    if not sentences:
        yield "the case does not say which error it expects"
    if status == 0:
        yield "this must not compile"
    if len(errors) != 1:
        yield f"exactly one error is wanted, not {len(errors)}"
    for sentence in sentences:
        if sentence not in printed:
            yield f"the sentence is missing: {sentence}"


def main():
    case, compiler = pathlib.Path(sys.argv[1]), sys.argv[2:]
    command = [*filter(None, compiler), "-fsyntax-only", str(case)]
    done = subprocess.run(command, text=True, check=False, env=os.environ | {"LC_ALL": "C"},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    found = list(faults(case, done.returncode, done.stdout))
    if found:
        print(done.stdout)
    print(*found, f"{case.name}: {len(found)} faults", sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
