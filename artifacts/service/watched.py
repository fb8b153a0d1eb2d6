"""WatchedUploads: uploads, with how many are under way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from artifacts.service.uploads import Claim, Reservation, Uploads
from artifacts.watching.catalogue import UPLOADS
from artifacts.watching.watch import Watch

KINDS = {"artifact:set_location": "link", "artifact:set_internal_location": "copy"}


class WatchedUploads(Uploads):
    def __init__(self, *known: Any, watch: Watch, **more: Any) -> None:
        super().__init__(*known, **more)
        self._watch = watch

    @contextmanager
    def reserved(self, claim: Claim) -> Iterator[Reservation]:
        kind = KINDS.get(claim.rule, "upload")
        with self._watch.meters.under_way(UPLOADS, kind), super().reserved(claim) as held:
            yield held
