#!/usr/bin/env python3
"""Writes the scripts that fuzz_receive starts from: receive_corpus.py DIRECTORY.

A script is one byte for the settings, then steps: one byte for the kind (its place in STEPS, as in
fuzz_receive.cpp) and what the kind reads. A fuzzer goes on from here; what it finds is minimised
with -merge=1 into tests/fuzz/corpus/receive.
"""

import pathlib
import sys

STEPS = ("send send_astray reply_with reply reply_all refuse query announce_back put_item befriend"
         " bootstrap ping find_node find_peers announce cancel pass jump set_date save restore"
         " open forge gather get put sample subscribe ask_topic answer_on_topic").split()
NARROW, LARGE, SMALL, READ_ONLY, LOCAL, SUDDEN_END = 1, 2, 4, 56, 64, 128
V4, V6, ODD = 0, 96, 192  # where those hosts begin
SECONDS, MINUTES = 2, 3


def step(kind, *numbers):
    return bytes([STEPS.index(kind), *numbers])


def text(kind, datagram, *numbers):
    return step(kind, *numbers) + len(datagram).to_bytes(2, "big") + datagram


def time(kind, count, unit):
    return step(kind, 4 * count + unit)


# -- bencoding, as far as it is needed

def encode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        return encode(value.encode())
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(encode, value)) + b"e"
    return b"d" + b"".join(encode(k) + encode(value[k]) for k in sorted(value)) + b"e"


A, B, C = "abcdefghij0123456789", "mnopqrstuvwxyz123456", "0123456789abcdefghij"
KEY = bytes.fromhex("77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548")  # BEP 44
KEY2 = bytes.fromhex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")


def query(method, top=(), **arguments):
    return encode({"a": {"id": A, **arguments}, "q": method, "t": "aa", "y": "q", **dict(top)})


def reply(top=(), **results):
    return encode({"r": {"id": A, **results}, "t": "aa", "y": "r", **dict(top)})


def error(value):
    return encode({"e": value, "t": "aa", "y": "e"})


def nodes(count, ip=bytes([192, 0, 2])):
    return b"".join(bytes([17 * i % 256]) * 20 + ip + bytes([i + 1, 26, 225 + i])
                    for i in range(count))


# The datagrams of BEP 5, 44 and 51, and of the tests of libtorrent, anacrolix/dht, rqbit and pubky.

QUERIES = {
    "ping": query("ping"),
    "find_node": query("find_node", target=B),
    "get_peers": query("get_peers", info_hash=B),
    "get_peers_scrape": query("get_peers", info_hash=B, noseed=1, scrape=1),
    "announce_peer": query("announce_peer", implied_port=1, info_hash=B, port=6881,
                           token="aoeusnth"),
    "announce_no_port": query("announce_peer", implied_port=1, info_hash=B, token="tttt"),
    "announce_port65536": query("announce_peer", info_hash=B, port=65536, token="tttt"),
    "announce_token_list": query("announce_peer", info_hash=B, port=6881, token=["x"]),
    "sample": query("sample_infohashes", target=B),
    "get": query("get", target=B),
    "get_seq": query("get", seq=4, target=B),
    "get_target19": query("get", target=B[:19]),
    "put_immutable": query("put", token="tttt", v="Hello World!"),
    "put_mutable": query("put", k=KEY, seq=1, token="tttt", v="Hello World!", sig=bytes.fromhex(
        "305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff"
        "1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01")),
    "put_salt": query("put", k=KEY, salt="foobar", seq=1, token="tttt", v="Hello World!",
                      sig=bytes.fromhex(
                          "6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17d"
                          "df9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08")),
    "put_no_sig": query("put", k=KEY, seq=1, token="tttt", v="A"),
    "put_k31": query("put", k=KEY[:31], seq=1, sig="s" * 64, token="tttt", v="A"),
    "put_v1001": query("put", token="tttt", v="a" * 997),
    "find_node_id19": query("find_node", id=A[:19], target=B),
    "unknown_method": query("frobnicate", target=B),
    "want_300": query("find_node", target=B, want=["n4"] * 300),
    "read_only": query("ping", top={"ro": 1}),
    "version_list": query("ping", top={"v": [1]}),
    "tid_integer": query("ping", top={"t": 5}),
    "y_long": query("ping", top={"y": "query"}),
    "no_a": encode({"q": "get_peers", "t": "aa", "y": "q"}),
    "trailing": query("ping") + b"XYZ",
    "nested_1000": b"d1:a" + b"l" * 1000 + b"e" * 1000 + b"1:t2:aa1:y1:qe",
    "y_empty": encode({"ro": 1, "t": "", "y": ""}),
    "empty": b"",
}

