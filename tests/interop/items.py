"""Items (BEP 44) and samples (BEP 51) between dht-node and the clients that know them."""
import os

from checks import poll
from node import NodeFailed
from report import CANNOT, FAILED, OK

# A seed of 32 bytes that count up, and the public key that belongs to it.
SEED = bytes(range(32))
PUBLIC_KEY = bytes.fromhex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")

IMMUTABLE_BY_NODE = "gets the immutable item that dht-node puts"
IMMUTABLE_BY_CLIENT = "puts an immutable item that dht-node gets"
MUTABLE_BY_NODE = "gets the newest mutable item that dht-node puts"
MUTABLE_BY_CLIENT = "puts a mutable item that dht-node gets"
SAMPLE = "answers sample_infohashes (BEP 51)"


def new_salt():
    """Letters only: libtorrent's alerts have it as text."""
    return os.urandom(4).hex().encode().hex()


def bencoded_text(text):
    return f"{len(text)}:{text}".encode()


class ItemExchange:
    """One client and one dht-node, over the whole network: whoever is closest stores."""

    def __init__(self, report, node, client):
        self._report, self._node, self._client = report, node, client

    def attempt(self, until_s):
        """Every direction, each with a value of its own."""
        for what, step in ((IMMUTABLE_BY_NODE, self._node_puts), (SAMPLE, self._sample),
                           (IMMUTABLE_BY_CLIENT, self._client_puts),
                           (MUTABLE_BY_NODE, self._node_puts_mutable),
                           (MUTABLE_BY_CLIENT, self._client_puts_mutable)):
            try:
                good, detail = step(until_s)
            except NodeFailed as failure:
                good, detail = False, str(failure)
            if good is not None:
                self._report.note(self._client.kind, what, 4, self._client.name,
                                  OK if good else FAILED, detail)

    def _node_puts(self, until_s):
        v = bencoded_text("by dht-node " + os.urandom(4).hex())
        put = self._node.ask("put", v=v.hex())
        got, same = poll(until_s, lambda: self._client.get(target=put["target"]),
                         lambda got: got.get("v") == v.hex())
        return same, f"stored {put['stored']} times" if same else f"{got} instead of {v.hex()}"

    def _client_puts(self, until_s):
        v = bencoded_text("by a client " + os.urandom(4).hex())
        target = self._client.put(v=v.hex())["target"]
        got, same = poll(until_s, lambda: self._node.ask("get", target=target),
                         lambda got: got.get("v") == v.hex())
        return same, "" if same else f"{got} instead of {v.hex()}"

    def _node_puts_mutable(self, until_s):
        salt, values = new_salt(), [bencoded_text("first"), bencoded_text("second")]
        for v in values:
            put = self._node.ask("put", v=v.hex(), salt=salt, key_seed=SEED.hex())
        got, same = poll(until_s, lambda: self._client.get(k=PUBLIC_KEY.hex(), salt=salt),
                         lambda got: (got.get("v"), got.get("seq")) == (values[1].hex(), 2))
        return same, f"seq {put['seq']}" if same else f"{got} instead of {values[1].hex()}"

    def _client_puts_mutable(self, until_s):
        salt, v = new_salt(), bencoded_text("signed by a client")
        self._client.put(v=v.hex(), salt=salt, key_seed=SEED.hex(), k=PUBLIC_KEY.hex())
        got, same = poll(until_s, lambda: self._node.ask("get", k=PUBLIC_KEY.hex(), salt=salt),
                         lambda got: got.get("v") == v.hex())
        return same, f"seq {got['seq']}" if same else f"{got} instead of {v.hex()}"

    def _sample(self, until_s):
        if not self._client.answers_samples:
            return None, ""
        at = self._client.contact(4)
        got, held = poll(until_s,
                         lambda: self._node.ask("sample", addr=at, target=os.urandom(20).hex()),
                         lambda got: got["num"] > 0 and got["samples"])
        return held, f"{got['num']} torrents, again in {got['interval']} s" if held else str(got)


def exchange_items(report, node, clients, until_s):
    """With each kind once; what a kind cannot do is said."""
    for client in {c.kind: c for c in clients}.values():
        if client.has_items:
            ItemExchange(report, node, client).attempt(until_s)
        else:
            report.note(client.kind, "items", 4, client.kind, CANNOT, "does not know BEP 44")
        if not client.answers_samples:
            report.note(client.kind, SAMPLE, 4, client.kind, CANNOT, "does not know BEP 51")
