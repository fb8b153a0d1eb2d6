"""Members: their schemas, and the operations of them."""

from artifacts.api.members import LONGEST_NAME
from artifacts.api.openapi.answers import answer, media
from artifacts.api.openapi.operation import body, operation
from artifacts.api.openapi.places import Place
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


def find(place: Place) -> Json:
    told = answer("Those that the caller may know of.", media(ref("members")))
    return operation("List the members of an artifact", {200: told}, (404,))


def add(place: Place) -> Json:
    answered = {201: answer("The member.", media(ref("member")), ["Location"])}
    return operation(
        "Share an artifact with a project",
        {} if place.of_all else answered,
        (404, 409, 413, 415),
        requestBody=body(media(ref("member-new"))),
    )


def show(place: Place) -> Json:
    return operation("Show a member", {200: _member()}, (404,))


def set_status(place: Place) -> Json:
    return operation(
        "Accept or reject what is shared",
        {} if place.of_all else {200: _member()},
        (404, 413, 415),
        requestBody=body(media(ref("member-status"))),
    )


def delete(place: Place) -> Json:
    answered = {204: answer("It is shared with that project no longer.")}
    return operation("Delete a member", {} if place.of_all else answered, (404,))


def _member() -> Json:
    return answer("The member.", media(ref("member")))
