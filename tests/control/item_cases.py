"""Cases of items (BEP 44), scrapes (BEP 33) and samples (BEP 51)."""
import contextlib
import hashlib
import os
import socket
import threading

from network_cases import network, random_hash, until
from node import Node

SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"  # RFC 8032, test 1
KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def bencoded(text):
    return b"%d:%s" % (len(text), text)


def item(text):
    return bencoded(text.encode()).hex()


def target_of(*parts):
    return hashlib.sha1(b"".join(bytes.fromhex(p) for p in parts)).hexdigest()


def immutable_items(bench):
    """An immutable item is put, stored, and got by every node"""
    nodes = network(bench, 10, good=8)
    v = item("Hello World!")
    put = nodes[1].ask("put", v=v)
    assert put["ok"] and put["target"] == target_of(v) and put["stored"] >= 8, put
    assert "seq" not in put and "errors" not in put, put
    for n in nodes:
        got = n.ask("get", target=put["target"])
        assert got["ok"] and got["found"] is True and got["v"] == v, got
    nothing = nodes[3].ask("get", target=random_hash())
    assert nothing["ok"] and nothing["found"] is False and "v" not in nothing, nothing
    largest = (b"996:" + bytes(996)).hex()
    assert nodes[2].ask("get", target=nodes[4].ask("put", v=largest)["target"])["v"] == largest


def mutable_items(bench):
    """A mutable item: seq counts up by itself, and each salt is an item of its own"""
    nodes = network(bench, 8)
    for seq in (1, 2, 3):
        put = nodes[seq].ask("put", v=item(f"version {seq}"), key_seed=SEED)
        assert put["ok"] and put["seq"] == seq and put["stored"] >= 7, put
        assert put["target"] == target_of(KEY), put
    salt = b"foobar".hex()
    put = nodes[0].ask("put", v=item("salted"), key_seed=SEED, salt=salt, seq=40)
    assert put["seq"] == 40 and put["target"] == target_of(KEY, salt), put
    for n in nodes:
        got = n.ask("get", k=KEY)
        assert (got["found"], got["v"], got["seq"]) == (True, item("version 3"), 3), got
        assert len(got["sig"]) == 128, got
        assert n.ask("get", k=KEY, salt=salt)["v"] == item("salted")
    assert nodes[0].ask("get", k=KEY, salt="00")["found"] is False


def refused_items(bench):
    """A wrong cas is error 301, an old seq 302, and the right cas stores"""
    nodes = network(bench, 8)
    for n in (nodes[0], nodes[2]):  # nobody stores on himself: with two of them, everybody has it
        assert n.ask("put", v=item("a"), key_seed=SEED, seq=5)["stored"] == 7
    for members, code in (({"seq": 6, "cas": 4}, 301), ({"seq": 4}, 302), ({"seq": 5}, 302)):
        put = nodes[1].ask("put", v=item("b"), key_seed=SEED, **members)
        assert put["ok"] is False and put["code"] == code and put["stored"] == 0, put
        assert [e["code"] for e in put["errors"]] == [code] and put["errors"][0]["count"] >= 6, put
    assert nodes[2].ask("get", k=KEY)["v"] == item("a")
    put = nodes[1].ask("put", v=item("b"), key_seed=SEED, cas=5)
    assert put["ok"] and put["seq"] == 6 and put["stored"] >= 6, put
    assert nodes[2].ask("get", k=KEY)["v"] == item("b")


def items_signed_elsewhere(bench):
    """An item is published again as it was got, and not when its signature does not fit"""
    v, salt = item("wandering"), b"s".hex()
    home = network(bench, 3)
    home[0].ask("put", v=v, key_seed=SEED, salt=salt, seq=9)
    got = home[1].ask("get", k=KEY, salt=salt)
    again = {"v": v, "k": KEY, "salt": salt, "seq": got["seq"], "sig": got["sig"]}
    abroad = network(bench, 3, first=40)
    put = abroad[0].ask("put", **again)
    assert put["ok"] and put["stored"] == 2 and put["seq"] == 9, put
    assert abroad[2].ask("get", k=KEY, salt=salt)["sig"] == got["sig"]
    for change in ({"seq": 10}, {"v": item("other")}, {"salt": ""}, {"sig": "00" * 64}):
        put = abroad[0].ask("put", **{**again, **change})
        assert put["ok"] is False and "sig" in put["error"], (change, put)


def bad_items(bench):
    """Items that make no sense are refused with a sentence"""
    node = bench.keep(Node(bench.dht_node))
    v = item("x")
    for op, members in (
            ("put", {}), ("put", {"v": 7}), ("put", {"v": "3"}), ("put", {"v": "zz"}),
            ("put", {"v": ""}), ("put", {"v": b"no bencoding".hex()}), ("put", {"v": v + v}),
            ("put", {"v": bencoded(bytes(997)).hex()}), ("put", {"v": v, "key_seed": "00"}),
            ("put", {"v": v, "key_seed": SEED, "salt": "00" * 65}),
            ("put", {"v": v, "key_seed": SEED, "seq": "1"}),
            ("put", {"v": v, "key_seed": SEED, "seq": 2 ** 63}),
            ("put", {"v": v, "key_seed": SEED, "cas": 1.5}), ("put", {"v": v, "k": KEY}),
            ("put", {"v": v, "k": KEY, "seq": 1, "sig": "00"}), ("get", {}), ("get", {"k": "00"}),
            ("get", {"target": "xy"}), ("get", {"k": KEY, "salt": "0"}), ("sample", {}),
            ("sample", {"addr": "127.0.0.1:9"}), ("get_peers", {"infohash": v, "scrape": True}),
            ("get_peers", {"infohash": "00" * 20, "scrape": 1})):
        answer = node.ask(op, timeout=1, **members)
        assert answer["ok"] is False and "member '" in answer["error"], (op, members, answer)
    alone = node.ask("put", v=v)
    assert alone["ok"] and alone["stored"] == 0 and alone["target"] == target_of(v), alone


