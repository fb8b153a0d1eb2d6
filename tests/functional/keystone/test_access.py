"""The table of docs/access.md, cell by cell, with real tokens (D24, D44)."""

import itertools
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "access.md"
CALLERS = ("anonymous", "reader", "member", "service", "other", "admin")
STATES = ("private draft", "private active", "private deactivated", "private deleted")
STATES += ("public active", "public deactivated", "public deleted")
PROJECTS = ("red", "green", "blue")
PATCH = "application/json-patch+json"
LOCATION = "application/vnd+openstack.glare-custom-location+json"

Row = dict[str, str]


def rows() -> list[tuple[str, str, Row]]:
    """Return the operation, the state and the cells of each row of the page."""
    table = PAGE.read_text().partition("<!-- access -->")[2].partition("<!-- /access -->")[0]
    found = []
    for line in table.strip().splitlines()[2:]:
        operation, state, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        found.append((operation, state, dict(zip(CALLERS, cells, strict=True))))
    return found


@dataclass
class Cell:
    """One caller before one artifact."""

    server: Any
    origin: Any
    token: str | None
    path: str
    owner: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> str:
        known = {} if self.token is None else {"X_Auth_Token": self.token}
        return str(self.server.ask(method, path, body, **known, **headers).status)

    def patch(self, **values: Any) -> str:
        steps = [
            {"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()
        ]
        return self.ask("PATCH", self.path, json.dumps(steps), Content_Type=PATCH)

    def put(self, path: str, **body: Any) -> str:
        return self.ask("PUT", path, json.dumps(body), Content_Type="application/json")

    def link(self, location_type: str) -> str:
        body = {"url": self.origin.serve(b"bytes"), "location_type": location_type}
        key = f"{self.path}/mirrors/{uuid.uuid4().hex}"
        return self.ask("PUT", key, json.dumps(body), Content_Type=LOCATION)

    def listed(self, type_name: str) -> str:
        known = {} if self.token is None else {"X_Auth_Token": self.token}
        id = self.path.rpartition("/")[2]
        found = self.server.ask("GET", f"/artifacts/{type_name}?id={id}", **known)
        assert found.status == 200
        return "seen" if [each["id"] for each in found.json["artifacts"]] == [id] else "unseen"


# What is done to an artifact.
OPERATIONS: dict[str, Callable[[Cell], str]] = {
    "list": lambda it: it.listed("images"),
    "list as `all`": lambda it: it.listed("all"),
    "show": lambda it: it.ask("GET", it.path),
    "show by HEAD": lambda it: it.ask("HEAD", it.path),
    "download": lambda it: it.ask("GET", f"{it.path}/image"),
    "download a range": lambda it: it.ask("GET", f"{it.path}/image", Range="bytes=1-2"),
    "download by HEAD": lambda it: it.ask("HEAD", f"{it.path}/image"),
    "change a field": lambda it: it.patch(description=uuid.uuid4().hex),
    "change tags": lambda it: it.patch(tags=[uuid.uuid4().hex]),
    "activate, reactivate": lambda it: it.patch(status="active"),
    "deactivate": lambda it: it.patch(status="deactivated"),
    "publish": lambda it: it.patch(visibility="public"),
    "upload": lambda it: it.ask("PUT", f"{it.path}/image", b"other bytes"),
    "upload into a folder": lambda it: it.ask("PUT", f"{it.path}/mirrors/{uuid.uuid4()}", b"1"),
    "link": lambda it: it.link("external"),
    "copy": lambda it: it.link("internal"),
    "unlink": lambda it: it.ask("DELETE", f"{it.path}/mirrors/linked"),
    "delete a blob": lambda it: it.ask("DELETE", f"{it.path}/image"),
    "delete": lambda it: it.ask("DELETE", it.path),
}
# What is done to no artifact.
GENERAL: dict[str, Callable[[Cell], str]] = {
    "create": lambda it: it.ask(
        *("POST", "/artifacts/images", json.dumps({"name": uuid.uuid4().hex})),
        Content_Type="application/json",
    ),
    "see the types": lambda it: it.ask("GET", "/schemas"),
    "see a type": lambda it: it.ask("GET", "/schemas/images"),
    "see the owner's quotas": lambda it: it.ask("GET", f"/project-quotas/{it.owner}"),
    "see one's own quotas": lambda it: it.ask("GET", "/project-quotas"),
    "see all quotas": lambda it: it.ask("GET", "/quotas"),
    "set quotas": lambda it: it.ask(
        *("PUT", "/quotas", json.dumps([{"project_id": it.owner, "project_quotas": []}])),
        Content_Type="application/json",
    ),
}
EVERY_ROW = [*itertools.product(OPERATIONS, STATES), *itertools.product(GENERAL, ["-"])]
DONE = {"200", "201", "204"}
READING = {"list", "list as `all`", "show", "show by HEAD"}
READING |= {"download", "download a range", "download by HEAD"}


@pytest.fixture(scope="module")
def server(cloud, make_lasting_server, remote_options):
    """One where what is deleted is so in name only, and everybody reads what is public."""
    more = "[DEFAULT]\nallow_anonymous_access = true\ndelayed_delete = true\n"
    return make_lasting_server(config=cloud.options() + more + remote_options).start(workers=1)


class Stage:
    """Makes artifacts of a project, and the callers who stand before them."""

    def __init__(self, server: Any, origin: Any, cloud: Any, token: Any, owner: str) -> None:
        self.server, self.origin = server, origin
        self.owner = cloud.project(owner)
        index = PROJECTS.index(owner)
        other, third = (PROJECTS[(index + step) % 3] for step in (1, 2))
        self.tokens: dict[str, str | None] = {"anonymous": None}
        self.tokens |= {role: token(f"{owner}-{role}") for role in ("reader", "member", "service")}
        self.tokens |= {"other": token(f"{other}-member"), "admin": token(f"{third}-admin")}
        self._untouched: dict[str, str] = {}

    def cell(self, caller: str, path: str = "") -> Cell:
        return Cell(self.server, self.origin, self.tokens[caller], path, self.owner)

    def make(self, state: str) -> str:
        """Make an artifact in a state, with a blob and an external one, and return its path."""
        fields = {"disk_format": "raw", "container_format": "bare"}
        path = self.server.create(token=self.tokens["member"], name=uuid.uuid4().hex, **fields)
        member, admin = self.cell("member", path), self.cell("admin", path)
        visibility, status = state.split()
        assert member.ask("PUT", f"{path}/image", b"bytes") == "200"
        url = json.dumps({"url": self.origin.serve(b"bytes")})
        linked = member.ask("PUT", f"{path}/mirrors/linked", url, Content_Type=LOCATION)
        done = [linked]
        if status != "draft" or visibility == "public":
            done.append(member.patch(status="active"))
        if visibility == "public":
            done.append(admin.patch(visibility="public"))
        if status == "deactivated":
            done.append(admin.patch(status="deactivated"))
        if status == "deleted":
            done.append(admin.ask("DELETE", path))
        assert set(done) <= DONE, done
        return path

    def play(self, operation: str, state: str) -> Row:
        """Let each caller do it, before an artifact to which nobody has done anything yet."""
        if operation in GENERAL:
            return {caller: GENERAL[operation](self.cell(caller)) for caller in CALLERS}
        told = {}
        for caller in CALLERS:
            if state not in self._untouched:
                self._untouched[state] = self.make(state)
            told[caller] = OPERATIONS[operation](self.cell(caller, self._untouched[state]))
            if told[caller] in DONE and operation not in READING:
                del self._untouched[state]
        return told


OTHERS = [pytest.param(project, marks=pytest.mark.long) for project in PROJECTS[1:]]


@pytest.fixture(scope="module", params=[PROJECTS[0], *OTHERS])
def stage(request, server, origin, cloud, token) -> Stage:
    return Stage(server, origin, cloud, token, request.param)


def test_the_page_has_a_row_for_every_operation_and_state():
    assert [row[:2] for row in rows()] == EVERY_ROW


@pytest.mark.parametrize(("operation", "state", "cells"), rows())
def test_everybody_gets_what_the_page_says(stage, operation, state, cells):
    assert stage.play(operation, state) == cells
