"""Ports for servers that must be told theirs before they start."""

import os
import random
import socket
from collections.abc import Iterator
from itertools import islice

SPAN = 1500  # for each process of pytest-xdist
FIRST = 20_000  # far below what systems take for connections that somebody opens


def free(number: int) -> list[int]:
    """Return ports of loopback on which nobody listens, and which no connection takes by chance."""
    return list(islice(_free(), number))


def _free() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = FIRST + worker % 8 * SPAN
    for port in random.sample(range(first, first + SPAN), SPAN):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port
