"""`/openapi.json` and `/docs`: what the routes answer, told to programs and to people."""

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cached_property

import falcon

from artifacts.api import bodies
from artifacts.api.openapi import document, page
from artifacts.api.openapi.places import Route
from artifacts.api.openapi.schemas import Json
from artifacts.model import Artifact
from artifacts.model.every_type import EveryType
from artifacts.model.limits import USUAL, Limits


class Rendered:
    """The document, in each form that is served; made once, when it is first asked for."""

    def __init__(self, document: Json) -> None:
        self.document = document

    @cached_property
    def as_json(self) -> bytes:
        return json.dumps(self.document, ensure_ascii=False).encode()

    @cached_property
    def as_page(self) -> bytes:
        return page.render(self.document).encode()


class Description:
    """The routes, told for the enabled types as everybody may know them."""

    def __init__(
        self,
        types: Iterable[type[Artifact]],
        limits: Limits = USUAL,
        *,
        public: Callable[[type[Artifact]], type[Artifact]] = lambda each: each,
        tokens: bool = False,
        anonymous: bool = False,
    ) -> None:
        """Take what returns the part of a type that is *public* at the moment."""
        self._types = (*types, EveryType)
        self._public = public
        self._limits = limits
        self._tokens = tokens
        self._anonymous = anonymous
        self._rendered: tuple[tuple[type[Artifact], ...], Rendered] | None = None
        self.routes: tuple[Route, ...] = ()

    def tell(self) -> Rendered:
        """Return the document; it is made when it is first asked for, or what is public changed."""
        types = tuple(map(self._public, self._types))
        if self._rendered is None or self._rendered[0] != types:
            made = document.build(
                self.routes, types, self._limits, tokens=self._tokens, anonymous=self._anonymous
            )
            self._rendered = types, Rendered(made)
        return self._rendered[1]


class Document:
    """`/openapi.json`"""

    def __init__(self, description: Description) -> None:
        self._description = description

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        bodies.refuse(req)
        _tell(req, resp, self._description.tell().as_json, falcon.MEDIA_JSON)

    on_head = on_get


class Page:
    """`/docs`"""

    def __init__(self, description: Description) -> None:
        self._description = description

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        bodies.refuse(req)
        resp.set_headers(page.HEADERS)
        _tell(req, resp, self._description.tell().as_page, falcon.MEDIA_HTML)

    on_head = on_get


def _tell(req: falcon.Request, resp: falcon.Response, content: bytes, media_type: str) -> None:
    tag = falcon.ETag(hashlib.sha256(content).hexdigest())
    resp.etag = tag.dumps()
    resp.set_header("Cache-Control", "no-cache")  # another version of the service says other things
    known = req.if_none_match or []
    if any(each in ("*", tag) for each in known):
        resp.status = falcon.HTTP_304
        return
    resp.content_type = media_type
    resp.data = content
