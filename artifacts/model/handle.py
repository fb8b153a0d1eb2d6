"""Handle: what a hook may do beside changing fields, while the service calls it.

It is lent for the call alone. What it opens is closed when the verb is over, and so is what
`before_upload` returned of it.
"""

from typing import BinaryIO, Protocol

from artifacts.model.blob import OCTETS, MiB, Readable, Slot


class Caller(Protocol):
    """Who is asking, as authentication alone has said it."""

    @property
    def user(self) -> str | None: ...

    @property
    def project(self) -> str | None: ...

    @property
    def roles(self) -> frozenset[str]: ...

    @property
    def read_only(self) -> bool: ...

    @property
    def request_id(self) -> str: ...


class Handle(Protocol):
    @property
    def caller(self) -> Caller: ...

    def read_blob(self, slot: Slot, limit: int = 16 * MiB) -> bytes:
        """Return the bytes that a slot holds; raise TooLarge if they are more than *limit*."""

    def open_blob(self, slot: Slot) -> BinaryIO:
        """Open the bytes that a slot holds; raise BlobNotFound if none of ours are in it."""

    def spool(self, stream: Readable) -> BinaryIO:
        """Return all of *stream* in a temporary file, at its beginning."""

    def put(self, slot: Slot, stream: Readable, content_type: str = OCTETS) -> None:
        """Fill another slot of the artifact: in `before_upload` with the upload's, or neither is.

        In an `after_` hook it is an upload of the caller's, that calls no hooks. Nowhere else.
        """

    def unpack(self, archive: BinaryIO, folder: str) -> None:
        """Put each file of a zip archive into *folder*, under its path, all of them or none."""
