"""The file that a download fills, and that takes the wanted name once its bytes are verified.

debian.iso.9f86d081.part ── verified ──> debian.iso

Its name carries how the blob's sha256 begins: what an interrupted download of other bytes left,
and whatever else is called `.part`, is neither continued nor destroyed.
"""

import os
import stat
from glob import escape
from pathlib import Path
from typing import BinaryIO

from artifacts.client.errors import PartTaken


class Part:
    """The part of one blob on its way to *target*."""

    def __init__(self, target: Path, sha256: str) -> None:
        self._target = target
        self.path = target.with_name(f"{target.name}.{sha256[:8]}.part")

    @property
    def size(self) -> int:
        """How many bytes an earlier download left; 0 also for what is no file."""
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return 0
        return found.st_size if stat.S_ISREG(found.st_mode) else 0

    def open(self) -> BinaryIO:
        """Open the part to read and write, or begin it; PartTaken for what others put there."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        if self.path.is_symlink():
            raise self._taken()
        descriptor = os.open(self.path, flags, 0o666)
        if not _is_ours(os.fstat(descriptor)):
            os.close(descriptor)
            raise self._taken()
        return os.fdopen(descriptor, "r+b")

    def delete(self) -> None:
        self.path.unlink()

    def finish(self) -> None:
        """Give the verified bytes the name that was wanted."""
        self.path.replace(self._target)

    def _taken(self) -> PartTaken:
        return PartTaken(f"{self.path} was not left by a download; move it away, then try again")


def parts_beside(target: Path) -> bool:
    """Tell whether an earlier download to *target*, of whatever bytes, was interrupted."""
    return any(target.parent.glob(f"{escape(target.name)}.????????.part"))


def _is_ours(found: os.stat_result) -> bool:
    """A file of ours under no other name: what is written to it is seen nowhere else."""
    ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
    return ours and found.st_nlink == 1