def samples(bench):
    """A node names the torrents that it knows peers of, and silence is no answer"""
    nodes = network(bench, 4)
    hashes = sorted(random_hash() for _ in range(5))
    for infohash in hashes:
        assert nodes[0].ask("announce", infohash=infohash, port=7000)["stored"] == 3
    answer = nodes[3].ask("sample", addr=nodes[1].contact, target=random_hash())
    assert answer["ok"] and sorted(answer["samples"]) == hashes and answer["num"] == 5, answer
    assert 0 <= answer["interval"] <= 21600 and len(answer["nodes"]) >= 2, answer
    silent = nodes[3].ask("sample", timeout=1, addr="127.0.0.99:9", target=random_hash())
    assert silent["ok"] is False and silent["error"], silent


def bloom(addresses):
    """The filter of BEP 33."""
    bits = bytearray(256)
    for address in addresses:
        digest = hashlib.sha1(address).digest()
        for low, high in (digest[0:2], digest[2:4]):
            index = (low | high << 8) % 2048
            bits[index // 8] |= 1 << index % 8
    return bytes(bits)


@contextlib.contextmanager
def strangers(replies):
    """Nodes on 127.0.0.60 and up that answer every query in their own way; yields their contacts."""
    with contextlib.ExitStack() as stack:
        contacts = []
        for i, reply in enumerate(replies):
            s = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            s.bind((f"127.0.0.{60 + i}", 0))
            s.settimeout(0.2)
            contacts.append("%s:%d" % s.getsockname())
            ended = threading.Event()
            thread = threading.Thread(target=answer_all, args=(s, reply, ended))
            stack.callback(thread.join)
            stack.callback(ended.set)
            thread.start()
        yield contacts


def answer_all(s, reply, ended):
    head, tail = reply
    body = b"d1:rd" + head + b"2:id20:" + os.urandom(20) + tail + b"e1:t"
    while not ended.is_set():
        with contextlib.suppress(socket.timeout):
            query, asker = s.recvfrom(2048)
            at = query.rfind(b"1:t") + 3
            length, rest = query[at:].split(b":", 1)
            s.sendto(body + bencoded(rest[:int(length)]) + b"1:y1:re", asker)


def scrape_numbers(bench):
    """Seeds and leeches are counted from the union of all filters"""
    v4 = [bytes((192, 0, 2, i)) for i in range(256)]
    replies = [(b"4:BFpe256:" + bloom(v4[a:b]) + b"4:BFsd256:" + bloom(v4[c:d]), b"")
               for a, b, c, d in ((0, 60, 0, 8), (40, 100, 4, 10))]
    with strangers(replies) as contacts:
        node = bench.keep(Node(bench.dht_node, bootstrap=contacts))
        until(lambda: node.good() == 2, 10, "both strangers are known")
        answer = node.ask("get_peers", infohash=random_hash(), scrape=True)
        assert abs(answer["seeds"] - 10) <= 1 and abs(answer["leeches"] - 100) <= 5, answer
        plain = node.ask("get_peers", infohash=random_hash())
        assert "seeds" not in plain and "leeches" not in plain, plain


def scrape_real_nodes(bench):
    """Seeds and leeches that real nodes announced are counted right, and noseed leaves seeds out"""
    nodes = network(bench, 12, good=8)
    infohash = random_hash()
    for i, n in enumerate(nodes[:9]):
        assert n.ask("announce", infohash=infohash, port=7000 + i, seed=i < 3)["stored"] >= 8
    peers = [f"127.0.0.{10 + i}:{7000 + i}" for i in range(9)]
    for n in nodes[9:]:
        answer = n.ask("get_peers", infohash=infohash, scrape=True)
        assert abs(answer["seeds"] - 3) <= 1 and abs(answer["leeches"] - 6) <= 1, answer
        assert sorted(answer["peers"]) == peers, answer
        leeches = n.ask("get_peers", infohash=infohash, noseed=True)["peers"]
        assert sorted(leeches) == peers[3:], leeches
    nobody = nodes[9].ask("get_peers", infohash=random_hash(), scrape=True)
    assert nobody["seeds"] == nobody["leeches"] == 0, nobody
    assert nodes[3].ask("announce", infohash=infohash, port=7003, seed=True)["stored"] >= 8
    answer = nodes[11].ask("get_peers", infohash=infohash, scrape=True)
    assert abs(answer["seeds"] - 4) <= 1 and abs(answer["leeches"] - 5) <= 1, answer


def no_samples(bench):
    """A node that does not know BEP 51 is no success"""
    with strangers([(b"", b"5:nodes0:")]) as contacts:
        node = bench.keep(Node(bench.dht_node))
        answer = node.ask("sample", addr=contacts[0], target=random_hash())
        assert answer["ok"] is False and "BEP 51" in answer["error"], answer


CASES = (immutable_items, mutable_items, refused_items, items_signed_elsewhere, bad_items, samples,
         scrape_numbers, scrape_real_nodes, no_samples)
