#!/usr/bin/env python3
"""Checks what dht-sim prints and writes, and how it ends: tool.py DHT_SIM SCENARIO_FILE"""
import json
import pathlib
import subprocess
import sys
import tempfile
from xml.etree import ElementTree

XHTML = "{http://www.w3.org/1999/xhtml}"
PLOTS_EACH = 6

program, scenario = sys.argv[1:]
folder = tempfile.TemporaryDirectory()
here = pathlib.Path(folder.name)


def run(status, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def trace_of(*arguments):
    return json.loads(run(0, *arguments, "--json").stdout)["runs"][0]["trace"]


def check_results():
    html, pcap = here / "page.html", here / "sent.pcap"
    answer = json.loads(run(0, "--config", scenario, "--beside", "standard", "--json", "--html",
                            html, "--pcap", pcap).stdout)
    ours, theirs = answer["runs"]
    assert (ours["population"], theirs["population"]) == ("ours", "standard")
    assert ours["good"] and not ours["failures"] and not ours["complaints"]
    assert ours["errands"]["finds"]["good"] == ours["errands"]["finds"]["count"] == 2
    assert ours["errands"]["finds"]["p50_ms"] > 0 and ours["contacts"] > ours["hosts"]

    assert 1 <= ours["errands"]["finds"]["hops_each"] <= ours["errands"]["finds"]["hops_max"] < 9
    keys = {key["number"]: key for key in ours["keys"] if key["stored_by"] == "announce"}
    assert sorted(keys) == [1, 2], "both torrents were announced ten minutes before the end"
    assert all(0 < key["holders_of_closest"] <= key["closest"] == 8 for key in keys.values())
    assert all(key["holders"] >= key["holders_of_closest"] for key in keys.values())

    page = ElementTree.parse(html).getroot()
    assert len(list(page.iter(XHTML + "svg"))) == 2 * PLOTS_EACH
    assert not list(page.iter(XHTML + "script")) and 'src="' not in html.read_text()
    assert pcap.read_bytes()[:4] == bytes.fromhex("a1b2c3d4")
    return ours["trace"]


def check_replay(trace):
    """Whoever looks on changes nothing, and a scenario that is written down is the same."""
    assert trace_of("--config", scenario, "--no-check") == trace
    assert trace_of("--config", scenario, "--seed", 2) != trace
    copy = here / "copy.txt"
    copy.write_text(run(0, "--config", scenario, "--text").stdout)
    assert trace_of("--config", copy) == trace


def check_failure():
    unlucky = here / "unlucky.txt"
    unlucky.write_text("nodes 20\nsettling 2m\nlasting 15m\nerrands 3\nat 0s lose 0.97\n")
    told = run(1, "--config", unlucky, "--shrink").stdout
    acts = [line for line in told.splitlines() if line.startswith("at ")]
    assert "expected at least" in told and 1 <= len(acts) <= 3 and acts[0] == "at 0s lose 0.97"


def check_refusals():
    wrong = here / "wrong.txt"
    wrong.write_text("nodes 20\nlasting soon\n")
    assert f"{wrong}:2: lasting: expected a time" in run(2, "--config", wrong).stderr
    assert "expected a number from 0 to 1" in run(2, "quiet", "--loss", 7).stderr
    assert "IPv4 only" in run(2, "islands", "--beside", "standard").stderr
    run(2, "no_such_scenario")
    run(2)
    listed = run(0, "--list").stdout.splitlines()
    assert listed and all(len(line.split()) > 2 for line in listed), "a scenario has no sentence"


check_replay(check_results())
check_failure()
check_refusals()
