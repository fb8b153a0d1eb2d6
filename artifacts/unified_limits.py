"""Unified limits: Keystone says what projects may keep, and is asked by oslo.limit.

Only the limits are Keystone's: what is used is counted, and refused, in our own database. What it
said is known for a minute. When it does not answer, its last word holds for an hour.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oslo_config import cfg

from artifacts import errors

logger = logging.getLogger(__name__)

SECTION = "oslo_limit"
TIMEOUT = 5  # seconds, where the configuration says none: the library's own wait has no end
FRESH = 60.0  # seconds for which what was heard is not asked for again
KEPT = 3600.0  # seconds for which it holds where Keystone does not answer
PAUSE = 5.0  # seconds between two questions for the same, meanwhile
MOST_KEPT = 1000
NO_PROJECT = (400, 404)  # what Keystone answers to a name that no project can have
REGISTERED = ""  # what holds where nothing was set for a project, which has no empty name

Values = Mapping[str, int]


@dataclass
class Word:
    """What Keystone said, until when that is fresh, and until when it holds.

    Once it is not fresh, one asks for another; until then the others go on with it.
    """

    values: Values
    fresh_until: float
    holds_until: float
    asked_until: float = 0.0


class UnifiedLimits:
    def __init__(
        self,
        conf: cfg.ConfigOpts,
        resources: Mapping[str, tuple[str, int]],
        *,
        at_once: int,
        fresh: float = FRESH,
        kept: float = KEPT,
    ) -> None:
        """Take which quota each of Keystone's resources is, and how much one of it comes to.

        The quotas are those of all types; behind a colon, a resource's name says of which type.
        Raise Misconfigured if oslo.limit is not installed.
        """
        self._library = _library(conf)
        self._resources = resources
        self._fresh, self._kept = fresh, kept
        self._turns = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._registering = threading.Lock()
        self._words: OrderedDict[str, Word] = OrderedDict()
        self._enforcer: Any = None

    def known(self, project: str) -> Values | None:
        """Return the quotas of a project without waiting; None if they must be asked for."""
        registered, own = self._known(REGISTERED), self._known(project)
        return None if registered is None or own is None else {**registered, **own}

    def ask(self, project: str) -> Values:
        """Ask for them; raise KeystoneUnavailable if no answer comes, and none holds."""
        if not self._turns.acquire(blocking=False):
            registered, own = self._held(REGISTERED), self._held(project)
            if registered is None or own is None:
                raise errors.Crowded("too many requests wait for Keystone; try again later")
            return {**registered, **own}
        try:
            return {**self._registered(), **self._asked(project)}
        finally:
            self._turns.release()

    def defaults(self) -> Values:
        """Return what holds for projects for which nothing else was set."""
        known = self._known(REGISTERED)
        return self._registered() if known is None else known

    def _registered(self) -> Values:
        """Ask for what all projects need to know: once, however many come for it at a time."""
        if not self._registering.acquire(timeout=2 * TIMEOUT):
            if (held := self._held(REGISTERED)) is not None:
                return held
            raise errors.KeystoneUnavailable("Keystone takes long to answer; try again later")
        try:
            return self._asked(REGISTERED)
        finally:
            self._registering.release()

    def _known(self, name: str) -> Values | None:
        """Return what is known; None once it must be asked for, to the first who wants it then."""
        now = time.monotonic()
        with self._lock:
            word = self._words.get(name)
            if word is None or now > word.holds_until:
                return None
            if now > max(word.fresh_until, word.asked_until):
                word.asked_until = now + PAUSE
                return None
            self._words.move_to_end(name)
            return word.values

    def _held(self, name: str) -> Values | None:
        """Return the last word as long as it holds, fresh or not."""
        with self._lock:
            word = self._words.get(name)
        return word.values if word is not None and time.monotonic() <= word.holds_until else None

    def _asked(self, name: str) -> Values:
        with self._lock:
            word = self._words.get(name)
            if word is not None:
                self._words.move_to_end(name)
        if word is not None and time.monotonic() <= word.fresh_until:
            return word.values
        try:
            heard = self._quotas(self._hear(name), self._nothing if name == REGISTERED else {})
        except Exception as error:
            logger.warning("limits: Keystone says none: %s: %s", type(error).__name__, error)
            now = time.monotonic()
            if word is not None and now <= word.holds_until:
                word.fresh_until = now + PAUSE  # for those who have waited for the same
                return word.values
            raise errors.KeystoneUnavailable(
                "Keystone does not say what projects may keep; try again later"
            ) from error
        self._keep(name, heard)
        return heard

    def _hear(self, name: str) -> Iterable[tuple[str, int]]:
        said: Iterable[tuple[str, int]]
        if name == REGISTERED:
            if self._enforcer is None:
                self._enforcer = self._library.Enforcer(_no_usage, cache=False)
            said = self._enforcer.get_registered_limits(None)
            return said
        try:
            said = self._enforcer.get_project_limits(name, None)
        except Exception as error:
            if getattr(error, "status_code", None) in NO_PROJECT:
                return ()
            raise
        return said

    @property
    def _nothing(self) -> Values:
        """What is allowed of what was never registered, as everywhere in OpenStack."""
        return {quota: 0 for quota, _ in self._resources.values()}

    def _quotas(self, said: Iterable[tuple[str, int]], unsaid: Values) -> Values:
        values = dict(unsaid)
        for resource, limit in said:
            name, colon, type_name = resource.partition(":")
            if name in self._resources:
                quota, unit = self._resources[name]
                values[quota + colon + type_name] = limit if limit < 0 else limit * unit
        return values

    def _keep(self, name: str, values: Values) -> None:
        now = time.monotonic()
        with self._lock:
            self._words[name] = Word(values, now + self._fresh, now + self._kept)
            self._words.move_to_end(name)
            while len(self._words) > MOST_KEPT:
                self._words.popitem(last=False)


def _library(conf: cfg.ConfigOpts) -> Any:
    """Return oslo.limit, which knows one configuration a process: it is made to be like *conf*."""
    try:
        from oslo_limit import limit
    except ImportError as error:
        raise errors.Misconfigured(
            "use_keystone_limits: needs oslo.limit, which `artifacts[limits]` installs"
        ) from error
    cfg.CONF(args=[], project="artifacts", default_config_files=list(conf.config_file or []))
    cfg.CONF.set_default("timeout", TIMEOUT, group=SECTION)
    _check(cfg.CONF[SECTION])
    return limit


def _check(section: Any) -> None:
    """Raise Misconfigured unless it says how to log in, and whose limits are ours."""
    needed = (
        ("auth_type", section.auth_type or section.auth_section),
        (
            "endpoint_id, or endpoint_service_type,",
            section.endpoint_id or section.endpoint_service_type or section.endpoint_service_name,
        ),
    )
    for name, value in needed:
        if not value:
            raise errors.Misconfigured(
                f"[{SECTION}] {name} must be set with use_keystone_limits = true"
            )


def _no_usage(project: str | None, resources: object) -> dict[str, int]:
    """Say nothing: what is used is not for oslo.limit to count."""
    return {}
