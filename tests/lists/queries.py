"""Queries by the thousand: most of them make sense, and some of them nearly do."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from . import population as pool
from .oracle import Json, World, kind_of

TYPES = ["samples", "samples", "samples", "all", "images"]
OPERATORS = ["eq", "neq", "in", "gt", "gte", "lt", "lte", "like"]
BAD = ["", "zz-bogus", "1.5", "99999999999999999999", "a:b", '"', "\\", "x" * 256, "v1", "1e999x"]
BASE = ["name", "version", "status", "visibility", "owner", "id", "created_at", "updated_at"]
BASE += ["activated_at", "display_type_name"]


class Queries:
    """Draws queries about what a world holds."""

    def __init__(self, world: World, between: list[Any]) -> None:
        self.world = world
        ids = [artifact["id"] for _, artifact in world.artifacts]
        moments = [text for moment in between for text in pool.spelled(moment)]
        links = {artifact.get("link") for _, artifact in world.artifacts} - {None}
        self.ids = ids
        self.public = [each["id"] for _, each in world.artifacts if each["visibility"] == "public"]
        self.by_field: dict[str, list[str]] = {
            "id": [*ids[:40], "00000000-0000-4000-8000-000000000000"],
            "name": pool.TEXTS,
            "owner": [*pool.PROJECTS, "nobody"],
            "status": ["drafted", "active", "deactivated", "deleted"],
            "visibility": ["private", "public"],
            "type_name": ["samples", "images", "heat_environments", "nothing"],
            "display_type_name": ["Samples", "Images", "Heat Environments", "nothing"],
            "choice": ["one", "two"],
            "disk_format": ["raw", "qcow2", "iso", "vdi"],
            "container_format": ["bare", "ova"],
            "architecture": ["x86_64", "aarch64"],
            "min_ram": ["0", "1", "2", "512", str(2**63 - 1)],
            "min_disk": ["0", "1", "2", "3"],
            "kernel_id": ["00000000-0000-4000-8000-000000000000"],
            "ramdisk_id": ["00000000-0000-4000-8000-000000000000"],
        }
        numbers = [str(number) for number in pool.NUMBERS]
        self.by_kind: dict[str, list[str]] = {
            "String": pool.TEXTS,
            "Integer": [*numbers, "+2", " 3 ", "007"],
            "Float": [*map(repr, pool.RATIOS), "1", "2e0", " .5 ", str(2**53), "-0"],
            "Boolean": ["true", "false", " TRUE ", "on", "1", "0", "2", "y", "bogus", ""],
            "DateTime": [*moments, "2000-01-01", "2100-01-01T00:00:00Z"],
            "Version": [*pool.VERSIONS, "1", "1.9", "1-rc.1", "3.3.3"],
            "Link": [*sorted(links), "http://example.com/b"],
        }

    def values(self, name: str, kind: str) -> list[str]:
        element = kind.removesuffix("List").removesuffix("Dict")
        if name == "moment":
            return [*pool.MOMENTS, "2000-01-01", "2026-01-31T13:30:00+01:00"]
        if name in ("blob", "loose", "huge", "image", "environment", "description"):
            return ["x"]
        return self.by_field.get(name) or self.by_kind.get(element) or ["x"]

    @st.composite
    @staticmethod
    def texts(draw: Callable[..., Any], self: "Queries", name: str, kind: str) -> str:
        """Draw what follows the equals sign."""
        values = st.sampled_from(self.values(name, kind))
        if rarely(draw, 24):
            values = st.sampled_from(BAD)
        declared = self.world.schemas["all"].get(name) or {}
        for schema in self.world.schemas.values():
            declared = schema.get(name) or declared
        allowed = declared.get("filter_ops") or ["eq"]
        odd = rarely(draw, 24)
        operation = draw(st.sampled_from(OPERATORS if odd else allowed))
        combiner = draw(st.sampled_from(["", "", "", "and:", "or:", "or:"]))
        if operation == "in":
            spelling = str if rarely(draw, 20) else quoted
            items = [spelling(item) for item in draw(st.lists(values, max_size=4))]
            return f"{combiner}in:{','.join(items)}" + draw(st.sampled_from(["", "", "", ","]))
        value = draw(values)
        if operation == "like":
            value = draw(patterns(value))
        bare = operation == "eq" and ":" not in value and draw(st.booleans())
        return combiner + (value if bare else f"{operation}:{value}")

    @st.composite
    @staticmethod
    def conditions(draw: Callable[..., Any], self: "Queries", properties: Json) -> tuple[str, str]:
        kind_of_condition = draw(st.integers(0, 11))
        if kind_of_condition == 0:
            return draw(st.sampled_from(["tags", "tags-any"])), draw(self.tag_lists())
        own = [name for name in properties if name not in BASE]
        names = st.sampled_from(BASE) if kind_of_condition < 4 else st.sampled_from(own)
        name = draw(names)
        declared = properties.get(name, {"glareType": "String"})
        kind = kind_of(declared)
        text = draw(self.texts(self, name, kind))
        if kind.endswith("Dict"):
            if draw(st.booleans()):
                return f"{name}.{draw(st.sampled_from([*pool.KEYS, 'none']))}", text
            keys = st.sampled_from([*pool.KEYS, "none"])
            operation = draw(st.sampled_from(["", "eq:", "in:", "or:eq:", "or:in:"]))
            key = draw(keys)
            listed = quoted(key) if operation.endswith("in:") else key
            return name, (operation or ("eq:" if ":" in key else "")) + listed
        if rarely(draw, 60):
            return draw(st.sampled_from(["nothing", f"{name}.k", "type", ".", "version."])), text
        return name, text

    @st.composite
    @staticmethod
    def tag_lists(draw: Callable[..., Any]) -> str:
        tags = [quoted(tag) for tag in draw(st.lists(st.sampled_from(pool.TAGS), max_size=3))]
        bad = rarely(draw, 20)
        prefix = draw(st.sampled_from(["in:", "or:and:"] if bad else ["", "", "and:", "or:"]))
        return (prefix if tags else "") + ",".join(tags)

    @st.composite
    @staticmethod
    def sorts(draw: Callable[..., Any], self: "Queries", properties: Json) -> str:
        sortable = [name for name, declared in properties.items() if declared.get("sortable")]
        if rarely(draw, 30):
            sortable = [*sortable, "tags", "nothing", "", "metadata.k", "description"]
        names = st.sampled_from(sortable)
        directions = st.sampled_from([":asc", ":asc", ":desc", ":desc", "", ":"])
        if rarely(draw, 60):
            directions = st.sampled_from([":ASC", ":up", ":asc:desc"])
        keys = draw(st.lists(st.tuples(names, directions), min_size=1, max_size=5))
        return ",".join(name + direction for name, direction in keys)

    @st.composite
    @staticmethod
    def queries(draw: Callable[..., Any], self: "Queries") -> tuple[str, list[tuple[str, str]]]:
        """Draw a type, and parameters but the limit."""
        type_name = draw(st.sampled_from(TYPES))
        properties = self.world.schemas[type_name]
        count = draw(st.sampled_from([0, 1, 1, 1, 1, 2, 2, 2, 3, 5]))
        pairs = [draw(self.conditions(self, properties)) for _ in range(count)]
        if not rarely(draw, 3):
            pairs.append(("sort", draw(self.sorts(self, properties))))
        if rarely(draw, 6):
            pairs.append(("version", "latest"))
        if rarely(draw, 5):
            nobody = ["", "nobody", "00000000-0000-4000-8000-000000000000"]
            ids = nobody if rarely(draw, 20) else draw(st.sampled_from([self.ids, self.public]))
            pairs.append(("marker", draw(st.sampled_from(ids))))
        return type_name, draw(st.permutations(pairs))


def rarely(draw: Callable[..., Any], most: int) -> bool:
    """Draw whether something is so, once in many times: Hypothesis likes the ends of a range."""
    return bool(draw(st.integers(0, most)) == most // 2)


def quoted(item: str) -> str:
    """Write an item of a comma list, in double quotes where it must be."""
    if "," not in item and '"' not in item:
        return item
    escaped = item.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def patterns(text: str) -> st.SearchStrategy[str]:
    middle = len(text) // 2
    odd = [f"{text[:1]}%", f"%{text[-1:]}", f"%{text[middle : middle + 1]}%", f"{text[:-1]}_"]
    odder = ["_" * min(len(text), 3), f"_{text[1:]}", f"{text}%%", "%_%", "A%", "__", "%"]
    return st.sampled_from([text, *odd, *odder])
