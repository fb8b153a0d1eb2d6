"""`/healthcheck`: whether this process answers; below it, whether what it needs does."""

import falcon

from artifacts.api import bodies
from artifacts.service.readiness import READY, Readiness


class Health:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        bodies.refuse(req)
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "OK"

    on_head = on_get


class Ready:
    """Names what the service depends on in a way that tells nobody what it is, or where."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        bodies.refuse(req)
        answers = self._readiness.answers()
        ready = all(each.state == READY for each in answers)
        resp.status = falcon.HTTP_200 if ready else falcon.HTTP_503
        resp.media = {
            "ready": ready,
            "dependencies": [
                {"name": each.label, "state": each.state, "seconds": round(each.seconds, 3)}
                for each in answers
            ],
        }

    on_head = on_get
