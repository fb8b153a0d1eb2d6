"""A blob that may be read -> its answer: whole, in parts, unchanged, or elsewhere."""

import secrets
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

import falcon

from artifacts.api import digests, ranges
from artifacts.api.ranges import Part
from artifacts.service.downloads import Opened
from artifacts.stores.base import BLOCK

# What is stored is somebody's file, never a page of this service.
HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
}


def answer(req: falcon.Request, resp: falcon.Response, opened: Opened) -> None:
    digests.write(req, resp, opened.blob)
    if opened.blob.external:
        _elsewhere(resp, opened)
        return
    tag = falcon.ETag(opened.blob.sha256 or "")
    resp.etag = tag.dumps()
    resp.set_headers(HARMLESS)
    resp.set_header("Accept-Ranges", "bytes")
    resp.set_header("Cache-Control", "private, no-cache")  # who may read it can change any time
    resp.set_header("Content-Disposition", _disposition(opened))
    if _unchanged(req, tag):
        resp.status = falcon.HTTP_304
        return
    _send(req, resp, opened, _parts(req, opened, tag))


def _elsewhere(resp: falcon.Response, opened: Opened) -> None:
    resp.status = falcon.HTTP_302
    resp.set_header("Location", opened.blob.url or "")
    resp.content_type = falcon.MEDIA_JSON
    resp.text = ""


def _unchanged(req: falcon.Request, tag: falcon.ETag) -> bool:
    known = req.if_none_match or []
    return any(each == "*" or each == tag for each in known)


def _parts(req: falcon.Request, opened: Opened, tag: falcon.ETag) -> list[Part] | None:
    """Return the parts to send; None for the whole, also if it is not the one known before."""
    known = req.get_header("If-Range")
    if req.method != "GET" or (known is not None and known.strip() != tag.dumps()):
        return None
    return ranges.parse(req.get_header("Range"), opened.blob.size)


def _send(
    req: falcon.Request, resp: falcon.Response, opened: Opened, parts: list[Part] | None
) -> None:
    size = opened.blob.size
    resp.content_type = opened.blob.content_type
    match parts:
        case None:
            _stream(req, resp, opened, Part(0, size))
        case [part]:
            resp.status = falcon.HTTP_206
            resp.set_header("Content-Range", part.content_range(size))
            _stream(req, resp, opened, part)
        case _:
            resp.status = falcon.HTTP_206
            _multipart(resp, opened, parts)


def _stream(req: falcon.Request, resp: falcon.Response, opened: Opened, part: Part) -> None:
    if req.method == "HEAD":
        resp.content_length = part.length
    else:
        resp.set_stream(opened.open(part.start, part.end), part.length)


def _multipart(resp: falcon.Response, opened: Opened, parts: list[Part]) -> None:
    boundary = secrets.token_hex(16)
    size = opened.blob.size
    heads = [
        (
            f"\r\n--{boundary}\r\nContent-Type: {opened.blob.content_type}\r\n"
            f"Content-Range: {part.content_range(size)}\r\n\r\n"
        ).encode()
        for part in parts
    ]
    tail = f"\r\n--{boundary}--\r\n".encode()
    resp.content_type = f"multipart/byteranges; boundary={boundary}"
    resp.content_length = sum(map(len, heads)) + sum(p.length for p in parts) + len(tail)
    first = opened.open(parts[0].start, parts[0].end)  # a store that fails still gets a status
    resp.stream = _bodies(opened, list(zip(heads, parts, strict=True)), first, tail)


def _bodies(
    opened: Opened, parts: list[tuple[bytes, Part]], first: BinaryIO, tail: bytes
) -> Iterator[bytes]:
    for place, (head, part) in enumerate(parts):
        yield head
        with first if place == 0 else opened.open(part.start, part.end) as handle:
            while block := handle.read(BLOCK):
                yield block
    yield tail


def _disposition(opened: Opened) -> str:
    """Write Content-Disposition: a name that is safe in a header and in a folder (RFC 6266)."""
    name = opened.slot.key.rpartition("/")[2] or f"{opened.artifact.name}.{opened.slot.field}"
    safe = "".join(
        each if each.isascii() and (each.isalnum() or each in "._- ") else "_" for each in name
    ).strip(". ")
    plain = f'attachment; filename="{safe or "download"}"'
    spoken = "".join(each if each.isprintable() and each not in "/\\" else "_" for each in name)
    spoken = spoken.lstrip(". ")  # what is no ASCII may stay, what steers a screen may not
    return (
        plain
        if safe == name or not spoken
        else f"{plain}; filename*=UTF-8''{quote(spoken, safe='')}"
    )
