"""Pools as people are shown them: each as a row."""

from collections.abc import Iterable

from artifacts.client import Document
from artifacts.client.answers import is_size
from artifacts.terminal.cells import human_size
from artifacts.terminal.values import listed

POOL_TITLES = ("pool", "types", "largest blob", "default")


def pool_rows(pools: Iterable[Document]) -> list[tuple[object, ...]]:
    return [_row(pool) for pool in pools]


def _row(pool: Document) -> tuple[object, ...]:
    most = pool.get("max_blob_size")
    largest = human_size(most) if is_size(most) else most
    types = " ".join(map(str, listed(pool, "types"))) or None
    return (pool.get("name"), types, largest, pool.get("is_default"))
