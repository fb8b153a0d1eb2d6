"""Kinds that hold others, and kinds that hold bytes: lists, dicts, blobs and folders of blobs."""

from collections.abc import Iterator
from typing import Any

from artifacts.errors import Invalid
from artifacts.model.digests import SIZES
from artifacts.model.kinds import Kind, Schema, given
from artifacts.model.rules import Rules

LONGEST_KEY = 255


class Misplaced(Invalid):
    """A value inside of a list or dict is refused; `place` says which."""

    def __init__(self, rule: str, place: str | int) -> None:
        super().__init__(rule)
        self.place = place


class Container(Kind):
    """Holds single values of one kind, all of them JSON as they are."""

    own_options: frozenset[str]

    def __init__(self, element: Kind) -> None:
        self.element = element
        self.operators = element.operators
        self.default_filters = element.default_filters
        self.options = (element.options | self.own_options) - {"sortable"}

    def _coerce_at(self, place: str | int, value: object) -> Any:
        try:
            if value is None:
                raise Invalid("must not be null")
            return self.element.coerce(value)
        except Invalid as refusal:
            raise Misplaced(str(refusal), place) from None


class ListOf(Container):
    name = "List"
    own_options = frozenset({"unique", "max_items"})

    def __init__(self, element: Kind) -> None:
        super().__init__(element)
        self.glare_type = f"{element.glare_type}List"

    def coerce(self, value: object) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise Invalid("must be a list")
        return [self._coerce_at(index, item) for index, item in enumerate(value)]

    def strict(self, rules: Rules) -> Schema:
        return self._schema(rules, self.element.strict(rules))

    def glare(self, rules: Rules) -> Schema:
        return self._schema(rules, self.element.glare(rules))

    def links(self, value: list[Any]) -> Iterator[str]:
        return (target for item in value for target in self.element.links(item))

    def _schema(self, rules: Rules, items: Schema) -> Schema:
        unique = True if rules.unique else None
        return given(
            {"type": "array", "maxItems": rules.max_items, "uniqueItems": unique, "items": items}
        )


class DictOf(Container):
    name = "Dict"
    own_options = frozenset({"keys", "max_items"})

    def __init__(self, element: Kind) -> None:
        super().__init__(element)
        self.glare_type = f"{element.glare_type}Dict"

    def coerce(self, value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Invalid("must be an object")
        if not all(isinstance(key, str) for key in value):
            raise Invalid("must have strings as keys")
        return {key: self._coerce_at(key, item) for key, item in value.items()}

    def strict(self, rules: Rules) -> Schema:
        names = {"propertyNames": {"minLength": 1, "maxLength": LONGEST_KEY}}
        return (
            self._schema(rules, self.element.strict(rules)) | names
        )  # counted before they are read

    def glare(self, rules: Rules) -> Schema:
        element = self.element.glare(rules)
        if rules.keys:
            element["type"] = [element["type"], "null"]
        return self._schema(rules, element)

    def links(self, value: dict[str, Any]) -> Iterator[str]:
        return (target for item in value.values() for target in self.element.links(item))

    def _schema(self, rules: Rules, element: Schema) -> Schema:
        size = {"type": "object", "maxProperties": rules.max_items}
        if not rules.keys:
            return size | {"additionalProperties": element}
        return size | {
            "properties": {key: dict(element) for key in rules.keys},
            "additionalProperties": False,
        }


class BlobIn(Kind):
    name = "Blob"
    glare_type = "Blob"
    options = frozenset({"max_size"})

    def coerce(self, value: object) -> Any:
        raise Invalid("holds a blob, which is not given as a value")

    def strict(self, rules: Rules) -> Schema:
        digests = {
            name: _nullable("string", pattern=f"^[0-9a-f]{{{2 * size}}}$")
            for name, size in SIZES.items()
        }
        properties = {
            "url": {"type": "string"},
            "status": {"type": "string", "enum": ["saving", "active"]},
            "external": {"type": "boolean"},
            "size": {"type": "integer", "minimum": 0},
            "content_type": _nullable("string"),
        } | digests
        fetched = {
            "final_url": _nullable("string"),
            "fetched_at": _nullable("string", format="date-time"),
        }
        return _blob(properties | fetched, list(properties))

    def glare(self, rules: Rules) -> Schema:
        properties = {
            "size": _nullable("number"),
            "md5": _nullable("string"),
            "sha1": _nullable("string"),
            "sha256": _nullable("string"),
            "external": {"type": "boolean"},
            "status": {"type": "string", "enum": ["saving", "active"]},
            "content_type": {"type": "string"},
        }
        return _blob(properties, list(properties))


class FolderOf(BlobIn):
    name = "Folder"
    glare_type = "BlobDict"
    options = frozenset({"max_size", "max_total", "max_items"})

    def strict(self, rules: Rules) -> Schema:
        names = {"propertyNames": {"minLength": 1, "maxLength": LONGEST_KEY}}
        return names | self._folder(rules, super().strict(rules))

    def glare(self, rules: Rules) -> Schema:
        blob = super().glare(rules)
        return self._folder(rules, blob | {"type": ["object", "null"]})

    def _folder(self, rules: Rules, blob: Schema) -> Schema:
        return {
            "type": "object",
            "maxProperties": rules.max_items,
            "additionalProperties": blob,
        }


def _blob(properties: Schema, required: list[str]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _nullable(json_type: str, **keywords: object) -> Schema:
    return {"type": [json_type, "null"], **keywords}
