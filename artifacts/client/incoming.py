"""One answer whose bytes are a blob's, or the rest of it, with what they must turn out to be."""

import hashlib
import re
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO, Self

from urllib3.response import BaseHTTPResponse

from artifacts.client import failures
from artifacts.client.digests import Expected
from artifacts.client.errors import NotUnderstood, WrongBytes
from artifacts.client.upload import BLOCK, Progress

_WHOLE_NUMBER = re.compile(r"[0-9]{1,19}")
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,19})-[0-9]{1,19}/([0-9]{1,19})")


@dataclass(frozen=True)
class Incoming:
    """Bytes from `start` on; `expected` is about the whole blob."""

    answer: BaseHTTPResponse
    server: str
    start: int
    expected: Expected

    @classmethod
    def of(cls, answer: BaseHTTPResponse, server: str, asked: int, promised: Expected) -> Self:
        """Read where the answer begins: where it was *asked* to, or at the beginning."""
        start, size = 0, _whole_number(answer.headers.get("Content-Length"))
        if answer.status == 206:
            told = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            if not told or int(told[1]) != asked:
                answer.close()
                raise NotUnderstood(f"{server} sent other bytes than the range asked for")
            start, size = asked, int(told[2])
        expected = Expected(promised.size if promised.size is not None else size, promised.digests)
        return cls(answer, server, start, expected)

    def write_to(self, target: BinaryIO, written: "Written") -> None:
        """Append the bytes; WrongBytes as soon as they are too many, or at the end if wrong."""
        limit = self.expected.size
        with closing(self.answer), failures.told_of(self.server):
            for block in self.answer.stream(BLOCK, decode_content=False):
                if limit is not None and written.size + len(block) > limit:
                    raise WrongBytes(f"download: more bytes came than the {limit} promised")
                target.write(block)
                written.add(block, limit)
        self.expected.check("download", written.size, {"sha256": written.sha256})


class Written:
    """What a target holds so far."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def add(self, block: bytes, total: int | None) -> None:
        self._hash.update(block)
        self.size += len(block)
        if self._progress:
            self._progress(self.size, total)

    def reread(self, file: BinaryIO, size: int) -> None:
        """Take in the first *size* bytes of *file* and leave it there, with nothing behind."""
        while self.size < size and (block := file.read(min(BLOCK, size - self.size))):
            self._hash.update(block)
            self.size += len(block)
        file.truncate(self.size)


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and _WHOLE_NUMBER.fullmatch(text) else None
