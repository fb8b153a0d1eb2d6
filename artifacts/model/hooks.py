"""Hooks: what a type may do before and after each verb.

A hook before something refuses it by raising Invalid, or another of artifacts.errors; one after it
comes too late for that. Hooks run outside of transactions and may run again. What those before
create, change and the moves (activate, deactivate, reactivate, publish) set is kept; what any
other sets is not.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from artifacts.model.blob import Readable, Slot
from artifacts.model.handle import Handle

Operations = Sequence[Mapping[str, Any]]


class Hooks:
    """Every hook, doing nothing."""

    _handle: Handle | None = None

    @property
    def handle(self) -> Handle:
        """Give a hook the caller, and the artifact's blobs."""
        if self._handle is None:
            raise LookupError("a handle is lent to hooks alone, while the service calls them")
        return self._handle

    @handle.setter
    def handle(self, handle: Handle | None) -> None:
        self._handle = handle

    def before_create(self) -> None: ...

    def after_create(self) -> None: ...

    def before_change(self, patch: Operations) -> None:
        """See the operations of the JSON Patch before the first is made; changing them does not."""

    def after_change(self) -> None: ...

    def before_activate(self) -> None: ...

    def after_activate(self) -> None: ...

    def before_deactivate(self) -> None: ...

    def after_deactivate(self) -> None: ...

    def before_reactivate(self) -> None: ...

    def after_reactivate(self) -> None: ...

    def before_publish(self) -> None: ...

    def after_publish(self) -> None: ...

    def before_delete(self) -> None: ...

    def after_delete(self) -> None: ...

    def before_upload(self, slot: Slot, stream: Readable) -> Readable:
        """Return the stream to store: this one, or another made of it, which is read to its end.

        What that leaves of this one is read after it, and what came is no longer kept if it is not
        what the caller declared.
        """
        return stream

    def after_upload(self, slot: Slot) -> None:
        """Hear that a slot was filled with bytes of ours: by an upload, or a copy of a URL."""

    def before_link(self, slot: Slot, url: str, copy: bool) -> None:
        """Hear, and perhaps refuse, that a URL is fetched: to be linked, or its bytes copied."""

    def after_link(self, slot: Slot) -> None:
        """Hear that a slot was filled from a URL; behind `after_upload` where that was copied."""

    def before_unlink(self, slot: Slot) -> None:
        """Hear, and perhaps refuse, that a slot is emptied, whatever blob it holds."""

    def after_unlink(self, slot: Slot) -> None: ...

    def before_download(self, slot: Slot) -> None:
        """Hear, and perhaps refuse, that a blob is answered: its bytes, a redirect, or a HEAD."""

    def after_download(self, slot: Slot) -> None:
        """Hear that bytes were opened to be sent, once an answer; what arrives nobody knows."""

    def format_all(self, document: dict[str, Any]) -> Mapping[str, Any]:
        """Return what `all` shows of the artifact: *document*, with other values or more keys."""
        return document
