"""Documents as cliff's formatters take them: as they are for programs, in one line for people."""

from collections.abc import Sequence
from typing import Any

from cliff.columns import FormattableColumn

from artifacts.client import Document
from artifacts.terminal.cells import cell

Row = tuple[Any, ...]


class Cell(FormattableColumn[Any]):
    def human_readable(self) -> str:
        return cell(self._value)


def one(document: Document) -> tuple[Row, Row]:
    """Return the names and the values of a document."""
    return tuple(document), tuple(map(_column, document.values()))


def row(document: Document, names: Sequence[str]) -> Row:
    """Return some values of a document."""
    return tuple(_column(document.get(name)) for name in names)


def titles(names: Sequence[str]) -> Row:
    """Write the names of a list's columns as OpenStackClient does."""
    return tuple(name.replace("_", " ").title().replace("Id", "ID") for name in names)


def _column(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else Cell(value)
    return Cell(value) if isinstance(value, dict | list) else value
