"""The tables of docs/access.md, cell by cell, with real tokens (D22, D24, D44)."""

import http.client
import itertools
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from access_operations import (
    BYTES,
    CHANGING,
    GENERAL,
    JSON,
    LINK,
    LINKED,
    LISTING,
    METHODS,
    ON_ARTIFACTS,
    OPERATIONS,
    PATCH,
    TAG,
    Cell,
    do,
    listed,
    new,
)
from access_page import CALLERS, FRIENDS, NO_STATE, SHARES, STATES, Told, told
from falcon import inspect

PROJECTS = ("red", "green", "blue")
DONE = {"200", "201", "204"}


@dataclass
class Heard:
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Line:
    """One connection, on which one request comes after the other."""

    def __init__(self, server: Any) -> None:
        self._connection = http.client.HTTPConnection(server.host, server.port, timeout=60)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Heard:
        named = {"OpenStack-API-Version": "artifact 1.2"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body, named)
        response = self._connection.getresponse()
        return Heard(response.status, response.read())

    def hang_up(self) -> None:
        """Connect anew for the next request: a server keeps no idle connection for long."""
        self._connection.close()


@dataclass
class Prop:
    """An artifact that nobody has changed since it was made, and how an admin sees it."""

    path: str
    friend: str
    shown: bytes


class Stage:
    """A project's artifacts, and the callers who stand before them."""

    def __init__(self, line: Line, url: str, cloud: Any, token: Any, owner: str) -> None:
        self.line, self._url = line, url
        self._owner = cloud.project(owner)
        index = PROJECTS.index(owner)
        other, third = (PROJECTS[(index + step) % 3] for step in (1, 2))
        self._invited = cloud.project(other)
        people = {role: f"{owner}-{role}" for role in ("reader", "member", "service")}
        people |= {"other": f"{other}-member", "admin": f"{third}-admin"}
        people |= dict.fromkeys(FRIENDS, f"{other}-member")
        people["accepted reader"] = f"{other}-reader"
        self._tokens = {caller: token(user) for caller, user in people.items()}
        self._props: dict[tuple[str, ...], Prop] = {}

    def cell(self, caller: str, prop: Prop | None = None) -> Cell:
        known = {"X_Auth_Token": self._tokens[caller]} if caller in self._tokens else {}

        def ask(*request: Any, **headers: str) -> Heard:
            return self.line.ask(*request, **known, **headers)

        cell = Cell(ask, project=self._owner, url=self._url)
        if prop is not None:
            cell.path, cell.friend = prop.path, prop.friend
        return cell

    def play(self, operation: str, states: Sequence[str], callers: Sequence[str]) -> Told:
        """Let each caller do it in each state, before what nobody has changed yet."""
        if operation in LISTING:
            return self._list(operation, states, callers)
        found: Told = {}
        for state, caller in itertools.product(states, callers):
            key, prop = self._prop(operation, state, caller)
            answer = do(operation, self.cell(caller, prop))
            found.setdefault((operation, state), {})[caller] = answer
            if operation in CHANGING and answer == "yes":
                del self._props[key]
        if operation in CHANGING:
            self._check_untouched(states)
        return found

    def _list(self, operation: str, states: Sequence[str], callers: Sequence[str]) -> Told:
        found: Told = {(operation, state): {} for state in states}
        for caller in callers:
            paths = [self._prop(operation, state, caller)[1].path for state in states]
            ids = [path.rpartition("/")[2] for path in paths]
            seen = listed(self.cell(caller).ask, ids, *LISTING[operation])
            for state, id in zip(states, ids, strict=True):
                found[operation, state][caller] = seen[id]
        return found

    def _check_untouched(self, states: Sequence[str]) -> None:
        """Whoever was refused has changed nothing."""
        for (state, *_), prop in self._props.items():
            if state in states:
                assert self.cell("admin").ask("GET", prop.path).body == prop.shown

    def _prop(self, operation: str, state: str, caller: str) -> tuple[tuple[str, ...], Prop]:
        status = caller.split()[0] if caller in FRIENDS else ""
        key = (state, status, LINKED if operation == "unlink" else "")
        if key not in self._props:
            self._props[key] = self._make(*key)
        return key, self._props[key]

    def _make(self, state: str, membership: str, linked: str) -> Prop:
        """Make an artifact in a state, with a blob; shared with the other project, or another."""
        fields = {"disk_format": "raw", "container_format": "bare", "name": new(), "tags": [TAG]}
        member, admin = self.cell("member"), self.cell("admin")
        made = member.ask("POST", "/artifacts/images", json.dumps(fields), **JSON)
        assert made.status == 201, made.body
        id = made.json["id"]
        path, friend = f"/artifacts/images/{id}", self._invited if membership else new()
        visibility, status = state.split()
        done = [member.say("PUT", f"{path}/image", BYTES)]
        if linked:
            body = {"url": self._url}
            done.append(member.say("PUT", f"{path}/mirrors/{linked}", body, **LINK))
        moves = {"status": "draft" if status == "draft" else "active", "visibility": visibility}
        if status != "draft":
            done.append(admin.say("PATCH", path, replacing(**moves), **PATCH))
        if visibility == "shared":
            done.append(member.say("POST", f"{path}/members", {"member": friend}, **JSON))
        if membership:
            invited = self.cell("pending", Prop(path, friend, b""))
            done.append(invited.answer(membership))
        if status == "deactivated":
            done.append(admin.say("PATCH", path, replacing(status=status), **PATCH))
        if status == "deleted":
            done.append(admin.say("DELETE", path))
        assert set(done) <= DONE, (state, done)
        return Prop(path, friend, admin.ask("GET", path).body)


