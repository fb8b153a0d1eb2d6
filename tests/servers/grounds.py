"""Grounds: the database and the shelf that a served process stands on, as the environment chose."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shelves import Folder, Shelf


@dataclass(frozen=True)
class Ground:
    """One service's database, None for a SQLite file in its folder, and where it keeps bytes."""

    database_url: str | None
    shelf: Shelf

    def written(self) -> str:
        """Return what a configuration file says of it: nothing of what lies in the folder."""
        text = ""
        if self.database_url is not None:
            text += f"[database]\nconnection = {self.database_url}\n"
        if not isinstance(self.shelf, Folder):
            lines = [f"{name} = {value}\n" for name, value in self.shelf.settings.items()]
            text += "".join(["[store:file]\n", *lines])
        return text


class Grounds:
    """Gives each folder of data its own, the same each time."""

    def __init__(
        self, new_database: Callable[[], str | None], shelf_of: Callable[[Path], Shelf]
    ) -> None:
        self._new_database = new_database
        self._shelf_of = shelf_of
        self._known: dict[Path, Ground] = {}

    def of(self, data: Path) -> Ground:
        if data not in self._known:
            self._known[data] = Ground(self._new_database(), self._shelf_of(data / "blobs"))
        return self._known[data]
