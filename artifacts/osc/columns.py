"""Documents as cliff's formatters take them: as they are for programs, in one line for people."""

from collections.abc import Iterable, Sequence
from typing import Any

from cliff.columns import FormattableColumn

from artifacts.client import Document
from artifacts.logs import printable
from artifacts.terminal.cells import cell

Row = tuple[Any, ...]


class Cell(FormattableColumn[Any]):
    def human_readable(self) -> str:
        return cell(self._value)


def one(document: Document) -> tuple[Row, Row]:
    """Return the names and the values of a document."""
    return tuple(map(printable, document)), cells(document.values())


def row(document: Document, names: Sequence[str]) -> Row:
    """Return some values of a document."""
    return cells(document.get(name) for name in names)


def cells(values: Iterable[object]) -> Row:
    """Return values, of which none steers a terminal."""
    return tuple(map(_column, values))


def titles(names: Sequence[str]) -> Row:
    """Write the names of a list's columns as OpenStackClient does."""
    return tuple(name.replace("_", " ").title().replace("Id", "ID") for name in names)


def _column(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else Cell(value)
    return Cell(value) if isinstance(value, dict | list) else value
