"""Patterns: regular expressions that no text makes slow, whoever wrote the two.

RE2 takes a time that grows with the text alone. It has no look-around and no back references.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import re2
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False  # what is wrong is said by who declared it


@cache
def compiled(pattern: str) -> Any:
    """Return what searches a text; raise ValueError if RE2 does not take the pattern."""
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        raise ValueError(error.args[0].decode()) from None


def _search(
    validator: Any, pattern: str, value: object, schema: object
) -> Iterator[ValidationError]:
    if isinstance(value, str) and not compiled(pattern).search(value):
        yield ValidationError(f"does not match {pattern}")


Validator: Any = extend(Draft202012Validator, {"pattern": _search})  # type: ignore[no-untyped-call]
