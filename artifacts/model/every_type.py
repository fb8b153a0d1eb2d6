"""The type `all`: a view of every artifact, by what all types have in common."""

from types import MappingProxyType

from artifacts.model.artifact import Artifact
from artifacts.model.fields import Field
from artifacts.model.kinds import String


class EveryType(Artifact):
    """Artifacts of any type, as lists over all types show them; nothing is created as such."""

    type_name = "all"
    type_display_name = "All Artifacts"


_TYPE_NAME = Field(
    name="type_name",
    kind=String(),
    help="Name of its type.",
    sortable=True,
    filters=("like", "eq", "neq", "in"),
)
# `type_name` says of every other class which type it is, so it cannot be annotated as a field.
EveryType.own_fields = MappingProxyType({"type_name": _TYPE_NAME})
EveryType.fields = MappingProxyType({**Artifact.fields, **EveryType.own_fields})
