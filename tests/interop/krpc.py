"""Bencoding and one KRPC question at a time (BEP 5, 32): the test's own eye on the network.

It shares no code with any of the nodes it looks at.
"""
import os
import socket
import struct


def bencode(value):
    if isinstance(value, bool):
        raise TypeError("bencoding has no booleans")
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    return b"d" + b"".join(bencode(k) + bencode(value[k]) for k in sorted(value)) + b"e"


def bdecode(data):
    value, end = _decode_at(data, 0)
    if end != len(data):
        raise ValueError("bytes after the value")
    return value


def _decode_at(data, at):
    kind = data[at:at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if kind in (b"l", b"d"):
        items, at = [], at + 1
        while data[at:at + 1] != b"e":
            item, at = _decode_at(data, at)
            items.append(item)
        return (items if kind == b"l" else dict(zip(items[::2], items[1::2]))), at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    if end > len(data):
        raise ValueError("string longer than the message")
    return data[colon + 1:end], end


def contact(address, port):
    """The one spelling of an endpoint in this test: 1.2.3.4:5 or [2001:db8::1]:5."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def split_contact(text):
    address, port = text.rsplit(":", 1)
    return address.strip("[]"), int(port)


def family_of(text):
    return 6 if text.startswith("[") else 4


def pack_contacts(contacts):
    """Compact endpoints without ids, as clients keep them in their state files."""
    return b"".join(pack_address(split_contact(c)[0]) + struct.pack(">H", split_contact(c)[1])
                    for c in contacts)


def pack_address(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def _unpack_contact(raw):
    family = {6: socket.AF_INET, 18: socket.AF_INET6}[len(raw)]
    return contact(socket.inet_ntop(family, raw[:-2]), struct.unpack(">H", raw[-2:])[0])


def unpack_nodes(raw, family):
    """Compact node info -> {(contact, node id)}."""
    size = {4: 26, 6: 38}[family]
    whole = range(0, len(raw) - len(raw) % size, size)
    return {(_unpack_contact(raw[i + 20:i + size]), raw[i:i + 20]) for i in whole}


def near(node_id, shared_bits):
    """A random key that shares exactly the first `shared_bits` bits with `node_id`."""
    keep = 160 - shared_bits
    flipped = int.from_bytes(node_id, "big") ^ (1 << (keep - 1))
    noise = int.from_bytes(os.urandom(20), "big") & ((1 << (keep - 1)) - 1)
    return (flipped ^ noise).to_bytes(20, "big")


class Probe:
    """Asks single questions from an address of its own.

    `ro` (BEP 43) asks to be left out of tables, but most clients keep a stranger all the same and
    then lose time on it, for it answers nothing. So it has one id and one address for good, and
    asks only when everything that is timed has been seen.
    """

    def __init__(self, host):
        self._id = os.urandom(20)
        self._sockets = {4: host.socket(socket.AF_INET, socket.SOCK_DGRAM),
                         6: host.socket(socket.AF_INET6, socket.SOCK_DGRAM)}
        self._sockets[4].bind((host.address[4], 6881))
        self._sockets[6].bind((host.address[6], 6881))

    def ping(self, to):
        """The node id, or None."""
        return self._ask(to, b"ping", {}).get(b"id")

    def find_node(self, to, target):
        """{(contact, node id)} of the family that `to` has; BEP 32 returns that one by default."""
        answer = self._ask(to, b"find_node", {b"target": target})
        key = {4: b"nodes", 6: b"nodes6"}[family_of(to)]
        return unpack_nodes(answer.get(key, b""), family_of(to))

    def get_peers(self, to, info_hash):
        """The set of contacts that the node has stored itself."""
        values = self._ask(to, b"get_peers", {b"info_hash": info_hash}).get(b"values", [])
        return {_unpack_contact(v) for v in values if len(v) in (6, 18)}

    def scrape(self, to, info_hash):
        """The filters of seeds and of leeches; empty where there are none (BEP 33)."""
        answer = self._ask(to, b"get_peers", {b"info_hash": info_hash, b"scrape": 1})
        return answer.get(b"BFsd", b""), answer.get(b"BFpe", b"")

    def _ask(self, to, method, arguments, timeout_s=0.5, attempts=2):
        """The answer's `r`; {} when there was none or an error."""
        sock, address = self._sockets[family_of(to)], split_contact(to)
        sock.settimeout(timeout_s)
        for _ in range(attempts):
            tid = os.urandom(4)
            sock.sendto(bencode({b"t": tid, b"y": b"q", b"q": method, b"ro": 1,
                                 b"a": {b"id": self._id, **arguments}}), address)
            answer = self._await_answer(sock, address, tid)
            if answer is not None:
                return answer.get(b"r", {})
        return {}

    @staticmethod
    def _await_answer(sock, address, tid):
        while True:
            try:
                data, source = sock.recvfrom(65536)
                message = bdecode(data)
            except TimeoutError:
                return None
            except (ValueError, IndexError):
                continue
            if source[:2] == address and message.get(b"t") == tid and message.get(b"y") != b"q":
                return message
