"""The file that keeps fields, and keys of dicts and folders, to some callers.

A section names what it is about:

    [images/min_ram]                who may not write it, may read it
    write = admin
    [images/properties/billing_*]   keys of a dict, by a pattern
    read = admin, rule:accountant
    [*/metadata/billing_*]          of every type that has the field
    read = !
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from configparser import (
    ConfigParser,
    DuplicateOptionError,
    DuplicateSectionError,
    MissingSectionHeaderError,
    ParsingError,
)
from configparser import Error as Unreadable
from pathlib import Path
from typing import NamedTuple

from artifacts.errors import Misconfigured
from artifacts.model import Field, Types, protection

EVERY_TYPE = "*"
READ, WRITE = "read", "write"

_SECTION = re.compile(r"(\*|[a-z0-9_]+)/([a-z0-9_]+)(?:/(.+))?")


class Entry(NamedTuple):
    """Who may read or write a field, or keys of it, by option; and where that is said."""

    where: str
    type_name: str
    field: str
    names: Mapping[str, tuple[str, ...]]
    keys: str | None = None  # a regular expression


def read(path: Path, types: Types) -> Iterator[Entry]:
    """Yield what each section says; raise Misconfigured if a field cannot be protected so."""
    parser = _parsed(path)
    for section in parser.sections():
        where = f"{path}: [{section}]"
        names = _names(where, parser[section])
        for type_name, field, keys in _places(where, section, types):
            try:
                protection.check(field, read=READ in names, write=WRITE in names)
            except ValueError as wrong:
                raise Misconfigured(f"{where}: {wrong}") from None
            yield Entry(where, type_name, field.name, names, keys)


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
    matched = _SECTION.fullmatch(section)
    if matched is None:
        raise Misconfigured(f"{where}: must be TYPE/FIELD or TYPE/FIELD/KEYS; * is every type")
    type_name, name, keys = matched.groups()
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
