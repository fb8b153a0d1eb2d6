"""Annotations: what a type author writes after the colon, read as a kind of value."""

import types
from datetime import datetime
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from artifacts.model import kinds
from artifacts.model.blob import Blob
from artifacts.model.containers import BlobIn, DictOf, FolderOf, ListOf
from artifacts.model.links import Link
from artifacts.model.version import Version

_SCALARS: dict[object, type[kinds.Kind]] = {
    str: kinds.String,
    int: kinds.Integer,
    float: kinds.Float,
    bool: kinds.Boolean,
    datetime: kinds.DateTime,
    Version: kinds.SemanticVersion,
    Link: kinds.LinkTo,
}
_ELEMENTS = (str, int, float, bool, Link)
_SUPPORTED = (
    "an annotation is str, int, float, bool, datetime, Version, Link, Literal of texts or numbers,"
    " list or dict[str, ...] of these but times and versions, Blob, or dict[str, Blob],"
    " each perhaps | None"
)


class Reading(NamedTuple):
    kind: kinds.Kind
    optional: bool
    choices: tuple[Any, ...]


def read(annotation: object) -> Reading:
    """Read an annotation; one that no field can have is a ValueError."""
    members = [annotation]
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
    if len(members) != 1:
        raise ValueError(_SUPPORTED)
    kind, choices = _kind(members[0])
    return Reading(kind, members[0] is not annotation, choices)


def _kind(annotation: object) -> tuple[kinds.Kind, tuple[Any, ...]]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Blob:
        return BlobIn(), ()
    if origin is list and arguments:
        if arguments[0] is Blob:
            raise ValueError("a list cannot hold blobs; write dict[str, Blob]")
        element, choices = _element(arguments[0])
        return ListOf(element), choices
    if origin is dict and arguments[:1] == (str,) and len(arguments) > 1:
        if arguments[1] is Blob:
            return FolderOf(), ()
        element, choices = _element(arguments[1])
        return DictOf(element), choices
    return _scalar(annotation)


def _element(annotation: object) -> tuple[kinds.Kind, tuple[Any, ...]]:
    if get_origin(annotation) is not Literal and annotation not in _ELEMENTS:
        raise ValueError(_SUPPORTED)
    return _scalar(annotation)


def _scalar(annotation: object) -> tuple[kinds.Kind, tuple[Any, ...]]:
    if get_origin(annotation) is Literal:
        choices = get_args(annotation)
        if {type(choice) for choice in choices} not in ({str}, {int}):
            raise ValueError(
                "the annotation Literal takes texts, or numbers; write None behind a |"
            )
        return _SCALARS[type(choices[0])](), choices
    try:
        return _SCALARS[annotation](), ()
    except (KeyError, TypeError):
        raise ValueError(_SUPPORTED) from None
