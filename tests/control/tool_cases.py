"""Cases of `dht`, the program for people."""
import hashlib
import json
import subprocess

from item_cases import bloom, strangers
from network_cases import network, random_hash
from node import Node


class Tool:
    """Runs `dht` in a private network, with a home of its own."""

    def __init__(self, bench, *bootstrap):
        self._program, self.home = bench.dht, bench.directory
        self._common = ["--allow-local", "--bind", "127.0.0.90"]
        self._common += [word for contact in bootstrap for word in ("--bootstrap", contact)]

    def run(self, *arguments, status=0):
        argv = [self._program, *arguments, *(self._common if arguments[0] != "demo" else ())]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False, env={"HOME": str(self.home)})
        assert done.returncode == status, (argv, done)
        self.log = done.stderr
        return done.stdout

    def start(self, *arguments):
        """Runs on; what it prints comes line by line."""
        return subprocess.Popen([self._program, *arguments, *self._common], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                env={"HOME": str(self.home)})

    def json(self, *arguments, status=0):
        return json.loads(self.run(*arguments, "--json", status=status))


def tool_announces_and_finds(bench):
    """dht announce and find-peers, with hex, base32 and magnet links"""
    nodes = network(bench, 5)
    tool = Tool(bench, nodes[0].contact)
    infohash = "08ada5a7a6183aae1e09d831df6748d566095a10"
    base32 = "BCW2LJ5GDA5K4HQJ3AY56Z2I2VTASWQQ"
    assert tool.json("announce", infohash, "--port", "5555")["stored"] >= 4
    for name in (infohash, infohash.upper(), base32, f"magnet:?dn=x&xt=urn:btih:{infohash}&tr=y",
                 f"magnet:?xt=urn:btih:{base32.lower()}"):
        found = tool.json("find-peers", name)
        assert found["infohash"] == infohash and found["peers"] == ["127.0.0.90:5555"], found
    assert "127.0.0.90:5555\n" in tool.run("find-peers", infohash)
    assert tool.json("find-peers", random_hash(), status=1)["peers"] == []


def tool_knows_nodes(bench):
    """dht ping, nodes and find-node"""
    nodes = network(bench, 5)
    ids = {n.contact: n.ready["node_ids"][0] for n in nodes}
    tool = Tool(bench, nodes[0].contact)
    for contact, node_id in ids.items():
        answer = tool.json("ping", contact)
        assert answer["ok"] and answer["id"] == node_id
    assert ids[nodes[1].contact] in tool.run("ping", nodes[1].contact)
    target = random_hash()
    found = [entry["id"] for entry in tool.json("find-node", target)["nodes"]]
    assert found == sorted(ids.values(), key=lambda i: int(i, 16) ^ int(target, 16)), found
    listed = {entry["addr"]: entry["id"] for entry in tool.json("nodes")["nodes"]}
    assert listed == ids, listed
    assert tool.json("ping", "127.0.0.99:9", "--timeout", "1", status=1)["ok"] is False


def tool_remembers(bench):
    """What dht knows of the network is kept, and the next start needs no bootstrap node"""
    nodes = network(bench, 10, good=8)
    state = str(bench.directory / "state")
    Tool(bench, nodes[0].contact).run("nodes", "--state", state)
    infohash = random_hash()
    nodes[2].ask("announce", infohash=infohash, port=2222)
    found = Tool(bench).json("find-peers", infohash, "--state", state)
    assert found["peers"] == ["127.0.0.12:2222"], found


def tool_serves(bench):
    """dht serve is a node like others, until it is told to stop"""
    node = bench.keep(Node(bench.dht_node))
    process = subprocess.Popen(
        [bench.dht, "serve", "--allow-local", "--bind", "127.0.0.90", "--bootstrap", node.contact],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"HOME": str(bench.directory)}, text=True)
    try:
        words = process.stdout.readline().split()
        assert node.ask("ping", addr=words[3])["node_id"] == words[1]
        process.terminate()
        assert process.wait(3) == 0
    finally:
        process.kill()
        process.wait()


def tool_items(bench):
    """dht put and get: immutable items as text, file and bencoding; mutable ones of a key"""
    nodes = network(bench, 5)
    tool = Tool(bench, nodes[0].contact)
    put = tool.json("put", "Hello World!")
    assert put["target"] == hashlib.sha1(b"12:Hello World!").hexdigest() and put["stored"] == 5
    assert tool.json("get", put["target"])["text"] == "Hello World!"
    assert tool.run("get", put["target"]).startswith("Hello World!\n")
    document = bench.directory / "document"
    document.write_bytes(b"\x00\xff")
    for words, v in ((("--file", str(document)), b"2:\x00\xff"), (("--bencoded", b"li1ee".hex()), b"li1ee")):
        got = tool.json("get", tool.json("put", *words)["target"])
        assert got["v"] == v.hex() and "text" not in got, got
    key = bench.directory / "my.key"
    public = tool.run("keygen", str(key)).strip()
    assert key.stat().st_mode & 0o777 == 0o600 and len(public) == 64
    secret = key.read_text()
    tool.run("keygen", str(key), status=2)
    assert key.read_text() == secret, "a key was overwritten"
    assert str(key) in tool.log and "another name" in tool.log, tool.log
    for seq in (1, 2):
        put = tool.json("put", "--key", str(key), "--salt", "news", f"number {seq}")
        assert put["k"] == public and put["seq"] == seq and put["stored"] == 5, put
    assert "SEQ     3\n" in tool.run("put", "--key", str(key), "--salt", "news", "number 3")
    got = tool.json("get", "--key-of", public, "--salt", "news")
    assert got["text"] == "number 3" and got["seq"] == 3, got
    assert nodes[2].ask("get", k=public, salt=b"news".hex())["sig"] == got["sig"]
    assert tool.json("get", "--key-of", public, status=1)["found"] is False


