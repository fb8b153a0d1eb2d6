"""`/schemas` and `/schemas/{type}`: strict from microversion 1.2 on, in Glare's words before."""

import falcon

from artifacts.api import bodies
from artifacts.api.versions import Version
from artifacts.model import Artifact, schema
from artifacts.model.every_type import EveryType
from artifacts.service.artifacts import Artifacts

MEDIA_TYPE = "application/schema+json; charset=UTF-8"
STRICT: Version = (1, 2)


class Schemas:
    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, type_name: str | None = None
    ) -> None:
        bodies.refuse(req)
        types: dict[str, type[Artifact]] = dict(self._artifacts.list_types(req.context.caller))
        types[EveryType.type_name] = EveryType
        if type_name is not None:
            types = {type_name: types.get(type_name) or self._artifacts.type(type_name)}
        render = schema.strict if req.context.version >= STRICT else schema.glare
        resp.media = {"schemas": {name: render(each) for name, each in types.items()}}
        resp.content_type = MEDIA_TYPE

    on_head = on_get
