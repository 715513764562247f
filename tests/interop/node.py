"""Drives a child process that speaks dht-node's control protocol: JSON lines on stdin and stdout.

dht-node speaks it, and so do the small programs that put libtorrent and bittorrent-dht on the bed
(libtorrent_node.py, bittorrent_dht_node.mjs): the test steers all of them the same way.
"""
import itertools
import json
import queue
import subprocess
import threading

READY_TIMEOUT_S = 10
ANSWER_GRACE_S = 3


class NodeFailed(Exception):
    """The program died, said nothing in time, or answered with an error."""


class Controlled:
    """One such process; requests may come from several threads at the same time."""

    def __init__(self, host, argv):
        self._process = host.start(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._name = host.name
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._waiting = {}
        self._over = None  # why nothing more will come
        self._ready = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        self._take(self._ready, READY_TIMEOUT_S, "ready")

    def ask(self, op, timeout=10, **members):
        """The answer's members; NodeFailed when it is not ok."""
        answers = queue.SimpleQueue()
        with self._lock:
            if self._over:
                raise NodeFailed(f"{self._name}: {op}: {self._over}")
            number = next(self._numbers)
            self._waiting[number] = answers
            line = json.dumps({"id": number, "op": op, "timeout": timeout, **members})
            try:
                self._process.stdin.write(line.encode() + b"\n")
                self._process.stdin.flush()
            except OSError as error:
                raise NodeFailed(f"{self._name}: {op}: {error.strerror}") from error
        answer = self._take(answers, timeout + ANSWER_GRACE_S, op)
        if answer.get("ok") is not True:
            raise NodeFailed(f"{self._name}: {op}: {answer.get('error', answer)}")
        return answer

    def quit(self, timeout_s=4):
        """The exit status after `quit`; None when it did not end in time."""
        self.ask("quit")
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def _take(self, answers, timeout_s, what):
        try:
            answer = answers.get(timeout=timeout_s)
        except queue.Empty:
            raise NodeFailed(f"{self._name}: no answer to {what} in {timeout_s} s") from None
        if answer is None:
            raise NodeFailed(f"{self._name}: {what}: {self._over}")
        return answer

    def _read(self):
        why = "it ended"
        for line in self._process.stdout:
            try:
                self._sort(json.loads(line))
            except (ValueError, AttributeError):
                why = f"it said {line!r}"
                break
        with self._lock:
            self._over = why
            for answers in [self._ready, *self._waiting.values()]:
                answers.put(None)

    def _sort(self, message):
        if message.get("event") == "ready":
            self._ready.put(message)
        elif "id" in message:
            with self._lock:
                answers = self._waiting.pop(message["id"], None)
            if answers is not None:
                answers.put(message)


class DhtNode:
    """The program under test."""

    kind = "dht-node"
    port = 6881

    def __init__(self, host, program, *, families=(4, 6), binds=None, read_only=False,
                 sign=False):
        self.host, self.name, self.families = host, host.name, families
        self._binds = binds or [host.address[f] for f in families]
        self._argv = [program, "--port", self.port, "--allow-local",
                      *(["--read-only"] if read_only else []), *(["--sign"] if sign else [])]
        self._control = None

    def contacts(self):
        return {self.host.contact(f, self.port) for f in self.families}

    def start(self, bootstrap):
        self._control = Controlled(self.host, [
            *self._argv, *itertools.chain(*(("--bind", a) for a in self._binds)),
            *itertools.chain(*(("--bootstrap", c) for c in sorted(bootstrap)))])

    def ids(self):
        """{family: node id}, as they are now."""
        ids = self._control.ask("info")["node_ids"]
        return {f: bytes.fromhex(i) for f, i in zip(self.families, ids)}

    def table(self):
        """{(contact, node id)} of the good nodes."""
        nodes = self._control.ask("nodes")["nodes"]
        return {(n["addr"], bytes.fromhex(n["id"])) for n in nodes}

    def ping(self, to):
        return bytes.fromhex(self._control.ask("ping", addr=to)["node_id"])

    def find_node(self, target):
        """The contacts found, closest first."""
        nodes = self._control.ask("find_node", target=target.hex())["nodes"]
        return [n["addr"] for n in nodes]

    def get_peers(self, info_hash):
        return set(self._control.ask("get_peers", infohash=info_hash.hex())["peers"])

    def announce(self, info_hash, port):
        """How many nodes confirmed."""
        return self._control.ask("announce", infohash=info_hash.hex(), port=port)["stored"]

    def ask(self, op, **members):
        """Whatever else it can do."""
        return self._control.ask(op, **members)

    def quit(self):
        """The exit status, or None; either way it is gone afterwards."""
        status = self._control.quit()
        self.host.dismiss()
        return status
