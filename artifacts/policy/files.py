"""The files that put other rules in the place of the code's."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from oslo_policy import policy

from artifacts.errors import Misconfigured

SUFFIXES = (".yaml", ".yml")

Fingerprint = tuple[tuple[Path, int, int, int], ...]


def look(paths: Sequence[Path]) -> Fingerprint:
    """Return the files that *paths* are or hold, and of each what is another once it changes."""
    try:
        stats = [(path, path.stat()) for path in _listed(paths)]
    except OSError as error:
        raise Misconfigured(f"{error.filename}: cannot be read: {error.strerror}") from error
    return tuple((path, stat.st_ino, stat.st_size, stat.st_ctime_ns) for path, stat in stats)


def _listed(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        yield from (each for each in inside if not each.name.startswith(".") and each.is_file())


def rested(seen: Fingerprint, seconds: float) -> bool:
    """Whether nobody seems to be writing any of the files."""
    now = time.time()
    return not any(0 <= now - changed / 1e9 < seconds for *_, changed in seen)


def read(seen: Fingerprint) -> dict[Any, Any]:
    """Return the rules of all files, those of later ones before those of earlier ones."""
    rules: dict[Any, Any] = {}
    for path, *_ in seen:
        rules |= _read(path)
    return rules


def _read(path: Path) -> dict[Any, Any]:
    if path.suffix not in SUFFIXES:
        raise Misconfigured(f"{path}: the name of a policy file must end in .yaml")
    try:
        found: Any = policy.parse_file_contents(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misconfigured(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise Misconfigured(f"{path}: must be YAML{_place(error)}") from error
    if not isinstance(found, dict):
        raise Misconfigured(f"{path}: must be a mapping of rules by name")
    return found


def _place(error: ValueError) -> str:
    """Say where in the file YAML ends; oslo.policy keeps that in what it translated."""
    mark = getattr(error.__context__, "problem_mark", None)
    return f", which ends at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
