"""Types whose hooks fill slots: with the upload's own, and behind it."""

import io

from artifacts.model import Artifact, Blob, Readable, Slot, field


class Unpacked(Artifact):
    """Keeps an archive, and in a folder what is in it, all or nothing."""

    type_name = "unpacked"

    archive: Blob | None = field("The archive.", mutable=True, max_size=100_000)
    content: dict[str, Blob] | None = field("What is in it.", mutable=True, max_items=3)

    def before_upload(self, slot: Slot, stream: Readable) -> Readable:
        archive = self.handle.spool(stream)
        self.handle.unpack(archive, "content")
        return archive


class Noted(Artifact):
    """Puts a note into another slot, once the bytes are kept."""

    type_name = "noted"

    blob: Blob | None = field("Bytes.", mutable=True)
    note: Blob | None = field("How many they were.", mutable=True)

    def after_upload(self, slot: Slot) -> None:
        size = len(self.handle.read_blob(slot))
        self.handle.put(Slot("note"), io.BytesIO(b"%d" % size))


class Kept(Artifact):
    """Is deleted in name alone, until it is scrubbed."""

    type_name = "kept"

    blob: Blob | None = field("Bytes.", mutable=True)
