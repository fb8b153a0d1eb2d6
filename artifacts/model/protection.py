"""Protection: which fields may be kept to some callers, and how those callers are named."""

import re
from typing import Any

from artifacts.model.fields import Field

FORM = 'a tuple of roles, of rules as "rule:NAME", or of "@" for everybody and "!" for nobody'
EVERYBODY, NOBODY, RULE = "@", "!", "rule:"

# Of what every artifact has, all else says which artifact it is, and lists find it by that.
HIDEABLE = frozenset({"description", "metadata"})
MOVED = frozenset({"status", "visibility"})  # by moves, each with a rule of its own

_PLAIN = r"[^\s,()\[\]'\"%!@=:]"  # a role; what else the language of rules knows is no name
_NAME = re.compile(rf"{EVERYBODY}|{NOBODY}|{RULE}(?:{_PLAIN}|:){{1,255}}|{_PLAIN}{{1,255}}")


def are_names(value: Any) -> bool:
    """Whether it names those whom a protection may be open to."""
    return isinstance(value, tuple) and value != () and all(map(_is_name, value))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def check(field: Field, *, read: bool, write: bool) -> None:
    """Raise ValueError if the field cannot be protected from being read, or written."""
    if read and field.common and field.name not in HIDEABLE:
        raise ValueError("read: what tells an artifact from others is not hidden")
    if write and field.system:
        raise ValueError("write: only the service sets this")
    if write and field.common and field.name in MOVED:
        raise ValueError("write: each of its values has a rule of its own in the policy")
    if write and field.common and field.name == "name":
        raise ValueError("write: who creates an artifact names it")
