"""Swift: what is short as one object, what is long as segments and a manifest that joins them.

<key>        all of it; or the manifest, which is written last and makes the segments whole
<key>-00001  the first segment, and so on

The library's driver uploads, and knows who we are. It reads from the beginning only, takes a
store that is away for an empty one, and deletes what was finished only: so all else is asked of
Swift directly, with the driver's connections.
"""

import io
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, BinaryIO, ClassVar, cast
from urllib.parse import urlsplit

import swiftclient
from glance_store._drivers.swift import store as swift
from glance_store._drivers.swift import utils as accounts
from swiftclient.utils import generate_temp_url

from artifacts import errors
from artifacts.model import Readable
from artifacts.stores.base import Stored
from artifacts.stores.glance.driver import Driver
from artifacts.stores.glance.failures import plain_errors
from artifacts.stores.objects.reader import AHEAD, Reader
from artifacts.stores.objects.volumes import Piece

PROBE = "check"
PAGE = 1000  # names that one request lists
MOST_SEGMENTS = 10_000  # that Swift joins
UNSUPPORTED = (
    "swift_store_multi_tenant",
    "swift_buffer_on_upload",
    "swift_store_multiple_containers_seed",
)

_NAME = re.compile(r"([0-9a-f]{32})(-\d{5,})?")
_FILES = threading.Lock()  # the library reads all files of accounts with one parser


class Account(swift.SingleTenantStore):  # type: ignore[misc]
    """The library's driver, with one token for all requests, and with an end of its patience."""

    def __init__(self, conf: Any, timeout: float) -> None:
        super().__init__(conf)
        self._timeout = timeout
        self._client: Any = None
        self._beginning = threading.Lock()

    def init_client(self, location: Any, context: Any = None) -> Any:
        with self._beginning:
            if self._client is None:
                client = super().init_client(location)
                client.session.timeout = self._timeout
                self._client = client
            return self._client

    def get_store_connection(self, auth_token: str, storage_url: str) -> swiftclient.Connection:
        return swiftclient.Connection(
            preauthurl=storage_url,
            preauthtoken=auth_token,
            insecure=self.insecure,
            cacert=self.cacert,
            timeout=self._timeout,
            retries=0,
        )