def replacing(**values: str) -> list[dict[str, str]]:
    return [{"op": "replace", "path": f"/{name}", "value": each} for name, each in values.items()]


@pytest.fixture(scope="module")
def server(cloud, make_lasting_server, remote_options):
    """One where what is deleted is so in name only, and everybody reads what is public."""
    more = "[DEFAULT]\nallow_anonymous_access = true\ndelayed_delete = true\n"
    return make_lasting_server(config=cloud.options() + more + remote_options).start()


@pytest.fixture(scope="module")
def all_stages(server, origin, cloud, token) -> list[Stage]:
    """One for each project as the owner; a second is everybody else's, the third the admin's."""
    url = origin.serve(BYTES)
    return [Stage(Line(server), url, cloud, token, project) for project in PROJECTS]


@pytest.fixture
def stages(all_stages) -> list[Stage]:
    for stage in all_stages:
        stage.line.hang_up()
    return all_stages


OF_ALL = frozenset((*OPERATIONS, *GENERAL))


def wrong(played: Told, callers: tuple[str, ...]) -> Told:
    """Return what was played and the page says otherwise."""
    page = told(callers, OF_ALL)
    return {place: cells for place, cells in played.items() if page.get(place) != cells}


def test_the_page_has_every_operation_in_every_state():
    places = set(itertools.product(OPERATIONS, STATES))
    places |= {(operation, NO_STATE) for operation in GENERAL}

    assert told(CALLERS, OF_ALL).keys() == places
    assert told(FRIENDS, frozenset(OPERATIONS)).keys() == set(itertools.product(OPERATIONS, SHARES))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_everybody_gets_what_the_page_says(stages, operation):
    """Each project owns a third of the states, and of the next operation another third."""

    def play(place: int, stage: Stage) -> Told:
        first = (place + OPERATIONS.index(operation)) % 3
        ours = stage.play(operation, STATES[first::3], CALLERS)
        shared = stage.play(operation, SHARES[first::3], FRIENDS)
        return wrong(ours, CALLERS) | wrong(shared, FRIENDS)

    with ThreadPoolExecutor(len(stages)) as threads:
        assert list(threads.map(play, range(3), stages)) == [{}] * 3


@pytest.mark.parametrize("operation", GENERAL)
def test_everybody_gets_what_the_page_says_of_the_service_itself(stages, operation):
    stage = stages[list(GENERAL).index(operation) % 3]
    played = {caller: do(operation, stage.cell(caller)) for caller in CALLERS}

    assert wrong({(operation, NO_STATE): played}, CALLERS) == {}


def test_every_method_of_every_route_is_an_operation_of_the_page(deployment):
    """What any caller can ask for is in `routes.py`, and so on the page."""
    asked = set()

    def note(method: str, path: str, body: Any = None, **headers: str) -> Heard:
        asked.add((deployment.wsgi._router.find(path.partition("?")[0])[3], method))
        return Heard(200, b"")

    for operation in (*ON_ARTIFACTS, *GENERAL):
        do(operation, Cell(note))
    routes = {
        (route.path, method.method)
        for route in inspect.inspect_routes(deployment.wsgi)
        for method in route.methods
        if not method.internal and method.method in METHODS
    }

    assert asked == routes
