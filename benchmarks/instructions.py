#!/usr/bin/env python3
"""instructions.py [--build FOLDER] [--write]

Instructions per query, counted by callgrind over hot_path: the same in every run, whatever else the
machine does. Compares them with instructions.txt, or writes that file. They belong to one compiler
and its flags, which stand in the file.

Exit status: 1 when a count is more than a hundredth above the one in the file.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FILE = HERE / "instructions.txt"
KINDS = ["ping", "find_node", "get_peers", "announce_peer", "get", "put"]
QUERIES = 10_000


def count(program, kind):
    """Instructions per query of that kind."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out",
             "--collect-atstart=no", "--toggle-collect=answer_queries", program, kind,
             str(QUERIES)], capture_output=True, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1]) / QUERIES


def compiler_of(build):
    """What built the program."""
    cache = (build / "CMakeCache.txt").read_text()
    compiler = re.search(r"CMAKE_CXX_COMPILER:\w+=(.*)", cache)[1]
    kind = re.search(r"CMAKE_BUILD_TYPE:\w+=(.*)", cache)[1]
    version = subprocess.run([compiler, "-dumpfullversion"], capture_output=True, text=True,
                             check=True).stdout.strip()
    return f"{pathlib.Path(compiler).name} {version}, {kind}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent / "build" / "bench")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    program = chosen.build / "benchmarks" / "bench_hot_path"
    counts = {kind: count(program, kind) for kind in KINDS}
    if chosen.write:
        lines = [f"{kind} {counts[kind]:.0f}" for kind in KINDS]
        FILE.write_text("\n".join([f"# {compiler_of(chosen.build)}", *lines]) + "\n")
    known = dict(line.split() for line in FILE.read_text().splitlines()[1:])
    for kind in KINDS:
        print(f"{kind:15} {counts[kind]:7.0f}   {known[kind]:>7}")
    return any(counts[kind] > 1.01 * float(known[kind]) for kind in KINDS)


if __name__ == "__main__":
    sys.exit(main())
