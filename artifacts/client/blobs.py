"""What can be asked about one slot of an artifact: upload, link, download, delete."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from artifacts.client.answers import Document, recorded
from artifacts.client.digests import Expected, repr_digest
from artifacts.client.download import Download, Saved
from artifacts.client.elsewhere import Elsewhere
from artifacts.client.transport import Transport, artifact_path
from artifacts.client.upload import Outgoing, Progress, opened

LOCATION = "application/vnd+openstack.glare-custom-location+json"


class BlobVerbs:
    """The verbs of a Client that concern the bytes in a slot.

    A slot is written `image` for a blob field, and `mirrors/eu` for a key in a folder.
    """

    _transport: Transport
    _elsewhere: Elsewhere

    def upload(
        self,
        type_name: str,
        artifact_id: str,
        slot: str,
        source: BinaryIO | str | os.PathLike[str],
        *,
        content_type: str = "application/octet-stream",
        size: int | None = None,
        digests: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> Document:
        """Fill a slot with the bytes of an open file or of a path, and return the artifact.

        The bytes are hashed as they go, and WrongBytes is raised unless the service stored these.
        *digests*, hex by hashlib name, are declared beforehand: the service then refuses other
        bytes before anybody can see them. *size* is needed only to end before the file does.
        """
        headers = {"Content-Type": content_type}
        if digests:
            headers["Repr-Digest"] = repr_digest(digests)
        with opened(source) as file:
            outgoing = Outgoing(file, size, progress)
            if outgoing.size is not None:
                headers["Content-Length"] = str(outgoing.size)
            document = self._transport.send(
                artifact_path(type_name, artifact_id, slot), outgoing, headers
            )
        outgoing.check(recorded(document, slot))
        return document

    def link(
        self,
        type_name: str,
        artifact_id: str,
        slot: str,
        url: str,
        *,
        size: int | None = None,
        digests: Mapping[str, str] | None = None,
        copy: bool = False,
    ) -> Document:
        """Fill a slot with what *url* serves; the service fetches it once and verifies it.

        The bytes stay there, or with *copy* the service keeps them as its own. *size* and
        *digests*, hex by hashlib name, are what the bytes must turn out to be.
        """
        body = {
            "url": url,
            "location_type": "internal" if copy else "external",
            "md5": None,
            "size": size,
            **(digests or {}),
        }
        path = artifact_path(type_name, artifact_id, slot)
        return self._transport.ask("PUT", path, document=body, media_type=LOCATION, patient=True)

    def download(
        self,
        type_name: str,
        artifact_id: str,
        slot: str,
        target: BinaryIO | str | os.PathLike[str],
        *,
        resume: bool = True,
        progress: Progress | None = None,
    ) -> Saved:
        """Save a slot's bytes at a path, verified, or write them to an open file.

        A path is filled through `<path>.<start of the sha256>.part`, which an interrupted download
        leaves behind for the next one of the same bytes to go on with. External bytes are fetched
        from where they are, without any credentials. Bytes that are not what the service recorded
        raise WrongBytes: the part is deleted, an open file must be thrown away by its owner.
        """
        document = artifact_path(type_name, artifact_id)

        def promised() -> Expected:
            return recorded(self._transport.ask("GET", document), slot)

        path = artifact_path(type_name, artifact_id, slot)
        download = Download(self._transport, self._elsewhere, path, promised, progress)
        if not isinstance(target, str | os.PathLike):
            return download.to_stream(target)
        target = Path(target)
        if target.exists() and not target.is_file():  # a device or pipe cannot be renamed onto
            with target.open("wb") as device:
                return download.to_stream(device)
        return download.to_path(target, resume=resume)

    def delete_blob(self, type_name: str, artifact_id: str, slot: str) -> Document:
        """Empty a slot: a link's record, or in a draft also uploaded bytes."""
        return self._transport.ask("DELETE", artifact_path(type_name, artifact_id, slot))
