"""Filters: how the values of list parameters look, by kind of field."""

from artifacts.model import Field
from artifacts.model.containers import Container, DictOf
from artifacts.model.kinds import (
    UUID,
    Boolean,
    DateTime,
    Float,
    Integer,
    Kind,
    LinkTo,
    SemanticVersion,
    String,
)

COMBINER = "(?:and:|or:)?"
IN, EQ, LIKE = "in", "eq", "like"
LATEST = "version"  # the field of which the latest may be asked for
_KEY = '[^:,"\\x00]{0,255}'
_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_NUMBER = "(?:0|[1-9][0-9]{0,3})"
_DAY = (
    "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    "|(?:0[13578]|1[02])-31)"
)
_MOMENT = f"20[0-9]{{2}}-{_DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"


def pattern(field: Field) -> str:
    """Describe values that the field is sure to take; it takes more, such as quoted items."""
    if isinstance(field.kind, DictOf):  # by its keys
        return f"^{COMBINER}(?:(?:eq:)?{_KEY}|in:{_KEY}(?:,{_KEY})*)$"
    one = _item(field)
    kind = element(field)
    operators = [name for name in field.filters if name not in (IN, LIKE)]
    forms = []
    if operators:
        optional = "?" if EQ in operators else ""
        forms.append(f"(?:(?:{'|'.join(operators)}):){optional}{one}")
    if IN in field.filters:
        forms.append(f"in:{one}(?:,{one})*")
    if LIKE in field.filters and isinstance(kind, String):
        forms.append(f"like:{one}")
    alone = "latest|" if field.name == LATEST else ""
    return f"^(?:{alone}{COMBINER}(?:{'|'.join(forms)}))$"


def element(field: Field) -> Kind:
    return field.kind.element if isinstance(field.kind, Container) else field.kind


def _item(field: Field) -> str:
    match element(field):
        case String():
            return _text(field)
        case Integer():
            return "[1-9][0-9]{0,17}" if (field.minimum or 0) > 0 else "[0-9]{1,18}"
        case Float():
            return r"[0-9]{1,15}(?:\.[0-9]{1,6})?"
        case Boolean():
            return "(?:true|false)"
        case DateTime():
            return _MOMENT
        case SemanticVersion():
            return rf"{_NUMBER}(?:\.{_NUMBER}){{0,2}}"
        case LinkTo():
            return f"/artifacts/[a-z_]{{1,20}}/{_UUID}"
    raise TypeError(f"{field.name}: filters of {field.kind.name} are not described")


def _text(field: Field) -> str:
    if field.choices:
        return f"(?:{'|'.join(map(str, field.choices))})"
    if field.pattern == UUID:
        return _UUID
    return f'[^:,"\\x00]{{{field.min_length or 0},{field.max_length or 255}}}'
