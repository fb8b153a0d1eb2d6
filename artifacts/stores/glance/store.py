"""GlanceStore: keeps bytes by a driver of glance_store."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import BinaryIO, ClassVar

from artifacts import errors
from artifacts.model import Readable
from artifacts.stores.base import BLOCK, NO_HEADERS, BlobStore, Setting, Stored, check_key
from artifacts.stores.glance.body import Body
from artifacts.stores.glance.driver import Driver
from artifacts.stores.glance.failures import plain_errors
from artifacts.stores.glance.others import Cinder, Folder, Rbd
from artifacts.stores.glance.swift import Swift
from artifacts.stores.secrets import secret
from artifacts.stores.source import Source

AHEAD = 8 * BLOCK  # what is shorter is read before the driver begins, which then knows its size
DRIVERS: Mapping[str, type[Driver]] = {
    "cinder": Cinder,
    "filesystem": Folder,
    "rbd": Rbd,
    "swift": Swift,
}

# They say which URL or path failed, and for whom (D23); our errors say all that may be known.
for _name in ("glance_store", "swiftclient"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class GlanceStore(BlobStore):
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("driver", f"One of {', '.join(DRIVERS)}.", required=True),
        Setting("config_file", "File with the driver's options, and credentials.", required=True),
        Setting("section", "Section of the file.", default="glance_store"),
        Setting("timeout", "Seconds without an answer of Swift.", type=float, default=30.0),
        Setting(
            "temp_url_key",
            "Temp-URL-Key of Swift's account or container. Unset: there are no signed links.",
            secret=True,
        ),
        Setting("temp_url_key_file", "File with the temp_url_key, instead of it."),
    )
    distant = True

    def __init__(
        self,
        *,
        driver: str,
        config_file: str,
        section: str = "glance_store",
        timeout: float = 30.0,
        ahead: int = AHEAD,
        **options: str,
    ) -> None:
        if driver not in DRIVERS:
            raise errors.Misconfigured(f"driver: must be one of {', '.join(DRIVERS)}")
        self._ahead = ahead
        link_key = secret(options, "temp_url_key")
        with plain_errors():
            self._driver = DRIVERS[driver](config_file, section, timeout, link_key)
        with suppress(errors.StoreUnavailable), plain_errors():
            _ = self._driver.library  # says what is wrong with the options

    def save(self, key: str, stream: Readable) -> None:
        check_key(key)
        self._check_free(key)
        source = Source(stream)
        try:
            with plain_errors():
                self._save(key, source)
        except BaseException:
            with suppress(errors.ArtifactsError):
                self.delete(key)
            if source.error is not None:  # which is what the caller is told
                raise source.error from None
            raise

    def _check_free(self, key: str) -> None:
        # Not every driver refuses to. No key is made twice, so this is for mistakes.
        with suppress(errors.BlobNotFound):
            self.size(key)
            raise errors.Conflict("key: bytes are already kept under it")

    def _save(self, key: str, source: Source) -> None:
        whole = source.begin(self._ahead)
        if whole is None:
            body = Body(next(source.volumes(sys.maxsize)))
            kept = self._driver.add(key, body, 0)
        else:
            kept = self._driver.add(key, Body(iter([whole])), len(whole))
        # What is joined of segments may lack one, where a listing is late.
        if not kept == source.given == self._driver.size(key):
            raise errors.StoreUnavailable("the store keeps fewer bytes than it was given")

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        size = self.size(key)
        with plain_errors():
            return self._driver.open(key, start, size if end is None else end)

    def size(self, key: str) -> int:
        check_key(key)
        with plain_errors():
            return self._driver.size(key)

    def delete(self, key: str) -> None:
        check_key(key)
        with suppress(errors.BlobNotFound), plain_errors():
            self._driver.delete(key)

    def keys(self) -> Iterator[Stored]:
        with plain_errors():
            yield from self._driver.keys()

    def unfinished(self) -> Iterator[Stored]:
        with plain_errors():
            yield from self._driver.unfinished()

    def sweep(self, key: str) -> None:
        check_key(key)
        with suppress(errors.BlobNotFound), plain_errors():
            self._driver.sweep(key)

    def link(self, key: str, seconds: int, headers: Mapping[str, str] = NO_HEADERS) -> str | None:
        check_key(key)
        with plain_errors():
            return self._driver.link(key, seconds)

    def check(self) -> None:
        with plain_errors():
            self._driver.check()
