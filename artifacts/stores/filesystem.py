"""FilesystemStore: keeps bytes in a folder, each key a file in one of 65,536 folders.

<path>/unfinished/<key>       while it is being saved
<path>/0f/3c/0f3c...          once it is: on the disk to stay, then renamed
"""

import errno
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, BinaryIO

from artifacts import errors
from artifacts.model import Readable
from artifacts.stores.base import (
    BLOCK,
    BlobStore,
    Setting,
    Stored,
    blocks_of,
    check_key,
    is_key,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WRITE_OUT = 8 * BLOCK
_SHARD = re.compile(r"[0-9a-f]{2}")


class FilesystemStore(BlobStore):
    """A folder that several processes may share, and nobody else writes to."""

    settings = (
        Setting("path", "Folder that keeps the bytes; made if it is missing.", required=True),
        Setting(
            "group_readable",
            "Let the group of the service's user read what is kept, for an nginx that sends it.",
            type=bool,
            default=False,
        ),
    )

    def __init__(self, path: str | os.PathLike[str], *, group_readable: bool = False) -> None:
        self._root = Path(path).absolute()
        self._folder_mode, self._file_mode = (0o750, 0o640) if group_readable else (0o700, 0o600)
        self._unfinished = self._root / "unfinished"
        try:
            _make_folder(self._unfinished, self._folder_mode)
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise errors.Misconfigured(f"path: cannot make {self._root}: {reason}") from None

    def save(self, key: str, stream: Readable) -> None:
        final = self._path(key)
        unfinished = self._unfinished / key
        file = _create(unfinished)
        try:
            with file:
                _check_free(final)
                _let_read(file.fileno(), self._file_mode)
                _write(file, stream)
            _publish(unfinished, final, self._folder_mode)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        path = self._path(key)
        with self._finding():
            return _Part(path, start, end)

    def size(self, key: str) -> int:
        path = self._path(key)
        with self._finding():
            return path.stat().st_size

    def file(self, key: str) -> str | None:
        self.size(key)  # who sends it would have no word for what is missing
        return str(self._path(key).relative_to(self._root))

    def delete(self, key: str) -> None:
        path = self._path(key)
        with _plain_errors():
            # The unfinished file first: from here on, a save under way cannot come to its end.
            (self._unfinished / key).unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                path.unlink()
                _sync(path.parent)

    def keys(self) -> Iterator[Stored]:
        self.check()
        with _plain_errors():
            for outer in _shards(self._root):
                for inner in _shards(outer):
                    yield from _files(inner)

    def unfinished(self) -> Iterator[Stored]:
        self.check()
        with _plain_errors():
            yield from _files(self._unfinished)

    def sweep(self, key: str) -> None:
        check_key(key)
        with _plain_errors():
            (self._unfinished / key).unlink(missing_ok=True)

    def check(self) -> None:
        # The folder `unfinished` tells our disk from the empty folder that it is mounted on.
        if not os.access(self._unfinished, os.R_OK | os.W_OK | os.X_OK):
            raise errors.StoreUnavailable("the store's folder is not there, or not writable")

    def _path(self, key: str) -> Path:
        check_key(key)
        return self._root / key[:2] / key[2:4] / key

    @contextmanager
    def _finding(self) -> Iterator[None]:
        """Tell a key that is not there from a disk that is not there."""
        try:
            yield
        except FileNotFoundError:
            self.check()
            raise errors.BlobNotFound("no bytes are kept under this key") from None
        except OSError as error:
            raise _plain(error) from None


class _Part(io.FileIO):
    """A file from *start* to *end*; it has no buffer, so that sendfile starts where it does."""

    def __init__(self, path: Path, start: int, end: int | None) -> None:
        super().__init__(path)
        self._end = os.fstat(self.fileno()).st_size if end is None else end
        self.seek(start)

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._end - self.tell())
        return super().read(left if size is None or size < 0 else min(size, left))

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        return super().readinto(memoryview(buffer).cast("B")[: max(0, self._end - self.tell())])


def _create(path: Path) -> io.FileIO:
    with _plain_errors():
        try:
            return open(path, "xb", buffering=0, opener=_open_for_us_alone)
        except FileExistsError:
            raise errors.Conflict("key: it is being saved already") from None


def _open_for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _check_free(final: Path) -> None:
    # Once the unfinished file is ours, nobody else can save this key: free now is free later.
    with _plain_errors():
        if final.exists():
            raise errors.Conflict("key: it is in use already")


def _write(file: io.FileIO, stream: Readable) -> None:
    written = begun = 0
    # What the stream raises is none of the store's errors, even if it is an OSError.
    for block in blocks_of(stream):
        with _plain_errors():
            written += _write_all(file, block)
            if written - begun >= _WRITE_OUT:
                _begin_write_out(file, begun, written)
                begun = written
    with _plain_errors():
        os.fsync(file.fileno())


def _write_all(file: io.FileIO, block: bytes) -> int:
    left = memoryview(block)
    while left:
        left = left[file.write(left) :]
    return len(block)


def _begin_write_out(file: io.FileIO, start: int, end: int) -> None:
    """Let the disk work beside the upload, so that little is left for the fsync at its end."""
    # This advice starts the writing; what is not on the disk yet stays in memory nevertheless.
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), start, end - start, os.POSIX_FADV_DONTNEED)


def _publish(unfinished: Path, final: Path, folder_mode: int) -> None:
    with _plain_errors():
        _make_folder(final.parent, folder_mode)
        try:
            unfinished.rename(final)
        except FileNotFoundError:
            raise errors.Conflict("key: it was deleted while it was being saved") from None
        try:
            _sync(final.parent)
        except BaseException:
            final.unlink(missing_ok=True)
            raise


def _make_folder(path: Path, mode: int) -> None:
    if not path.is_dir():
        _make_folder(path.parent, mode)
        path.mkdir(mode=mode, exist_ok=True)
        _let_read(path, mode)
        _sync(path.parent)


def _let_read(place: int | Path, mode: int) -> None:
    """Let the group read, also where the umask of the process would not have it."""
    if mode & 0o040:
        with _plain_errors():
            os.chmod(place, mode)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _shards(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        found = [
            entry.path
            for entry in entries
            if _SHARD.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        ]
    yield from map(Path, sorted(found))


def _files(folder: Path) -> Iterator[Stored]:
    # Sorted in memory: there are few in one of 65,536 folders, and as few saves at once.
    for name in sorted(filter(is_key, os.listdir(folder))):
        # A file may be deleted, or renamed, between being listed and being looked at.
        with suppress(FileNotFoundError):
            status = (folder / name).stat(follow_symlinks=False)
            if S_ISREG(status.st_mode):
                yield Stored(name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _plain(error) from None


def _plain(error: OSError) -> errors.ArtifactsError:
    """Say what is wrong, but not where: paths are the operator's business alone."""
    if error.errno in _FULL:
        return errors.StoreFull("no space is left in the store")
    return errors.StoreUnavailable(f"the store does not answer: {os.strerror(error.errno or 0)}")
