"""Members: their schemas, and what is told of the URLs that they have."""

from artifacts.api.members import LONGEST_NAME
from artifacts.api.openapi.schemas import TEXT, Json, ref
from artifacts.model.membership import STATUSES

_MOMENT: Json = {"type": ["string", "null"], "format": "date-time"}
_PROJECT: Json = TEXT | {"minLength": 1, "maxLength": LONGEST_NAME}
_STATUS: Json = {"enum": list(STATUSES)}

MEMBER: Json = {
    "type": "object",
    "properties": {
        "member": _PROJECT | {"description": "Identifier of the project."},
        "status": _STATUS,
        "created_at": TEXT | {"format": "date-time"},
        "expires_at": _MOMENT | {"description": "When the membership ends; null is never."},
    },
    "required": ["member", "status", "created_at", "expires_at"],
    "additionalProperties": False,
}
MEMBERS: Json = {
    "type": "object",
    "properties": {"members": {"type": "array", "items": ref("member")}},
    "required": ["members"],
    "additionalProperties": False,
}
NEW: Json = {
    "type": "object",
    "properties": {"member": _PROJECT, "expires_at": _MOMENT},
    "required": ["member"],
    "additionalProperties": False,
}
STATUS: Json = {
    "type": "object",
    "properties": {"status": _STATUS},
    "required": ["status"],
    "additionalProperties": False,
}
SCHEMAS: Json = {
    "member": MEMBER,
    "members": MEMBERS,
    "member-new": NEW,
    "member-status": STATUS,
}