def tool_surveys(bench):
    """dht scrape and sample"""
    nodes = network(bench, 4)
    tool = Tool(bench, nodes[0].contact)
    infohash = random_hash()
    nodes[1].ask("announce", infohash=infohash, port=7000)
    answer = tool.json("sample", nodes[0].contact)
    assert answer["ok"] and answer["samples"] == [infohash] and answer["num"] == 1, answer
    assert infohash in tool.run("sample", nodes[0].contact, random_hash())
    assert tool.json("sample", "127.0.0.99:9", "--timeout", "1", status=1)["ok"] is False
    for n, seed in ((nodes[1], False), (nodes[2], True), (nodes[3], True)):
        n.ask("announce", infohash=infohash, port=7000, seed=seed)
    counted = tool.json("scrape", infohash)
    assert (counted["seeds"], counted["leeches"]) == (2, 1), counted
    replies = [(b"4:BFpe256:" + bloom([b"abcd", b"efgh"]) + b"4:BFsd256:" + bloom([b"ijkl"]), b"")]
    with strangers(replies) as contacts:
        counted = Tool(bench, *contacts).json("scrape", infohash)
        assert (counted["seeds"], counted["leeches"]) == (1, 2), counted
        assert "SEEDS  LEECHES" in Tool(bench, *contacts).run("scrape", infohash)


def tool_hybrid(bench):
    """A hybrid torrent is announced and found under both of its hashes (BEP 52)"""
    nodes = network(bench, 4)
    tool = Tool(bench, nodes[0].contact)
    v1, v2 = random_hash(), hashlib.sha256(b"info").hexdigest()
    link = f"magnet:?xt=urn:btih:{v1}&dn=x&xt=urn:btmh:1220{v2}"
    lines = tool.run("announce", link, "--port", "5555", "--json").splitlines()
    assert [json.loads(line)["infohash"] for line in lines] == [v1, v2[:40]], lines
    for infohash in (v1, v2[:40]):
        assert nodes[2].ask("get_peers", infohash=infohash)["peers"] == ["127.0.0.90:5555"]
    for name in (v2, f"magnet:?xt=urn:btmh:1220{v2}"):
        assert tool.json("find-peers", name)["infohash"] == v2[:40]
    assert tool.run("find-peers", link).count("127.0.0.90:5555") == 2


def tool_follows(bench):
    """dht follow tells each update of an item once, as text, as torrent and as JSON"""
    nodes = network(bench, 5)
    tool = Tool(bench, nodes[0].contact)
    key = str(bench.directory / "my.key")
    public = tool.run("keygen", key).strip()

    def put(*what):
        assert tool.json("put", "--key", key, "--salt", "news", *what)["stored"] >= 5  # and on the follower itself

    put("first")
    following = tool.start("follow", public, "--salt", "news", "--every", "1", "--count", "3")
    try:
        assert following.stdout.readline() == "seq 1: first\n"
        put("second")
        assert following.stdout.readline() == "seq 2: second\n"
        infohash = random_hash()
        put("--bencoded", (b"d2:ih20:" + bytes.fromhex(infohash) + b"e").hex())
        assert following.stdout.readline() == f"seq 3: magnet:?xt=urn:btih:{infohash}\n"
        assert following.wait(3) == 0
    finally:
        following.kill()
        following.wait()
    link = f"magnet:?xs=urn:btpk:{public}&s={b'news'.hex()}"
    update = tool.json("follow", link, "--count", "1")
    assert (update["k"], update["seq"], update["infohash"]) == (public, 3, infohash), update
    waiting = tool.start("follow", public)
    waiting.terminate()
    assert waiting.wait(3) in (1, -15)  # it may not have come to listen yet


