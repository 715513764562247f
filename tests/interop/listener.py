"""Stands where dht-node's announcements point to, and notes who comes for which torrent."""
import socket
import threading

PROTOCOL = b"\x13BitTorrent protocol"
HANDSHAKE_BYTES = 68


class Listener:
    """Accepts on `port` of all families of one host; a torrent client greets with the infohash."""

    def __init__(self, host, families, port):
        self._contacts = {host.contact(f, port) for f in families}
        self._handshakes = set()
        self._lock = threading.Lock()
        for family in families:
            kind = socket.AF_INET6 if family == 6 else socket.AF_INET
            server = host.socket(kind, socket.SOCK_STREAM)
            server.bind((host.address[family], port))
            server.listen(64)
            threading.Thread(target=self._accept, args=(server, host.contact(family, port)),
                             daemon=True).start()

    def contacts(self):
        return self._contacts

    def handshakes(self):
        """{(contact that was called, infohash, address of the caller)}"""
        with self._lock:
            return set(self._handshakes)

    def _accept(self, server, contact):
        while True:
            connection, caller = server.accept()
            threading.Thread(target=self._greet, args=(connection, contact, caller[0]),
                             daemon=True).start()

    def _greet(self, connection, contact, caller):
        """A caller that starts encrypted is hung up on, and comes back in the clear."""
        connection.settimeout(3)
        data = b""
        with connection:
            try:
                while len(data) < HANDSHAKE_BYTES and PROTOCOL.startswith(data[:len(PROTOCOL)]):
                    received = connection.recv(HANDSHAKE_BYTES - len(data))
                    if not received:
                        return
                    data += received
            except OSError:
                return
        if len(data) == HANDSHAKE_BYTES and data.startswith(PROTOCOL):
            with self._lock:
                self._handshakes.add((contact, data[28:48], caller))
