"""`/artifacts/{type}/{id}/{path}`: the slots of an artifact."""

from typing import Any

import falcon

from artifacts import errors
from artifacts.api import bodies, digests, downloads, versions, views
from artifacts.api.accel import Accel
from artifacts.api.presence import Attended
from artifacts.model import Expected
from artifacts.model.blob import OCTETS
from artifacts.service.blobs import Blobs
from artifacts.service.downloads import Downloads

LOCATION = "application/vnd+openstack.glare-custom-location+json"


class Slot:
    """One slot: put bytes or a URL into it, get the blob, empty it."""

    def __init__(
        self, blobs: Blobs, downloads: Downloads, *, patience: float, accel: Accel | None = None
    ) -> None:
        self._blobs = blobs
        self._downloads = downloads
        self._patience = patience
        self._accel = accel

    def on_get(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        bodies.refuse(req)
        self._downloads.read(
            req.context.caller,
            **where,
            answer=lambda opened: downloads.answer(req, resp, opened, self._accel),
        )

    on_head = on_get

    def on_put(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        put = self._link if bodies.bare_type(req) == LOCATION else self._upload
        resp.media = views.shown(put(req, where), where["type_name"], req.context.version)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        bodies.refuse(req)
        external_only = req.context.version < versions.UPLOADED_BLOBS_DELETED
        artifact = self._blobs.delete(req.context.caller, **where, external_only=external_only)
        resp.media = views.shown(artifact, where["type_name"], req.context.version)

    def _upload(self, req: falcon.Request, where: dict[str, str]) -> Any:
        if req.get_header("Content-Range") is not None:
            raise errors.Invalid("Content-Range: a blob is uploaded whole")
        body = bodies.UploadBody(req, self._patience)
        return self._blobs.upload(
            req.context.caller,
            **where,
            source=body,
            content_type=_content_type(req),
            length=body.length,
            expected=digests.declared(req),
            timed=body.timed,
        )

    def _link(self, req: falcon.Request, where: dict[str, str]) -> Any:
        document = bodies.read_json(req)
        if not isinstance(document, dict) or not isinstance(document.get("url"), str):
            raise errors.Invalid("url: must be given, as text")
        kind = document.get("location_type", "external")
        if kind not in ("external", "internal"):
            raise errors.Invalid("location_type: must be external or internal")
        return self._blobs.link(
            req.context.caller,
            where["type_name"],
            where["id"],
            where["path"],
            url=document["url"],
            expected=Expected.parse(document),
            copy=kind == "internal",
            attend=lambda source: Attended(source, req),
        )


def _content_type(req: falcon.Request) -> str:
    given = bodies.bare_type(req) or OCTETS
    if len(given) > 255 or not given.isascii() or not given.isprintable():
        raise errors.Invalid("Content-Type: must be printable ASCII of at most 255 characters")
    return given
