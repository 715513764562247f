"""One server under load, and a bare echo of the same bytes beside it."""
import json
import pathlib
import statistics
import subprocess
import time

from places import Pinned

KINDS = ("ping", "find_node", "get_peers", "announce_peer", "popular")
CONTACTS_MIN, CROWD = 300, 2_000
PATIENCE_S = 60
REST_S = 4.5  # between bursts, for those that take no more


class Failed(Exception):
    """The server did not do what the measurement needs; the text says what."""


def cpu_s(pid):
    """User and system time of all threads, to the nanosecond."""
    files = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(f.read_text().split()[0]) for f in files) / 1e9


class World:
    """The generator; see generator.cpp."""

    def __init__(self, place, options, server):
        self._process = Pinned(place.world, core=1).start(
            [options.program("generator"), place.network, server],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *words):
        self._process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Failed("the generator ended")
        return json.loads(line)

    def load(self, pid, command, kind, count, at):
        """The tally of as many queries, and the CPU time that each took the process."""
        before = cpu_s(pid)
        tally = self.ask(command, kind, count, at)
        time.sleep(0.01)  # what a thread has used is told when it sleeps
        return tally | {"cpu_us": 1e6 * (cpu_s(pid) - before) / count}


class Subject:
    """A running server that has been given contacts and torrents."""

    def __init__(self, kind, place, options):
        self._place, self._options = place, options
        self.server = kind(Pinned(place.server, core=0))
        self._at = f"{place.server.address[4]}:{self.server.port}"
        self._echo_at = f"{place.server.address[4]}:{self.server.port + 100}"
        self.server.start(set())
        self._world = World(place, options, self._at)
        self._meet()
        self.version = self.server.version()
        self.contacts = self._befriend()
        self.torrents = self._fill()

    def take_figures(self):
        self.idle_share = self._idle_share()
        self.figures = {kind: self._figure(kind) for kind in KINDS}

    def _idle_share(self, seconds=2):
        """Of one core, while nobody asks."""
        before = cpu_s(self._pid)
        time.sleep(seconds)
        return (cpu_s(self._pid) - before) / seconds

    @property
    def _pid(self):
        return self.server.host.process.pid

    def _paced(self, *words):
        return self._world.ask(*words, self.server.per_second)

    def _meet(self):
        deadline = time.monotonic() + PATIENCE_S
        while self._world.ask("meet")["met"] == 0:
            if self.server.host.process.poll() is not None or time.monotonic() > deadline:
                raise Failed("it does not answer")

    def _befriend(self):
        """How many contacts it hands out once that does not grow any more."""
        contacts, still = 0, 0
        nodes = self._world.ask("nodes")["nodes"]
        deadline = time.monotonic() + self._options.patience_s
        while contacts < CONTACTS_MIN and still < 5 and time.monotonic() < deadline:
            self._paced("greet")
            self.server.introduce(nodes)
            time.sleep(1)
            known = self._paced("census")["contacts"]
            still = 0 if known > contacts else still + 1
            contacts = max(known, contacts)
        return contacts

    def _fill(self):
        """How many torrents it has peers of, of those that it was told of."""
        torrents = min(self.server.torrents_max, self._options.torrents)
        stored = self._paced("store", torrents, self.server.peers_each)
        held = self._paced("check")
        if self._options.verbose:
            print(f"  store {stored}\n  check {held}", flush=True)
        if held["held"] == 0:
            raise Failed("it has stored nothing")
        self._paced("crowd", CROWD)
        return held["held"]

    def _figure(self, kind):
        trial = self._load(kind, self.server.burst or self._options.trial)
        count = self._count(trial)
        loads, echoes = [], []
        with self._echo(trial["bytes"]) as echo_pid:
            for _ in range(self._options.loads):
                loads.append(self._load(kind, count))
                echoes.append(self._load(kind, count, echo_pid))
        return Figure(loads, echoes)

    def _count(self, trial):
        """Queries of one load."""
        if self.server.burst:
            return self.server.burst * self._options.bursts
        return max(1_000, min(200_000, int(self._options.load_s * 1e6 / trial["cpu_us"])))

    def _load(self, kind, count, echo_pid=None):
        """The sum of the generator's tallies, and the CPU time of each query."""
        burst = self.server.burst or count
        tallies = [self._burst(kind, burst, echo_pid) for _ in range(count // burst)]
        whole = {name: sum(t[name] for t in tallies) for name in ("sent", "answered", "errors")}
        whole |= {name: statistics.mean(t[name] for t in tallies)
                  for name in ("cpu_us", "bytes", "nodes", "values")}
        if self._options.verbose:
            print(f"  {'load' if echo_pid is None else 'echo'} {kind:13} {whole}", flush=True)
        return whole

    def _burst(self, kind, count, echo_pid):
        if kind == "announce_peer" and echo_pid is None:
            self._paced("tokens", count)
        if self.server.burst:
            time.sleep(REST_S)
        pid, command, at = ((self._pid, "load", self._at) if echo_pid is None else
                            (echo_pid, "echo", self._echo_at))
        return self._world.load(pid, command, kind, count, at)

    def _echo(self, reply_bytes):
        return Echo(self._place, self._options, self._echo_at, reply_bytes)


class Echo:
    """A running echo. A context that gives its process id."""

    def __init__(self, place, options, at, reply_bytes, program="echo"):
        self._process = Pinned(place.server, core=0).start(
            [options.program(program), at, max(1, round(reply_bytes))])
        time.sleep(0.2)

    def __enter__(self):
        return self._process.pid

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()


class Figure:
    """What one kind of query costs: medians of the loads, and of their ratios to the next echo."""

    def __init__(self, loads, echoes):
        self.cpu_us = statistics.median(t["cpu_us"] for t in loads)
        self.echo_us = statistics.median(t["cpu_us"] for t in echoes)
        self.ratio = statistics.median(
            load["cpu_us"] / echo["cpu_us"] for load, echo in zip(loads, echoes))
        self.bytes, self.nodes, self.values = (
            statistics.median(t[name] for t in loads) for name in ("bytes", "nodes", "values"))
        self.answered, self.echoed, self.refused = (
            sum(t[name] for t in tallies) / sum(t["sent"] for t in tallies)
            for tallies, name in ((loads, "answered"), (echoes, "answered"), (loads, "errors")))
