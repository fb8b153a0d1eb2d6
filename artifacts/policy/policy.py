"""Policy: answers whether a caller may do something, by the rules as the files now have them."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from artifacts import errors
from artifacts.caller import Caller
from artifacts.model import Artifact, Types
from artifacts.model.outlook import Outlook
from artifacts.model.sight import Sight
from artifacts.policy import files, protections, sights
from artifacts.policy.rulebook import ADMIN, Rulebook

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds between two looks at the files, and that a file must have rested before

Target = Artifact | Mapping[str, object] | None
Find = Callable[[], Sequence[Path]]

NO_TYPES: Types = MappingProxyType({})


def check_files(
    rules: Sequence[Path], protecting: Sequence[Path] = (), types: Types = NO_TYPES
) -> None:
    """Raise Misconfigured unless the files can be read, and are sure to mean what they say."""
    _read(files.look(rules), files.look(protecting), types)


def _read(rules: files.Fingerprint, protecting: files.Fingerprint, types: Types) -> Rulebook:
    found = protections.find(types, (path for path, *_ in protecting))
    return Rulebook(files.read(rules), found)


class Policy:
    """Rules are asked after it is known that the caller may see the artifact.

    What is no artifact is described: by `project_id` if it is a project's. When a file can no
    longer be read the rules stay as they were, so that no mistake in it opens anything; where
    there were none before, in a process that has just begun, all questions are Unavailable.
    """

    def __init__(
        self, find: Find = tuple, protecting: Find = tuple, types: Types = NO_TYPES
    ) -> None:
        """Take what finds the files, or the folders of files, that are there now.

        Those *protecting* fields of *types* are read with the others, since they name rules.
        """
        self._find = find
        self._protecting = protecting
        self._types = types
        self._lock = threading.Lock()
        self._book: Rulebook | None = None
        self._seen: files.Fingerprint | None = None
        self._paths: set[Path] = set()
        self._told = ""
        self._next_look = 0.0
        self._look()

    def allows(self, rule: str, caller: Caller, target: Target = None) -> bool:
        return self._now().allows(rule, caller, lambda name: _ask(target, name))

    def check(self, rule: str, caller: Caller, target: Target = None) -> None:
        """Raise PolicyForbids unless the rule allows it."""
        if not self.allows(rule, caller, target):
            raise errors.PolicyForbids(f"policy: {rule} does not allow this")

    def writes(self, caller: Caller, artifact: Artifact) -> bool:
        """Whether it is for the caller to change it at all, whatever the files say."""
        if caller.read_only:
            return False
        return caller.project == artifact.owner or self.allows(ADMIN, caller)

    def sight(self, caller: Caller, target: Artifact | Mapping[str, object]) -> Sight:
        """Return what the caller sees and sets of an artifact, or of what is described as one."""
        book = self._now()
        return sights.sight(
            book.protections.get(_ask(target, "type_name"), ()),
            lambda rule: book.allows(rule, caller, lambda name: _ask(target, name)),
        )

    def outlook(self, caller: Caller, type_names: Iterable[str]) -> Outlook:
        """Return what the caller may know of these types, and search their lists by."""
        book = self._now()
        places = [book.protections.get(name, ()) for name in type_names]
        if not any(places):
            return Outlook()

        def allows(rule: str, whatever: bool) -> bool:
            """Decide for *whatever* target, if the rule asks for one."""
            if book.asks(rule):
                return whatever or book.allows(ADMIN, caller, str)
            return book.allows(rule, caller, str)

        return Outlook(
            tuple(sights.sight(each, lambda rule: allows(rule, False)) for each in places),
            tuple(sights.sight(each, lambda rule: allows(rule, True)) for each in places),
        )

    def _now(self) -> Rulebook:
        """Return the rules as the files now have them."""
        self._look()
        if self._book is None:
            raise errors.Unavailable("policy: what is allowed cannot be read at the moment")
        return self._book

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
        rules, protecting = files.look(self._find()), files.look(self._protecting())
        seen = (*rules, *protecting)
        begun = self._book is not None
        if seen == self._seen or (begun and not files.rested(seen, PAUSE)):
            return
        paths = {path for path, *_ in seen}
        if gone := self._paths - paths:
            raise errors.Misconfigured(f"{min(gone)}: it is gone; to do without it, restart")
        self._seen = seen
        self._book = _read(rules, protecting, self._types)
        self._paths = paths
        self._told = ""
        if begun:
            logger.info("policy: the rules were read again")


def _ask(target: Target, name: str) -> str:
    if isinstance(target, Artifact):
        return str(target.owner if name == "project_id" else getattr(target, name))
    return str((target or {})[name])
