"""Errors -> statuses: the one table, and the envelope that every error comes in."""

import logging
from http import HTTPStatus
from typing import Any

import falcon

from artifacts import errors
from artifacts.api import versions

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
    errors.StoreFull: (HTTPStatus.INSUFFICIENT_STORAGE, "StorageFull"),
    errors.Unavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable"),
}
TITLES = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Request Entity Too Large"}


def install(app: falcon.App[Any, Any]) -> None:
    """Let *app* answer every error with its status, in one envelope."""
    for error, (status, name) in STATUS.items():
        app.add_error_handler(error, _handler(status, name))
    app.add_error_handler(Exception, _unexpected)
    app.add_error_handler(falcon.HTTPError, _of_router)


def _handler(status: HTTPStatus, name: str) -> Any:
    def answer(req: falcon.Request, resp: falcon.Response, error: Any, params: Any) -> None:
        extra: dict[str, Any] = {}
        match error:
            case errors.UnsupportedVersion():
                extra["min_version"] = versions.text(versions.OLDEST)
                extra["max_version"] = versions.text(versions.NEWEST)
            case errors.RangeNotSatisfiable(size=size):
                resp.set_header("Content-Range", f"bytes */{size}")
            case errors.Unavailable():
                resp.set_header("Retry-After", "5")
        _answer(resp, status, name, str(error), extra)

    return answer


def _of_router(
    req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, params: Any
) -> None:
    for header, value in dict(error.headers or {}).items():
        resp.set_header(header, value)
    status = HTTPStatus(error.status_code)
    name = status.phrase.replace(" ", "")
    _answer(resp, status, name, error.description or f"{req.method} {status.phrase.lower()}", {})


def _unexpected(req: falcon.Request, resp: falcon.Response, error: Exception, params: Any) -> None:
    logger.error("%s %s failed", req.method, req.path, exc_info=error)
    message = f"this is a fault of the service, logged under {req.context.request_id}"
    _answer(resp, HTTPStatus.INTERNAL_SERVER_ERROR, "InternalServerError", message, {})


def _answer(
    resp: falcon.Response, status: HTTPStatus, name: str, message: str, extra: dict[str, Any]
) -> None:
    resp.status = status
    resp.stream = None
    resp.content_type = falcon.MEDIA_JSON
    resp.media = {
        "code": status.value,
        "title": TITLES.get(status, status.phrase),
        "explanation": status.description or status.phrase,
        "error": {"message": message, "type": name},
        **extra,
    }
