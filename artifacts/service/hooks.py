"""Hooks: calls those of the types, and says what comes of one that fails.

before_   its ArtifactsError refuses, anything else is a fault of the type; of bytes that come in,
          the bytes are taken to be at fault
after_    logged: what was done stays done, and is answered
all       logged: the artifact is shown as if its type had no such hook
"""

import copy
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db.database import Database
from artifacts.model import Artifact, Readable, Slot, every_type
from artifacts.service.contents import Contents, Incoming
from artifacts.service.handles import Lent, Put
from artifacts.service.uploads import Claim, Reservation
from artifacts.stores.pools import Pools

logger = logging.getLogger(__name__)


class Hooks:
    """Calls the hooks of artifacts, and lends each a handle meanwhile."""

    def __init__(self, database: Database, pools: Pools, contents: Contents) -> None:
        self._database = database
        self._pools = pools
        self._contents = contents

    def before(self, caller: Caller, artifact: Artifact, verb: str, *told: Any) -> None:
        with self._lent(caller, artifact, _put_nothing):
            getattr(artifact, f"before_{verb}")(*told)

    def before_change(
        self, caller: Caller, artifact: Artifact, asked: Sequence[dict[str, Any]]
    ) -> None:
        """Let the type see a copy of a patch, if it looks at any: a copy of a large one is slow."""
        if type(artifact).before_change is not Artifact.before_change:
            self.before(caller, artifact, "change", copy.deepcopy(asked))

    def after(self, caller: Caller, artifact: Artifact, verb: str, *told: Any) -> None:
        def put(incoming: Sequence[Incoming]) -> None:
            for each in incoming:
                path = str(each.slot)
                claim = Claim(
                    caller,
                    artifact.type_name,
                    artifact.id,
                    path,
                    "artifact:upload",
                    each.size,
                    replacing=True,
                    of_hook=True,
                )
                artifact.become(self._contents.put_alone(claim, each))

        try:
            with self._lent(caller, artifact, put):
                getattr(artifact, f"after_{verb}")(*told)
        except Exception:
            logger.exception("type %s: after_%s failed", artifact.type_name, verb)

    @contextmanager
    def upload(self, held: Reservation) -> Iterator[Callable[[Readable], Readable]]:
        """Yield what lets the type see a stream, and returns the one to store.

        That is the same stream if the type changes nothing.
        """
        artifact, slot = held.artifact, held.slot

        def see(stream: Readable) -> Readable:
            try:
                seen = artifact.before_upload(slot, stream)
            except errors.ArtifactsError:
                raise
            except Exception as error:
                raise _at_fault(artifact, slot, error) from error
            return stream if seen is stream else Taken(seen, artifact, slot)

        def put(incoming: Sequence[Incoming]) -> None:
            self._contents.put_beside(held, incoming)

        with self._lent(held.claim.caller, artifact, put):
            yield see

    @contextmanager
    def _lent(self, caller: Caller, artifact: Artifact, put: Put) -> Iterator[None]:
        with closing(Lent(self._database, self._pools, caller, artifact, put)) as handle:
            artifact.handle = handle
            try:
                yield
            finally:
                artifact.handle = None


def _put_nothing(incoming: Sequence[Incoming]) -> None:
    raise LookupError("slots are filled in before_upload, and in the hooks after something")


def format_all(artifact: Artifact, document: dict[str, Any]) -> Mapping[str, Any]:
    """Return what `all` shows of an artifact: what its type makes of *document*.

    One type that fails must not take the list of all away from everybody.
    """
    if type(artifact).format_all is Artifact.format_all:
        return document
    try:
        shown = json.loads(json.dumps(artifact.format_all(dict(document)), allow_nan=False))
        every_type.check_shown(shown, document)
    except Exception:
        logger.exception("type %s: format_all failed", artifact.type_name)
        return document
    return {**document, **shown}  # in the order that all others have


class Taken:
    """The stream that a type stores in the place of the one that came."""

    def __init__(self, stream: Readable, artifact: Artifact, slot: Slot) -> None:
        self._stream = stream
        self._artifact = artifact
        self._slot = slot

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except errors.ArtifactsError:
            raise
        except Exception as error:
            raise _at_fault(self._artifact, self._slot, error) from error


def _at_fault(artifact: Artifact, slot: Slot, error: Exception) -> errors.Invalid:
    """Blame the bytes for what a type fails of: its parsers have errors of their own."""
    logger.warning("type %s: before_upload failed", artifact.type_name, exc_info=error)
    return errors.Invalid(f"{slot}: the type {artifact.type_name} cannot read these bytes")
