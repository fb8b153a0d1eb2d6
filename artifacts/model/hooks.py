"""Hooks: what a type may do before and after each verb.

A hook refuses by raising Invalid. Hooks run outside of transactions and may run again. What those
before create, change and the moves (activate, deactivate, reactivate, publish) set is kept; what
any other sets is not.
"""

from artifacts.model.blob import Readable, Slot


class Hooks:
    """Every hook, doing nothing."""

    def before_create(self) -> None: ...

    def after_create(self) -> None: ...

    def before_change(self) -> None: ...

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
        """Hear that a slot was filled: by an upload, a copy or a link."""

    def before_download(self, slot: Slot) -> None:
        """Hear, and perhaps refuse, that a blob is answered: its bytes, a redirect, or a HEAD."""

    def after_download(self, slot: Slot) -> None:
        """Hear that bytes were opened to be sent, once an answer; what arrives nobody knows."""
