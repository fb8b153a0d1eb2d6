"""`/schemas` and `/schemas/{type}`: strict from microversion 1.2 on, in Glare's words before."""

import falcon

from artifacts.api import bodies, versions
from artifacts.model import schema
from artifacts.service.artifacts import Artifacts

MEDIA_TYPE = "application/schema+json; charset=UTF-8"


class Schemas:
    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, type_name: str | None = None
    ) -> None:
        bodies.refuse(req)
        names = () if type_name is None else (type_name,)
        types = self._artifacts.list_types(req.context.caller, *names)
        strict = req.context.version >= versions.STRICT_SCHEMAS
        render = schema.strict if strict else schema.glare
        resp.media = {"schemas": {name: render(each) for name, each in types.items()}}
        resp.content_type = MEDIA_TYPE

    on_head = on_get
