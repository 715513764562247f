"""Cases with other nodes: joining, finding, and what the network may look like."""
import itertools
import os
import socket
import time

from node import Node


def until(condition, within_s, what):
    """Waits for a condition, and says what was missing when it does not come."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, f"not within {within_s} s: {what}"
        time.sleep(0.1)


def network(bench, size, *options, first=10, good=None):
    """`size` nodes on 127.0.0.first and up; the first one is where the others start from."""
    nodes = [bench.keep(Node(bench.dht_node, *options, bind=[f"127.0.0.{first}"]))]
    for i in range(1, size):
        nodes.append(bench.keep(Node(bench.dht_node, *options, bind=[f"127.0.0.{first + i}"],
                                     bootstrap=[nodes[0].contact])))
    good = size - 1 if good is None else good
    until(lambda: all(n.good() >= good for n in nodes), 20, f"every node knows {good} others")
    return nodes


def random_hash():
    return os.urandom(20).hex()


def twelve_nodes(bench):
    """Twelve nodes join, and announce and find in all directions"""
    nodes = network(bench, 12, good=8)
    for i, announcer in enumerate(nodes):
        infohash = random_hash()
        stored = announcer.ask("announce", infohash=infohash, port=7000 + i)["stored"]
        assert stored >= 8, f"{stored} nodes confirmed"
        expected = f"127.0.0.{10 + i}:{7000 + i}"
        for finder in nodes:
            answer = finder.ask("get_peers", infohash=infohash)
            assert answer["ok"] and answer["peers"] == [expected], (expected, answer)
            assert "timed_out" not in answer


def ping_nodes_find_node(bench):
    """ping, nodes, find_node and info agree with each other"""
    nodes = network(bench, 8)
    ids = {n.contact: n.ask("info")["node_ids"][0] for n in nodes}
    for a, b in itertools.permutations(nodes[:3], 2):
        assert a.ask("ping", addr=b.contact)["node_id"] == ids[b.contact]
    for n in nodes:
        table = {entry["addr"]: entry["id"] for entry in n.ask("nodes")["nodes"]}
        assert table == {c: i for c, i in ids.items() if c != n.contact}, table
    target = random_hash()
    found = [entry["id"] for entry in nodes[0].ask("find_node", target=target)["nodes"]]
    others = [i for c, i in ids.items() if c != nodes[0].contact]
    others.sort(key=lambda i: int(i, 16) ^ int(target, 16))
    assert found == others[:8], (found, others)


def ping_nobody(bench):
    """A ping that nobody answers is no success, and ends in time"""
    node = bench.keep(Node(bench.dht_node))
    began = time.monotonic()
    answer = node.ask("ping", timeout=1, addr="127.0.0.99:9")
    assert answer["ok"] is False and answer["error"], answer
    assert time.monotonic() - began < 3


def requests_in_parallel(bench):
    """Two hundred requests at once are all answered"""
    nodes = network(bench, 4)
    infohash = random_hash()
    nodes[0].ask("announce", infohash=infohash, port=4242)
    numbers = [nodes[3].send("get_peers", infohash=infohash) for _ in range(200)]
    for number in numbers:
        answer = nodes[3].wait(number)
        assert answer["peers"] == ["127.0.0.10:4242"], answer


def what_we_stored_ourselves(bench):
    """A node that stores a peer itself finds it, and several peers become one list"""
    nodes = network(bench, 3)
    infohash = random_hash()
    for i, n in enumerate(nodes):
        n.ask("announce", infohash=infohash, port=5000 + i)
    everybody = {f"127.0.0.{10 + i}:{5000 + i}" for i in range(3)}
    for n in nodes:
        peers = n.ask("get_peers", infohash=infohash)["peers"]
        assert set(peers) == everybody and len(peers) == 3, peers


def implied_port(bench):
    """With implied_port the UDP port is what others find"""
    nodes = network(bench, 3)
    infohash = random_hash()
    nodes[1].ask("announce", infohash=infohash, port=1, implied_port=True)
    assert nodes[2].ask("get_peers", infohash=infohash)["peers"] == [nodes[1].contact]


def timeouts(bench):
    """A lookup among dead nodes ends when its time is over, with timed_out"""
    silent = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
    for i, s in enumerate(silent):
        s.bind((f"127.0.0.{60 + i}", 0))
    node = bench.keep(Node(bench.dht_node, bootstrap=["%s:%d" % s.getsockname() for s in silent]))
    began = time.monotonic()
    answer = node.ask("get_peers", timeout=0.5, infohash=random_hash())
    assert time.monotonic() - began < 2.5
    assert answer["ok"] is True and answer["peers"] == [] and answer["timed_out"] is True, answer
    answer = node.ask("announce", timeout=0, infohash=random_hash(), port=1)
    assert answer["ok"] is True and answer["stored"] == 0, answer
    known = network(bench, 3)
    for n in known:
        node.ask("bootstrap", addr=n.contact)
    until(lambda: node.good() >= 3, 10, "the living nodes are known")
    answer = node.ask("find_node", timeout=4, target=random_hash())
    assert answer["timed_out"] is True and len(answer["nodes"]) == 3, answer
    for s in silent:
        s.close()


def read_only(bench):
    """A read-only node finds others, answers nobody, and stands in no table"""
    nodes = network(bench, 4)
    shy = bench.keep(Node(bench.dht_node, "--read-only", bind=["127.0.0.30"],
                          bootstrap=[nodes[0].contact]))
    until(lambda: shy.good() >= 4, 10, "the read-only node knows the others")
    infohash = random_hash()
    nodes[1].ask("announce", infohash=infohash, port=6000)
    assert shy.ask("get_peers", infohash=infohash)["peers"] == ["127.0.0.11:6000"]
    assert nodes[0].ask("ping", timeout=1, addr=shy.contact)["ok"] is False
    for n in nodes:
        assert shy.contact not in [entry["addr"] for entry in n.ask("nodes")["nodes"]]


def dual_stack(bench):
    """IPv4 and IPv6 from one process: two ids, one port, peers of both families"""
    both = [bench.keep(Node(bench.dht_node, bind=["127.0.0.10", "::1"]))]
    for i in range(1, 5):
        both.append(bench.keep(Node(bench.dht_node, bind=[f"127.0.0.{10 + i}", "::1"],
                                    bootstrap=both[0].contacts)))
    until(lambda: all(n.good(4) >= 4 and n.good(6) >= 4 for n in both), 20, "both tables are full")
    assert len(set(both[1].ask("info")["node_ids"])) == 2
    infohash = random_hash()
    both[1].ask("announce", infohash=infohash, port=7777)
    assert set(both[3].ask("get_peers", infohash=infohash)["peers"]) == {
        "127.0.0.11:7777", "[::1]:7777"}
    assert both[0].ask("ping", addr=both[1].contacts[1])["ok"]


def ipv6_alone(bench):
    """Nodes on IPv6 only"""
    nodes = [bench.keep(Node(bench.dht_node, bind=["::1"]))]
    for _ in range(3):
        nodes.append(bench.keep(Node(bench.dht_node, bind=["::1"], bootstrap=nodes[0].contacts)))
    until(lambda: all(n.good(6) >= 3 for n in nodes), 20, "everybody knows everybody")
    infohash = random_hash()
    nodes[1].ask("announce", infohash=infohash, port=7778)
    assert nodes[3].ask("get_peers", infohash=infohash)["peers"] == ["[::1]:7778"]
    assert nodes[0].ask("info")["nodes4"] == 0


def multi_homed(bench):
    """Three addresses of one family: three nodes in one process, each announces for itself"""
    nodes = network(bench, 4)
    homes = ["127.0.0.31", "127.0.0.32", "127.0.0.33"]
    many = bench.keep(Node(bench.dht_node, bind=homes, bootstrap=[nodes[0].contact]))
    assert len(set(many.ready["node_ids"])) == 3
    until(lambda: many.good() >= 12, 20, "each of the three knows all four")
    for contact, node_id in zip(many.contacts, many.ask("info")["node_ids"]):
        assert nodes[2].ask("ping", addr=contact)["node_id"] == node_id
    infohash = random_hash()
    many.ask("announce", infohash=infohash, port=9000)
    peers = nodes[3].ask("get_peers", infohash=infohash)["peers"]
    assert set(peers) == {f"{home}:9000" for home in homes}, peers


def signatures(bench):
    """A node that signs puts its signature in front of its questions; those without one answer"""
    plain = bench.keep(Node(bench.dht_node, bind=["127.0.0.10"]))
    signing = bench.keep(Node(bench.dht_node, "--sign", bind=["127.0.0.11"]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.12", 0))
        listener.settimeout(5)
        for node, beginning in ((plain, b"d1:ad2:id20:"), (signing, b"d1:S120:")):
            node.send("ping", addr=f"127.0.0.12:{listener.getsockname()[1]}")
            assert listener.recv(2048).startswith(beginning)
    for _ in range(2):
        for asker, asked in ((plain, signing), (signing, plain)):
            answer = asker.ask("ping", addr=asked.contact)
            assert answer["node_id"] == asked.ask("info")["node_ids"][0], answer


def late_bootstrap(bench):
    """Bootstrap nodes that are dead, unknown names, or come alive only later"""
    port = free_port("127.0.0.10")
    node = bench.keep(Node(bench.dht_node, bind=["127.0.0.11"], bootstrap=[
        "nobody.invalid:6881", "127.0.0.77:9", f"127.0.0.10:{port}"]))
    time.sleep(2)
    assert node.good() == 0
    bench.keep(Node(bench.dht_node, bind=["127.0.0.10"], port=port))
    until(lambda: node.good() == 1, 15, "the late bootstrap node is known")
    other = bench.keep(Node(bench.dht_node, bind=["127.0.0.12"]))
    assert other.ask("bootstrap", addr=node.contact)["ok"]
    until(lambda: other.good() == 2, 10, "the op bootstrap joins")


def state(bench):
    """--state: a restarted node knows its id and its network without any bootstrap node"""
    nodes = network(bench, 5)
    saved = bench.directory / "state"
    node = bench.keep(Node(bench.dht_node, "--state", str(saved), bind=["127.0.0.40"],
                           bootstrap=[nodes[0].contact]))
    until(lambda: node.good() >= 5, 10, "the node has joined")
    before = node.ask("info")["node_ids"]
    assert node.end()[0] == 0 and saved.stat().st_size > 0
    assert [p.name for p in bench.directory.iterdir()] == ["state"], "a temporary file is left"
    again = bench.keep(Node(bench.dht_node, "--state", str(saved), bind=["127.0.0.40"]))
    assert again.ask("info")["node_ids"] == before
    until(lambda: again.good() >= 5, 10, "the restarted node is back")
    infohash = random_hash()
    nodes[1].ask("announce", infohash=infohash, port=3333)
    assert again.ask("get_peers", infohash=infohash)["peers"] == ["127.0.0.11:3333"]
    again.end()
    chosen = random_hash()
    other = bench.keep(Node(bench.dht_node, "--state", str(saved), "--node-id", chosen, bind=["127.0.0.40"]))
    assert other.ready["node_ids"] == [chosen]
    until(lambda: other.good() >= 5, 10, "the node with another id is back")


def damaged_state(bench):
    """A damaged state file is named, kept under another name, and the node starts fresh"""
    saved = bench.directory / "state"
    contents = (b"no state at all", b"DHTS\x02" + bytes(200), os.urandom(5000), b"", bytes(17_000_000))
    for i, content in enumerate(contents):
        saved.write_bytes(content)
        node = bench.keep(Node(bench.dht_node, "--state", str(saved)))
        assert node.good() == 0
        until(lambda: any(str(saved) in line and "fresh" in line for line in node.log), 2,
              "a message on standard error")
        assert node.end("sigterm")[0] == 0
        aside = saved.with_name("state.damaged" + (f".{i + 1}" if i else ""))
        assert aside.read_bytes() == content and saved.read_bytes()[:4] == b"DHTS", i
    assert saved.with_name("state.damaged").read_bytes() == contents[0], "it was overwritten"
    whole = bench.keep(Node(bench.dht_node, "--state", str(saved)))
    assert whole.end()[0] == 0 and not whole.log, whole.log


def garbage(bench):
    """Three hundred packets of garbage from one address in two seconds: the others are still served"""
    nodes = network(bench, 3)
    noise = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    noise.bind(("127.0.0.200", 0))
    at = ("127.0.0.10", nodes[0].port)
    for i in range(300):
        noise.sendto((os.urandom(i % 1400), b"d1:q", b"d" * 900, b"")[i % 4], at)
        time.sleep(1.8 / 300)
    for n in nodes[1:]:
        assert n.ask("ping", timeout=2, addr=nodes[0].contact)["ok"]
    for i in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.bind((f"127.0.1.{i + 1}", 0))
            asker.settimeout(2)
            asker.sendto(b"d1:ad2:id20:" + os.urandom(20) + b"e1:q4:ping1:t2:aa1:y1:qe", at)
            assert b"1:y1:r" in asker.recv(2048)
    noise.close()


def global_only(bench):
    """Without --allow-local nobody on 127.0.0.1 is talked to"""
    local = bench.keep(Node(bench.dht_node, bind=["127.0.0.10"]))
    strict = bench.keep(Node(bench.dht_node, bind=["127.0.0.11"], local=False,
                             bootstrap=[local.contact]))
    assert strict.ask("ping", timeout=1, addr=local.contact)["ok"] is False
    assert strict.good() == 0
    assert local.ask("ping", timeout=1, addr=strict.contact)["ok"] is False


def free_port(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((address, 0))
        return s.getsockname()[1]


CASES = (twelve_nodes, ping_nodes_find_node, ping_nobody, requests_in_parallel,
         what_we_stored_ourselves, implied_port, timeouts, read_only, dual_stack, ipv6_alone,
         multi_homed, signatures, late_bootstrap, state, damaged_state, garbage, global_only)
