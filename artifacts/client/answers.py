"""Answers read into documents: never more of one than makes sense, and with the parts it must have.

Whoever answers is not trusted: a body may be endless, and a document may hold anything.
"""

import json
from typing import Any, TypeAlias, TypeGuard, TypeVar

from urllib3.response import BaseHTTPResponse

from artifacts.client.digests import Expected, is_sha256
from artifacts.client.errors import NotUnderstood

Document: TypeAlias = dict[str, Any]
Part = TypeVar("Part")

MOST_OF_A_DOCUMENT = 64 * 1024 * 1024
MOST_OF_A_REFUSAL = 64 * 1024
_LARGEST_SIZE = 2**63


def document(answer: BaseHTTPResponse) -> Document:
    """Read the JSON object that is the answer's body; empty when there is none, or null."""
    told = _json(answer)
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise NotUnderstood("the answer is no JSON object; is this an artifact service?")
    return told


def document_list(answer: BaseHTTPResponse) -> list[Document]:
    """Read the list of nothing but JSON objects that is the answer's body."""
    told = _json(answer)
    if not isinstance(told, list) or not all(isinstance(item, dict) for item in told):
        raise NotUnderstood("the answer is no list of JSON objects; is this an artifact service?")
    return told


def refusal_body(answer: BaseHTTPResponse) -> bytes:
    """Read what tells of an error; nothing when it is longer than anybody would tell it."""
    return _body(answer, MOST_OF_A_REFUSAL) or b""


def part(told: Document, name: str, kind: type[Part]) -> Part:
    """Take what every answer of its kind has; its absence shows that this is another service."""
    value = told.get(name)
    if not isinstance(value, kind):
        raise NotUnderstood(f"the answer has no {name!r}; is this an artifact service?")
    return value


def documents(told: Document, name: str) -> list[Document]:
    """Take a part that is a list of nothing but documents."""
    found = part(told, name, list)
    if not all(isinstance(item, dict) for item in found):
        raise NotUnderstood(f"the answer's {name!r} are not all JSON objects")
    return found


def documents_by_name(told: Document, name: str) -> dict[str, Document]:
    """Take a part that names nothing but documents."""
    found = part(told, name, dict)
    if not all(isinstance(item, dict) for item in found.values()):
        raise NotUnderstood(f"the answer's {name!r} are not all JSON objects")
    return found


def blob_in(artifact: Document, slot: str) -> Document:
    """What an artifact's document says of the blob in *slot*; empty when there is none."""
    field, slash, key = slot.partition("/")
    held = artifact.get(field)
    if slash and isinstance(held, dict):
        held = held.get(key)
    return held if isinstance(held, dict) else {}


def recorded(artifact: Document, slot: str) -> Expected:
    """What the bytes in *slot* must be, as far as the document says it in a way to check."""
    blob = blob_in(artifact, slot)
    size, sha256 = blob.get("size"), blob.get("sha256")
    return Expected(
        size if is_size(size) else None, {"sha256": sha256} if is_sha256(sha256) else {}
    )


def is_size(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < _LARGEST_SIZE


def _json(answer: BaseHTTPResponse) -> Any:
    body = _body(answer, MOST_OF_A_DOCUMENT)
    if body is None:
        raise NotUnderstood(f"the answer is longer than {MOST_OF_A_DOCUMENT} bytes")
    try:
        return json.loads(body or b"null")
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("the answer is no JSON; is this an artifact service?") from error


def _body(answer: BaseHTTPResponse, most: int) -> bytes | None:
    """Read the whole body as it came, which frees the connection; None if it is longer."""
    body = answer.read(most + 1, decode_content=False)
    if len(body) > most:
        answer.close()
        return None
    return body
