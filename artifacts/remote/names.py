"""From a host's name to its addresses: asked once, and all of them checked."""

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from ipaddress import ip_address
from time import monotonic
from typing import Any

from artifacts.remote.addresses import AddressRules
from artifacts.remote.urls import Url

# As socket.getaddrinfo: (host, port, type=...) -> (family, type, protocol, name, address) each.
Resolve = Callable[..., Sequence[tuple[Any, ...]]]

TRIED_ADDRESSES = 4


class Names:
    def __init__(self, rules: AddressRules, resolve: Resolve = socket.getaddrinfo) -> None:
        self._rules = rules
        self._resolve = resolve

    def addresses(self, url: Url, deadline: float) -> list[str]:
        """The addresses to connect to; raises OSError unless every one of the name's is allowed."""
        found = [str(url.address)] if url.address else self._look_up(url, deadline)
        if not found or not all(self._rules.allow_text(address) for address in found):
            raise PermissionError("not every address of the host may be reached")
        distinct = dict.fromkeys(str(ip_address(address)) for address in found)
        return list(distinct)[:TRIED_ADDRESSES]

    def _look_up(self, url: Url, deadline: float) -> list[str]:
        # In a thread of its own, since no lookup of the system can be told when to give up.
        answer: Future[list[str]] = Future()

        def look_up() -> None:
            try:
                found = self._resolve(url.host, url.port, type=socket.SOCK_STREAM)
                answer.set_result([entry[4][0] for entry in found])
            except (OSError, ValueError) as error:
                answer.set_exception(error)

        threading.Thread(target=look_up, daemon=True).start()
        return answer.result(max(deadline - monotonic(), 0))
