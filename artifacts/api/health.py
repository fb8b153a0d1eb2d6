"""`/healthcheck`: whether this process answers."""

import falcon

from artifacts.api import bodies


class Health:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        bodies.refuse(req)
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "OK"

    on_head = on_get
