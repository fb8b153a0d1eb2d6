"""A TCP proxy in front of a server: it cuts, stalls and refuses connections when it is told to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BLOCK = 65536

Pair = tuple[socket.socket, socket.socket]


class TcpProxy:
    """Passes bytes on between clients on `port` and one server.

    `cut_before` and `cut_after` wait for bytes that a client sends, once: the connection ends
    before the server gets them, or when the server has answered them, instead of its answer. With
    `gone_then`, the server is gone from that moment on.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cut_before: bytes | None = None
        self.cut_after: bytes | None = None
        self.gone_then = False
        self.hit = threading.Event()  # one of both was met
        self.accepted = 0
        self._flows = threading.Event()
        self._flows.set()
        self._refuses = False
        self._lock = threading.Lock()
        self._pairs: set[Pair] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def refuse(self) -> None:
        """End what is connected, and every connection from now on, as a server that is gone."""
        self._refuses = True
        self.cut()

    def serve(self) -> None:
        """Let everything through again."""
        self._refuses = False
        self.cut_before = self.cut_after = None
        self.gone_then = False
        self.hit.clear()
        self._flows.set()

    def stall(self) -> None:
        """Pass nothing on, in no direction; connections stay open, and new ones open."""
        self._flows.clear()

    def cut(self) -> None:
        """End every connection."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._end(pair)

    def close(self) -> None:
        self._refuses = True
        self._flows.set()
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted += 1
                if self._refuses:
                    client.close()
                    continue
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._server, timeout=30)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = (client, server)
        with self._lock:
            self._pairs.add(pair)
        answered = threading.Event()  # that the client's answer is not to be seen
        threading.Thread(target=self._answers, args=(pair, answered), daemon=True).start()
        self._requests(pair, answered)

    def _requests(self, pair: Pair, answered: threading.Event) -> None:
        client, server = pair
        with suppress(OSError):
            while block := client.recv(BLOCK):
                self._flows.wait()
                if self.cut_before and self.cut_before in block:
                    self._meet(pair)
                    return
                if self.cut_after and self.cut_after in block:
                    answered.set()
                server.sendall(block)
        self._end(pair)

    def _answers(self, pair: Pair, answered: threading.Event) -> None:
        client, server = pair
        with suppress(OSError):
            while block := server.recv(BLOCK):
                self._flows.wait()
                if answered.is_set():
                    self._meet(pair)
                    return
                client.sendall(block)
        self._end(pair)

    def _meet(self, pair: Pair) -> None:
        self.cut_before = self.cut_after = None
        if self.gone_then:
            self.refuse()
        self._end(pair)
        self.hit.set()

    def _end(self, pair: Pair) -> None:
        with self._lock:
            self._pairs.discard(pair)
        for each in pair:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def proxy(host: str, port: int) -> Iterator[TcpProxy]:
    """Put a proxy in front of a server."""
    made = TcpProxy(host, port)
    try:
        yield made
    finally:
        made.close()
