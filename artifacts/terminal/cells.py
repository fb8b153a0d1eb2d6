"""Values as people are shown them: in one line, in which nothing steers the terminal."""

import json
from collections.abc import Mapping
from typing import Any

from artifacts.client.answers import is_size
from artifacts.logs import printable

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return str(value).lower()
        case {"size": size, "external": bool()} if size is None or is_size(size):
            return _blob(value)  # type: ignore[arg-type]
        case dict() | list():
            return printable(json.dumps(value, ensure_ascii=False)) if value else "-"
    return printable(str(value))


def human_size(size: int | None) -> str:
    if size is None:
        return "unknown size"
    amount = float(size)
    for unit in _UNITS:
        if amount < 1024 or unit == _UNITS[-1]:
            break
        amount /= 1024
    return f"{size} B" if unit == "B" else f"{amount:.1f} {unit}"


def _blob(blob: Mapping[str, Any]) -> str:
    where = f" at {blob.get('url')}" if blob["external"] else ""
    sha256 = f", sha256 {blob['sha256']}" if blob.get("sha256") else ""
    return printable(f"{human_size(blob['size'])}{where}{sha256}")
