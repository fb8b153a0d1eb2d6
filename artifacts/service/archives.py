"""Archives: what a zip that somebody uploaded would put where, looked through before it is trusted.

Only zip: it says first what is in it. The headers of a tar may be of any size, and come one by one.
"""

import stat
import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from artifacts.errors import Invalid
from artifacts.model import Artifact, MiB, Readable
from artifacts.model.blob import OCTETS
from artifacts.service.contents import Incoming

LARGEST_DIRECTORY = 4 * MiB  # of which the memory is a multiple that is needed to read it
RATIO = 200  # of the bytes of a file to those it is packed into; a bomb has about 1000
SMALL = MiB  # what may come of any number of bytes
HEADER = 30  # bytes before the name of each file, at the least

_BROKEN = (
    BadZipFile,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
    struct.error,
    zlib.error,
)


def files(archive: BinaryIO, artifact: Artifact, folder: str) -> Sequence[Incoming]:
    """Return each file of a zip archive, to be put into *folder* under its path.

    Raise Invalid if that would not do what who packed them can have meant.
    """
    with _readable():
        packed = ZipFile(_Sipped(archive))
    _check_disjoint(packed)
    found = [each for each in packed.infolist() if _checked(each) and not each.is_dir()]
    most = artifact.field_named(folder).max_items
    if len(found) > most:
        raise Invalid(f"{folder}: must have at most {most} keys")
    keys = [_key(each) for each in found]
    if any(count > 1 for count in Counter(keys).values()):
        raise Invalid("archive: two of its files have the same path")
    return [
        _incoming(packed, each, artifact, f"{folder}/{key}")
        for each, key in zip(found, keys, strict=True)
    ]


def _incoming(packed: ZipFile, info: ZipInfo, artifact: Artifact, path: str) -> Incoming:
    @contextmanager
    def opened() -> Iterator[Readable]:
        with _readable():
            file = packed.open(info)
        with file:
            yield _Unpacked(file)

    return Incoming(artifact.slot(path), OCTETS, opened, info.file_size)


class _Sipped:
    """A file that is never read by more at once than a directory may have."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        most = LARGEST_DIRECTORY + 1
        data = self._file.read(most if size < 0 else min(size, most))
        if len(data) == most:
            raise Invalid("archive: has too many files")
        return data


class _Unpacked:
    """The bytes of one file, which raise Invalid where they are broken."""

    def __init__(self, file: Readable) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        with _readable():
            return self._file.read(size)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise Invalid("archive: is no zip archive, or a broken one") from error


def _check_disjoint(packed: ZipFile) -> None:
    """Refuse files that share their bytes: a few would become as many as one likes."""
    ends = sorted((each.header_offset, _end(each)) for each in packed.infolist())
    for (_, end), (begin, _) in pairwise([*ends, (packed.start_dir, 0)]):
        if end > begin:
            raise Invalid("archive: its files overlap")


def _end(info: ZipInfo) -> int:
    return info.header_offset + HEADER + len(info.orig_filename) + info.compress_size


def _checked(info: ZipInfo) -> bool:
    _key(info)
    if info.flag_bits & 0x41:  # also what encrypts the directory
        raise Invalid("archive: must not be encrypted")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Invalid("archive: its files must be stored or deflated")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR) > info.is_dir():
        raise Invalid("archive: must have files and folders alone, no links and devices")
    if info.file_size > max(SMALL, info.compress_size * RATIO):
        raise Invalid(f"archive: no file may be {RATIO} times as large as it is packed")
    return True


def _key(info: ZipInfo) -> str:
    """Return a path as it is below the folder; refuse one that leads out of it, or could."""
    name = info.orig_filename
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or name.startswith("/") or name[1:2] == ":" or {"\\", "\0"} & set(name):
        raise Invalid("archive: the path of each file must lead below its folder, with slashes")
    if not parts and not info.is_dir():
        raise Invalid("archive: each file must have a name")
    return "/".join(parts)
