"""Cases of one node and its controller: lines, ends, and the command line."""
import json
import subprocess
import time

from node import Node

CAPS = {"announce", "get_peers", "ping", "nodes", "find_node", "ipv6", "read_only", "state", "seed",
        "noseed", "scrape", "put", "get", "put_mutable", "get_mutable", "cas", "sample"}


def ready_event(bench):
    """The first line says who we are and what we can do"""
    wanted = "0123456789abcdef0123456789abcdef01234567"
    node = bench.keep(Node(bench.dht_node, "--node-id", wanted, bind=["127.0.0.1", "::1"]))
    assert node.ready["proto"] == 1 and node.ready["version"]
    assert node.ready["node_ids"][0] == wanted and len(node.ready["node_ids"]) == 2
    assert 0 < node.ready["port"] < 65536 and CAPS <= set(node.ready["caps"])
    info = node.ask("info")
    assert info["node_ids"] == node.ready["node_ids"] and info["version"] == node.ready["version"]
    assert info["nodes4"] == 0 and info["nodes6"] == 0


def malformed_lines(bench):
    """Any bytes may come: each bad line gets its error, and the next good one its answer"""
    node = bench.keep(Node(bench.dht_node))
    for line in (b"", b"no json", b"[]", b"7", b"null", b'"text"', b"{", b"{}", b'{"op":"info"}',
                 b'{"id":"x","op":"info"}', b'{"id":1.5,"op":"info"}', b"\xff\xfe\x00", bytes(100),
                 b"[" * 60000, b'{"a":' * 12000, b'{"id":1,"op":"info"' + b" " * 70000 + b"}",
                 b"x" * 300000, b'{"id":1e999,"op":"info"}'):
        node.write(line)
        answer = node.error()
        assert answer["ok"] is False and answer["error"], (line[:40], answer)
    assert node.ask("info")["ok"]


def bad_members(bench):
    """A request with a missing or bad member gets an error with its own id"""
    node = bench.keep(Node(bench.dht_node))
    infohash = "00" * 20
    for op, members in (
            ("ping", {}), ("ping", {"addr": 7}), ("ping", {"addr": "nobody:1"}),
            ("ping", {"addr": "127.0.0.1"}), ("ping", {"addr": "127.0.0.1:0"}),
            ("ping", {"addr": "127.0.0.1:70000"}), ("ping", {"addr": "::1:5"}),
            ("find_node", {}), ("find_node", {"target": "00"}), ("find_node", {"target": "zz" * 20}),
            ("get_peers", {"infohash": None}), ("get_peers", {"infohash": infohash, "noseed": "yes"}),
            ("get_peers", {"infohash": infohash, "timeout": "soon"}),
            ("get_peers", {"infohash": infohash, "timeout": -1}),
            ("announce", {"infohash": infohash}), ("announce", {"infohash": infohash, "port": 0}),
            ("announce", {"infohash": infohash, "port": 65536}),
            ("announce", {"infohash": infohash, "port": "80"}),
            ("announce", {"infohash": infohash, "port": -1}),
            ("info", {"timeout": []}), ("bootstrap", {"addr": "nowhere"}), ("bootstrap", {}), (None, {}), (7, {})):
        answer = node.wait(node.send(op, **members), 1)
        assert answer["ok"] is False and answer["error"], (op, members, answer)
        assert answer["error"] != "unknown op", (op, members)


def unknown_op(bench):
    """An operation that is not there is called so, and unknown members are ignored"""
    node = bench.keep(Node(bench.dht_node))
    for op in ("dance", "", "INFO"):
        answer = node.ask(op)
        assert answer["ok"] is False and answer["error"] == "unknown op", answer
    assert node.ask("info", colour="blue", depth=[1, {"a": 2}])["ok"]


def lines_in_pieces(bench):
    """A line may come in pieces, and several in one"""
    node = bench.keep(Node(bench.dht_node))
    line = json.dumps({"id": 900, "op": "info"}).encode()
    for i in range(len(line)):
        node.process.stdin.write(line[i:i + 1])
        node.process.stdin.flush()
        time.sleep(0.005)
    node.write(b"")
    assert node.wait(900, 1)["ok"]
    node.write(b"\n".join(json.dumps({"id": i, "op": "info"}).encode() for i in range(901, 951)))
    for i in range(901, 951):
        assert node.wait(i, 1)["ok"]


def ends(bench):
    """quit, the end of input and SIGTERM end it within three seconds with status 0"""
    for how in ("quit", "eof", "sigterm"):
        for bootstrap in ((), ("nobody.invalid:6881", "127.0.0.99:9")):
            saved = bench.directory / f"{how}-{len(bootstrap)}"
            node = bench.keep(Node(bench.dht_node, "--state", str(saved), bootstrap=bootstrap))
            node.send("get_peers", infohash="11" * 20)
            node.send("ping", addr="127.0.0.99:9")
            status, took = node.end(how)
            assert status == 0 and took < 3, (how, status, took)
            assert saved.exists(), how


def quit_answers_everybody(bench):
    """On quit the requests that wait get their answer, and so does quit"""
    node = bench.keep(Node(bench.dht_node))
    waiting = node.send("ping", addr="127.0.0.99:9")
    leaving = node.send("quit")
    assert node.wait(waiting, 1)["ok"] is False
    assert node.wait(leaving, 1)["ok"] is True
    assert node.process.wait(3) == 0


def unread_output(bench):
    """A controller that never reads does not keep it from ending"""
    process = subprocess.Popen([bench.dht_node, "--port", "0", "--bind", "127.0.0.1"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        for i in range(3000):
            process.stdin.write(json.dumps({"id": i, "op": "nodes"}).encode() + b"\n")
        process.stdin.flush()
        process.terminate()
        assert process.wait(3) == 0
    finally:
        process.kill()
        process.wait()


def input_from_anywhere(bench):
    """Standard input may be a file or /dev/null"""
    argv = [bench.dht_node, "--port", "0", "--bind", "127.0.0.1"]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=True)
    assert json.loads(done.stdout)["event"] == "ready"
    requests = bench.directory / "requests"
    requests.write_text('{"id":1,"op":"info"}\n{"id":2,"op":"nodes"}')
    output = bench.directory / "output"
    with requests.open() as stdin, output.open("w") as stdout:
        subprocess.run(argv, stdin=stdin, stdout=stdout, timeout=5, check=True)
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert [line.get("id") for line in lines] == [None, 1, 2], lines


def command_line(bench):
    """Unknown options and values that make no sense: status 2, nothing on standard output"""
    for options in (["--nope"], [], ["--port"], ["--port", "x"], ["--port", "70000"],
                    ["--port", "0", "--bind", "localhost"], ["--port", "0", "--bootstrap", "a"],
                    ["--port", "0", "--node-id", "12"], ["--port", "0", "extra"]):
        done = subprocess.run([bench.dht_node, *options], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=5, check=False)
        assert done.returncode == 2 and done.stderr and not done.stdout, (options, done)
    done = subprocess.run([bench.dht_node, "--help"], capture_output=True, timeout=5, check=False)
    assert done.returncode == 0 and b"--bootstrap" in done.stdout


CASES = (ready_event, malformed_lines, bad_members, unknown_op, lines_in_pieces, ends,
         quit_answers_everybody, unread_output, input_from_anywhere, command_line)