def tool_indexes(bench):
    """dht index prints each torrent once, goes on from its state file, and misses no damaged one"""
    nodes = network(bench, 5)
    hashes = sorted(random_hash() for _ in range(6))
    for infohash in hashes:
        assert nodes[1].ask("announce", infohash=infohash, port=7000)["stored"] == 4
    tool = Tool(bench, nodes[0].contact)
    state = bench.directory / "index"
    words = ("index", "--seconds", "3", "--state", str(state))
    assert sorted(tool.run(*words).split()) == hashes
    whole = state.read_bytes()
    assert whole[:4] == b"DHTX" and int.from_bytes(whole[5:13], "big") >= 5, whole[:13]
    assert tool.run(*words, status=1) == ""
    assert state.read_bytes()[:13] == whole[:13], "somebody was asked too early"
    for i, content in enumerate((whole[:-1], b"", bytes(1000))):
        state.write_bytes(content)
        assert sorted(tool.run(*words).split()) == hashes
        assert f"{state}: damaged; starting fresh" in tool.log, tool.log
        aside = state.with_name("index.damaged" + (f".{i + 1}" if i else ""))
        assert aside.read_bytes() == content and state.read_bytes()[:4] == b"DHTX"
    assert state.with_name("index.damaged").read_bytes() == whole[:-1], "it was overwritten"
    running = tool.start("index", "--json", "--rate", "100")
    try:
        assert json.loads(running.stdout.readline())["infohash"] in hashes
        running.terminate()
        assert running.wait(3) == 0
    finally:
        running.kill()
        running.wait()


def tool_remembers_in_vain(bench):
    """A damaged routing state is named and kept under another name, and dht works"""
    nodes = network(bench, 5)
    state = bench.directory / "state"
    state.write_bytes(b"DHTS\x02 and no more")
    tool = Tool(bench, nodes[0].contact)
    tool.run("nodes", "--timeout", "2", "--state", str(state))
    assert f"{state}: damaged; starting fresh" in tool.log, tool.log
    assert (bench.directory / "state.damaged").read_bytes() == b"DHTS\x02 and no more"
    assert state.read_bytes()[:4] == b"DHTS"
    tool.run("nodes", "--timeout", "2", "--state", str(state))
    assert "fresh" not in tool.log, tool.log


def local_mistakes(bench):
    """A value, key or file that cannot be used is status 2, with a sentence, and nobody is asked"""
    tool = Tool(bench, "127.0.0.99:9")
    bad_key, big = bench.directory / "bad.key", bench.directory / "big"
    bad_key.write_text("1234")
    big.write_bytes(bytes(997))
    huge = bench.directory / "huge"
    huge.write_bytes(bytes(17_000_000))
    key = bench.directory / "good.key"
    public = tool.run("keygen", str(key)).strip()
    for words, advice in (
            (("put", "x" * 997), "at most 1000 bytes"), (("put", "--file", str(big)), "at most 1000"),
            (("put", "--file", str(huge)), str(huge)), (("put", "--bencoded", "6130"), "bencoded"),
            (("put", "--key", str(bad_key), "x"), "dht keygen"), (("put", "--bencoded", ""), "hex"),
            (("keygen", str(key)), "another name"), (("keygen", "/nowhere/key"), "/nowhere/key"),
            (("find-peers", "00" * 19), "40 or 64 hex"), (("follow", "xyz"), "64 hex"),
            (("find-peers", "magnet:?xt=urn:btmh:1220" + "00" * 20), "magnet link"),
            (("follow", public, "--salt", "s" * 65), "64 bytes"), (("index", "--rate", "0"), "range"),
            (("follow", f"magnet:?xs=urn:btpk:{public}&s=00", "--salt", "s"), "--salt")):
        tool.run(*words, status=2)
        assert advice in tool.log, (words, tool.log)
    tool.run("put", "x" * 996, "--timeout", "1", status=3)


def tool_usage(bench):
    """Wrong usage is status 2, no network is status 3"""
    tool = Tool(bench)
    for arguments in (["dance"], ["find-peers"], ["find-peers", "xyz"], ["announce", "00" * 20],
                      ["announce", "00" * 20, "--port", "0"], ["ping", "nowhere"],
                      ["find-node", "12"], ["put"], ["put", "a", "--bencoded", "6130"], ["get"],
                      ["put", "--salt", "s", "a"], ["get", "12"], ["get", "--key-of", "00"],
                      ["keygen"], ["scrape", "x"], ["follow"], ["follow", "00" * 20],
                      ["index", "--seconds", "x"], ["sample", "nowhere"], ["find-peers", "00" * 20, "--nope"]):
        tool.run(*arguments, status=2)
    Tool(bench, "127.0.0.99:9").run("find-peers", "00" * 20, "--timeout", "2", status=3)
    assert "Examples:" in tool.run("--help")


def tool_demo(bench):
    """dht demo: thirty nodes find each other and a peer"""
    output = Tool(bench).run("demo", "--nodes", "30")
    assert output.count("joined") == 29 and "stored on 8 nodes" in output, output
    assert "find-peers" in output.splitlines()[-1], output


CASES = (tool_announces_and_finds, tool_knows_nodes, tool_remembers, tool_remembers_in_vain, tool_serves,
         tool_items, tool_surveys, tool_hybrid, tool_follows, tool_indexes, local_mistakes, tool_usage,
         tool_demo)
