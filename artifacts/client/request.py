"""A request on its way: one value, also when it is sent again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol


class Blocks(Protocol):
    """A body that goes out block by block; `repeatable` if it can do so once more."""

    @property
    def repeatable(self) -> bool: ...

    def __iter__(self) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class Request:
    """What is asked; `silence` is how many seconds the server may take until it answers."""

    method: str
    path: str
    body: bytes | Blocks | None
    headers: Mapping[str, str]
    silence: float

    @property
    def repeatable(self) -> bool:
        return self.body is None or isinstance(self.body, bytes) or self.body.repeatable
