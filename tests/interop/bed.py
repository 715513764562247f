"""The bed: a network of namespaces around one bridge, with no way out.

Needs root and iproute2. 198.18.0.0/15 and 2001:db8::/32 stand for the internet: addresses that
BEP 42 does not exempt, that Transmission does not take for martians (127/8 it does), and on which
libtorrent runs an IPv6 DHT (on ::1 it does not).
"""
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

CLONE_NEWNS, CLONE_NEWNET, PR_SET_PDEATHSIG = 0x00020000, 0x40000000, 1
NETNS_DIRECTORY = "/run/netns"
_libc = ctypes.CDLL(None, use_errno=True)


class CannotBuild(Exception):
    """This machine does not let us make the bed; the text says why."""


def _check(outcome):
    if outcome != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotBuild(f"{' '.join(argv)}: {done.stderr.strip()}")


def _hide_namespaces():
    """Gives this process a NETNS_DIRECTORY of its own.

    The namespaces we name then exist for us alone: two runs never meet, and nothing is left behind
    however we end, even by SIGKILL.
    """
    try:
        _check(_libc.unshare(CLONE_NEWNS))
    except OSError as error:
        raise CannotBuild(f"no mount namespace of our own: {error.strerror}") from error
    os.makedirs(NETNS_DIRECTORY, exist_ok=True)
    _run("mount", "--make-rprivate", "/")
    _run("mount", "-t", "tmpfs", "tmpfs", NETNS_DIRECTORY)


class Host:
    """One namespace: one IPv4 and one IPv6 address, a working directory, and what runs there."""

    def __init__(self, name, number, directory):
        self.name = name
        # A /24 and a /48 of its own each, so that nobody's limit per subnet bites.
        self.address = {4: f"198.18.{number}.10", 6: f"2001:db8:{number:x}::10"}
        self.directory = directory
        self.directory.mkdir()
        self._processes = []

    def contact(self, family, port):
        return f"[{self.address[6]}]:{port}" if family == 6 else f"{self.address[4]}:{port}"

    def start(self, argv, **options):
        """Starts a process here. Call it on the main thread only: the kernel ends the process when
        the thread that started it ends, which is how nothing survives us."""
        assert threading.current_thread() is threading.main_thread()
        log = open(self.log_path, "ab")
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.name, *map(str, argv)], cwd=self.directory, stderr=log,
            env={**os.environ, "HOME": str(self.directory)}, preexec_fn=_die_with_parent,
            **{"stdin": subprocess.DEVNULL, "stdout": log, **options})
        log.close()
        self._processes.append(process)
        return process

    @property
    def log_path(self):
        return self.directory / "log"

    def socket(self, family, kind):
        """A socket that belongs to this namespace; afterwards it can be used from anywhere."""
        with open("/proc/thread-self/ns/net", "rb") as home, \
                open(f"{NETNS_DIRECTORY}/{self.name}", "rb") as away:
            _check(_libc.setns(away.fileno(), CLONE_NEWNET))
            try:
                return socket.socket(family, kind)
            finally:
                _check(_libc.setns(home.fileno(), CLONE_NEWNET))

    def died(self):
        """Exit statuses of processes that ended by themselves."""
        return [p.returncode for p in self._processes if p.poll() is not None]

    def dismiss(self):
        """Nothing here is expected to run any more."""
        self.make_end(0)
        self._processes.clear()

    def ask_to_end(self):
        for process in self._processes:
            if process.poll() is None:
                process.terminate()

    def make_end(self, patience_s):
        for process in self._processes:
            try:
                process.wait(max(0.0, patience_s))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Bed:
    """All hosts, and the bridge between them. A context: what it built is gone afterwards."""

    def __init__(self, directory):
        self._directory = pathlib.Path(directory)
        self.hosts = []

    def __enter__(self):
        if os.geteuid() != 0:
            raise CannotBuild("network namespaces need root")
        _hide_namespaces()
        _run("ip", "netns", "add", "bridge")
        _run("ip", "-n", "bridge", "link", "add", "bridge", "type", "bridge")
        _run("ip", "-n", "bridge", "link", "set", "bridge", "up")
        return self

    def add_host(self, name):
        number = len(self.hosts) + 1
        _run("ip", "netns", "add", name)
        host = Host(name, number, self._directory / name)
        self.hosts.append(host)
        # nodad: no waiting for duplicate address detection, the addresses are ours alone.
        _run("ip", "-n", name, "link", "add", "eth0", "type", "veth",
             "peer", "name", f"port{number}", "netns", "bridge")
        _run("ip", "-n", "bridge", "link", "set", f"port{number}", "master", "bridge", "up")
        _run("ip", "-n", name, "address", "add", f"{host.address[4]}/15", "dev", "eth0")
        _run("ip", "-n", name, "address", "add", f"{host.address[6]}/32", "dev", "eth0", "nodad")
        _run("ip", "-n", name, "link", "set", "lo", "up")
        _run("ip", "-n", name, "link", "set", "eth0", "up")
        return host

    @staticmethod
    def add_second_addresses(host):
        """{family: address} that reach `host` too, but are not what it would send from."""
        second = {f: a[:-2] + "11" for f, a in host.address.items()}
        _run("ip", "-n", host.name, "address", "add", f"{second[4]}/15", "dev", "eth0")
        _run("ip", "-n", host.name, "address", "add", f"{second[6]}/32", "dev", "eth0", "nodad",
             "preferred_lft", "0")
        return second

    @staticmethod
    def add_blind_route(host, destination):
        """Makes `destination` look reachable from `host`; nobody answers there."""
        _run("ip", "-n", host.name, "route", "add", destination, "dev", "eth0")

    def __exit__(self, *_):
        for host in self.hosts:
            host.ask_to_end()
        deadline = time.monotonic() + 4
        for host in self.hosts:
            host.make_end(deadline - time.monotonic())
        for name in [h.name for h in self.hosts] + ["bridge"]:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
