"""Who is asking: identity headers -> Caller, in the way that the operator chose."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import falcon

from artifacts import errors
from artifacts.caller import Caller

LONGEST_NAME = 255
USER_TOKENS = ("X-Auth-Token", "X-Storage-Token")
SERVICE_TOKEN = "X-Service-Token"  # noqa: S105 - the name of a header

_TOKEN = re.compile(r"[!-~]{1,8190}")

Holder = Callable[[dict[str, Any]], Caller | None]


class Identify(Protocol):
    """Return who sends a request, or raise Unauthenticated."""

    def __call__(self, req: falcon.Request) -> Caller: ...


class NoAuthentication:
    """One local user, who is the admin of the project `local`."""

    def __call__(self, req: falcon.Request) -> Caller:
        return Caller("local", "local", frozenset({"admin"}), req.context.request_id)


class Tokens:
    """Believe what *holder* says of a request's token, and nothing that the request says itself."""

    def __init__(self, holder: Holder, *, anonymous: bool, challenge: str) -> None:
        self._holder = holder
        self._anonymous = anonymous
        self._challenge = challenge

    def __call__(self, req: falcon.Request) -> Caller:
        req.context.challenge = self._challenge
        if not _sent(req, *USER_TOKENS):
            if self._anonymous:
                return _nobody(req)
            raise errors.Unauthenticated("authentication is required")
        tokens = _sent(req, *USER_TOKENS, SERVICE_TOKEN)
        if all(_TOKEN.fullmatch(token.strip()) for token in tokens):
            holder = self._holder(req.env)
            if holder is not None:
                return replace(holder, request_id=req.context.request_id)
        raise errors.Unauthenticated("the token is not valid, or has expired")


def nobody(environ: dict[str, Any]) -> None:
    """Know of no token whose it is."""


class Headers:
    """Believe the identity headers of a request as they are sent."""

    def __init__(self, *, anonymous: bool) -> None:
        self._anonymous = anonymous

    def __call__(self, req: falcon.Request) -> Caller:
        if req.get_header("X-Identity-Status") == "Confirmed":
            return self._confirmed(req)
        if self._anonymous and not _sent(req, *USER_TOKENS):
            return _nobody(req)
        raise errors.Unauthenticated("authentication is required")

    def _confirmed(self, req: falcon.Request) -> Caller:
        roles = req.get_header("X-Roles") or req.get_header("X-Role") or ""
        return Caller(
            _named(req, "X-User-Id"),
            _named(req, "X-Project-Id", "X-Tenant-Id", "X-Tenant"),
            frozenset(role.strip() for role in roles.split(",") if role.strip()),
            req.context.request_id,
        )


def _sent(req: falcon.Request, *headers: str) -> list[str]:
    """Return what those of *headers* say that are there.

    A token that proves nothing is no wish to be nobody: that would hide what is the caller's.
    """
    return [value for name in headers if (value := req.get_header(name)) is not None]


def _nobody(req: falcon.Request) -> Caller:
    return Caller(None, None, frozenset(), req.context.request_id, read_only=True)


def _named(req: falcon.Request, *headers: str) -> str | None:
    """Return the first of *headers* that says something."""
    for header in headers:
        if value := req.get_header(header):
            if len(value) > LONGEST_NAME:
                raise errors.Invalid(f"{header}: must be at most {LONGEST_NAME} characters")
            return value
    return None
