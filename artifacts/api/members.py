"""`/artifacts/{type}/{id}/members` and `/artifacts/{type}/{id}/members/{project}`."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import falcon

from artifacts import errors
from artifacts.api import bodies, versions
from artifacts.model.kinds import DateTime
from artifacts.model.membership import STATUSES, Member
from artifacts.model.text import check_text
from artifacts.service.members import Members

LONGEST_NAME = 255

Json = dict[str, Any]


class AllMembers:
    """The projects that an artifact is shared with, as far as the caller may know them."""

    since = versions.SHARING

    def __init__(self, members: Members) -> None:
        self._members = members

    def on_get(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        bodies.refuse(req)
        found = self._members.find(req.context.caller, **where)
        resp.media = {"members": [_shown(each) for each in found]}

    on_head = on_get

    def on_post(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        document = _read(req, {"member", "expires_at"})
        project, until = _project(document.get("member")), _moment(document.get("expires_at"))
        member = self._members.add(req.context.caller, **where, project=project, until=until)
        resp.status = falcon.HTTP_201
        resp.location = f"{req.path}/{quote(project, safe='')}"
        resp.media = _shown(member)


class OneMember:
    """One of them."""

    since = versions.SHARING

    def __init__(self, members: Members) -> None:
        self._members = members

    def on_get(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        bodies.refuse(req)
        check_text(where["project"], "project")
        resp.media = _shown(self._members.show(req.context.caller, **where))

    on_head = on_get

    def on_put(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        check_text(where["project"], "project")
        status = _read(req, {"status"}).get("status")
        if status not in STATUSES:
            raise errors.Invalid("status: must be pending, accepted or rejected")
        resp.media = _shown(self._members.set_status(req.context.caller, **where, status=status))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, **where: str) -> None:
        bodies.refuse(req)
        check_text(where["project"], "project")
        self._members.delete(req.context.caller, **where)
        resp.status = falcon.HTTP_204


def _read(req: falcon.Request, names: set[str]) -> Json:
    bodies.check_type(req, falcon.MEDIA_JSON)
    document = bodies.read_json(req)
    if not isinstance(document, dict) or not document.keys() <= names:
        raise errors.Invalid(f"body: must be an object with {' and '.join(sorted(names))} alone")
    return document


def _project(given: object) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_NAME:
        raise errors.Invalid(f"member: must be text of 1 to {LONGEST_NAME} characters")
    return given


def _moment(given: object) -> datetime | None:
    if given is None:
        return None
    try:
        return DateTime().coerce(given)
    except errors.Invalid as refusal:
        raise errors.Invalid(f"expires_at: {refusal}") from None


def _shown(member: Member) -> Json:
    return {
        "member": member.project,
        "status": member.status,
        "created_at": DateTime().show(member.created_at),
        "expires_at": member.expires_at and DateTime().show(member.expires_at),
    }
