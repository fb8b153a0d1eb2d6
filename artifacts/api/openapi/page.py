"""The page: the document for people, as HTML that asks for nothing else and runs nothing."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from typing import Any

from artifacts.api.openapi import words
from artifacts.api.openapi.schemas import Json

STYLE = files(__package__).joinpath("page.css").read_text()
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
}
METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")

Operation = tuple[str, str, Json]  # a path, a method, and what is said of it


def render(document: Json) -> str:
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    sections = _sections(document)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><header><h1>{title}</h1>"
        f"<p>{words.prose(info['description'])}</p>"
        '<p><a href="openapi.json">This as OpenAPI 3.1</a></p></header>'
        f"<nav>{' '.join(_link(name) for name in [*sections, 'schemas'])}</nav><main>"
        f"{''.join(_section(document, name, each) for name, each in sections.items())}"
        f"{_schemas(document['components']['schemas'])}</main></body></html>"
    )


def _link(name: str) -> str:
    return f'<a href="#{escape(name)}">{escape(name)}</a>'


def _sections(document: Json) -> dict[str, list[Operation]]:
    """Return the operations by their tags."""
    found: dict[str, list[Operation]] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                every = item[method] | {"parameters": _parameters(document, item, item[method])}
                found.setdefault(every["tags"][0], []).append((path, method, every))
    return found


def _parameters(document: Json, *of: Json) -> list[Json]:
    return [_resolved(document, each) for part in of for each in part.get("parameters", [])]


def _section(document: Json, name: str, operations: Iterable[Operation]) -> str:
    listed: dict[bool, list[str]] = {False: [], True: []}
    for path, method, told in operations:
        listed[_aside(document, path, method)].append(_operation(document, path, method, told))
    return (
        f'<section id="{escape(name)}"><h2>{escape(name)}</h2>{"".join(listed[False])}'
        "<details><summary>HEAD, OPTIONS and what answers as GET does</summary>"
        f"<div>{''.join(listed[True])}</div></details></section>"
    )


def _aside(document: Json, path: str, method: str) -> bool:
    """Tell what nobody reads the page for: it would be longer than all the rest."""
    item = document["paths"][path]
    again = method != "get" and item[method]["summary"] == item.get("get", {}).get("summary")
    return again or method in ("head", "options")


def _operation(document: Json, path: str, method: str, told: Json) -> str:
    return (
        f'<details id="{escape(told["operationId"])}"><summary><b class="{method}">'
        f"{method.upper()}</b> <code>{escape(path)}</code> <span>{escape(told['summary'])}</span>"
        f"</summary>{_asked(told)}{_answered(document, told)}</details>"
    )


def _asked(told: Json) -> str:
    rows = [
        (
            f"<code>{escape(each['name'])}</code>",
            escape(each["in"]),
            words.prose(each.get("description") or each["schema"].get("description", "")),
            words.of(each["schema"]),
        )
        for each in told["parameters"]
    ]
    rows += [
        ("body", f"<code>{escape(kind)}</code>", "", words.of(each.get("schema", {})))
        for kind, each in told.get("requestBody", {}).get("content", {}).items()
    ]
    return _table(("parameter", "in", "means", "is"), rows)


def _answered(document: Json, told: Json) -> str:
    rows = []
    for status, each in told["responses"].items():
        answer = _resolved(document, each)
        bodies = [
            f"<code>{escape(kind)}</code> {words.of(content.get('schema', {}))}"
            for kind, content in answer.get("content", {}).items()
        ]
        headers = ", ".join(f"<code>{escape(name)}</code>" for name in answer["headers"])
        text = words.prose(answer["description"])
        rows.append((f"<b>{status}</b>", text, "<br>".join(bodies), headers))
    return _table(("status", "means", "body", "headers"), rows)


def _resolved(document: Json, part: Json) -> Json:
    if "$ref" not in part:
        return part
    found = document
    for step in part["$ref"].split("/")[1:]:
        found = found[step]
    return found


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
    head = "".join(f"<th>{each}</th>" for each in heads)
    return f"<div><table><tr>{head}</tr>{''.join(lines)}</table></div>" if lines else ""


def _schemas(schemas: Json) -> str:
    listed = "".join(_schema(name, each) for name, each in schemas.items())
    return f'<section id="schemas"><h2>schemas</h2>{listed}</section>'


def _schema(name: str, schema: Json) -> str:
    rows = list(_properties(schema))
    table = _table(("name", "means", "is"), rows) if rows else f"<p>{words.of(schema)}</p>"
    return (
        f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"{table}</details>"
    )


def _properties(schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    required = schema.get("required", [])
    for name, each in schema.get("properties", {}).items():
        needed = "" if name in required else " (optional)"
        text = words.prose(each.get("description", ""))
        yield f"<code>{escape(name)}</code>{needed}", text, words.of(each)
