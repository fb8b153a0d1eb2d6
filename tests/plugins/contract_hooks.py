"""Types whose hooks the contract's rows are tried on."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar

from artifacts.model import Artifact, Blob, Invalid, Readable, Slot, field
from artifacts.model.hooks import Hooks

NAMES = [name for name in vars(Hooks) if name.startswith(("before_", "after_"))]


class Noted(Artifact):
    """Shows, as one of all, which hooks were called; refuses in the one that `refuses` names."""

    type_name = "noted"

    refuses: str | None = field("A hook.", mutable=True)
    set_by_hook: str | None = field("Set by the one that `sets` names.", mutable=True)
    sets: str | None = field("A hook.", mutable=True)
    blob: Blob | None = field("Bytes.", mutable=True)
    folder: dict[str, Blob] | None = field("Bytes by key.", mutable=True)

    called: ClassVar[dict[str, list[str]]] = defaultdict(list)

    def format_all(self, document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "called": self.called[self.id]}


def _noting(name: str) -> Callable[..., Any]:
    def hook(self: Any, *told: Any) -> Any:
        self.called[self.id].append(name)
        if self.sets == name:
            self.set_by_hook = name
        if self.refuses == name:
            raise Invalid(f"refuses: {name}")
        if self.refuses == f"{name} by fault":
            raise RuntimeError(name)
        return told[1] if name == "before_upload" else None

    return hook


for each in NAMES:
    setattr(Noted, each, _noting(each))


class Unpacked(Artifact):
    """Keeps an archive, and in a folder what is in it."""

    type_name = "unpacked"

    archive: Blob | None = field("The archive.", mutable=True, max_size=100_000)
    content: dict[str, Blob] | None = field("What is in it.", mutable=True, max_items=3)

    def before_upload(self, slot: Slot, stream: Readable) -> Readable:
        if slot.field != "archive":
            return stream
        archive = self.handle.spool(stream)
        self.handle.unpack(archive, "content")
        return archive
