"""Keystone: says who holds the token of a request, by keystonemiddleware.

The middleware is asked from within a request, and not put in front of all of them. So what is
open to everybody never waits for Keystone, our answers do not pass through it, and what it logs
has the id of the request.
"""

import logging
import threading
import time
from collections import OrderedDict
from http import HTTPStatus
from typing import Any

from keystoneauth1 import loading
from keystoneauth1.exceptions import AuthPluginException, ClientException, EndpointNotFound
from keystonemiddleware import auth_token
from oslo_config.cfg import ConfigOpts

from artifacts import errors
from artifacts.caller import Caller

logger = logging.getLogger(__name__)

SECTION = "keystone_authtoken"
# Instead of keystonemiddleware's, which wait for ever, and honour the access rules of no service.
DEFAULTS = {"http_connect_timeout": 5, "http_request_max_retries": 1, "service_type": "artifact"}
CONFIRMED = "Confirmed"
USER_STATUS, SERVICE_STATUS = "HTTP_X_IDENTITY_STATUS", "HTTP_X_SERVICE_IDENTITY_STATUS"
KEPT = "artifacts.tokens"  # where in its environment the middleware finds the tokens it has seen
MOST_KEPT = 1000

Environ = dict[str, Any]


def register(conf: ConfigOpts) -> None:
    """Let conf have [keystone_authtoken], with our defaults."""
    loading.register_auth_conf_options(conf, SECTION)
    for group, options in auth_token.list_opts():
        conf.register_opts(options, group=group)
    for name, value in DEFAULTS.items():
        conf.set_default(name, value, group=SECTION)


def check(conf: ConfigOpts) -> None:
    """Raise Misconfigured unless the service could log in with what conf says."""
    try:
        loading.load_auth_from_conf_options(conf, SECTION)
    except AuthPluginException as error:
        raise errors.Misconfigured(f"[{SECTION}] {error}") from error


class Keystone:
    def __init__(self, conf: ConfigOpts, *, at_once: int) -> None:
        """Take how many requests may wait for Keystone at once; others are Crowded out."""
        self._tokens = Tokens()
        self._middleware = _Middleware(conf, at_once)
        uri = conf[SECTION].www_authenticate_uri
        self.challenge = f'Keystone uri="{uri}"' if uri else "Keystone"

    def check(self) -> None:
        """Raise KeystoneUnavailable unless it answers; nobody logs in for that."""
        self._middleware.ask()

    def holder(self, environ: Environ) -> Caller | None:
        """Return who holds the token of a request; None if it proves nothing.

        Raise Unavailable if that cannot be known now.
        """
        asked = {**environ, KEPT: self._tokens}  # what it writes there of others is not for us
        self._middleware(asked, _ignore)
        if asked.get(USER_STATUS) != CONFIRMED:
            return None
        # A service's token that proves nothing spoils the user's, whose access rules are not read.
        if asked.get(SERVICE_STATUS, CONFIRMED) != CONFIRMED:
            return None
        proof = asked["keystone.token_auth"]
        return _caller(proof.user, proof.service)


def _caller(user: Any, service: Any) -> Caller:
    """Return a user without roles where they are of neither a project nor the whole system.

    With the token of a service the user's may have expired before, and is as good as that one.
    """
    roles = user.role_names if user.project_scoped or user.system_scoped else ()
    system = "all" if user.system_scoped else None
    until = max(each.expires for each in (user, service) if each is not None)
    return Caller(
        user.user_id, user.project_id, frozenset(roles), system_scope=system, valid_until=until
    )


class _Middleware(auth_token.AuthProtocol):  # type: ignore[misc]
    """Checks tokens, and has nothing behind it."""

    def __init__(self, conf: ConfigOpts, at_once: int) -> None:
        self._at_once = at_once
        settings = {"oslo_config_config": conf, "delay_auth_decision": True}
        if not (conf[SECTION].memcached_servers or conf[SECTION].cache):
            settings["cache"] = KEPT
        super().__init__(_nothing, settings)

    def _create_identity_server(self) -> "_Patience":
        return _Patience(super()._create_identity_server(), self._at_once)

    def ask(self) -> None:
        """Ask Keystone for its versions."""
        url = getattr(self._auth, "auth_url", None)
        if url is None:  # a way to log in that knows no address asks at none
            return
        try:
            answer = self._session.get(url, authenticated=False, raise_exc=False)
        except ClientException as error:
            raise errors.KeystoneUnavailable("Keystone does not answer; try again later") from error
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise errors.KeystoneUnavailable("Keystone has a fault; try again later")


class _Patience:
    """Keystone, with all that can go wrong there being Unavailable, and nobody's token invalid."""

    def __init__(self, server: Any, at_once: int) -> None:
        self._server = server
        self._turns = threading.BoundedSemaphore(at_once)

    def verify_token(self, token: str, **options: Any) -> Any:
        if not self._turns.acquire(blocking=False):
            raise errors.Crowded("too many requests wait for Keystone; try again later")
        try:
            return self._server.verify_token(token, **options)
        except auth_token.InvalidToken:
            raise
        except Exception as error:
            logger.warning("tokens: Keystone checks none: %s: %s", type(error).__name__, error)
            if isinstance(error, EndpointNotFound):
                self._server.invalidate()
            raise errors.KeystoneUnavailable("Keystone does not answer; try again later") from error
        finally:
            self._turns.release()


class Tokens:
    """The tokens that were seen lately, for all threads: the latest of them where they are many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
            return value if time.monotonic() < until else None

    def set(self, key: str, value: bytes, **seconds: float) -> None:
        """Keep a value, for as many seconds as `time` says."""
        with self._lock:
            self._kept[key] = (time.monotonic() + seconds["time"], value)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


def _nothing(environ: Environ, start_response: Any) -> list[bytes]:
    start_response("204 No Content", [])
    return []


def _ignore(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
    """Take the answer of nothing."""
