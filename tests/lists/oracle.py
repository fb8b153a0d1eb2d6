"""What a list must answer, in plain Python over JSON documents, and nothing of the service.

It was written from the wire contract (sections 4, 6, 10 and 11) and docs/glare.md alone.
"""

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

Json = dict[str, Any]
Pairs = Sequence[tuple[str, str]]
Test = Callable[[Json], bool]

BASE = {"id", "name", "owner", "status", "created_at", "updated_at", "activated_at"}
BASE |= {"description", "tags", "metadata", "visibility", "version", "display_type_name"}
OPERATORS = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
VERSION = re.compile(
    r"(?P<numbers>\d+(\.\d+){0,2})(-(?P<pre>[0-9A-Za-z.-]+))?(\+(?P<build>[0-9A-Za-z.-]+))?"
)
LINK = re.compile(r"https?://[!-~]+|/artifacts/[^/]+/[^/]+")


class Refused(Exception):
    """The query is answered with this status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True)
class Caller:
    project: str | None = None
    admin: bool = False

    def sees(self, artifact: Json) -> bool:
        own = self.project is not None and artifact["owner"] == self.project
        return self.admin or own or artifact["visibility"] == "public"


@dataclass
class World:
    """All artifacts, the oldest first, with the properties of each type's schema document.

    Documents tell times to the second; `moments` tells the exact ones, by id and field.
    """

    artifacts: list[tuple[str, Json]]
    schemas: dict[str, Json]
    moments: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ages = {artifact["id"]: age for age, (_, artifact) in enumerate(self.artifacts)}

    def shown(self, type_name: str) -> list[Json]:
        """Return the documents as lists of this type show them."""
        if type_name != "all":
            return [artifact for each, artifact in self.artifacts if each == type_name]
        return [
            {name: value for name, value in artifact.items() if name in BASE} | {"type_name": each}
            for each, artifact in self.artifacts
        ]

    def list(self, type_name: str, caller: Caller, pairs: Pairs) -> "Answer":
        if type_name not in self.schemas:
            raise Refused(404, "no such type")
        return Question(self, type_name, caller, pairs).answer()


@dataclass
class Answer:
    """The page, and what there is on all pages."""

    page: list[Json]
    limit: int
    total: int
    more: bool = False


class Question:
    def __init__(self, world: World, type_name: str, caller: Caller, pairs: Pairs) -> None:
        self.world, self.type_name, self.caller = world, type_name, caller
        self.properties = world.schemas[type_name]
        self.limit, self.marker, self.sorts, self.latest = 25, None, [], False
        self.all_of: list[Test] = []
        self.one_of: list[Test] = []
        for name in ("limit", "marker", "sort"):
            if sum(key == name for key, _ in pairs) > 1:
                raise Refused(400, f"{name} twice")
        for name, text in pairs:
            self.read(name, text)

    def read(self, name: str, text: str) -> None:
        if name == "limit":
            self.limit = limit_of(text)
        elif name == "marker":
            self.marker = text
        elif name == "sort":
            self.sorts = [self.sort_of(item) for item in text.split(",")]
        elif name == "version" and text == "latest":
            self.latest = True
        elif name in ("tags", "tags-any"):
            self.add_tags(name, text)
        else:
            self.add(name, text)

    def sort_of(self, text: str) -> tuple[str, bool]:
        name, _, direction = text.partition(":")
        sortable = self.properties.get(name, {}).get("sortable", False)
        if not sortable or direction not in ("", "asc", "desc"):
            raise Refused(400, "sort")
        return name, direction == "asc"

    def add_tags(self, name: str, text: str) -> None:
        combiner, colon, rest = text.partition(":")
        if colon and (combiner not in ("and", "or") or ":" in rest):
            raise Refused(400, "tags")
        wanted = set(items_of(rest if colon else text))
        if any(not tag or "/" in tag or "," in tag or len(tag) > 255 for tag in wanted):
            raise Refused(400, "a tag")
        if name == "tags" and not wanted:
            return

        def test(artifact: Json) -> bool:
            tags = set(artifact["tags"])
            return wanted <= tags if name == "tags" else bool(wanted & tags)

        (self.one_of if combiner == "or" and colon else self.all_of).append(test)

    def add(self, name: str, text: str) -> None:
        combiner, operation, value = split(text)
        test = self.condition(name, operation, value)
        (self.one_of if combiner == "or" else self.all_of).append(test)

    def condition(self, name: str, operation: str, text: str) -> Test:
        field_name, dot, key = name.rpartition(".") if "." in name else (name, "", "")
        declared = self.properties.get(field_name)
        if declared is None:
            raise Refused(400, "no such field")
        kind = kind_of(declared)
        if dot and not kind.endswith("Dict"):
            raise Refused(400, "it has no keys")
        on_keys = kind.endswith("Dict") and not dot
        if operation not in (("eq", "in") if on_keys else declared["filter_ops"]):
            raise Refused(400, "operator")
        texts = items_of(text) if operation == "in" else [text]
        if on_keys:
            return lambda artifact: any(each in (artifact[field_name] or {}) for each in texts)
        element = kind.removesuffix("Dict").removesuffix("List")
        shape = element_of(declared, kind)
        if dot and not text:
            return lambda artifact: False
        values = [coerced(element, shape, each) for each in texts]

        def test(artifact: Json) -> bool:
            return any(
                holds(element, operation, each, values)
                for each in self.stored(artifact, field_name, kind, key)
            )

        return test

    def stored(self, artifact: Json, name: str, kind: str, key: str) -> Iterable[Any]:
        """Return the values that a condition on the field is about."""
        value = artifact[name]
        if kind.endswith("Dict"):
            return [value[key]] if value and key in value else []
        if kind.endswith("List"):
            return value or []
        return [] if value is None else [self.exact(artifact, name, kind)]

    def exact(self, artifact: Json, name: str, kind: str) -> Any:
        if kind != "DateTime" or artifact[name] is None:
            return artifact[name]
        known = self.world.moments.get((artifact["id"], name))
        return known or datetime.fromisoformat(artifact[name])

    def place(self, artifact: Json) -> tuple[Any, ...]:
        """Return what orders an artifact: without a value last, the newest first in the end."""
        key: list[Any] = []
        for name, ascending in self.sorts:
            kind = kind_of(self.properties[name])
            value = self.exact(artifact, name, kind) if artifact.get(name) is not None else None
            if value is None:
                key.append((1,))
            else:
                ordered = precedence(value) if kind == "Version" else value
                key.append((0, ordered if ascending else Backwards(ordered)))
        return (*key, -self.world.ages[artifact["id"]])

    def answer(self) -> Answer:
        found = [
            artifact
            for artifact in self.world.shown(self.type_name)
            if self.caller.sees(artifact)
            and artifact["status"] != "deleted"
            and all(test(artifact) for test in self.all_of)
            and (not self.one_of or any(test(artifact) for test in self.one_of))
        ]
        if self.latest:
            found = latest(found)
        found.sort(key=self.place)
        total = len(found)
        if self.marker is not None:
            after = self.place(self.marked())
            found = [artifact for artifact in found if self.place(artifact) > after]
        page = found[: self.limit]
        return Answer(page, self.limit, total, more=len(page) == self.limit > 0)

    def marked(self) -> Json:
        for type_name, artifact in self.world.artifacts:
            if artifact["id"] == self.marker and self.caller.sees(artifact):
                return artifact | {"type_name": type_name}
        raise Refused(404, "marker")


class Backwards:
    """A value that sorts the other way round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Backwards) and self.value == other.value

    def __lt__(self, other: "Backwards") -> bool:
        return bool(other.value < self.value)

    __hash__ = None  # type: ignore[assignment]


