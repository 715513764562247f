"""One dht-node as a child process, steered by lines of JSON."""
import itertools
import json
import queue
import signal
import subprocess
import threading
import time

READY_TIMEOUT_S = 10
GRACE_S = 2  # an answer comes within `timeout` and this


class Silence(Exception):
    """The program said nothing in time, or ended."""


class Node:
    def __init__(self, program, *options, bind=("127.0.0.1",), bootstrap=(), port=0, local=True):
        argv = [program, "--port", str(port), *(["--allow-local"] if local else [])]
        argv += [word for address in bind for word in ("--bind", address)]
        argv += [word for contact in bootstrap for word in ("--bootstrap", contact)]
        self.process = subprocess.Popen([*argv, *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._numbers = itertools.count(1)
        self._answers = {}
        self._lock = threading.Lock()
        self.errors = []
        self.log = []
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_log, daemon=True).start()
        self.ready = self._take("ready", READY_TIMEOUT_S)
        self.port = self.ready["port"]
        self.contacts = [f"[{a}]:{self.port}" if ":" in a else f"{a}:{self.port}" for a in bind]

    @property
    def contact(self):
        return self.contacts[0]

    def send(self, op, **members):
        """Starts a request; `wait` for its number brings the answer."""
        number = next(self._numbers)
        self.write(json.dumps({"id": number, "op": op, **members}).encode())
        return number

    def wait(self, number, timeout_s=30):
        return self._take(number, timeout_s + GRACE_S)

    def ask(self, op, timeout=10, **members):
        return self.wait(self.send(op, timeout=timeout, **members), timeout)

    def write(self, line):
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def error(self, timeout_s=2):
        """The next answer with id null."""
        return self._take(None, timeout_s)

    def good(self, family=4):
        return self.ask("info")[f"nodes{family}"]

    def end(self, how="quit"):
        """(exit status, seconds it took)"""
        began = time.monotonic()
        if how == "quit":
            self.send("quit")
        elif how == "eof":
            self.process.stdin.close()
        else:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(10)
        return status, time.monotonic() - began

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _queue(self, key):
        with self._lock:
            return self._answers.setdefault(key, queue.SimpleQueue())

    def _take(self, key, timeout_s):
        try:
            return self._queue(key).get(timeout=timeout_s)
        except queue.Empty:
            raise Silence(f"nothing for {key!r} in {timeout_s} s; log: {self.log}") from None

    def _read(self):
        for line in self.process.stdout:
            if len(line) > 65536:
                self.errors.append("a line of more than 64 KiB")
            message = json.loads(line)
            self._queue(message["event"] if "event" in message else message["id"]).put(message)

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line.decode(errors="replace").rstrip())
