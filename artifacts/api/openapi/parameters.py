"""Parameters: what paths, queries and headers of requests say."""

from collections.abc import Iterable

from artifacts.api.openapi import filters
from artifacts.api.openapi.schemas import COUNT, TEXT, Json
from artifacts.api.quotas import LONGEST_NAME
from artifacts.model import Artifact, Field
from artifacts.model.containers import LONGEST_KEY, Container, DictOf
from artifacts.model.limits import USUAL, Limits
from artifacts.model.membership import STATUSES

PATHS: dict[str, Json] = {
    "id": TEXT | {"description": "Identifier of the artifact."},
    "key": TEXT
    | {
        "description": "Key in the folder; slashes in it may stand as they are.",
        "minLength": 1,
        "maxLength": LONGEST_KEY,
    },
    "tag": TEXT | {"description": "A tag.", "pattern": "^[^,/]+$", "maxLength": 255},
    "project": TEXT
    | {"description": "Identifier of the project.", "minLength": 1, "maxLength": LONGEST_NAME},
}
_DIGESTS = "sha-256=:[A-Za-z0-9+/]{43}=:"
# Of no bytes at all.
_SHA256 = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
_FLAG = TEXT | {"enum": ["true", "false"]}
_SAID = TEXT | {"enum": [*STATUSES, "all"]}
_MD5 = "1B2M2Y8AsgTpgAmY7PhCfg=="
_WISH = "[a-z*][a-z0-9_.*-]*(?:=[0-9]{1,2})?"
_TAGS = '[^,:"/\\x00]{1,255}'


def in_path(name: str, types: Iterable[type[Artifact]]) -> Json:
    enabled = {"enum": [each.type_name for each in types]}
    schema = TEXT | enabled if name == "type_name" else PATHS[name]
    return {"name": name, "in": "path", "required": True, "schema": schema}


def in_query(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def in_header(name: str, description: str, pattern: str = "", **keywords: object) -> Json:
    schema = TEXT | ({"pattern": pattern} if pattern else {})
    return {"name": name, "in": "header", "description": description, "schema": schema, **keywords}


MICROVERSION = in_header(
    "OpenStack-API-Version",
    "The microversion. This document describes 1.2; without this header it is 1.0.",
    "^artifact (?:1\\.2|latest)$",
    example="artifact 1.2",
)
UNLESS_KNOWN = in_header(
    "If-None-Match", "Answer 304 if the ETag is still one of these.", example='"1a2b3c"'
)
# What makes no sense in the first three is ignored, as RFC 9110 asks.
OF_READING = [
    in_header("Range", "Which bytes to send.", example="bytes=0-99"),
    UNLESS_KNOWN,
    in_header("If-Range", "Send all if the ETag is not this one.", example='"1a2b3c"'),
    in_header(
        "Want-Repr-Digest", "Which digest to tell (RFC 9530).", f"^(?:{_WISH}(?:, *{_WISH})*)?$"
    ),
]
OF_UPLOADING = [
    in_header("Repr-Digest", "Digest that the bytes must have.", f"^{_DIGESTS}$", example=_SHA256),
    in_header("Content-Digest", "The same, of what is sent.", f"^{_DIGESTS}$", example=_SHA256),
    in_header(
        "Content-MD5", "MD5 that the bytes must have.", "^[A-Za-z0-9+/]{22}==$", example=_MD5
    ),
]


def refs(names: Iterable[str]) -> list[Json]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def components(types: Iterable[type[Artifact]], limits: Limits) -> dict[str, Json]:
    """Return every parameter but those of paths, by the name that it is referred to by."""
    headers = {each["name"]: each for each in (MICROVERSION, *OF_READING, *OF_UPLOADING)}
    listing = {name: each for known in types for name, each in of_listing(known, limits).items()}
    return headers | listing


def of_listing(known: type[Artifact], limits: Limits = USUAL) -> dict[str, Json]:
    """Return what lists of a type are asked by; what only this type has begins with its name."""
    own = f"{known.type_name}-"
    return {
        "limit": in_query("limit", "Length of the page.", COUNT),
        "marker": in_query("marker", "Id of the last artifact that was seen.", TEXT),
        f"{own}sort": _sort(
            [each.name for each in known.fields.values() if each.sortable], limits.sort_keys
        ),
        "with_count": in_query("with_count", "Whether to count all that match.", _FLAG),
        "member_status": in_query(
            "member_status", "What is shared with the caller's project, by what it said.", _SAID
        ),
        "tags": in_query("tags", "Artifacts that have all of these.", _tags()),
        "tags-any": in_query("tags-any", "Artifacts that have one of these.", _tags()),
        **{
            field.name if field.common else own + field.name: _filter(field)
            for field in known.fields.values()
            if field.filters
        },
    }


def _sort(names: list[str], most: int) -> Json:
    one = f"(?:{'|'.join(names)})(?::asc|:desc)?"
    text = f"`FIELD:asc` or `FIELD:desc`, several with commas, of {', '.join(names)}."
    return in_query("sort", text, TEXT | {"pattern": f"^{one}(?:,{one}){{0,{most - 1}}}$"})


def _tags() -> Json:
    return TEXT | {"pattern": f"^(?:{_TAGS}(?:,{_TAGS})*)?$"}


def _filter(field: Field) -> Json:
    return in_query(field.name, _meaning(field), TEXT | {"pattern": filters.pattern(field)})


def _meaning(field: Field) -> str:
    operators = ", ".join(field.filters)
    if isinstance(field.kind, DictOf):
        return f"Key that {field.name} has; `{field.name}.KEY` for its value, by {operators}."
    held = "An item" if isinstance(field.kind, Container) else "Value"
    latest = " `latest`: the highest of each name." if field.name == filters.LATEST else ""
    return f"{held} of {field.name}, by {operators}; may repeat.{latest}"
