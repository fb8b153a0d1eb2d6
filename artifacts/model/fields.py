"""Fields: one declaration each, from which values are coerced, checked and described.

A field is also how an artifact's attribute is read and set: `image.min_ram` is its value, while
`Image.min_ram` is the field itself.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from functools import cached_property
from typing import Any, Literal, NamedTuple, Protocol, TypedDict, Unpack

from artifacts.errors import Invalid
from artifacts.model import sentences, text
from artifacts.model.containers import BlobIn, Container, DictOf, FolderOf, Misplaced
from artifacts.model.kinds import Kind, Schema, given
from artifacts.model.limits import Limits
from artifacts.model.patterns import Validator
from artifacts.model.rules import Rules


class Options(TypedDict, total=False):
    """All that a declaration may say besides the annotation and the help."""

    default: Any
    nullable: bool
    mutable: bool
    sortable: bool
    filters: tuple[str, ...]
    system: bool
    minimum: float
    maximum: float
    min_length: int
    max_length: int
    pattern: str
    choices: tuple[Any, ...]
    unique: bool | Literal["drop"]
    keys: tuple[str, ...]
    max_items: int
    max_size: int
    max_total: int
    read: tuple[str, ...]
    write: tuple[str, ...]
    metadata: Mapping[str, Any]


class Declared(NamedTuple):
    """What `field` was given, until its class is there to say the rest."""

    help: str
    options: Options


class Holder(Protocol):
    """What has fields as its attributes, and keeps their values."""

    def value_of(self, known: Field) -> Any: ...

    def put(self, known: Field, value: object) -> None: ...


def field(help: str = "", **options: Unpack[Options]) -> Any:
    """Declare a field; the annotation beside it says which kind of value it takes."""
    return Declared(help, options)


@dataclass(frozen=True, kw_only=True, eq=False)
class Field(Rules):
    """One named value of an artifact. `required` says that it may not be null once active."""

    name: str
    kind: Kind
    help: str = ""
    default: Any = None
    nullable: bool = True
    required: bool = True
    mutable: bool = False
    sortable: bool = False
    filters: tuple[str, ...] = ()
    system: bool = False
    common: bool = False
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = attribute(default_factory=dict)
    declared: frozenset[str] = frozenset()  # the options that its declaration has

    def __get__(self, artifact: Holder | None, owner: type) -> Any:
        return self if artifact is None else artifact.value_of(self)

    def __set__(self, artifact: Holder, value: object) -> None:
        artifact.put(self, value)

    @property
    def is_blob(self) -> bool:
        """Tell whether it holds one blob; a folder holds many."""
        return isinstance(self.kind, BlobIn) and not self.is_folder

    @property
    def is_folder(self) -> bool:
        return isinstance(self.kind, FolderOf)

    @property
    def is_dict(self) -> bool:
        """Tell whether it holds values by key; a folder holds blobs."""
        return isinstance(self.kind, DictOf)

    @property
    def holds_blobs(self) -> bool:
        return isinstance(self.kind, BlobIn)

    def within(self, limits: Limits) -> Field:
        """Return this field with the service's limits where its declaration says nothing."""
        holds_many = isinstance(self.kind, Container) or self.is_folder
        if not holds_many or "max_items" in self.declared:
            return self
        most = limits.tags if self.common and self.name == "tags" else limits.items
        return replace(self, max_items=most)

    @property
    def unset(self) -> Any:
        """What an artifact shows where no value was given."""
        return copy.copy(self.default)

    def coerce(self, value: object) -> Any:
        """Return what is stored for *value*, or refuse it; null and nothing become the default."""
        if value is None and not self.holds_blobs:
            return self._of_null()
        stored = self._checked(self.kind, value, self._validator)
        return self.unset if stored in ([], {}) else stored

    def coerce_element(self, value: object) -> Any:
        """Do the same for one item of a list, or one value of a dict."""
        return self._checked(self._container.element, value, self._element_validator)

    def to_json(self, value: Any) -> Any:
        """Return *value* as the stored document has it: times with microseconds."""
        return None if value is None else self.kind.to_json(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else self.kind.from_json(value)

    def show(self, value: Any) -> Any:
        """Return *value* as callers see it: times cut to the second."""
        return None if value is None else self.kind.show(value)

    def links(self, value: Any) -> Iterator[str]:
        """Return the ids of the artifacts that *value* links to."""
        return iter(()) if value is None else self.kind.links(value)

    def strict_schema(self) -> Schema:
        """Describe what is stored, in JSON Schema 2020-12: what values are checked against."""
        schema = self._nullable(self.kind.strict(self))
        if self.nullable and "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
        return schema | self._annotations()

    def glare_schema(self) -> Schema:
        """Describe the same in Glare's words."""
        return self._nullable(self.kind.glare(self)) | self._annotations()

    def _of_null(self) -> Any:
        # Glare keeps its common fields in columns, where null stays null.
        if self.nullable and self.common and not isinstance(self.kind, Container):
            return None
        if not self.nullable and self.default is None:
            raise Invalid(f"{self.name}: must not be null")
        return self.unset

    def _checked(self, kind: Kind, value: object, validator: Validator) -> Any:
        try:
            stored = kind.coerce(value)
        except Misplaced as refusal:
            raise Invalid(f"{text.below(self.name, refusal.place)}: {refusal}") from None
        except Invalid as refusal:
            raise Invalid(f"{self.name}: {refusal}") from None
        if self.unique == "drop" and isinstance(stored, list):
            stored = list(dict.fromkeys(stored))
        document = kind.to_json(stored)
        text.check_text(document, self.name)
        for error in validator.iter_errors(document):
            raise Invalid(sentences.of(error, self.name))
        return stored

    @cached_property
    def _validator(self) -> Validator:
        return Validator(self.strict_schema())

    @cached_property
    def _element_validator(self) -> Validator:
        return Validator(self._container.element.strict(self))

    @property
    def _container(self) -> Container:
        if not isinstance(self.kind, Container):
            raise Invalid(f"{self.name}: is neither a list nor a dict")
        return self.kind

    def _nullable(self, schema: Schema) -> Schema:
        return schema | {"type": [schema["type"], "null"]} if self.nullable else schema

    @property
    def _called_optional(self) -> bool:
        # Glare calls these optional, although they are never null.
        return not self.required or (self.common and self.name in ("name", "owner", "version"))

    def _annotations(self) -> Schema:
        return {"glareType": self.kind.glare_type, "filter_ops": list(self.filters)} | given(
            {
                "description": self.help or None,
                "mutable": self.mutable or None,
                "sortable": self.sortable or None,
                "required_on_activate": False if self._called_optional else None,
                "readOnly": self.system or None,
                "default": {} if self.is_folder else self.to_json(self.default),
                "metadata": dict(self.metadata) or None,
            }
        )
