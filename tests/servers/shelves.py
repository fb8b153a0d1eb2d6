"""Shelves: where the deployments of tests keep their bytes, as ARTIFACTS_TEST_STORE chooses.

`file`, which is also meant where it is unset, is a folder; `s3` is a bucket of a real Swift;
`glance` is a container of it, behind a real Keystone. The store is called `file` whatever it is,
so that tests have one name for it.
"""

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.config import Config
from swiftclient import ClientException, Connection

BUCKET = "artifacts"
KEY = 32  # characters, which the names of segments begin with
CHECK = "check"  # what a store writes to see whether it can

Settings = dict[str, Any]


class Kept(Protocol):
    """Bytes under a key, finished or not; a file's path is one."""

    @property
    def name(self) -> str: ...
    def read_bytes(self) -> bytes: ...
    def write_bytes(self, data: bytes, /) -> int: ...
    def unlink(self) -> None: ...


class Shelf(Protocol):
    """The place of one deployment: what [store:file] says of it, and all that lies there."""

    settings: Settings
    insides: tuple[str, ...]  # what no answer tells

    def stored(self) -> list[Any]: ...


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.settings: Settings = {"path": path}
        self.insides: tuple[str, ...] = (str(path),)

    def stored(self) -> list[Path]:
        return sorted(path for path in self.path.rglob("*") if path.is_file())


@dataclass(frozen=True)
class Object:
    """One object of a bucket."""

    s3: Any
    name: str
    key: str

    def read_bytes(self) -> bytes:
        return bytes(self.s3.get_object(Bucket=BUCKET, Key=self.key)["Body"].read())

    def write_bytes(self, data: bytes) -> int:
        self.s3.put_object(Bucket=BUCKET, Key=self.key, Body=data)
        return len(data)

    def unlink(self) -> None:
        self.s3.delete_object(Bucket=BUCKET, Key=self.key)


class Prefix:
    """A part of a bucket."""

    def __init__(self, s3: Any, settings: Settings) -> None:
        self._s3 = s3
        self._prefix = uuid.uuid4().hex
        self.settings: Settings = {"kind": "s3", "bucket": BUCKET, "prefix": self._prefix}
        self.settings |= settings
        self.insides = (self._prefix, settings["endpoint"])

    def stored(self) -> list[Object]:
        within = {"Bucket": BUCKET, "Prefix": f"{self._prefix}/"}
        whole = self._s3.list_objects_v2(**within).get("Contents", [])
        begun = self._s3.list_multipart_uploads(**within).get("Uploads", [])
        objects = [
            Object(self._s3, each["Key"].rpartition("/")[2], each["Key"])
            for each in (*whole, *begun)
        ]
        return sorted((each for each in objects if each.name != CHECK), key=lambda each: each.name)


@dataclass(frozen=True)
class Entry:
    """What a container keeps under one key: an object, or a manifest and its segments."""

    swift: Any
    container: str
    name: str

    def read_bytes(self) -> bytes:
        return bytes(self.swift.get_object(self.container, self.name)[1])

    def write_bytes(self, data: bytes) -> int:
        self.swift.put_object(self.container, self.name, data)
        return len(data)

    def unlink(self) -> None:
        self.swift.delete_object(self.container, self.name)


class Container:
    """A container of its own."""

    def __init__(self, swift: Any, options: Mapping[str, str], folder: Path) -> None:
        self._swift = swift
        self._name = uuid.uuid4().hex
        file = folder.with_name(f"{folder.name}-swift.conf")
        file.parent.mkdir(parents=True, exist_ok=True)
        given = {**options, "swift_store_container": self._name}
        given["swift_store_create_container_on_put"] = "true"
        lines = [f"{name} = {value}\n" for name, value in given.items()]
        file.write_text("".join(["[glance_store]\n", *lines]))
        self.settings: Settings = {"kind": "glance", "driver": "swift", "config_file": file}
        self.insides = (self._name, options["swift_store_auth_address"])

    def stored(self) -> list[Entry]:
        try:
            listed = self._swift.get_container(self._name, full_listing=True)[1]
        except ClientException as error:
            if error.http_status != HTTPStatus.NOT_FOUND:  # it comes with the first bytes
                raise
            return []
        keys = sorted({each["name"][:KEY] for each in listed})
        return [Entry(self._swift, self._name, key) for key in keys]


def client_of(server: Any) -> Any:
    """Return an S3 client of a server, whose bucket is there."""
    s3 = boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name=server.region,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        config=Config(s3={"addressing_style": "path"}),
    )
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=BUCKET)
    return s3


def shelves_of(kind: str, fixture: Callable[[str], Any]) -> Callable[[Path], Shelf]:
    """Return what gives each folder its shelf of this kind, the same each time.

    *fixture* starts the server that keeps the bytes where a folder does not.
    """
    known: dict[Path, Shelf] = {}
    makers: dict[str, Callable[[], Callable[[Path], Shelf]]] = {
        "file": lambda: Folder,
        "s3": lambda: _in_bucket(fixture("objects")),
        "glance": lambda: _in_containers(fixture("swift")),
    }
    make = makers[kind]()

    def shelf(folder: Path) -> Shelf:
        if folder not in known:
            known[folder] = make(folder)
        return known[folder]

    return shelf


def _in_bucket(server: Any) -> Callable[[Path], Shelf]:
    s3 = client_of(server)
    settings = {
        "endpoint": server.url,
        "access_key_id": server.access_key_id,
        "secret_access_key": server.secret_access_key,
    }
    return lambda folder: Prefix(s3, settings)


def _in_containers(options: Mapping[str, str]) -> Callable[[Path], Shelf]:
    project, user = options["swift_store_user"].split(":")
    swift = Connection(
        authurl=options["swift_store_auth_address"],
        user=user,
        key=options["swift_store_key"],
        tenant_name=project,
        auth_version="3",
        os_options={"user_domain_id": "default", "project_domain_id": "default"},
    )
    return lambda folder: Container(swift, options, folder)
