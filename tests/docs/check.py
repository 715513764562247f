#!/usr/bin/env python3
"""Checks that the guides say what is: check.py REPOSITORY

A code block below `<!-- quote FILE NAME -->` is the region between the two `//! [NAME]` lines of
FILE, and is compiled there. Links into the repository lead somewhere. The policy guide has an
example for every slot. `check.py --write REPOSITORY` brings the code blocks up to date.
"""
import pathlib
import re
import sys
import textwrap

GUIDES = ("README.md", "examples/README.md", "benchmarks/README.md")
QUOTE = re.compile(r"(<!-- quote (\S+) (\S+) -->\n```cpp\n)(.*?)(```\n)", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
SLOT = re.compile(r"^struct (\w+) ", re.MULTILINE)


def region(source, name):
    """What stands between the markers, without its indentation; None where there are not two."""
    marker = re.compile(rf"^[ \t]*//! \[{re.escape(name)}\]\n", re.MULTILINE)
    parts = marker.split(source)
    return textwrap.dedent(parts[1]).strip("\n") + "\n" if len(parts) == 3 else None


def check_quotes(repository, guide, text, faults):
    def quoted(match):
        opening, file, name, shown, closing = match.groups()
        is_there = (repository / file).is_file()
        expected = region((repository / file).read_text(), name) if is_there else None
        if expected is None:
            faults.append(f"{guide}: no region {name} in {file}")
            return match[0]
        if expected != shown:
            faults.append(f"{guide}: the quote of {name} in {file} has drifted")
        return opening + expected + closing

    if text.count("<!-- quote ") != len(QUOTE.findall(text)):
        faults.append(f"{guide}: a quote is not followed by a cpp block")
    return QUOTE.sub(quoted, text)


def check_links(repository, guide, text, faults):
    for target in LINK.findall(QUOTE.sub("", text)):  # a lambda looks like a link
        if not (repository / guide).parent.joinpath(target).exists():
            faults.append(f"{guide}: the link to {target} leads nowhere")


def check_slots(repository, faults):
    guide = (repository / "examples/README.md").read_text()
    for slot in SLOT.findall((repository / "include/dht/policy/slots.hpp").read_text()):
        if f"(policy_{slot}.cpp)" not in guide:
            faults.append(f"examples/README.md: no example for the slot {slot}")


def main(arguments):
    write = arguments[:1] == ["--write"]
    repository = pathlib.Path(arguments[-1])
    faults = []
    for guide in GUIDES:
        text = (repository / guide).read_text()
        current = check_quotes(repository, guide, text, faults)
        check_links(repository, guide, text, faults)
        if write and current != text:
            (repository / guide).write_text(current)
    check_slots(repository, faults)
    print("\n".join([*faults, f"{len(GUIDES)} guides, {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
