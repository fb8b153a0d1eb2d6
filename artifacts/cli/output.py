"""What commands print: aligned text for people, JSON for programs; nothing steers the terminal."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click

from artifacts.cli.settings import Settings
from artifacts.client import Document
from artifacts.client.answers import blob_in
from artifacts.logs import printable
from artifacts.terminal.cells import cell


def print_json(document: Any) -> None:
    """Print JSON in which what is not printable is escaped, which leaves it the same JSON."""
    lines = json.dumps(document, indent=2, ensure_ascii=False).split("\n")
    click.echo("\n".join(map(_escaped_in_json, lines)))


def print_table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns as wide as their widest cell, the titles first."""
    cells = [[title.upper() for title in titles], *([cell(value) for value in r] for r in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def print_artifact(settings: Settings, document: Document) -> None:
    """Print one field a line, a dict's keys below it, in the order of the type."""
    if settings.json:
        print_json(document)
        return
    fields = [(printable(name), value) for name, value in document.items()]
    width = max((len(name) for name, _ in fields), default=0)
    for name, value in fields:
        if _is_folder(value):
            click.echo(name)
            for key, item in value.items():
                click.echo(f"  {printable(key)}: {cell(item)}")
        else:
            click.echo(f"{name.ljust(width)}  {cell(value)}".rstrip())


def print_slot(settings: Settings, document: Document, slot: str) -> None:
    """Print what a slot holds now; in JSON the whole artifact."""
    if settings.json:
        print_json(document)
    else:
        click.echo(f"{printable(slot)}: {cell(blob_in(document, slot))}")


def _escaped_in_json(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def _is_folder(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and "external" not in value
