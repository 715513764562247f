#!/usr/bin/env python3
"""The include graph of the library points down, has no circle, and opens nothing foreign in the core."""
import os
import re
import sys

ROOT = sys.argv[1]
ROOMS = ["base", "crypto", "kad", "wire", "event", "policy", "engine"]
RANK = {room: 10 * (i + 1) for i, room in enumerate(ROOMS)}
ROOT_RANK = {"version": 0, "config": 0, "fwd": 0, "settings": 35, "outcome": 35, "node": 80, "dht": 90}
FOREIGN = re.compile(r"#\s*include\s*<(asio|sodium|fmt|sys/|netinet|arpa|iostream|thread|mutex|future|random>|ctime)")
LINES_MAX, COLUMNS_MAX = 400, 110

problems = []
graph = {}
for folder, _, files in os.walk(ROOT):
    for name in files:
        path = os.path.relpath(os.path.join(folder, name), ROOT)
        text = open(os.path.join(folder, name), encoding="utf-8").read()
        room = path.split(os.sep)[0] if os.sep in path else ""
        rank = ROOT_RANK[path[:-4]] if not room else RANK.get(room, 100)
        guard = "DHT_" + re.sub(r"[/.]", "_", path).upper()
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            problems.append(f"{path}: the header guard is not {guard}")
        if text.count("\n") > LINES_MAX:
            problems.append(f"{path}: more than {LINES_MAX} lines")
        if rank < 100 and room != "crypto" and (m := FOREIGN.search(text)):
            problems.append(f"{path}: the core may not include {m.group(1)}")
        graph[path] = re.findall(r"#\s*include\s*<dht/([^>]+)>", text)
        for to in graph[path]:
            to_room = to.split("/")[0] if "/" in to else ""
            to_rank = ROOT_RANK.get(to[:-4], 100) if not to_room else RANK.get(to_room, 100)
            if to_rank > rank:
                problems.append(f"{path} includes {to}: the arrow points up")


def visit(path, trail):
    if path in trail:
        problems.append("circle: " + " -> ".join(trail[trail.index(path):] + [path]))
        return
    if path in done:
        return
    for to in graph.get(path, []):
        visit(to, trail + [path])
    done.add(path)


done = set()
for path in sorted(graph):
    visit(path, [])
print("\n".join(problems) or f"{len(graph)} headers, every arrow points down")
sys.exit(bool(problems) or not graph)