REPLIES = {
    "id": reply(),
    "nodes9": reply(nodes="def456..."),
    "nodes27": reply(nodes="n" * 27),
    "nodes0": reply(nodes=""),
    "nodes8": reply(nodes=nodes(8)),
    "nodes16_ip": reply(top={"ip": bytes([203, 0, 113, 7, 26, 225])}, nodes=nodes(16)),
    "nodes_public": reply(nodes=nodes(8, bytes([83, 1, 2]))),
    "nodes6": reply(nodes6=bytes(range(20)) + bytes([0x2a, 0, 0, 5] + [0] * 11 + [1, 26, 225])),
    "values": reply(token="aoeusnth", values=["axje.u", "idhtnm"]),
    "values_joined": reply(token="t", values=[bytes([1, 2, 3, 4, 5, 6]) * 3]),
    "values_string": reply(token="t", values=bytes([1, 2, 3, 4, 5, 6]) * 3),
    "ip5": reply(top={"ip": bytes([1, 2, 3, 4, 5])}),
    "filter255": reply(BFpe=bytes(255), BFsd=bytes(256)),
    "filters": reply(BFpe=bytes([85]) * 256, BFsd=bytes(256)),
    "item_list": reply(k="K" * 32, seq=0, sig="S" * 64, v=["te", "hee"]),
    "item": reply(k=KEY2, seq=0, v="x", sig=bytes.fromhex(
        "55b546af1a67b1d120620102a8f5ee4c9cbc5062d1654f85b6207a5856c86d8a"
        "4287942fd8ee517e6efef723652272061d325e4d2d4c9dc87318164e67f22a04")),
    "item_seq_max": reply(k=KEY2, seq=2**63 - 1, v="x", sig=bytes.fromhex(
        "060470582252a33198b91fc76ac24657800ce7639e5f667b1f6f91de8af25744"
        "a62074ebf84de41c3bed2da42d700d2703f7c5e81017152ad45c89cf26bbba0d")),
    "item_immutable": reply(v="Hello World!"),
    "samples0": reply(interval=0, nodes="", num=0, samples=""),
    "samples2": reply(interval=21600, nodes="", num=300, samples=B + C),
    "samples19": reply(interval=10, nodes="", num=1, samples=B[:19]),
    "samples_interval": reply(interval=2**40, num=-1, samples=B),
    "error201": error([201, "A Generic Error Ocurred"]),
    "error_empty": error([]),
    "r_string": encode({"r": "x", "t": "aa", "y": "r"}),
}


def scripts():
    for name, datagram in QUERIES.items():
        yield "query_" + name, b"\0" + text("send", datagram, V4) + text("send", datagram, V6)
    for name, datagram in REPLIES.items():
        questions = step("befriend", V4, 4) + step("find_peers", 1, 0) + step("ping", V4 + 8)
        answers = b"".join(text("reply_with", datagram, 0) for _ in range(3))
        yield "reply_" + name, b"\0" + questions + answers + time("pass", 20, SECONDS)
    yield from courses()


