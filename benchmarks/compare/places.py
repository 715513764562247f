"""Where a server and its world run: in namespaces without a way out, which needs root.

A place has two hosts (see bed.py), which may be one: `server`, where the measured process is, and
`world`, where the generator plays everybody else with the addresses of one /8, `network`.
"""
import contextlib
import pathlib
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(REPOSITORY / "tests" / "interop"))

import bed  # noqa: E402


class Pinned:
    """A host whose processes run on one core; `process` is the latest of them."""

    def __init__(self, host, core):
        self._host, self._core = host, core

    def start(self, argv, **options):
        self.process = self._host.start(["taskset", "--cpu-list", self._core, *argv], **options)
        return self.process

    def __getattr__(self, name):
        return getattr(self._host, name)


class Place:
    def __init__(self, server, world, network):
        self.server, self.world, self.network = server, world, network


@contextlib.contextmanager
def loopback(directory):
    """All of 127/8, and no other interface."""
    with bed.Bed(directory) as built:
        host = built.add_host("host")
        bed._run("ip", "-n", host.name, "link", "delete", "eth0")
        host.address = {4: "127.0.0.1"}
        yield Place(host, host, "127.0.0.0")


@contextlib.contextmanager
def apart(directory):
    """Two hosts on a bridge; the world has all of 10/8."""
    with bed.Bed(directory) as built:
        server, world = built.add_host("server"), built.add_host("world")
        bed._run("ip", "-n", world.name, "route", "add", "local", "10.0.0.0/8", "dev", "lo")
        bed._run("ip", "-n", server.name, "route", "add", "10.0.0.0/8", "via", world.address[4])
        yield Place(server, world, "10.0.0.0")
