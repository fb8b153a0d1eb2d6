"""ObjectStore: keeps bytes as objects of a bucket, by obstore."""

import io
import os
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, cast

import obstore

from artifacts import errors
from artifacts.model import Readable
from artifacts.stores.base import NO_HEADERS, BlobStore, Setting, Stored, check_key
from artifacts.stores.objects.failures import plain_errors
from artifacts.stores.objects.reader import AHEAD, Reader
from artifacts.stores.objects.volumes import (
    LONGEST_PART,
    MIB,
    MOST_PARTS,
    SHORTEST_PART,
    Piece,
    key_of,
    more_of,
    size_name,
    volume_name,
)
from artifacts.stores.source import Source

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import AzureStore, ClientConfig, GCSStore, RetryConfig, S3Store

    Bucket = AzureStore | GCSStore | S3Store

AT_ONCE = 2  # parts of one upload that are under way while the next is read
PROBE = "check"
SMALL = MIB  # bytes that are sent as quickly as a question is asked
KIB = 1024

SETTINGS = (
    Setting("prefix", "Folder in the bucket, for stores that share it."),
    Setting(
        "part_size", "MiB of a part, 5 to 512, of which each upload holds 3.", type=int, default=16
    ),
    Setting("timeout", "Seconds without an answer, or a byte of it.", type=float, default=30.0),
    Setting("connect_timeout", "Seconds to connect.", type=float, default=5.0),
    Setting(
        "min_rate",
        "KiB a second of a part that the store must take, or of a piece of 4 MiB that it must "
        "give, on average, besides the timeout.",
        type=int,
        default=256,
    ),
    Setting(
        "retry_timeout",
        "Seconds for which a part of an upload is sent again, or one of a download asked for.",
        type=float,
        default=10.0,
    ),
)


