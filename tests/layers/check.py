#!/usr/bin/env python3
"""Checks the include graph and the limits of style: check.py include/dht

A header includes headers of its own room and of lower ones, without a circle. Only the rooms that
exist for it touch a foreign library. Headers stay small enough to be read at once.
"""
import pathlib
import re
import sys

HEADER_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100

# The core from the ground up. A root header ranks with the room that it stands beside.
LEVELS = [
    {"version.hpp", "config.hpp", "fwd.hpp"},
    {"base"},
    {"crypto"},
    {"kad"},
    {"wire"},
    {"event", "settings.hpp", "outcome.hpp"},
    {"policy"},
    {"engine"},
    {"node.hpp", "dht.hpp"},
]
RANK = {name: rank for rank, names in enumerate(LEVELS) for name in names}

# What stands on the core, and the highest level of it that each may see. They never see each other.
ADAPTERS = {"io": RANK["node.hpp"], "text": RANK["node.hpp"], "sim": RANK["node.hpp"]}
WINGS = dict.fromkeys(
    ["secure", "adaptive", "nat", "resilience", "observe", "privacy", "store", "bridge",
     "content"],
    RANK["policy"])
CEILING = ADAPTERS | WINGS

# Clocks, dice, threads and consoles, which no room may reach for.
FORBIDDEN = {
    "chrono_io", "condition_variable", "ctime", "filesystem", "fstream", "future", "iostream",
    "mutex", "random", "shared_mutex", "stop_token", "thread",
}
# Headers of libraries and systems have a suffix or a folder; those of the standard have neither.
FOREIGN = re.compile(r"[./]")
MAY_REACH = {
    "crypto": re.compile(r"sodium(\.h|/)"),
    "io": re.compile(r"asio(\.hpp|/)|(sys|netinet|arpa|net|linux)/|(poll|unistd|time)\.h$"),
    "text": re.compile(r"fmt/"),
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def room_of(header):
    """The folder of a header such as "kad/table.hpp", or its own name where it is in none."""
    return header.split("/")[0]


def may_include(header, included):
    """Whether the arrow from header to included points down, or sideways within one level."""
    room, other = room_of(header), room_of(included)
    if room in CEILING:
        return other == room or RANK.get(other, len(LEVELS)) <= CEILING[room]
    return RANK.get(other, len(LEVELS)) <= RANK[room]


def may_reach(header, foreign):
    """Whether this header may include something that is not ours."""
    allowed = MAY_REACH.get(room_of(header))
    if allowed and allowed.match(foreign):
        return True
    return foreign not in FORBIDDEN and not FOREIGN.search(foreign)


def circle(graph):
    """One circle in the graph, as the list of its headers, or nothing."""
    done, path = set(), []

    def visit(header):
        if header in path:
            return path[path.index(header):] + [header]
        if header in done:
            return None
        path.append(header)
        found = next(filter(None, map(visit, graph.get(header, ()))), None)
        path.pop()
        done.add(header)
        return found

    return next(filter(None, map(visit, graph)), None)


QUIET = re.compile(
    r'//[^\n]*'                                 # comments
    r'|/\*.*?\*/'
    r'|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"'    # literals
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.[^'\n]*|[^'\\\n])'"
    r'|^[ \t]*#(?:\\\n|[^\n])*',                # directives
    re.DOTALL | re.MULTILINE)


def code_only(text):
    """The text with comments, literals and directives blanked, line for line."""
    return QUIET.sub(lambda found: "\n" * found.group().count("\n") or " ", text)


def opens_a_scope(head):
    """Whether what stands before a brace declares a namespace or a type, and no function."""
    while True:
        shorter = re.sub(r"\([^()]*\)|<[^<>]*>", "", head)
        if shorter == head:
            return re.search(r"\b(namespace|class|struct|union|enum)\b", head) is not None
        head = shorter


def kind_of(head):
    """What the brace after this text opens."""
    if opens_a_scope(head):
        return "scope"
    return "table" if head.rstrip().endswith("=") else "body"


def functions(text):
    """Yields (first, last) line of every outermost body that is neither a scope nor a table."""
    kinds, head, line, begun = [], "", 1, 0
    for c in code_only(text):
        if c == "\n":
            line += 1
        if c == "{":
            inside = "body" in kinds or "table" in kinds
            kinds.append("inner" if inside else kind_of(head))
            begun = line if kinds[-1] == "body" else begun
        elif c == "}":
            if not kinds:
                raise ValueError(f"line {line}: a brace is closed that was not opened")
            if kinds.pop() == "body":
                yield begun, line
        head = "" if c in "{};" else head + c
    if kinds:
        raise ValueError("a brace is opened and not closed")


def guard_of(header):
    return "DHT_" + re.sub(r"[/.]", "_", header).upper()


def faults_of_arrows(header, text):
    room = room_of(header)
    if room not in RANK and room not in CEILING:
        yield f"{room} has no place in tests/layers/check.py"
        return
    for bracket, name in INCLUDE.findall(text):
        ours = name.removeprefix("dht/")
        if bracket == '"':
            yield f'includes "{name}": write <dht/...>'
        elif ours == name and not may_reach(header, name):
            yield f"includes <{name}>, which is foreign to {room}"
        elif ours != name and not may_include(header, ours):
            yield f"includes <{name}>: the arrow points up"


def faults_of_style(header, text):
    lines = text.splitlines()
    guard = guard_of(header)
    directives = [line.split() for line in lines if line.startswith("#")]
    around = directives[:2] + directives[-1:]
    if around != [["#ifndef", guard], ["#define", guard], ["#endif"]]:
        yield f"needs the guard {guard} around everything"
    if re.search(r"^\s*#\s*pragma\s+once", text, re.MULTILINE):
        yield "has #pragma once"
    if len(lines) > HEADER_LINES_MAX:
        yield f"has {len(lines)} lines, at most {HEADER_LINES_MAX} are allowed"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield f"line {number} has {len(line)} columns, at most {COLUMNS_MAX} are allowed"
    try:
        for begin, end in functions(text):
            if end - begin + 1 > FUNCTION_LINES_MAX:
                yield (f"line {begin} begins a function of {end - begin + 1} lines, "
                       f"at most {FUNCTION_LINES_MAX} are allowed")
    except ValueError as error:
        yield str(error)


def faults(headers):
    """Everything wrong with {path below include/dht: text}, one sentence each."""
    for header, text in headers.items():
        for fault in [*faults_of_arrows(header, text), *faults_of_style(header, text)]:
            yield f"dht/{header}: {fault}"
    graph = {header: [name.removeprefix("dht/") for _, name in INCLUDE.findall(text)
                      if name.startswith("dht/")]
             for header, text in headers.items()}
    if found := circle(graph):
        yield "a circle: " + " -> ".join(found)


def main():
    root = pathlib.Path(sys.argv[1])
    headers = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
               for path in sorted(root.rglob("*.hpp"))}
    if not headers:
        sys.exit(f"there are no headers below {root}")
    found = list(faults(headers))
    print(*found, f"{len(headers)} headers, {len(found)} faults", sep="\n")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
