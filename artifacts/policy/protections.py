"""Protections: which fields, and which keys of dicts and folders, are kept to some callers.

A type says it of its own fields. A file says it of the fields of any type:

    [images/min_ram]                who may not write it, may read it
    write = admin
    [images/properties/billing_*]   keys of a dict, by a pattern
    read = admin, rule:accountant
    [*/metadata/billing_*]          of every type that has the field
    read = !
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from configparser import (
    ConfigParser,
    DuplicateOptionError,
    DuplicateSectionError,
    MissingSectionHeaderError,
    ParsingError,
)
from configparser import Error as Unreadable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifacts.errors import Misconfigured
from artifacts.model import Artifact, Field, Types, patterns, protection

EVERY_TYPE = "*"
READ, WRITE = "read", "write"

_SECTION = re.compile(r"(\*|[a-z0-9_]+)/([a-z0-9_]+)(?:/(.+))?")
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
    declared = (found for each in types.values() for found in _declared(each))
    written = (found for path in files for found in _written(path, types))
    for where, made, names in (*declared, *written):
        by_type.setdefault(made.type_name, []).append(made)
        rules |= {_rule(where, option): _check(names[option]) for option in names}
        if made.keys is not None:
            keyed[made.type_name, made.field] = where
    for (type_name, field), where in keyed.items():
        _check_size(where, (each for each in by_type[type_name] if each.field == field))
    return Protections({name: tuple(each) for name, each in by_type.items()}, rules)


def about(several: Iterable[Protection]) -> Any:
    """Return what matches the keys that any of *several* is about; raise ValueError if too large.

    One expression, since a caller chooses how many keys there are to be compared to all.
    """
    alternatives = "|".join(f"(?:{each.keys})" for each in several if each.keys is not None)
    return patterns.compiled(f"(?s){alternatives}")


Found = tuple[str, Protection, Mapping[str, tuple[str, ...]]]


def _declared(artifact_type: type[Artifact]) -> Iterator[Found]:
    for field in artifact_type.fields.values():
        names = {READ: field.read, WRITE: field.write}
        names = {option: each for option, each in names.items() if each}
        if names:
            where = f"artifact type {artifact_type.type_name}, field {field.name}"
            yield where, _make(where, artifact_type.type_name, field.name, names), names


def _written(path: Path, types: Types) -> Iterator[Found]:
    parser = _parsed(path)
    for section in parser.sections():
        where = f"{path}: [{section}]"
        names = _names(where, parser[section])
        for type_name, field, keys in _places(where, section, types):
            try:
                protection.check(field, read=READ in names, write=WRITE in names)
            except ValueError as wrong:
                raise Misconfigured(f"{where}: {wrong}") from None
            yield where, _make(where, type_name, field.name, names, keys), names


def _check_size(where: str, several: Iterable[Protection]) -> None:
    """Raise Misconfigured if all patterns of a field, as some caller may meet them, are too large.

    Parts of them, which others meet, are smaller.
    """
    try:
        about(several)
    except ValueError:
        raise Misconfigured(f"{where}: with this, the patterns of keys are too large") from None


def _make(
    where: str, type_name: str, field: str, names: Iterable[str], keys: str | None = None
) -> Protection:
    rules = {option: _rule(where, option) for option in names}
    return Protection(type_name, field, keys, **rules)


def _rule(where: str, option: str) -> str:
    return f"{where}: {option}"


def _check(names: Iterable[str]) -> str:
    """Return in the language of rules who is named; admins always are."""
    alone = (protection.EVERYBODY, protection.NOBODY, protection.RULE)
    said = [name if name.startswith(alone) else f"role:{name}" for name in names]
    return " or ".join([_ADMIN, *said])


class _Sections(ConfigParser):
    """Takes a line for the name of a section if nothing follows it, which might be meant too."""

    SECTCRE = re.compile(r"\[(?P<header>.+)\]$")


def _parsed(path: Path) -> ConfigParser:
    parser = _Sections(delimiters=("=",), default_section="", interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Misconfigured(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Misconfigured(f"{path}: must be UTF-8") from error
    except Unreadable as error:
        raise Misconfigured(f"{path}: {_sentence(error)}") from error
    return parser


def _sentence(error: Unreadable) -> str:
    match error:
        case DuplicateSectionError(section=section, lineno=line):
            return f"[{section}]: is there twice, again in line {line}"
        case DuplicateOptionError(section=section, option=option, lineno=line):
            return f"[{section}]: {option} is there twice, again in line {line}"
        case MissingSectionHeaderError(lineno=line):
            return f"line {line}: must be below a section"
        case ParsingError(errors=[(line, _), *_]):
            return f"line {line}: must be [TYPE/FIELD], or read or write = ..."
    return "cannot be read as sections with options"


def _names(where: str, section: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    if unknown := sorted(section.keys() - {READ, WRITE}):
        raise Misconfigured(f"{where}: there is no option {unknown[0]}, only read and write")
    if not section:
        raise Misconfigured(f"{where}: must say who may read or write")
    names = {
        option: tuple(each.strip() for each in section[option].split(",")) for option in section
    }
    for option, each in names.items():
        if not protection.are_names(each):
            raise Misconfigured(
                f"{where}: {option}: must be roles, rule:NAME, @ or !, with commas between them"
            )
    return names


def _places(where: str, section: str, types: Types) -> Sequence[tuple[str, Field, str | None]]:
    """Return what a section is about: in each type the field, and a pattern of its keys."""
    read = _SECTION.fullmatch(section)
    if read is None:
        raise Misconfigured(f"{where}: must be TYPE/FIELD or TYPE/FIELD/KEYS; * is every type")
    type_name, name, keys = read.groups()
    if type_name != EVERY_TYPE and type_name not in types:
        raise Misconfigured(f"{where}: there is no type {type_name}")
    among = types.values() if type_name == EVERY_TYPE else [types[type_name]]
    fields = [(each.type_name, each.fields[name]) for each in among if name in each.fields]
    if not fields:
        raise Misconfigured(f"{where}: there is no field {name}")
    if keys is None:
        return [(of, field, None) for of, field in fields]
    keyed = [(of, field, _glob(keys)) for of, field in fields if field.is_dict or field.is_folder]
    if not keyed:
        raise Misconfigured(f"{where}: {name} has no keys")
    return keyed


def _glob(pattern: str) -> str:
    """Return the expression for what a shell would match: `*` is any text, `?` any character."""
    wild = {"*": ".*", "?": "."}
    return "".join(wild.get(each, re.escape(each)) for each in pattern)
