"""Artifact types: what a class says of all its artifacts, their fields and their slots."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import ClassVar, Self

from artifacts.errors import Invalid
from artifacts.model.blob import Slot
from artifacts.model.containers import LONGEST_KEY
from artifacts.model.declaration import declare
from artifacts.model.fields import Field
from artifacts.model.limits import USUAL, Limits
from artifacts.model.setting import Setting
from artifacts.model.text import keepable

NOTHING: Mapping[str, object] = MappingProxyType({})


class ArtifactType:
    """The side of an artifact that is its class; subclassing declares the annotated fields."""

    type_name: ClassVar[str]
    type_display_name: ClassVar[str] = ""
    type_version: ClassVar[str] = "1.0"
    type_settings: ClassVar[tuple[Setting, ...]] = ()
    open_ended: ClassVar[bool] = False  # whether it is answered with more than its fields
    fields: ClassVar[Mapping[str, Field]] = MappingProxyType({})
    own_fields: ClassVar[Mapping[str, Field]] = MappingProxyType({})

    def __init_subclass__(cls, common: bool = False) -> None:
        super().__init_subclass__()
        cls.fields = declare(cls, common)
        cls.own_fields = MappingProxyType(
            {name: field for name, field in cls.fields.items() if not field.common}
        )
        if not common and "type_display_name" not in vars(cls):
            cls.type_display_name = cls.type_name.replace("_", " ").title()

    @classmethod
    def configured(
        cls, values: Mapping[str, object] = NOTHING, limits: Limits = USUAL
    ) -> type[Self]:
        """Return this type with *values* for its settings, which its artifacts have as attributes.

        And with *limits* where it declares none. It is a type of its own, since two services in
        one process may be configured differently.
        """
        about = {"__doc__": cls.__doc__, "__module__": cls.__module__}
        shown = {"type_display_name": cls.type_display_name, "type_settings": ()}
        made: type[Self] = type(cls.__name__, (cls,), {**about, **shown, **values})
        made._limit(limits)
        return made

    @classmethod
    def _limit(cls, limits: Limits) -> None:
        """Let its fields be within *limits*, also where a hook sets them."""
        fields = {name: field.within(limits) for name, field in cls.fields.items()}
        for name, field in fields.items():
            setattr(cls, name, field)
        cls.fields = MappingProxyType(fields)
        cls.own_fields = MappingProxyType({name: fields[name] for name in cls.own_fields})

    @classmethod
    def showing_only(cls, fields: Mapping[str, Field], *, open_ended: bool) -> type[Self]:
        """Return this type as somebody knows it who is told of these fields alone."""
        shown = {"type_display_name": cls.type_display_name, "type_settings": ()}
        view: type[Self] = type(cls.__name__, (cls,), {"__doc__": cls.__doc__, **shown})
        view.fields = MappingProxyType(dict(fields))
        view.open_ended = cls.open_ended or open_ended
        return view

    @classmethod
    def field_named(cls, name: str) -> Field:
        field = cls.fields.get(name)
        if field is None:
            known = name.isidentifier() and len(name) <= LONGEST_KEY
            wanted = f"field {name}" if known else "such field"
            raise Invalid(f"there is no {wanted} in {cls.type_name}")
        return field

    @classmethod
    def check_writable(cls, field_names: Iterable[str] = ()) -> None:
        """Refuse to write artifacts, or these fields, by a type that is but a view of others."""

    @classmethod
    def slot(cls, path: str) -> Slot:
        """Read `image` or `mirrors/eu`; all behind the first slash is the key, slashes included."""
        name, _, key = path.partition("/")
        field = cls.field_named(name)
        if not field.holds_blobs:
            raise Invalid(f"{name}: holds no blobs")
        if field.is_blob and key:
            raise Invalid(f"{name}: holds one blob, and takes no key")
        if field.is_folder and not 1 <= len(key) <= LONGEST_KEY:
            raise Invalid(f"{name}: needs a key of 1 to {LONGEST_KEY} characters")
        if not keepable(key):
            raise Invalid(f"{name}: a key must not contain NUL or a lone surrogate")
        return Slot(name, key)

    @classmethod
    def size_limits(cls, slot: Slot) -> tuple[int, int | None]:
        """Return the most bytes of the slot, and of its folder, or None where it is in none."""
        field = cls.field_named(slot.field)
        return field.max_size, field.max_total if field.is_folder else None