def courses():
    """What takes more than one datagram."""
    meet = step("befriend", V4, 12) + step("befriend", V6, 12)
    tell = step("reply_all", 32 + 8, 20)
    for name, profile in {"plain": 0, "narrow": NARROW, "large": LARGE, "small": SMALL,
                          "read_only": READ_ONLY, "local": LOCAL, "sudden": SUDDEN_END}.items():
        start = bytes([profile]) + step("bootstrap", V4) + step("bootstrap", V6) + tell
        search = step("find_peers", 9, 0) + tell + tell + time("pass", 3, SECONDS) + tell
        store = step("announce", 2, 2) + tell + tell + tell + step("find_node", 3) + tell
        ask = b"".join(step("query", V4 + 40, kind, 2) for kind in (5, 37, 69, 1, 2, 3, 4))
        keep = step("announce_back", 0, 0) + step("announce_back", 0, 9, 3)
        items = step("put_item", V4 + 41, 2, 0) + step("put_item", V4 + 41, 18, 1)
        again = step("query", V4 + 44, 5, 2) + step("query", V6 + 44, 5, 2)
        yield "course_" + name, b"".join((start, meet, search, store, ask, keep, items, again,
                                          time("pass", 20, MINUTES), step("cancel", 0)))
    votes = b"".join(step("ping", V4 + 4 * i) + step("reply", 0, 64, 80) for i in range(8))
    yield "course_votes", b"\0" + votes + time("pass", 60, SECONDS)
    yield "course_saved", (b"\0" + meet + step("save") + time("jump", 60, MINUTES)
                           + step("restore", 0) + step("restore", 1, 0, 40)
                           + time("pass", 30, MINUTES))
    yield "course_addresses", (b"\0" + step("open", 2) + step("open", 3) + meet
                               + step("find_peers", 1, 1) + tell + time("pass", 40, SECONDS))
    yield "course_silence", (b"\0" + meet + step("find_node", 40) + time("pass", 60, SECONDS)
                             + step("set_date", 101, 0, 0, 0) + time("jump", 60, MINUTES))
    yield "course_late", (b"\0" + step("ping", V4) + time("pass", 4, SECONDS)
                          + step("reply", 1, 0, 0) + step("reply", 0, 16, 1)
                          + step("refuse", 0, 201))
    for name, profile in {"plain": 0, "large": LARGE, "small": SMALL}.items():
        yield "swarm_" + name, (bytes([profile]) + meet + step("gather", V4, 39, 2)
                                + step("gather", V6, 39, 2) + step("query", V4 + 90, 29, 2)
                                + step("query", V6 + 90, 29, 2))
    for how in range(8):
        found = step("reply_all", 128 + 32 + 4, 49) + step("reply_all", 128 + 32 + 4, 48)
        yield f"get_{how}", b"\0" + meet + step("get", 49, how) + found + found + found
        yield f"put_{how}", (b"\0" + meet + step("put", 49, how) + found + found
                             + step("refuse", 0, 45) + found)
    yield "get_foreign", b"\0" + meet + step("get", 49, 0) + step("reply_all", 128, 32)
    yield "sample", (b"\0" + step("sample", V4, 2) + step("reply", 0, 128 + 3, 6)
                     + step("find_peers", 1, 2) + tell + step("reply_all", 128 + 3, 9))
    yield "course_forged", (b"\0" + step("ping", V4) + step("forge", 1, V4 + 4, 0)
                            + step("forge", 1, V4, 1) + step("reply", 0, 0, 0))
    yield "course_tokens", b"".join(
        [b"\0", step("query", V4, 5, 2), step("announce_back", 0, 2, V4 + 4),
         step("announce_back", 0, 4, 3), step("announce_back", 0, 8, 0),
         time("jump", 11, MINUTES), step("announce_back", 0, 0)])
    yield "course_odd", b"\0" + b"".join(text("send_astray", QUERIES["find_node"], ODD + i, i)
                                         for i in range(16))


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for name, script in scripts():
        (directory / name).write_bytes(script)


if __name__ == "__main__":
    main()