def latest(found: list[Json]) -> list[Json]:
    """Keep the highest version of each name, and those that differ in build metadata alone."""
    best: dict[str, Any] = {}
    for artifact in found:
        key = precedence(artifact["version"])
        best[artifact["name"]] = max(best.get(artifact["name"], key), key)
    return [each for each in found if precedence(each["version"]) == best[each["name"]]]


def limit_of(text: str) -> int:
    if not re.fullmatch(r"\s*[+-]?\d+\s*", text, re.ASCII) or int(text) < 0:
        raise Refused(400, "limit")
    return min(int(text), 1000)


def split(text: str) -> tuple[str, str, str]:
    """Read `[and:|or:][operator:]value`, by the number of its colons."""
    first, colon, rest = text.partition(":")
    if not colon:
        return "and", "eq", text
    if first in ("and", "or"):
        combiner, text = first, rest
    else:
        combiner = "and"
    if ":" not in text or (DATE.fullmatch(text) and ":" in rest):
        return combiner, "eq", text
    operation, _, value = text.partition(":")
    return combiner, operation, value


def items_of(text: str) -> list[str]:
    """Read a comma list, in which an item may be in double quotes."""
    items, at = [], 0
    while at < len(text):
        item, at = (quoted_item if text[at] == '"' else bare_item)(text, at)
        items.append(item)
        if at < len(text) and text[at] != ",":
            raise Refused(400, "quotes")
        at += 1
    return items


