"""The type `all`: a view of every artifact, by what all types have in common."""

from collections.abc import Collection, Iterable
from functools import cache
from types import MappingProxyType
from typing import Any

from artifacts.errors import Forbidden, Invalid
from artifacts.model import schema
from artifacts.model.artifact import Artifact
from artifacts.model.fields import Field
from artifacts.model.kinds import String
from artifacts.model.patterns import Validator


class EveryType(Artifact):
    """Artifacts of any type, as lists over all types show them; they are only looked at as such."""

    type_name = "all"
    type_display_name = "All Artifacts"
    open_ended = True  # each type may add to what is shown of its artifacts

    @classmethod
    def check_writable(cls, field_names: Iterable[str] = ()) -> None:
        for name in field_names:
            cls.field_named(name)
        raise Forbidden("type all: artifacts are created, changed and deleted by their own type")


def check_shown(document: Any, whole: Collection[str]) -> None:
    """Refuse what is not as the schema of `all` says an artifact is, or is not *whole*."""
    for wrong in _validator().iter_errors(document):
        raise Invalid(f"{wrong.json_path}: {wrong.message}")
    if missing := set(whole) - document.keys():
        raise Invalid(f"{', '.join(sorted(missing))}: must stay")


@cache
def _validator() -> Any:
    return Validator(schema.strict(EveryType))


_TYPE_NAME = Field(
    name="type_name",
    kind=String(),
    help="Name of its type.",
    sortable=True,
    filters=("like", "eq", "neq", "in"),
    common=True,
)
# `type_name` says of every other class which type it is, so it cannot be annotated as a field.
EveryType.own_fields = MappingProxyType({"type_name": _TYPE_NAME})
EveryType.fields = MappingProxyType({**Artifact.fields, **EveryType.own_fields})
