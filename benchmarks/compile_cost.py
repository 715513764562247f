#!/usr/bin/env python3
"""compile_cost.py [--compiler COMPILER] [--repetitions N]

What it costs to include dht and to link it, beside libtorrent's session where that is installed:
preprocessed lines, CPU seconds to check and to compile (the least of N), the bytes of the object,
and those of a program, stripped. Prints tables; judges nothing. All without assertions (NDEBUG).
"""
import argparse
import pathlib
import resource
import shlex
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["-std=c++20", "-DNDEBUG", "-DASIO_STANDALONE", f"-I{ROOT / 'include'}"]

FIVE_VERBS = """
#include <cstdio>
int main() {
    dht::instant const now{};
    dht::endpoint const there{dht::address::v4(0x08080808), 6881};
    NODE
    node.open(now, there);
    node.bootstrap(now, there);
    node.find_peers(now, {});
    node.receive(now, 0, there, {});
    node.advance(now);
    while (auto const t = node.poll_transmit())
        std::printf("%zu", t->bytes.size());
    while (auto const o = node.poll_outcome())
        std::printf("%zu", o->peers.size());
    return node.next_deadline() ? 1 : 0;
}
"""

SESSION = """#include <libtorrent/session.hpp>
#include <libtorrent/settings_pack.hpp>
int main() {
    lt::settings_pack s;
    s.set_bool(s.enable_dht, true);
    lt::session session{lt::session_params{s}};
    session.dht_get_peers({});
    return session.is_dht_running() ? 0 : 1;
}
"""

DRIVEN = """asio::io_context io;
    dht::node<> node;
    dht::io::asio_driver driver{io.get_executor(), node};
    dht::io::async_find_peers(driver, {}, {}, [](std::error_code, dht::outcome const&) {});
    io.poll();"""


def include(header):
    return f"#include <{header}>\n"


UNITS = {
    "`dht/fwd.hpp`": include("dht/fwd.hpp"),
    "`dht/dht.hpp`": include("dht/dht.hpp"),
    "`dht/io/asio_operations.hpp`": include("dht/io/asio_operations.hpp"),
    "a `dht::node<>`, its five verbs and a lookup":
        include("dht/dht.hpp") + FIVE_VERBS.replace("NODE", "dht::node<> node;"),
    "the same with Asio's driver":
        include("dht/dht.hpp") + include("dht/io/asio_operations.hpp") +
        include("asio/io_context.hpp") + FIVE_VERBS.replace("NODE", DRIVEN),
}
SESSION_UNITS = {
    "`libtorrent/session.hpp`": include("libtorrent/session.hpp"),
    "a `lt::session`, started": SESSION,
}


def run(command, text=None):
    done = subprocess.run(command, input=text, text=True, check=True, stdout=subprocess.PIPE)
    return done.stdout


def cpu_seconds(command, text, repetitions):
    """Of the children, thus hardly a matter of what else the machine does."""
    def used():
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        return spent.ru_utime + spent.ru_stime

    times = []
    for _ in range(repetitions):
        before = used()
        run(command, text)
        times.append(used() - before)
    return min(times)


def thousands(number):
    return f"{number:,}".replace(",", " ")


def sizes(path):
    """text, data, bss"""
    return [int(n) for n in run(["size", str(path)]).splitlines()[1].split()[:3]]


def header_row(name, text, compiler, flags, repetitions, folder):
    unit = [compiler, *flags, "-x", "c++", "-"]
    made = folder / "unit.o"
    lines = run([*unit, "-E", "-P"], text).count("\n")
    check = cpu_seconds([*unit, "-fsyntax-only"], text, repetitions)
    build = cpu_seconds([*unit, "-O2", "-c", "-o", made], text, repetitions)
    return f"| {name} | {thousands(lines)} | {check:.1f} | {build:.1f} | {thousands(sizes(made)[0])} |"


def program_row(name, source, compiler, flags, libraries, folder):
    made = folder / "program"
    run([compiler, *flags, source, "-o", made, *libraries])
    text, data, bss = sizes(made)
    run(["strip", made])
    numbers = [text, data, bss, made.stat().st_size]
    return f"| {name} | {' | '.join(map(thousands, numbers))} |"


def package(name):
    """Flags to compile and to link; nothing where it is not installed."""
    asked = [subprocess.run(["pkg-config", what, name], capture_output=True, text=True)
             for what in ("--cflags", "--libs")]
    return None if asked[0].returncode else [shlex.split(a.stdout) for a in asked]


def shared_library(program):
    """The file of libtorrent that a program loads."""
    for line in run(["ldd", program]).splitlines():
        if "libtorrent" in line:
            return pathlib.Path(line.split()[2]).resolve()
    return None


def print_headers(chosen, session, folder):
    print("| | preprocessed lines | s to check | s at -O2 | bytes of code |")
    print("|---|---|---|---|---|")
    common = (chosen.repetitions, folder)
    for name, text in UNITS.items():
        print(header_row(name, text, chosen.compiler, FLAGS, *common), flush=True)
    for name, text in (SESSION_UNITS if session else {}).items():
        print(header_row(name, text, chosen.compiler, FLAGS + session[0], *common), flush=True)


def print_programs(chosen, session, folder):
    print("\n| program | text | data | bss | stripped |")
    print("|---|---|---|---|---|")
    poll = ROOT / "examples" / "poll.cpp"
    for level in ("-O2", "-Os"):
        print(program_row(f"`examples/poll` {level}", poll, chosen.compiler, [*FLAGS, level],
                          ["-lsodium"], folder), flush=True)
    if not session:
        print("\nlibtorrent is not installed: nothing stands beside it.")
        return
    source = folder / "session.cpp"
    source.write_text(SESSION)
    print(program_row("a `lt::session` -O2, without its library", source, chosen.compiler,
                      [*FLAGS, *session[0], "-O2"], session[1], folder))
    library = shared_library(folder / "program")
    print(f"| its `{library.name}` | {' | '.join(map(thousands, sizes(library)))} "
          f"| {thousands(library.stat().st_size)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--repetitions", type=int, default=3)
    chosen = parser.parse_args()
    session = package("libtorrent-rasterbar")
    with tempfile.TemporaryDirectory() as folder:
        print(run([chosen.compiler, "--version"]).splitlines()[0] + "\n")
        print_headers(chosen, session, pathlib.Path(folder))
        print_programs(chosen, session, pathlib.Path(folder))


if __name__ == "__main__":
    main()
