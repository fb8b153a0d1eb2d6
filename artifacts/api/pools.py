"""`/pools`: where new artifacts of the caller's project go."""

from dataclasses import asdict

import falcon

from artifacts.api import bodies, versions
from artifacts.service.offers import Offers


class AllPools:
    """The pools that a caller may use."""

    since = versions.POOLS

    def __init__(self, offers: Offers) -> None:
        self._offers = offers

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        bodies.refuse(req)
        resp.media = {"pools": [asdict(each) for each in self._offers.find(req.context.caller)]}

    on_head = on_get
