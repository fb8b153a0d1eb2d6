"""Components: the schemas of quotas, as they are set and as they are shown."""

from artifacts.api.openapi.schemas import Json
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
