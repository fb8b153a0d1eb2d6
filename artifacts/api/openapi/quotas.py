"""Quotas: their schemas, as they are set and as they are shown, and the operations of them."""

from artifacts.api.openapi.answers import answer, media
from artifacts.api.openapi.operation import body, operation
from artifacts.api.openapi.places import Place
from artifacts.api.openapi.schemas import Json, ref
from artifacts.api.quotas import LARGEST, LONGEST_NAME, MOST_PROJECTS, MOST_QUOTAS

NAME = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
VALUE = {
    "type": "integer",
    "minimum": -1,
    "maximum": LARGEST,
    "description": "Artifacts or bytes; -1 is any number.",
}
USED = {
    "type": ["integer", "null"],
    "minimum": 0,
    "description": "Artifacts, or bytes with what is reserved; null where nothing is limited.",
}
QUOTA = {
    "quota_name": NAME | {"pattern": "^[^:]*:?[^:]*$"},
    "quota_value": VALUE,
}


def _object(properties: Json, *, extensible: bool = False) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": extensible,
    }


def _of_projects(quota: Json, *, extensible: bool = False) -> Json:
    quotas = {"type": "array", "items": _object(quota, extensible=extensible)}
    most = {"maxItems": MOST_QUOTAS} if extensible else {}
    project = _object({"project_id": NAME, "project_quotas": quotas | most}, extensible=extensible)
    return {"type": "array", "items": project}


SCHEMAS = {
    "quotas-new": _of_projects(QUOTA, extensible=True) | {"maxItems": MOST_PROJECTS},
    "quotas": _object(
        {
            "quotas": _of_projects(QUOTA),
            "global_quotas": {"type": "object", "additionalProperties": VALUE},
        }
    ),
    "project-quotas": _of_projects({**QUOTA, "usage": USED}) | {"minItems": 1, "maxItems": 1},
}


def set_all(place: Place) -> Json:
    return operation(
        "Set the quotas of projects",
        {200: answer("They are set.", media({"type": "null"}))},
        (413, 415),
        requestBody=body(media(ref("quotas-new"))),
    )


def find(place: Place) -> Json:
    told = answer("What was set, and what holds for all others.", media(ref("quotas")))
    return operation("List the quotas of projects", {200: told})


def show(place: Place) -> Json:
    told = answer("What holds, and what of it is used.", media(ref("project-quotas")))
    return operation("Show the quotas of one project", {200: told})
