"""Declarations: an annotated class, read into fields, or refused with one sentence."""

import inspect
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, get_origin

from artifacts.errors import Misconfigured
from artifacts.model import annotations, options
from artifacts.model.fields import Declared, Field
from artifacts.model.hooks import Hooks

# Sub-resources of an artifact, now or later.
RESERVED = {"members", "tags", "history", "links", "uploads", "jobs", "actions", "referrers"}

# What lists take for something else than a filter.
PARAMETERS = {"limit", "marker", "sort", "with_count", "member_status"}

# What can be set of every type, under Glare's names.
OPTIONS = {"max_artifact_number", "max_uploaded_data", "delayed_delete", "default_store"}

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_VERSION = re.compile(r"[0-9]{1,5}\.[0-9]{1,5}")
_LONGEST_DISPLAY_NAME = 255
_HOOK = re.compile(r"(?:before|after)_\w+")


def declare(artifact_type: type[Any], common: bool) -> Mapping[str, Field]:
    """Turn the annotations of a type into fields, and return these behind those it inherits."""
    where = f"artifact type {getattr(artifact_type, 'type_name', artifact_type.__name__)}"
    try:
        _check_type(artifact_type, common)
    except ValueError as wrong:
        raise Misconfigured(f"{where}: {wrong}") from None
    own = _own_fields(artifact_type, where, common)
    _take_settings(artifact_type, where, own)
    return MappingProxyType({**artifact_type.fields, **own})


def _own_fields(artifact_type: type[Any], where: str, common: bool) -> dict[str, Field]:
    fields = {}
    for name, annotation in _annotations(artifact_type, where):
        try:
            fields[name] = _field(artifact_type, name, annotation, common)
        except ValueError as wrong:
            raise Misconfigured(f"{where}, field {name}: {wrong}") from None
        setattr(artifact_type, name, fields[name])
    return fields


def _take_settings(artifact_type: type[Any], where: str, own: Mapping[str, Field]) -> None:
    """Give the type an attribute for each of its settings, with the default until it is set."""
    for setting in vars(artifact_type).get("type_settings", ()):
        name = setting.name
        if not _NAME.fullmatch(name) or name in OPTIONS or name in own:
            raise Misconfigured(f"{where}, setting {name}: the name is no name, or taken")
        if hasattr(artifact_type, name):
            raise Misconfigured(f"{where}, setting {name}: hides what every artifact has")
        setattr(artifact_type, name, setting.default)


def _annotations(artifact_type: type[Any], where: str) -> Iterator[tuple[str, Any]]:
    try:
        annotated: dict[str, Any] = inspect.get_annotations(artifact_type, eval_str=True)
    except (NameError, SyntaxError, TypeError, AttributeError) as wrong:
        raise Misconfigured(f"{where}: an annotation cannot be read: {wrong}") from None
    for name, value in vars(artifact_type).items():
        if isinstance(value, Declared) and name not in annotated:
            raise Misconfigured(f"{where}, field {name}: needs an annotation")
    for name, annotation in annotated.items():
        if annotation is not ClassVar and get_origin(annotation) is not ClassVar:
            yield name, annotation


def _field(artifact_type: type[Any], name: str, annotation: object, common: bool) -> Field:
    if not _NAME.fullmatch(name):
        raise ValueError("a name is lower-case letters, digits and _, and at most 64 of them")
    if any(name in vars(base) for base in artifact_type.__mro__[1:]):
        raise ValueError("hides what every artifact has under this name")
    if name in PARAMETERS:
        raise ValueError("lists take this name for a parameter of theirs")
    declared = vars(artifact_type).get(name, Declared("", {}))
    if not isinstance(declared, Declared):
        raise ValueError("options and default are written as field(...)")
    field = options.build(name, *declared, annotations.read(annotation), common=common)
    if field.holds_blobs and name in RESERVED:
        raise ValueError("a blob cannot have the name of a sub-resource")
    return field


def _check_type(artifact_type: type[Any], common: bool) -> None:
    if not common:
        _check_attributes(artifact_type)
    for name, value in vars(artifact_type).items():
        if name in artifact_type.fields and not isinstance(value, Declared):
            raise ValueError(f"{name} hides the field that every artifact has")
        if _HOOK.fullmatch(name) and callable(value) and not hasattr(Hooks, name):
            raise ValueError(f"{name} is no hook, and would never be called")


def _check_attributes(artifact_type: type[Any]) -> None:
    for attribute, form, example in (
        ("type_name", _NAME, "lower-case letters, digits and _, such as disk_images"),
        ("type_version", _VERSION, "two numbers, such as 1.0"),
    ):
        value = getattr(artifact_type, attribute, None)
        if not isinstance(value, str) or not form.fullmatch(value):
            raise ValueError(f"{attribute} must be {example}")
    shown = artifact_type.type_display_name
    if not isinstance(shown, str) or len(shown) > _LONGEST_DISPLAY_NAME:
        raise ValueError("type_display_name must be a text of at most 255 characters")
