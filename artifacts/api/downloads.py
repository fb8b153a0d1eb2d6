"""A blob that may be read -> its answer: whole, in parts, unchanged, or by somebody else."""

import secrets
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

import falcon

from artifacts.api import digests, ranges
from artifacts.api.accel import Accel
from artifacts.api.ranges import Part
from artifacts.model.blob import OCTETS
from artifacts.service.downloads import Opened
from artifacts.stores.base import BLOCK
from artifacts.stores.pools import ACCEL, PROXY, REDIRECT

# What is stored is somebody's file, never a page of this service.
HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
}
# Whoever else sends the bytes would compare these with a tag and a time of its own.
CONDITIONS = ("If-Range", "If-Match", "If-Modified-Since", "If-Unmodified-Since")
EXTERNAL = "external"


def answer(req: falcon.Request, resp: falcon.Response, opened: Opened, accel: Accel | None) -> None:
    """Answer with the blob, or say who does; the access log is told which of it."""
    digests.write(req, resp, opened.blob)
    if opened.blob.external:
        _elsewhere(req, resp, EXTERNAL, opened.blob.url or "")
        return
    tag = falcon.ETag(opened.blob.sha256 or "")
    unchanged = _unchanged(req, tag)
    parts = None if unchanged else _parts(req, opened, tag)
    by_others = not unchanged and _plain(req, parts)
    if by_others and (link := opened.link(_named(opened))):
        _elsewhere(req, resp, REDIRECT, link)
        return
    resp.etag = tag.dumps()
    resp.set_headers(HARMLESS)
    resp.set_header("Accept-Ranges", "bytes")
    resp.set_header("Cache-Control", "private, no-cache")  # who may read it can change any time
    resp.set_header("Content-Disposition", _disposition(opened))
    if unchanged:
        resp.status = falcon.HTTP_304
    elif by_others and accel and accel.knows(req) and (file := opened.file()):
        _accelerate(req, resp, opened, accel.path(*file))
    else:
        _send(req, resp, opened, parts)


def _elsewhere(req: falcon.Request, resp: falcon.Response, way: str, url: str) -> None:
    req.context.way = way
    resp.status = falcon.HTTP_302
    resp.set_header("Location", url)
    resp.content_type = falcon.MEDIA_JSON
    resp.text = ""


def _accelerate(req: falcon.Request, resp: falcon.Response, opened: Opened, path: str) -> None:
    """Let nginx send the file, and the range of it that the request asks for."""
    req.context.way = ACCEL
    resp.set_header("X-Accel-Redirect", path)
    resp.content_type = opened.blob.content_type
    resp.text = ""


def _plain(req: falcon.Request, parts: list[Part] | None) -> bool:
    """Whether everybody understands what is asked for as the service does: the whole, or a part."""
    asked = req.get_header("Range")
    if req.method != "GET" or any(req.get_header(name) is not None for name in CONDITIONS):
        return False
    return asked is None or (parts is not None and "," not in asked)


def _named(opened: Opened) -> dict[str, str]:
    """Return what says how the bytes are named, whoever sends them."""
    content_type = opened.blob.content_type or OCTETS
    return {"Content-Type": content_type, "Content-Disposition": _disposition(opened)}


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
            _multipart(req, resp, opened, parts)


def _stream(req: falcon.Request, resp: falcon.Response, opened: Opened, part: Part) -> None:
    if req.method == "HEAD":
        resp.content_length = part.length
    else:
        req.context.way = PROXY
        resp.set_stream(opened.open(part.start, part.end), part.length)


def _multipart(
    req: falcon.Request, resp: falcon.Response, opened: Opened, parts: list[Part]
) -> None:
    req.context.way = PROXY
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
