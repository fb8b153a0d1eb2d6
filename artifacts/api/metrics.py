"""`/metrics`: what was counted, for whoever reaches the operators' own port."""

import falcon

from artifacts.api import bodies
from artifacts.watching import text
from artifacts.watching.meters import Meters


class Metrics:
    def __init__(self, meters: Meters) -> None:
        self._meters = meters

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        bodies.refuse(req)
        resp.content_type = text.MEDIA_TYPE
        resp.data = text.render(self._meters)

    on_head = on_get
