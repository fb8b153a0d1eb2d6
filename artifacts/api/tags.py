"""`/artifacts/{type}/{id}/tags` and `/artifacts/{type}/{id}/tags/{tag}`."""

from urllib.parse import quote

import falcon

from artifacts import errors
from artifacts.api import bodies, versions
from artifacts.service.tags import Tags


class AllTags:
    """The tags of an artifact, as one list."""

    since = versions.URLS_OF_TAGS

    def __init__(self, tags: Tags) -> None:
        self._tags = tags

    def on_get(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        bodies.refuse(req)
        resp.media = {"tags": self._tags.find(req.context.caller, **where)}

    on_head = on_get

    def on_put(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        bodies.check_type(req, falcon.MEDIA_JSON)
        document = bodies.read_json(req)
        if not isinstance(document, dict) or not isinstance(document.get("tags"), list):
            raise errors.Invalid("tags: must be given, as a list of texts")
        tags = self._tags.replace(req.context.caller, **where, tags=document["tags"])
        resp.media = {"tags": tags}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        bodies.refuse(req)
        self._tags.replace(req.context.caller, **where, tags=[])
        resp.status = falcon.HTTP_204


class OneTag:
    """One of them: it is there, or it is not."""

    since = versions.URLS_OF_TAGS

    def __init__(self, tags: Tags) -> None:
        self._tags = tags

    def on_get(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        bodies.refuse(req)
        self._tags.check_has(req.context.caller, **where)
        resp.status = falcon.HTTP_204

    on_head = on_get

    def on_put(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        bodies.refuse(req)
        added = self._tags.add(req.context.caller, **where)
        resp.status = falcon.HTTP_201 if added else falcon.HTTP_204
        if added:
            path = f"/artifacts/{where['type_name']}/{where['id']}/tags"
            resp.location = f"{path}/{quote(where['tag'], safe='')}"

    def on_delete(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        bodies.refuse(req)
        self._tags.delete(req.context.caller, **where)
        resp.status = falcon.HTTP_204
