"""The results as a table in Markdown and as bars in SVG."""
import html
import math
import os
import pathlib
import platform
import re
import subprocess

from measure import CROWD, KINDS

NAMES = {"popular": f"get_peers of {CROWD} peers"}
COLOURS = ("#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7", "#999999")


def table(rows, options):
    names = [NAMES.get(kind, kind) for kind in KINDS]
    lines = [f"| server | {' | '.join(names)} |", "|---" * (len(KINDS) + 1) + "|"]
    for row in rows:
        cells = [_cell(row.figures[kind]) for kind in KINDS]
        lines.append(f"| {row.server.kind} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", _legend(rows), "", *map(_note, rows), "", _machine(options), ""])


def _cell(figure):
    return (f"{figure.cpu_us:.1f} µs, **{figure.ratio:.2f}** x {figure.echo_us:.1f}, "
            f"{figure.answered:.3f}")


def _legend(rows):
    echoed = min(row.figures[kind].echoed for row in rows for kind in KINDS)
    return ("Each cell: CPU time of a query; its **ratio** to that of a bare echo with as many "
            "bytes in its replies, measured between; replies per query sent (the echo's: at least "
            f"{echoed:.3f}). Medians of the loads.")


def _note(row):
    of = row.figures
    sizes = ", ".join(f"{of[kind].bytes:.0f}" for kind in KINDS)
    return (f"- **{row.server.kind}**: {row.version}; hands out {row.contacts} contacts, "
            f"{of['find_node'].nodes:.1f} in an answer; has {row.torrents} torrents, answers "
            f"{of['get_peers'].values:.1f} peers, and {of['popular'].values:.1f} of {CROWD}; "
            f"refuses {of['announce_peer'].refused:.1%} of the announces; replies of {sizes} "
            f"bytes; idle, it takes {row.idle_share:.2%} of a core. "
            f"Lifted: {row.server.lifted}. Kept: {row.server.kept}.")


def _machine(options):
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    cache = (options.build / "CMakeCache.txt").read_text()
    of = dict(re.findall(r"^(\w+):\w+=(.*)$", cache, re.M))
    flags = f"{of['CMAKE_CXX_FLAGS']} {of['CMAKE_CXX_FLAGS_' + of['CMAKE_BUILD_TYPE'].upper()]}"
    compiler = subprocess.run([of["CMAKE_CXX_COMPILER"], "--version"], capture_output=True,
                              text=True, check=False).stdout.splitlines()[0]
    return (f"Machine: {cpu.group(1) if cpu else platform.processor()}, {os.cpu_count()} cores; "
            f"Linux {platform.release()}; {compiler}, {flags.strip()}.")


# -- the chart

LEFT, TOP, WIDTH, BAR, GAP, LEGEND = 170, 56, 620, 15, 16, 20


def chart(rows):
    """Bars on a logarithmic scale; they begin at 1, which is the echo."""
    top = max(row.figures[kind].ratio for row in rows for kind in KINDS)
    scale = WIDTH / math.log(max(2, top) * 1.3)
    height_of_group = len(rows) * BAR + GAP
    bottom = TOP + LEGEND + len(KINDS) * height_of_group
    parts = [_text(LEFT, 22, "CPU time of a query, as a multiple of a bare echo's", size=15),
             *_key(rows), *_grid(top, scale, bottom)]
    for number, kind in enumerate(KINDS):
        y = TOP + LEGEND + number * height_of_group
        parts.append(_text(LEFT - 8, y + len(rows) * BAR / 2 + 4, NAMES.get(kind, kind),
                           anchor="end"))
        parts += [_bar(y + i * BAR, math.log(max(1, row.figures[kind].ratio)) * scale,
                       _colour(i), f"{row.figures[kind].ratio:.2f}")
                  for i, row in enumerate(rows)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 20}" '
            f'height="{bottom + 24}" font-family="sans-serif">\n'
            '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")


def _colour(number):
    return COLOURS[number % len(COLOURS)]


def _key(rows):
    step = (LEFT + WIDTH) / len(rows)
    for i, row in enumerate(rows):
        x = 12 + i * step
        yield f'<rect x="{x:.0f}" y="38" width="11" height="11" fill="{_colour(i)}"/>'
        yield _text(x + 16, 48, row.server.kind, size=11)


def _grid(top, scale, bottom):
    for value in (1, 2, 5, 10, 20, 50, 100, 200):
        if value <= top * 1.3:
            x = LEFT + math.log(value) * scale
            yield (f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP + 8}" y2="{bottom - GAP + 4}" '
                   'stroke="#ddd"/>')
            yield _text(x, bottom + 8, f"{value} x", anchor="middle", size=11)


def _bar(y, width, colour, label):
    return (f'<rect x="{LEFT}" y="{y:.1f}" width="{max(1, width):.1f}" height="{BAR - 2}" '
            f'fill="{colour}"/>' + _text(LEFT + width + 4, y + BAR - 4, label, size=11))


def _text(x, y, text, anchor="start", size=12):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
            f'fill="#222">{html.escape(text)}</text>')
