"""Protections: which fields, and which keys of dicts and folders, are kept to some callers.

A type says it of its own fields, and a file of the fields of any type.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifacts.errors import Misconfigured
from artifacts.model import Artifact, Types, patterns, protection
from artifacts.policy import protection_files
from artifacts.policy.protection_files import READ, WRITE, Entry

_ADMIN = "rule:context_is_admin"


@dataclass(frozen=True)
class Protection:
    """A field, or what matches of its keys, with the names of the rules that open it."""

    type_name: str
    field: str
    keys: str | None = None  # a regular expression
    read: str | None = None
    write: str | None = None


@dataclass(frozen=True)
class Protections:
    """Each of them, by the type that it is of, and what their rules say."""

    by_type: Mapping[str, tuple[Protection, ...]]
    rules: Mapping[str, str]


NO_PROTECTIONS = Protections({}, {})


def find(types: Types, files: Iterable[Path] = ()) -> Protections:
    """Return what types and files protect; raise Misconfigured if one cannot be protected so."""
    by_type: dict[str, list[Protection]] = {}
    rules: dict[str, str] = {}
    keyed: dict[tuple[str, str], str] = {}
    declared = (entry for each in types.values() for entry in _declared(each))
    written = (entry for path in files for entry in protection_files.read(path, types))
    for entry in (*declared, *written):
        by_type.setdefault(entry.type_name, []).append(_made(entry))
        rules |= {_rule(entry.where, option): _check(who) for option, who in entry.names.items()}
        if entry.keys is not None:
            keyed[entry.type_name, entry.field] = entry.where
    for (type_name, field), where in keyed.items():
        _check_size(where, (each for each in by_type[type_name] if each.field == field))
    return Protections({name: tuple(each) for name, each in by_type.items()}, rules)


def about(several: Iterable[Protection]) -> Any:
    """Return what matches the keys that any of *several* is about; raise ValueError if too large.

    One expression, since a caller chooses how many keys there are to be compared to all.
    """
    alternatives = "|".join(f"(?:{each.keys})" for each in several if each.keys is not None)
    return patterns.compiled(f"(?s){alternatives}")


def _declared(artifact_type: type[Artifact]) -> Iterator[Entry]:
    for field in artifact_type.fields.values():
        names = {READ: field.read, WRITE: field.write}
        names = {option: each for option, each in names.items() if each}
        if names:
            where = f"artifact type {artifact_type.type_name}, field {field.name}"
            yield Entry(where, artifact_type.type_name, field.name, names)


def _check_size(where: str, several: Iterable[Protection]) -> None:
    """Raise Misconfigured if all patterns of a field, as some caller may meet them, are too large.

    Parts of them, which others meet, are smaller.
    """
    try:
        about(several)
    except ValueError:
        raise Misconfigured(f"{where}: with this, the patterns of keys are too large") from None


def _made(entry: Entry) -> Protection:
    rules = {option: _rule(entry.where, option) for option in entry.names}
    return Protection(entry.type_name, entry.field, entry.keys, **rules)


def _rule(where: str, option: str) -> str:
    return f"{where}: {option}"


def _check(names: Iterable[str]) -> str:
    """Return in the language of rules who is named; admins always are."""
    alone = (protection.EVERYBODY, protection.NOBODY, protection.RULE)
    said = [name if name.startswith(alone) else f"role:{name}" for name in names]
    return " or ".join([_ADMIN, *said])
