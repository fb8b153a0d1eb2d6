"""Policy: answers whether a caller may do something, by the rules as the files now have them."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from artifacts import errors
from artifacts.caller import Caller
from artifacts.model import Artifact
from artifacts.policy import files
from artifacts.policy.rulebook import ADMIN, Rulebook

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two looks at the files, and that a file must have rested before

Target = Artifact | Mapping[str, object] | None


def check_files(paths: Sequence[Path]) -> None:
    """Raise Misconfigured unless the files can be read, and are sure to mean what they say."""
    Rulebook(files.read(files.look(paths)))


class Policy:
    """Rules are asked after it is known that the caller may see the artifact.

    What is no artifact is described: by `project_id` if it is a project's. When a file can no
    longer be read the rules stay as they were, so that no mistake in it opens anything; where
    there were none before, in a process that has just begun, all questions are Unavailable.
    """

    def __init__(self, find: Callable[[], Sequence[Path]] = tuple) -> None:
        """Take what finds the files, or the folders of files, that are there now."""
        self._find = find
        self._lock = threading.Lock()
        self._book: Rulebook | None = None
        self._seen: files.Fingerprint | None = None
        self._paths: set[Path] = set()
        self._told = ""
        self._next_look = 0.0
        self._look()

    def allows(self, rule: str, caller: Caller, target: Target = None) -> bool:
        self._look()
        if self._book is None:
            raise errors.Unavailable("policy: what is allowed cannot be read at the moment")
        return self._book.allows(rule, caller, lambda name: _ask(target, name))

    def check(self, rule: str, caller: Caller, target: Target = None) -> None:
        """Raise PolicyForbids unless the rule allows it."""
        if not self.allows(rule, caller, target):
            raise errors.PolicyForbids(f"policy: {rule} does not allow this")

    def writes(self, caller: Caller, artifact: Artifact) -> bool:
        """Whether it is for the caller to change it at all, whatever the files say."""
        if caller.read_only:
            return False
        return caller.project == artifact.owner or self.allows(ADMIN, caller)

    def _look(self) -> None:
        """Read the files again if they have changed; meanwhile other threads go on."""
        if time.monotonic() < self._next_look or not self._lock.acquire(blocking=False):
            return
        try:
            self._next_look = time.monotonic() + PAUSE
            self._reread()
        except errors.Misconfigured as error:
            if str(error) != self._told:
                logger.error("policy: the rules stay as they were: %s", error)
            self._told = str(error)
        finally:
            self._lock.release()

    def _reread(self) -> None:
        seen = files.look(self._find())
        begun = self._book is not None
        if seen == self._seen or (begun and not files.rested(seen, PAUSE)):
            return
        paths = {path for path, *_ in seen}
        if gone := self._paths - paths:
            raise errors.Misconfigured(f"{min(gone)}: it is gone; to do without it, restart")
        self._seen = seen
        self._book = Rulebook(files.read(seen))
        self._paths = paths
        self._told = ""
        if begun:
            logger.info("policy: the rules were read again")


def _ask(target: Target, name: str) -> str:
    if isinstance(target, Artifact):
        return str(target.owner if name == "project_id" else getattr(target, name))
    return str((target or {})[name])
