"""Answers: statuses, headers and bodies of responses."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from artifacts.api.digests import FIELD_NAMES
from artifacts.api.envelopes import PROBLEM
from artifacts.api.openapi.schemas import TEXT, Json, ref

JSON = "application/json"
# What each refusal means here, in a sentence; docs/api.md tells more.
REFUSALS = {
    400: "The request says something that cannot be.",
    401: "Nobody is known to be asking.",
    403: "The caller may see it, but not do that.",
    404: "There is no such thing, or not for this caller.",
    406: "No such microversion.",
    409: "Somebody else was first.",
    413: "More bytes than a limit allows.",
    415: "The body has another media type than this request takes.",
    416: "No range overlaps the bytes.",
    429: "The project has sent as many requests as it may for now; nothing was done.",
    500: "A fault of the service.",
    503: "The database, a store or Keystone does not answer, or too much is under way.",
    507: "No space is left; nothing was kept.",
}


def header(description: str, *, required: bool = True, **keywords: Any) -> Json:
    return {"description": description, "required": required, "schema": TEXT | keywords}


HEADERS: Json = {
    "X-Openstack-Request-Id": header("Id of the request, for the log.", pattern="^req-"),
    "X-Content-Type-Options": header("Always `nosniff`.", const="nosniff"),
    "X-Frame-Options": header("Always `DENY`.", const="DENY"),
    "Cross-Origin-Resource-Policy": header("Always `same-origin`.", const="same-origin"),
    "Referrer-Policy": header("Always `no-referrer`.", const="no-referrer"),
    "Cache-Control": header("Who may keep the answer."),
    "OpenStack-API-Version": header("The microversion of this answer."),
    "Vary": header("`openstack-api-version`."),
    "Location": header("Where it is: the artifact, or an external blob."),
    "ETag": header("Changes with the content."),
    "Allow": header("Which methods this URL takes."),
    "WWW-Authenticate": header("Where tokens are had.", required=False),
    "Retry-After": header("In how many seconds to try again."),
    "Accept-Ranges": header("Always `bytes`.", const="bytes"),
    "Content-Range": header("Which bytes these are; absent on several parts.", required=False),
    "Content-Disposition": header("A name to save it by."),
    "Content-Security-Policy": header("What a browser may do with it."),
    "Content-MD5": header("MD5 of the blob, in base64.", required=False),
    "X-Openstack-Glare-Content-SHA1": header(
        "SHA-1 of the blob.", required=False, pattern="^[0-9a-f]{40}$"
    ),
    "X-Openstack-Glare-Content-SHA256": header(
        "SHA-256 of the blob.", required=False, pattern="^[0-9a-f]{64}$"
    ),
    "Repr-Digest": header(f"RFC 9530: one of {', '.join(FIELD_NAMES.values())}.", required=False),
}
EVERYWHERE = (
    "X-Openstack-Request-Id",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Content-Security-Policy",
    "Cross-Origin-Resource-Policy",
    "Referrer-Policy",
    "Cache-Control",
)
VERSIONED = ("OpenStack-API-Version", "Vary")
OF_ERRORS = {
    401: ("WWW-Authenticate",),
    416: ("Content-Range",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
DIGESTS = (
    "Content-MD5",
    "X-Openstack-Glare-Content-SHA1",
    "X-Openstack-Glare-Content-SHA256",
    "Repr-Digest",
)
OF_BYTES = (*DIGESTS, "ETag", "Accept-Ranges", "Content-Disposition")


def media(schema: Json, *types: str) -> Json:
    return {each: {"schema": schema} for each in types or (JSON,)}


def answer(description: str, content: Json | None = None, headers: Iterable[str] = ()) -> Json:
    """Describe an answer under a microversion."""
    return plain(description, content, (*VERSIONED, *headers))


def plain(description: str, content: Json | None = None, headers: Iterable[str] = ()) -> Json:
    """Describe an answer that no microversion changes."""
    told = {each: {"$ref": f"#/components/headers/{each}"} for each in (*EVERYWHERE, *headers)}
    return {"description": description, "headers": told} | ({"content": content} if content else {})


def refusals(*statuses: int) -> Json:
    return {str(each): {"$ref": f"#/components/responses/{_name(each)}"} for each in statuses}


def components(prefix: str = "") -> Json:
    """Return every refusal; with *prefix*, as HEAD answers it: without its body."""
    content = None if prefix else media(ref("error")) | media(ref("problem"), PROBLEM)
    return {
        prefix + _name(each): plain(text, content, OF_ERRORS.get(each, ()))
        for each, text in REFUSALS.items()
    }


def without_body(responses: Json) -> Json:
    """Return what HEAD answers where GET answers *responses*."""
    return {
        status: {"$ref": each["$ref"].replace("responses/", f"responses/{HEAD}")}
        if "$ref" in each
        else {name: part for name, part in each.items() if name != "content"}
        for status, each in responses.items()
    }


HEAD = "Head"


def _name(status: int) -> str:
    return HTTPStatus(status).name.title().replace("_", "")
