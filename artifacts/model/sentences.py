"""Sentences: what a value does wrong, in words that never repeat the value."""

from collections.abc import Callable
from functools import reduce
from typing import Any

from jsonschema.exceptions import ValidationError

from artifacts.model.text import below

_RULES: dict[str, Callable[[Any], str]] = {
    "type": lambda types: f"must be of type {types}",
    "enum": lambda choices: f"must be one of {', '.join(str(c) for c in choices if c is not None)}",
    "minLength": lambda least: f"must be at least {least} characters long",
    "maxLength": lambda most: f"must be at most {most} characters long",
    "pattern": lambda pattern: f"must match the pattern {pattern}",
    "minimum": lambda least: f"must be at least {least}",
    "maximum": lambda most: f"must be at most {most}",
    "maxItems": lambda most: f"must have at most {most} items",
    "maxProperties": lambda most: f"must have at most {most} keys",
    "uniqueItems": lambda _: "must not have the same item twice",
    "additionalProperties": lambda _: "must have no other keys than its type allows",
}


def of(error: ValidationError, name: str) -> str:
    """Say which rule of the field *name* was broken, and where inside of it."""
    rule = _RULES[str(error.validator)](error.validator_value)
    if "propertyNames" in error.absolute_schema_path:
        return f"{name}: each key {rule}"
    return f"{reduce(below, error.absolute_path, name)}: {rule}"
