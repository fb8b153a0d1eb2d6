"""A type that notes every hook that is called, and may be told what each does."""

from collections.abc import Callable
from typing import Any, ClassVar

from artifacts.model import Artifact, Blob, KiB, field
from artifacts.model.hooks import Hooks

NAMES = [name for name in vars(Hooks) if name.startswith(("before_", "after_"))]


class Hooked(Artifact):
    """What its hooks were called with stands in `called`; `does` says what one does besides."""

    type_name = "hooked"

    blob: Blob | None = field("Bytes.", mutable=True, max_size=1000 * KiB)
    folder: dict[str, Blob] | None = field("Bytes by key.", mutable=True, max_items=5)
    text: str | None = field("Text that never changes once active.")

    called: ClassVar[list[tuple[Any, ...]]] = []
    does: ClassVar[dict[str, Callable[..., Any]]] = {}

    def format_all(self, document):
        return self.does.get("format_all", lambda self, document: document)(self, document)


def _noting(name: str) -> Callable[..., Any]:
    def hook(self: Any, *told: Any) -> Any:
        self.called.append((name, *told))
        if name in self.does:
            return self.does[name](self, *told)
        return told[1] if name == "before_upload" else None

    return hook


for each in NAMES:
    setattr(Hooked, each, _noting(each))
