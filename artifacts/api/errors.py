"""Errors -> statuses: the one table."""

import logging
import math
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import falcon

from artifacts import errors
from artifacts.api import envelopes, versions
from artifacts.api.envelopes import Fault
from artifacts.api.middleware import SAFE

logger = logging.getLogger(__name__)

# Falcon picks the most specific class, so only what differs from its base needs a row.
STATUS: dict[type[errors.ArtifactsError], tuple[HTTPStatus, str]] = {
    errors.Invalid: (HTTPStatus.BAD_REQUEST, "BadRequest"),
    errors.InvalidParameter: (HTTPStatus.BAD_REQUEST, "InvalidParameterValue"),
    errors.Unauthenticated: (HTTPStatus.UNAUTHORIZED, "Unauthorized"),
    errors.Forbidden: (HTTPStatus.FORBIDDEN, "Forbidden"),
    errors.PolicyForbids: (HTTPStatus.FORBIDDEN, "PolicyException"),
    errors.NotFound: (HTTPStatus.NOT_FOUND, "NotFound"),
    errors.TypeNotFound: (HTTPStatus.NOT_FOUND, "TypeNotFound"),
    errors.ArtifactNotFound: (HTTPStatus.NOT_FOUND, "ArtifactNotFound"),
    errors.UnsupportedVersion: (HTTPStatus.NOT_ACCEPTABLE, "InvalidGlobalAPIVersion"),
    errors.Conflict: (HTTPStatus.CONFLICT, "Conflict"),
    errors.TooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLarge"),
    errors.UnsupportedMediaType: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType"),
    errors.RangeNotSatisfiable: (
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        "RequestRangeNotSatisfiable",
    ),
    errors.TooManyRequests: (HTTPStatus.TOO_MANY_REQUESTS, "TooManyRequests"),
    errors.StoreFull: (HTTPStatus.INSUFFICIENT_STORAGE, "StorageFull"),
    errors.Unavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable"),
}
OURS = (errors.Unavailable, errors.StoreFull)  # which the operator must hear of, not the caller's
KEPT = frozenset({"x-openstack-request-id"})  # of the headers that were set before the error
NOTHING: Mapping[str, str] = MappingProxyType({})


def install(app: falcon.App[Any, Any]) -> None:
    """Let *app* answer every error with its status, in one envelope."""
    for error, (status, name) in STATUS.items():
        app.add_error_handler(error, _handler(status, name))
    app.add_error_handler(Exception, _unexpected)
    app.add_error_handler(falcon.HTTPError, _of_router)


def _handler(status: HTTPStatus, name: str) -> Any:
    def answer(req: falcon.Request, resp: falcon.Response, error: Any, params: Any) -> None:
        req.context.refusal = error
        if isinstance(error, OURS) and not isinstance(error, errors.Crowded):
            logger.error("%s %s: %s", req.method, req.path, _with_causes(error))
        fault = Fault(status, name, str(error), _more(error))
        _answer(req, resp, fault, _headers(req, error))

    return answer


def _of_router(
    req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, params: Any
) -> None:
    status = HTTPStatus(error.status_code)
    name = status.phrase.replace(" ", "")
    message = error.description or f"{req.method}: {status.phrase.lower()}"
    _answer(req, resp, Fault(status, name, message), dict(error.headers or {}))


def _unexpected(req: falcon.Request, resp: falcon.Response, error: Exception, params: Any) -> None:
    logger.error("%s %s failed", req.method, req.path, exc_info=error)
    message = f"this is a fault of the service, logged under {req.context.request_id}"
    _answer(req, resp, Fault(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalServerError", message))


def _headers(req: falcon.Request, error: Exception) -> dict[str, str]:
    match error:
        case errors.RangeNotSatisfiable(size=size):
            return {"Content-Range": f"bytes */{size}"}
        case errors.Unauthenticated() if hasattr(req.context, "challenge"):
            return {"WWW-Authenticate": req.context.challenge}
        case errors.TooManyRequests(wait=wait):
            return {"Retry-After": str(max(1, math.ceil(wait)))}
        case errors.Unavailable():
            return {"Retry-After": "5"}
    return {}


def _more(error: Exception) -> dict[str, str]:
    """Return what the envelope says besides."""
    if not isinstance(error, errors.UnsupportedVersion):
        return {}
    oldest, newest = versions.text(versions.OLDEST), versions.text(versions.NEWEST)
    return {"min_version": oldest, "max_version": newest}


def _with_causes(error: Exception) -> str:
    """Name what is behind an error, but not in its words: those of a driver may hold a password."""
    names = []
    cause = error.__cause__
    while cause is not None:
        names.append(type(cause).__name__)
        cause = cause.__cause__
    return f"{error} ({' from '.join(names)})" if names else str(error)


def _answer(
    req: falcon.Request,
    resp: falcon.Response,
    fault: Fault,
    headers: Mapping[str, str] = NOTHING,
) -> None:
    """Answer an error, and forget what else the answer would have said of itself."""
    for each in resp.headers.keys() - KEPT:
        resp.delete_header(each)
    resp.set_headers({**SAFE, **headers})
    envelopes.write(req, resp, fault)
