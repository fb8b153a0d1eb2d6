"""Options: what `field` may be told, and what makes no sense. Each refusal is a ValueError."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from artifacts.errors import Invalid
from artifacts.model import patterns, protection
from artifacts.model.annotations import Reading
from artifacts.model.containers import Container
from artifacts.model.fields import Field, Options
from artifacts.model.kinds import Kind, anchored

_FOR_ALL = {"mutable", "system", "read", "write", "metadata"}
_LONGEST_INDEXED = 255


def _boolean(value: object) -> bool:
    return isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _texts(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, str) for item in value)


def _text(value: object) -> bool:
    return isinstance(value, str) and value != ""


_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "default": (lambda value: True, ""),
    "nullable": (_boolean, "True or False"),
    "mutable": (_boolean, "True or False"),
    "sortable": (_boolean, "True or False"),
    "system": (_boolean, "True or False"),
    "filters": (_texts, "a tuple of operators"),
    "minimum": (_number, "a number"),
    "maximum": (_number, "a number"),
    "min_length": (_count, "a positive whole number"),
    "max_length": (_count, "a positive whole number"),
    "pattern": (_text, "a regular expression"),
    "choices": (lambda value: isinstance(value, tuple) and value != (), "a tuple of values"),
    "unique": (lambda value: _boolean(value) or value == "drop", 'True, False or "drop"'),
    "keys": (lambda value: _texts(value) and value != (), "a tuple of keys"),
    "max_items": (_count, "a positive whole number"),
    "max_size": (_count, "a positive number of bytes"),
    "max_total": (_count, "a positive number of bytes"),
    "read": (protection.are_names, protection.FORM),
    "write": (protection.are_names, protection.FORM),
    "metadata": (lambda value: isinstance(value, Mapping), "a dict"),
}


def build(name: str, help: str, options: Options, reading: Reading, *, common: bool) -> Field:
    """Make the field, if its options are known, fit its kind and fit each other."""
    _check_each(options, reading.kind)
    chosen: dict[str, Any] = dict(options)
    if reading.choices:
        if "choices" in options:
            raise ValueError("a Literal has its choices already")
        chosen["choices"] = reading.choices
    if reading.optional and options.get("nullable") is False:
        raise ValueError("nullable=False contradicts | None")
    chosen.setdefault("filters", reading.kind.default_filters)
    required = not reading.optional
    field = Field(
        name=name,
        kind=reading.kind,
        help=help,
        required=required,
        common=common,
        declared=frozenset(options),
        **chosen,
    )
    for check in (_check_bounds, _check_filters, _check_sortable, _check_pattern, _check_values):
        check(field)
    protection.check(field, read=bool(field.read), write=bool(field.write))
    return field


def _check_each(options: Options, kind: Kind) -> None:
    for option, value in options.items():
        if option not in _FORMS:
            raise ValueError(f"there is no option {option!r}")
        if option not in _FOR_ALL and option not in kind.options:
            raise ValueError(f"{option} does not fit the kind {kind.name}")
        fits, form = _FORMS[option]
        if not fits(value):
            raise ValueError(f"{option} must be {form}")


def _check_bounds(field: Field) -> None:
    for low, high in (("minimum", "maximum"), ("min_length", "max_length")):
        least, most = getattr(field, low), getattr(field, high)
        if least is not None and most is not None and least > most:
            raise ValueError(f"{low} is above {high}")


def _check_filters(field: Field) -> None:
    for operator in field.filters:
        if operator not in field.kind.operators:
            raise ValueError(f"the filter {operator!r} does not fit the kind {field.kind.name}")
    if "like" in field.filters and (field.max_length or 0) > _LONGEST_INDEXED:
        raise ValueError(f"the filter 'like' needs a max_length of at most {_LONGEST_INDEXED}")


def _check_sortable(field: Field) -> None:
    if field.sortable and (field.max_length or 0) > _LONGEST_INDEXED:
        raise ValueError(f"sortable needs a max_length of at most {_LONGEST_INDEXED}")


def _check_pattern(field: Field) -> None:
    try:
        patterns.compiled(anchored(field.pattern) or "")
    except ValueError as error:
        raise ValueError(f"pattern is no regular expression that RE2 takes: {error}") from None


def _check_values(field: Field) -> None:
    """Refuse a default or a choice that the field itself would refuse or alter."""
    if field.holds_blobs:
        return
    try:
        json.dumps(dict(field.metadata), allow_nan=False)
    except (TypeError, ValueError):
        raise ValueError("metadata must be JSON") from None
    check_element = field.coerce_element if isinstance(field.kind, Container) else field.coerce
    for choice in field.choices:
        _check_unaltered("choices", choice, check_element)
    if field.default not in (None, [], {}):
        _check_unaltered("default", field.default, field.coerce)
    elif field.default is not None and not isinstance(field.default, _empty_type(field)):
        raise ValueError(f"default does not fit the kind {field.kind.name}")


def _check_unaltered(option: str, value: object, coerce: Callable[[object], object]) -> None:
    try:
        altered = coerce(value)
    except Invalid as refusal:
        raise ValueError(f"{option} breaks the field's own rules: {refusal}") from None
    if altered != value or type(altered) is not type(value):
        raise ValueError(f"{option} is not of the field's kind: {value!r}")


def _empty_type(field: Field) -> tuple[type, ...]:
    return {"List": (list,), "Dict": (dict,)}.get(field.kind.name, ())
