"""Envelopes: the two forms that an error comes in, Glare's and RFC 9457's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import falcon

PROBLEM = "application/problem+json"
TITLES = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Request Entity Too Large"}


@dataclass(frozen=True)
class Fault:
    """What an error says of itself: a status, Glare's name for it, a sentence, and what else."""

    status: HTTPStatus
    name: str
    message: str
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return TITLES.get(self.status, self.status.phrase)


def write(req: falcon.Request, resp: falcon.Response, fault: Fault) -> None:
    """Answer *fault* as Glare's clients read it, or as RFC 9457 has it where Accept names that."""
    resp.stream = None
    resp.status = fault.status
    if _asks_for_problem(req):
        resp.content_type = PROBLEM
        resp.media = _problem(req, fault)
    else:
        resp.content_type = falcon.MEDIA_JSON
        resp.media = _glare(fault)


def _asks_for_problem(req: falcon.Request) -> bool:
    """Whether Accept names the type itself: `*/*` is what clients send that know no such thing."""
    accept = (req.get_header("Accept") or "").lower()
    if PROBLEM not in accept:
        return False
    try:
        return falcon.mediatypes.quality(PROBLEM, accept) > 0
    except falcon.InvalidMediaRange:
        return False


def _glare(fault: Fault) -> dict[str, Any]:
    return {
        "code": fault.status.value,
        "title": fault.title,
        "explanation": fault.status.description or fault.status.phrase,
        "error": {"message": fault.message, "type": fault.name},
        **fault.more,
    }


def _problem(req: falcon.Request, fault: Fault) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": fault.title,
        "status": fault.status.value,
        "detail": fault.message,
        "name": fault.name,
        "request_id": req.context.request_id,
        **fault.more,
    }