class Swift(Driver):
    module: ClassVar[str] = "glance_store._drivers.swift.store"

    def __init__(self, file: str, section: str, timeout: float, link_key: str | None) -> None:
        super().__init__(file, section, timeout, link_key)
        for name in UNSUPPORTED:
            if self.conf.glance_store[name]:
                raise errors.Misconfigured(f"glance: {name} is not supported")
        self._container = self.conf.glance_store.swift_store_container
        self._creates = self.conf.glance_store.swift_store_create_container_on_put

    def make(self) -> Account:
        with _FILES:
            accounts.CONFIG.clear()  # of what it read for another store
            return Account(self.conf, self.timeout)

    def location(self, key: str) -> Any:
        return self.library.create_location(key)

    @contextmanager
    def _asking(self) -> Iterator[swiftclient.Connection]:
        """Give a connection; tell a key that is not there from a container that is not there."""
        library = self.library
        connection = library.get_manager(
            library.create_location(PROBE), allow_reauth=True
        ).get_connection()
        try:
            yield connection
        except swiftclient.ClientException as error:
            if error.http_status == 401:  # the next one brings a new token
                library.init_client(None).session.invalidate()
            if error.http_status == 404 and not self._creates:
                _check_is_there(connection, self._container)
            raise
        finally:
            connection.close()

    def add(self, key: str, body: Readable, size: int) -> int:
        library = self.library
        most = library.large_object_chunk_size * MOST_SEGMENTS
        # Known to be long, the library would tell Swift of too many bytes in the last segment.
        known = size if size < library.large_object_size else 0
        return int(library.add(key, _Bounded(body, most), known, "sha256")[1])

    def size(self, key: str) -> int:
        with self._asking() as connection:
            return int(connection.head_object(self._container, key)["content-length"])

    def open(self, key: str, start: int, end: int) -> BinaryIO:
        reader = Reader(lambda piece: self._fetch(key, piece), start, end, sys.maxsize)
        return cast(BinaryIO, io.BufferedReader(reader, AHEAD))

    def _fetch(self, key: str, piece: Piece) -> bytes:
        wanted = {"Range": f"bytes={piece.start}-{piece.end - 1}"}
        with plain_errors(), self._asking() as connection:
            _, found = connection.get_object(self._container, key, headers=wanted)
        if len(found) != piece.end - piece.start:
            raise errors.StoreUnavailable("the store keeps fewer bytes than it was given")
        return cast(bytes, found)

    def delete(self, key: str) -> None:
        with self._asking() as connection:
            self._delete(connection, key)  # first: without it, nothing else is found
            for each in list(self._listed(connection, f"{key}-")):
                self._delete(connection, each["name"])

    def _delete(self, connection: swiftclient.Connection, name: str) -> None:
        try:
            connection.delete_object(self._container, name)
        except swiftclient.ClientException as error:
            if error.http_status != 404:
                raise

    def _listed(
        self, connection: swiftclient.Connection, prefix: str = ""
    ) -> Iterator[dict[str, Any]]:
        marker = ""
        while True:
            page = self._page(connection, prefix, marker)
            if not page:
                return
            yield from page
            marker = page[-1]["name"]

    def _page(
        self, connection: swiftclient.Connection, prefix: str, marker: str
    ) -> list[dict[str, Any]]:
        wanted = {"prefix": prefix, "marker": marker, "limit": PAGE}
        try:
            return cast(
                list[dict[str, Any]], connection.get_container(self._container, **wanted)[1]
            )
        except swiftclient.ClientException as error:
            if error.http_status == 404 and self._creates:
                return []
            raise

    def keys(self) -> Iterator[Stored]:
        for key, found in self._groups():
            if found[0]["name"] == key:
                yield Stored(key, found[0]["bytes"] or _size(found), _modified(found))

    def unfinished(self) -> Iterator[Stored]:
        for key, found in self._groups():
            if found[0]["name"] != key:
                yield Stored(key, _size(found), _modified(found))

    def sweep(self, key: str) -> None:
        try:
            self.size(key)
        except swiftclient.ClientException as error:
            if error.http_status != 404:
                raise
            self.delete(key)

    def _groups(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Go through the objects of each key: they are neighbours in the order of names."""
        with self._asking() as connection:
            known = ((_NAME.fullmatch(each["name"]), each) for each in self._listed(connection))
            for key, group in groupby(known, lambda each: each[0] and each[0][1]):
                if key is not None:
                    yield key, [each for _, each in group]

    def link(self, key: str, seconds: int) -> str | None:
        """Sign what Swift's middleware `tempurl` lets pass."""
        if self.link_key is None:
            return None
        self.size(key)
        library = self.library
        account = urlsplit(library.get_manager(library.create_location(key)).storage_url)
        path = f"{account.path}/{self._container}/{key}"
        signed = generate_temp_url(path, seconds, self.link_key, "GET", digest="sha256")
        return f"{account.scheme}://{account.netloc}{signed}"

    def check(self) -> None:
        with self._asking() as connection:
            if self._creates:
                connection.put_container(self._container)
            connection.put_object(self._container, PROBE, b"")


class _Bounded:
    def __init__(self, body: Readable, most: int) -> None:
        self._body = body
        self._most = self._left = most

    def read(self, size: int = -1, /) -> bytes:
        found = self._body.read(size)
        self._left -= len(found)
        if self._left < 0:
            raise errors.StoreFull(f"the store keeps at most {self._most} bytes under a key")
        return found


def _check_is_there(connection: swiftclient.Connection, container: str) -> None:
    try:
        connection.head_container(container)
    except swiftclient.ClientException:
        raise errors.StoreUnavailable("the store does not answer as it should") from None


def _size(found: list[dict[str, Any]]) -> int:
    return sum(each["bytes"] for each in found)


def _modified(found: list[dict[str, Any]]) -> datetime:
    return max(datetime.fromisoformat(each["last_modified"]) for each in found).replace(tzinfo=UTC)