class ObjectStore(BlobStore):
    """Keeps each key as one object, or as several if it is very long (see volumes)."""

    settings: ClassVar[tuple[Setting, ...]] = SETTINGS
    distant = True

    def __init__(
        self,
        *,
        part_size: int = 16,
        timeout: float = 30.0,
        connect_timeout: float = 5.0,
        min_rate: int = 256,
        retry_timeout: float = 10.0,
        prefix: str | None = None,
        parts: int = MOST_PARTS,
        **options: Any,
    ) -> None:
        if not SHORTEST_PART <= part_size <= LONGEST_PART:
            raise errors.Misconfigured(f"part_size: must be {SHORTEST_PART} to {LONGEST_PART}")
        if min_rate < 1:
            raise errors.Misconfigured("min_rate: must be at least 1")
        self._part = part_size * MIB
        self._volume = self._part * parts
        self._prefix = prefix
        self._slowest = min_rate * KIB
        self.timeouts = (connect_timeout, timeout)
        self._patience = timedelta(seconds=retry_timeout)
        self._options = options
        self._connected: dict[tuple[int, bool, int, int], Bucket] = {}
        self._connect({}, self.client_options())  # says what is wrong, and asks nothing of anybody

    @abstractmethod
    def _connect(self, retry: "RetryConfig", client: "ClientConfig") -> "Bucket":
        """Return obstore's store; raise Misconfigured."""

    def client_options(self, *, sent: int = 0, fetched: int = 0) -> "ClientConfig":
        """Return options of connections over which each request moves so many bytes at most."""
        connect, silence = self.timeouts
        allowed = silence + (sent + fetched) / self._slowest
        options: ClientConfig = {
            "connect_timeout": timedelta(seconds=connect),
            # The store says nothing while it is sent something.
            "read_timeout": timedelta(seconds=allowed if sent else silence),
            "timeout": timedelta(seconds=allowed),
            "allow_http": (self._options.get("endpoint") or "").startswith("http://"),
        }
        if ca_file := self._options.get("ca_file"):
            options["root_certificate"] = read_certificates(ca_file)
        return options

    def _bucket(self, *, patient: bool = False, sent: int = 0, fetched: int = 0) -> "Bucket":
        """Return a connection of this process, as they do not outlive a fork.

        A *patient* one sends and fetches pieces of a transfer again, which nobody else could.
        """
        which = (os.getpid(), patient, sent, fetched)
        if which not in self._connected:
            retry: RetryConfig = (
                {"retry_timeout": self._patience} if patient else {"max_retries": 0}
            )
            client = self.client_options(sent=sent, fetched=fetched)
            self._connected[which] = self._connect(retry, client)
        return self._connected[which]

    def save(self, key: str, stream: Readable) -> None:
        check_key(key)
        source = Source(stream)
        try:
            with plain_errors():
                whole = source.begin(self._part)
                if whole is None:
                    self._save_volumes(key, source)
                else:
                    bucket = self._bucket(sent=self._part if len(whole) > SMALL else 0)
                    obstore.put(bucket, key, whole, mode="create", use_multipart=False)
        except errors.ArtifactsError:
            if source.error is not None:  # which is what the caller is told
                raise source.error from None
            raise

    def _save_volumes(self, key: str, source: Source) -> None:
        """Keep what is longer than a part; the last write makes it visible."""
        # Parts cannot be sent on a condition. No key is made twice, so this is for mistakes.
        with suppress(FileNotFoundError):
            obstore.head(self._bucket(), key)
            raise errors.Conflict("key: bytes are already kept under it")
        try:
            for volume, blocks in enumerate(source.volumes(self._volume)):
                self._put(volume_name(key, volume), blocks)
            if source.given >= self._volume:
                size = str(source.given).encode()
                obstore.put(self._bucket(), size_name(key), size, mode="create")
        except BaseException:
            with suppress(errors.ArtifactsError):
                self.delete(key)
            raise

    def _put(self, name: str, blocks: Iterator[bytes]) -> None:
        obstore.put(
            *(self._bucket(patient=True, sent=self._part), name, blocks),
            use_multipart=True,
            chunk_size=self._part,
            max_concurrency=AT_ONCE,
        )

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        size = self.size(key)
        reader = Reader(
            lambda piece: self._fetch(key, piece),
            start,
            size if end is None else end,
            self._volume,
        )
        return cast(BinaryIO, io.BufferedReader(reader, AHEAD))

    def _fetch(self, key: str, piece: Piece) -> bytes:
        name = volume_name(key, piece.volume)
        with self._finding():
            bucket = self._bucket(patient=True, fetched=AHEAD)
            found = obstore.get_range(bucket, name, start=piece.start, end=piece.end)
        if len(found) != piece.end - piece.start:
            raise errors.StoreUnavailable("the store keeps fewer bytes than it was given")
        return found.to_bytes()

    def size(self, key: str) -> int:
        check_key(key)
        with self._finding():
            size: int = obstore.head(self._bucket(), key)["size"]
            if size < self._volume:
                return size
            return int(obstore.get(self._bucket(), size_name(key)).bytes().to_bytes())

    def delete(self, key: str) -> None:
        check_key(key)
        with plain_errors():
            self._delete(key)  # first: without it, nothing else is found
            more = [each["path"] for each in self._listed(more_of(key))]
            for name in sorted(more, reverse=True):  # the size first: then nothing is whole
                self._delete(name)
        self.abort(key)

    def _delete(self, name: str) -> None:
        with suppress(FileNotFoundError):
            obstore.delete(self._bucket(), name)

    def _listed(self, folder: str | None = None) -> Iterator["ObjectMeta"]:
        for chunk in obstore.list(self._bucket(), folder):
            yield from chunk

    def keys(self) -> Iterator[Stored]:
        for key, found in self._groups():
            if (size := self._whole(key, found)) is not None:
                yield Stored(key, size, _latest(found))

    def _groups(self) -> Iterator[tuple[str, list["ObjectMeta"]]]:
        """Go through the objects of each key: they are neighbours in the order of names."""
        with plain_errors():
            known = ((key_of(each["path"]), each) for each in self._listed())
            for key, group in groupby(known, lambda each: each[0]):
                if key is not None:
                    yield key, [each for _, each in group]

    def _whole(self, key: str, found: list["ObjectMeta"]) -> int | None:
        """Return how many bytes these objects are, None if they are not all that there must be."""
        sizes: dict[str, int] = {each["path"]: each["size"] for each in found}
        marked = sizes.pop(size_name(key), None) is not None
        if key not in sizes or (sizes[key] >= self._volume and not marked):
            return None
        return sum(sizes.values())

    def unfinished(self) -> Iterator[Stored]:
        for key, found in self._groups():
            if self._whole(key, found) is None:
                size = sum(each["size"] for each in found)
                yield Stored(key, size, _latest(found))
        yield from self.parts()

    def sweep(self, key: str) -> None:
        check_key(key)
        with plain_errors():
            found = list(self._listed(more_of(key)))
            with suppress(FileNotFoundError):
                found.append(obstore.head(self._bucket(), key))
        if found and self._whole(key, found) is None:
            self.delete(key)
        else:
            self.abort(key)

    def parts(self) -> Iterator[Stored]:
        """Go through parts that no object was made of.

        Where the store deletes them by itself, or by a rule that the operator sets, it is nothing.
        """
        yield from ()

    def abort(self, key: str) -> None:
        """Delete parts of this key that no object was made of."""

    def link(self, key: str, seconds: int, headers: Mapping[str, str] = NO_HEADERS) -> str | None:
        if self.size(key) >= self._volume:
            return None  # no URL gives several objects as one
        with plain_errors():
            return self.sign(key, seconds, headers)

    def sign(self, key: str, seconds: int, headers: Mapping[str, str]) -> str:
        """Sign a URL of one object; obstore cannot sign *headers*."""
        return obstore.sign(self._bucket(), "GET", key, timedelta(seconds=seconds))

    def check(self) -> None:
        with plain_errors():
            obstore.put(self._bucket(), PROBE, b"", use_multipart=False)

    @contextmanager
    def _finding(self) -> Iterator[None]:
        """Tell a key that is not there from a bucket that is not there."""
        try:
            with plain_errors(FileNotFoundError):
                yield
        except FileNotFoundError:
            self.check()
            raise errors.BlobNotFound("no bytes are kept under this key") from None


def read_certificates(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise errors.Misconfigured(f"ca_file: {file} cannot be read") from error


def _latest(found: list["ObjectMeta"]) -> datetime:
    return max(each["last_modified"] for each in found)
