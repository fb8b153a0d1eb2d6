"""`/artifacts/{type}` and `/artifacts/{type}/{id}`."""

import falcon

from artifacts.api import bodies, query, views
from artifacts.api.versions import SHARING
from artifacts.errors import Invalid
from artifacts.service.artifacts import Artifacts

PATCH = "application/json-patch+json"


class Collection:
    """The artifacts of one type."""

    def __init__(self, artifacts: Artifacts, *, default_limit: int, most: int) -> None:
        self._artifacts = artifacts
        self._default_limit = default_limit
        self._most = most

    def on_get(self, req: falcon.Request, resp: falcon.Response, type_name: str) -> None:
        bodies.refuse(req)
        limits = req.context.limits
        given = query.pairs(req.query_string, limits.parameters)
        caller = req.context.caller
        asked = query.parse(
            given,
            lambda: self._artifacts.listed(caller, type_name),
            default_limit=self._default_limit,
            most=self._most,
            version=req.context.version,
            limits=limits,
        )
        page = self._artifacts.find(caller, type_name, asked)
        found = page.artifacts
        version = req.context.version
        path = f"/artifacts/{type_name}"
        resp.media = {
            "artifacts": [views.shown(each, type_name, version) for each in found],
            "type_name": type_name,
            "first": query.link(path, given),
            "schema": f"/schemas/{type_name}",
        }
        if page.total is not None:
            resp.media["total_count"] = page.total
        if page.cut or (asked.limit and len(found) == asked.limit):
            resp.media["next"] = query.link(path, given, marker=found[-1].id)

    on_head = on_get

    def on_post(self, req: falcon.Request, resp: falcon.Response, type_name: str) -> None:
        bodies.check_type(req, falcon.MEDIA_JSON)
        values = bodies.read_json(req)
        if not isinstance(values, dict):
            raise Invalid("body: must be an object with the artifact's fields")
        artifact = self._artifacts.create(req.context.caller, type_name, values)
        resp.status = falcon.HTTP_201
        resp.location = f"/artifacts/{type_name}/{artifact.id}"
        resp.media = views.shown(artifact, type_name, req.context.version)


class Item:
    """One artifact."""

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts

    def on_get(self, req: falcon.Request, resp: falcon.Response, type_name: str, id: str) -> None:
        bodies.refuse(req)
        artifact = self._artifacts.show(req.context.caller, type_name, id)
        resp.media = views.shown(artifact, type_name, req.context.version)

    on_head = on_get

    def on_patch(self, req: falcon.Request, resp: falcon.Response, type_name: str, id: str) -> None:
        bodies.check_type(req, PATCH)
        operations = bodies.read_json(req)
        sharing = req.context.version >= SHARING
        artifact = self._artifacts.change(
            req.context.caller, type_name, id, operations, sharing=sharing
        )
        resp.media = views.shown(artifact, type_name, req.context.version)

    def on_delete(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        type_name: str,
        id: str,
    ) -> None:
        bodies.refuse(req)
        self._artifacts.delete(req.context.caller, type_name, id)
        resp.status = falcon.HTTP_204
