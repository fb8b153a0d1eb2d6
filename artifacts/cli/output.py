"""What commands print: aligned text for people, JSON for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from artifacts.cli.settings import Settings
from artifacts.client import Document

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def print_table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns as wide as their widest cell, the titles first."""
    cells = [[title.upper() for title in titles], *([_cell(value) for value in r] for r in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def print_artifact(settings: Settings, document: Document) -> None:
    """Print one field a line, a dict's keys below it, in the order of the type."""
    if settings.json:
        print_json(document)
        return
    width = max(map(len, document))
    for name, value in document.items():
        if _is_folder(value):
            click.echo(name)
            for key, item in value.items():
                click.echo(f"  {printable(key)}: {_cell(item)}")
        else:
            click.echo(f"{name.ljust(width)}  {_cell(value)}".rstrip())


def print_slot(settings: Settings, document: Document, slot: str) -> None:
    """Print what a slot holds now; in JSON the whole artifact."""
    if settings.json:
        print_json(document)
        return
    field, _, key = slot.partition("/")
    click.echo(f"{printable(slot)}: {_cell(document[field][key] if key else document[field])}")


def human_size(size: int | None) -> str:
    if size is None:
        return "unknown size"
    amount = float(size)
    for unit in _UNITS:
        if amount < 1024 or unit == _UNITS[-1]:
            break
        amount /= 1024
    return f"{size} B" if unit == "B" else f"{amount:.1f} {unit}"


def printable(text: str) -> str:
    """Show control characters instead of letting other people's text steer the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return str(value).lower()
        case {"size": _, "external": _}:
            return _blob(value)  # type: ignore[arg-type]
        case dict() | list():
            return printable(json.dumps(value, ensure_ascii=False)) if value else "-"
    return printable(str(value))


def _is_folder(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and "external" not in value


def _blob(blob: Mapping[str, Any]) -> str:
    where = f" at {blob['url']}" if blob["external"] else ""
    sha256 = f", sha256 {blob['sha256']}" if blob.get("sha256") else ""
    return printable(f"{human_size(blob['size'])}{where}{sha256}")
