"""The access log: a line for each time that somebody asked for the bytes of a blob."""

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import falcon

from artifacts import logs
from artifacts.api.blobs import Slot
from artifacts.api.sent import counted

logger = logging.getLogger("artifacts.access")

_PLAIN = re.compile(r"[A-Za-z0-9_.:/@+,-]*[A-Za-z0-9_.:/@+,][A-Za-z0-9_.:/@+,-]*")


class AccessLog:
    """Writes the line when the answer has ended: who got what, and how much of it.

    *address* says where a request came from.
    """

    def __init__(self, address: Callable[[falcon.Request], str]) -> None:
        self._address = address

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.context.begun = time.monotonic()

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, params: dict[str, Any]
    ) -> None:
        if isinstance(resource, Slot) and req.method in ("GET", "HEAD"):
            req.context.wanted = dict(params)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, succeeded: bool
    ) -> None:
        if not hasattr(req.context, "wanted"):
            return
        told, id, begun = self._told(req, resp), logs.request_id.get(), req.context.begun

        def ended(sent: int) -> None:
            token = logs.request_id.set(id)
            taken = f"{time.monotonic() - begun:.3f}"
            line = {**told, "sent": str(sent), "seconds": taken}
            logger.info("%s", _line(line), extra={"fields": line})
            logs.request_id.reset(token)

        if resp.stream is None:
            ended(0)
        else:
            resp.stream = counted(resp.stream, ended, by_socket="gunicorn.socket" in req.env)

    def _told(self, req: falcon.Request, resp: falcon.Response) -> dict[str, str | None]:
        wanted, caller = req.context.wanted, req.context.caller
        status = falcon.code_to_http_status(resp.status)[:3]
        return {
            "method": req.method,
            "status": status,
            "type": wanted["type_name"],
            "id": wanted["id"],
            "slot": wanted["path"],
            "user": caller.user,
            "project": caller.project,
            "address": self._address(req) or None,
            "way": getattr(req.context, "way", None) if status[0] in "23" else None,
            "range": req.get_header("Range") if status in ("206", "416") else None,
            "length": str(resp.content_length or 0) if resp.stream is not None else "0",
        }


def _line(told: Mapping[str, str | None]) -> str:
    return " ".join(f"{name}={_written(value)}" for name, value in told.items())


def _written(value: str | None) -> str:
    """Write a value as it is, or as JSON has it if it could be taken for something else."""
    if value is None:
        return "-"
    return value if _PLAIN.fullmatch(value) else json.dumps(value)
