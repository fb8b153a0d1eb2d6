"""Unfinished: multipart uploads that no object was made of, which obstore does not know of."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from artifacts import errors
from artifacts.stores.objects.volumes import key_of


class Unfinished:
    """Those of one bucket, or of a folder in it, by the protocol of S3."""

    def __init__(self, bucket: str, prefix: str | None, **options: Any) -> None:
        self._bucket = bucket
        self._folder = f"{prefix.strip('/')}/" if prefix else ""
        self._options = options

    @cached_property
    def _client(self) -> Any:
        connect, read = self._options["timeouts"]
        style = "virtual" if self._options["virtual_hosts"] else "path"
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self._options["endpoint"],
            region_name=self._options["region"],
            aws_access_key_id=self._options["access_key_id"],
            aws_secret_access_key=self._options["secret_access_key"],
            verify=self._options["ca_file"],
            config=Config(
                s3={"addressing_style": style},
                connect_timeout=connect,
                read_timeout=read,
                retries={"total_max_attempts": 1},
            ),
        )

    def sweep(self, before: datetime) -> tuple[set[str], int]:
        """Abort what got no part since *before*; return the keys of the others, and how many."""
        alive, swept = set(), 0
        with _plain_errors():
            for key, upload in self._found():
                if self._changed(upload) < before:
                    self._abort(upload)
                    swept += 1
                else:
                    alive.add(key)
        return alive, swept

    def abort(self, key: str) -> None:
        with _plain_errors():
            for _, upload in self._found(key):
                self._abort(upload)

    def _found(self, begin: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
        pages = self._client.get_paginator("list_multipart_uploads")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._folder + begin):
            for upload in page.get("Uploads", []):
                if key := key_of(upload["Key"].removeprefix(self._folder)):
                    yield key, upload

    def _changed(self, upload: dict[str, Any]) -> datetime:
        """Return when it last got a part: one that takes hours is not to be swept."""
        latest: datetime = upload["Initiated"]
        pages = self._client.get_paginator("list_parts")
        for page in pages.paginate(**self._named(upload)):
            latest = max([latest, *(part["LastModified"] for part in page.get("Parts", []))])
        return latest

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