def quoted_item(text: str, at: int) -> tuple[str, int]:
    item, at = "", at + 1
    while text[at : at + 1] != '"':
        if at >= len(text):
            raise Refused(400, "quotes")
        at += text[at : at + 2] in ('\\"', "\\\\")
        item, at = item + text[at], at + 1
    return item, at + 1


def bare_item(text: str, at: int) -> tuple[str, int]:
    item = ""
    while at < len(text) and text[at] != ",":
        if text[at] == '"':
            raise Refused(400, "quotes")
        at += text[at : at + 2] == '\\"'
        item, at = item + text[at], at + 1
    return item, at


def kind_of(declared: Json) -> str:
    kind = str(declared["glareType"])
    version = kind == "String" and declared.get("pattern", "").startswith("/^([0-9]+)")
    return "Version" if version else kind


def element_of(declared: Json, kind: str) -> Json:
    if kind.endswith("Dict"):
        return dict(declared["additionalProperties"])
    return dict(declared["items"]) if kind.endswith("List") else declared


def coerced(kind: str, shape: Json, text: str) -> Any:
    """Return what a text of a query means, or refuse it as a stored value would be."""
    value: Any = text
    if kind == "Integer":
        if not re.fullmatch(r"\s*[+-]?\d+\s*", text, re.ASCII) or abs(int(text)) > 2**63:
            raise Refused(400, "integer")
        value = int(text)
        if value == 2**63:
            raise Refused(400, "integer")
    elif kind == "Float":
        if not re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", text, re.ASCII):
            raise Refused(400, "float")
        value = float(text)
    elif kind == "Boolean":
        return text.strip().lower() in ("1", "t", "true", "on", "y", "yes")
    elif kind == "DateTime":
        return moment(text)
    elif kind == "Version":
        return full_version(text)
    elif kind == "Link" and not LINK.fullmatch(text):
        raise Refused(400, "link")
    check(shape, value)
    return value


def check(shape: Json, value: Any) -> None:
    if isinstance(value, str):
        too_long = len(value) > shape.get("maxLength", len(value))
        wrong = "pattern" in shape and "a-fA-F" in shape["pattern"] and not UUID.fullmatch(value)
        if too_long or len(value) < shape.get("minLength", 0) or wrong:
            raise Refused(400, "text")
    elif value < shape.get("minimum", value) or value > shape.get("maximum", value):
        raise Refused(400, "number")
    if "enum" in shape and value not in shape["enum"]:
        raise Refused(400, "choice")


def moment(text: str) -> datetime:
    if not DATE.fullmatch(text):
        raise Refused(400, "time")
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, "time") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def full_version(text: str) -> str:
    match = VERSION.fullmatch(text)
    if match is None:
        raise Refused(400, "version")
    numbers = match["numbers"].split(".")
    if any(int(number) > 65535 for number in numbers):
        raise Refused(400, "version")
    full = ".".join([*numbers, "0", "0"][:3])
    return full + "".join(
        mark + match[part] for mark, part in (("-", "pre"), ("+", "build")) if match[part]
    )


@cache
def precedence(version: str) -> tuple[Any, ...]:
    """Order versions as Semantic Versioning 2.0.0, section 11, says."""
    release, _, _ = version.partition("+")
    numbers, dash, pre = release.partition("-")
    parts = tuple((0, int(each), "") if each.isdigit() else (1, 0, each) for each in pre.split("."))
    return (*map(int, numbers.split(".")), not dash, parts if dash else ())


def holds(kind: str, operation: str, stored: Any, values: list[Any]) -> bool:
    if operation == "in":
        return stored in values
    if operation == "like":
        return like(stored, values[0])
    wanted = values[0]
    if kind == "Version" and operation not in ("eq", "neq"):
        stored, wanted = precedence(stored), precedence(wanted)
    return bool(OPERATORS[operation](stored, wanted))


def like(text: str, pattern: str) -> bool:
    wild = {"%": ".*", "_": "."}
    expression = "".join(wild.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None
