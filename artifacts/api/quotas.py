"""`/quotas`, and `/project-quotas`, of the caller's project or another."""

from collections.abc import Mapping
from typing import Any

import falcon

from artifacts import errors
from artifacts.api import bodies, versions
from artifacts.model.text import check_text
from artifacts.service.quotas import Quota, Quotas

LONGEST_NAME = 255
LARGEST = 2**63 - 1
MOST_PROJECTS = 1000
MOST_QUOTAS = 200  # of one project: two for each type and two for all is less

Values = dict[str, int]


class AllQuotas:
    """What was set for single projects, and what holds for all others."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        bodies.refuse(req)
        found = self._quotas.find(req.context.caller)
        resp.media = {
            "quotas": [_of_project(project, _items(found[project])) for project in found],
            "global_quotas": self._quotas.defaults,
        }

    on_head = on_get

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        bodies.check_type(req, falcon.MEDIA_JSON)
        self._quotas.replace(req.context.caller, parse(bodies.read_json(req)))
        resp.text = "null"  # which `media` would take for no body


class ProjectQuotas:
    """What holds for one project, and from microversion 1.2 on how much of it is used."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, project: str | None = None
    ) -> None:
        bodies.refuse(req)
        asked = req.context.caller.project if project is None else project
        if asked is None:
            raise errors.Forbidden("only who acts for a project has quotas")
        check_text(_name(asked, "project"), "project")
        found = self._quotas.of_project(req.context.caller, asked)
        with_usage = req.context.version >= versions.USAGE_OF_QUOTAS
        resp.media = [_of_project(asked, [_shown(quota, with_usage) for quota in found])]

    on_head = on_get


def parse(document: object) -> dict[str, Values]:
    """Return the quotas of each project; of what is listed twice, the later."""
    projects = _listed(document, "body", MOST_PROJECTS)
    return dict(_project(each, f"body/{place}") for place, each in enumerate(projects))


def _project(document: object, place: str) -> tuple[str, Values]:
    project = _name(_member(document, "project_id", place), f"{place}/project_id")
    inside = f"{place}/project_quotas"
    quotas = _listed(_member(document, "project_quotas", place), inside, MOST_QUOTAS)
    return project, dict(_quota(each, f"{inside}/{at}") for at, each in enumerate(quotas))


def _quota(document: object, place: str) -> tuple[str, int]:
    name = _name(_member(document, "quota_name", place), f"{place}/quota_name")
    if name.count(":") > 1:
        raise errors.Invalid(f"{place}/quota_name: must contain at most one colon")
    value = _member(document, "quota_value", place)
    if type(value) is not int or not -1 <= value <= LARGEST:
        raise errors.Invalid(f"{place}/quota_value: must be an integer from -1 to {LARGEST}")
    return name, value


def _listed(document: object, place: str, most: int) -> list[Any]:
    if not isinstance(document, list):
        raise errors.Invalid(f"{place}: must be a list")
    if len(document) > most:
        raise errors.Invalid(f"{place}: must have at most {most} items")
    return document


def _member(document: object, name: str, place: str) -> object:
    if not isinstance(document, dict) or name not in document:
        raise errors.Invalid(f"{place}: must be an object with {name}")
    return document[name]


def _name(value: object, place: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_NAME:
        raise errors.Invalid(f"{place}: must be text of 1 to {LONGEST_NAME} characters")
    return value


def _of_project(project: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"project_id": project, "project_quotas": items}


def _items(values: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"quota_name": name, "quota_value": value} for name, value in values.items()]


def _shown(quota: Quota, with_usage: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"quota_name": quota.name, "quota_value": quota.value}
    return {**shown, "usage": quota.usage} if with_usage else shown
