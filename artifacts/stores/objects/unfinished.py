"""Unfinished: multipart uploads that no object was made of, which obstore does not know of."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from artifacts import errors
from artifacts.stores.base import Stored
from artifacts.stores.objects.volumes import key_of

AT_ONCE = 32  # threads that may wait for a store that answers too slowly


class Unfinished:
    """Those of one bucket, or of a folder in it, by the protocol of S3."""

    def __init__(self, client: Any, bucket: str, folder: str, *, patience: float) -> None:
        """Wait *patience* seconds for what has to be aborted: the client limits silence alone."""
        self._client = client
        self._patience = patience
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._bucket = bucket
        self._folder = folder

    def found(self) -> Iterator[Stored]:
        """Go through them; one that takes hours has changed when it last got a part."""
        with _plain_errors():
            for key, upload in self._found():
                size, changed = 0, upload["Initiated"]
                for part in self._parts(upload):
                    size, changed = size + part["Size"], max(changed, part["LastModified"])
                yield Stored(key, size, changed)

    def abort(self, key: str) -> None:
        if not self._places.acquire(timeout=self._patience):
            raise errors.StoreUnavailable("the store answers too slowly")
        failures: list[Exception] = []
        aborting = threading.Thread(target=self._abort_all, args=[key, failures], daemon=True)
        aborting.start()
        aborting.join(self._patience)
        if aborting.is_alive():
            raise errors.StoreUnavailable("the store answers too slowly")
        if failures:
            raise failures[0]

    def _abort_all(self, key: str, failures: list[Exception]) -> None:
        try:
            with _plain_errors():
                for _, upload in self._found(key):
                    self._abort(upload)
        except Exception as error:  # noqa: BLE001 - told to who waits for this thread
            failures.append(error)
        finally:
            self._places.release()

    def _found(self, begin: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
        pages = self._client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._folder + begin):
            for upload in page.get("Uploads", []):
                if key := key_of(upload["Key"].removeprefix(self._folder)):
                    yield key, upload

    def _parts(self, upload: dict[str, Any]) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("list_parts")
        with _gone_is_fine():
            for page in pages.paginate(**self._named(upload)):
                yield from page.get("Parts", [])

    def _abort(self, upload: dict[str, Any]) -> None:
        with _gone_is_fine():
            self._client.abort_multipart_upload(**self._named(upload))

    def _named(self, upload: dict[str, Any]) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    """Somebody else aborted or completed it meanwhile."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError):
        raise errors.StoreUnavailable("the store does not answer as it should") from None
