"""A libtorrent session that speaks as much of dht-node's control protocol as the test asks of it.

Runs under the python that has Debian's python3-libtorrent.
"""
import argparse
import faulthandler
import hashlib
import json
import sys
import threading
import time

import libtorrent as lt

COLLECT_S = 3
GET_S = 6
HEAR_EVERY_S = 0.05
LIVE_NODES_S = 2


def settings(options):
    return {
        "listen_interfaces": ",".join(f"[{a}]:{options.port}" if ":" in a else
                                      f"{a}:{options.port}" for a in options.bind),
        "dht_bootstrap_nodes": "",
        "enable_dht": True, "dht_read_only": options.read_only,
        "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
        # All the bed talks within seconds: none of the rates that are meant for the internet. The
        # limits per subnet stay as they are, for each host has a subnet of its own.
        "dht_upload_rate_limit": 1_000_000, "dht_block_ratelimit": 1000,
        "alert_mask": lt.alert.category_t.dht_notification
                      | lt.alert.category_t.dht_operation_notification,
    }


class Node:
    def __init__(self, options):
        self._session = lt.session(settings(options))
        self._lock = threading.Lock()
        self._peers, self._live = {}, {}
        self._immutable, self._mutable = {}, {}
        # A bootstrap node in the settings is a router to libtorrent: never in the table.
        for contact in options.bootstrap:
            address, port = contact.rsplit(":", 1)
            self._session.add_dht_node((address.strip("[]"), int(port)))
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self):
        """Not with wait_for_alert(): the alert that it returns may move while python looks at it,
        and the process dies of that now and then."""
        while True:
            time.sleep(HEAR_EVERY_S)
            for alert in self._session.pop_alerts():
                with self._lock:
                    self._note(alert)

    def _note(self, alert):
        if isinstance(alert, lt.dht_get_peers_reply_alert):
            self._peers.setdefault(str(alert.info_hash), set()).update(alert.peers())
        elif isinstance(alert, lt.dht_live_nodes_alert):
            self._live[str(alert.node_id)] = alert.nodes
        elif isinstance(alert, lt.dht_immutable_item_alert):
            self._immutable[str(alert.target)] = (alert.item["value"], 0)
        elif isinstance(alert, lt.dht_mutable_item_alert):
            self._mutable[alert.key, alert.salt] = (alert.item["value"], alert.seq)

    def ids(self):
        """One per address. The state keeps each id together with the address it is for."""
        kept = self._session.save_state().get(b"dht state", {}).get(b"node-id", [])
        return [raw[:20] for raw in sorted(kept, key=len)]

    def info(self, _request):
        return {"node_ids": [i.hex() for i in self.ids()]}

    def nodes(self, _request):
        ids = self.ids()
        with self._lock:
            self._live.clear()
        for node_id in ids:
            self._session.dht_live_nodes(lt.sha1_hash(node_id))
        deadline = time.monotonic() + LIVE_NODES_S
        while len(self._live) < len(ids) and time.monotonic() < deadline:
            time.sleep(0.02)
        with self._lock:
            found = [entry for nodes in self._live.values() for entry in nodes]
        return {"nodes": [{"id": str(e["nid"]), "addr": spell(e["endpoint"])} for e in found]}

    def announce(self, request):
        """By way of a torrent, thus with the session's own port, whatever `port` says.

        session.dht_announce() cannot be called from python in 2.0.8: a converter for its flags is
        missing (arvidn/libtorrent#7441).
        """
        torrent = lt.parse_magnet_uri(f"magnet:?xt=urn:btih:{request['infohash']}")
        torrent.save_path = "."
        torrent.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
        self._session.add_torrent(torrent).force_dht_announce()
        return {}

    def get_peers(self, request):
        """libtorrent tells of each answer that brought peers, but not of the end of a lookup."""
        self._session.dht_get_peers(lt.sha1_hash(bytes.fromhex(request["infohash"])))
        time.sleep(COLLECT_S)
        with self._lock:
            found = sorted(self._peers.get(request["infohash"], ()))
        return {"peers": [spell(p) for p in found]}

    def put(self, request):
        """libtorrent takes a value and encodes it, and wants RFC 8032's expanded private key. It
        says nothing before it has stored, which nobody here waits for."""
        value = lt.bdecode(bytes.fromhex(request["v"]))
        if "key_seed" not in request:
            return {"target": str(self._session.dht_put_immutable_item(value))}
        expanded = bytearray(hashlib.sha512(bytes.fromhex(request["key_seed"])).digest())
        expanded[0] &= 248
        expanded[31] = expanded[31] & 63 | 64
        self._session.dht_put_mutable_item(
            bytes(expanded), bytes.fromhex(request["k"]), value, bytes.fromhex(request["salt"]))
        return {}

    def get(self, request):
        """An item that is not there is told of by an empty one, or not at all."""
        if "target" in request:
            kept, key = self._immutable, request["target"]
            self._session.dht_get_immutable_item(lt.sha1_hash(bytes.fromhex(key)))
        else: # the alert has the salt as text
            salt = bytes.fromhex(request["salt"]).decode()
            kept, key = self._mutable, (bytes.fromhex(request["k"]), salt)
            self._session.dht_get_mutable_item(*key)
        time.sleep(GET_S)
        with self._lock:
            found = kept.get(key)
        if found is None:
            return {"found": False}
        value, seq = found
        return {"found": True, "v": lt.bencode(value).hex(), "seq": seq}

    def answer(self, line):
        request = json.loads(line)
        operations = {"info": self.info, "nodes": self.nodes, "announce": self.announce,
                      "get_peers": self.get_peers, "put": self.put, "get": self.get,
                      "quit": lambda _: {}}
        try:
            say({"id": request["id"], "ok": True, **operations[request["op"]](request)})
        except Exception as error:
            say({"id": request["id"], "ok": False, "error": repr(error)})
        return request["op"]


def spell(endpoint):
    address, port = endpoint
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def say(message, lock=threading.Lock()):
    with lock:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bind", action="append", required=True)
    parser.add_argument("--bootstrap", action="append", default=[])
    parser.add_argument("--read-only", action="store_true")
    options = parser.parse_args()
    faulthandler.enable()
    node = Node(options)
    say({"event": "ready", "proto": 1, "version": f"libtorrent {lt.version}", "port": options.port,
         "caps": ["announce", "get_peers", "nodes", "ipv6", "read_only"]})
    for line in sys.stdin:
        if '"quit"' in line:
            node.answer(line)
            return
        threading.Thread(target=node.answer, args=(line,), daemon=True).start()


if __name__ == "__main__":
    main()
