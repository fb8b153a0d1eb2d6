"""Types as people are shown them: each, and each of one's fields, as a row."""

from collections.abc import Mapping

from artifacts.client import Document
from artifacts.terminal.values import listed

TYPE_TITLES = ("type", "title", "version")
FIELD_TITLES = ("field", "kind", "rules", "filters", "meaning")


def type_rows(schemas: Mapping[str, Document]) -> list[tuple[object, ...]]:
    return [
        (name, *map(schemas[name].get, ("display_name", "version"))) for name in sorted(schemas)
    ]


def field_rows(schema: Document) -> list[tuple[object, ...]]:
    always = listed(schema, "required")
    return [
        (
            name,
            declared.get("glareType"),
            _rules(declared, name in always),
            " ".join(map(str, listed(declared, "filter_ops"))) or None,
            _meaning(declared),
        )
        for name, declared in schema["properties"].items()
    ]


def _rules(declared: Document, always: bool) -> str:
    """Say who changes a field and when, and if lists sort by it, in the documents' words."""
    required = always or declared.get("required_on_activate", True)
    words = {
        "system": declared.get("readOnly"),
        "required": required and not declared.get("readOnly"),
        "optional": not required and not declared.get("readOnly"),
        "mutable": declared.get("mutable"),
        "sortable": declared.get("sortable"),
    }
    return " ".join(word for word, true in words.items() if true)


def _meaning(declared: Document) -> str:
    choices = ", ".join(str(choice) for choice in listed(declared, "enum") if choice is not None)
    description = str(declared.get("description", ""))
    return " ".join([description, *([f"One of {choices}."] if choices else [])])
