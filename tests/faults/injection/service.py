"""One process of the service, whose calls can go wrong, and all who ask it for something."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from falcon.testing import Result, TestClient

from artifacts import config, errors
from artifacts.app import create_app
from artifacts.caller import Caller
from artifacts.db.commits import Writers
from artifacts.db.numbers import Memory
from artifacts.parts import Parts, build
from injection import database, stores
from injection.calls import Calls

OPERATOR = Caller("operator", None, frozenset(), None)
CHUNKED = {"headers": {"Transfer-Encoding": "chunked"}, "extras": {"CONTENT_LENGTH": ""}}
LOCATION = "application/vnd+openstack.glare-custom-location+json"
PATCH = "application/json-patch+json"

Heard = Callable[[str, list[str | None]], object]


class Refused(Exception):
    """The answer was another than the one that was hoped for."""

    def __init__(self, what: str, status: int, text: str) -> None:
        super().__init__(f"{what}: {status} {text}")
        self.status = status


class BrokenOff(Exception):
    """The answer began, and did not come to its end."""


@dataclass
class Asker:
    """A client of one project, who says of each blob which bytes it may now have.

    Before an upload is answered these are the old ones or the new; None is no blob at all.
    """

    wsgi: Any
    project: str
    heard: Heard
    answered: Callable[[], object]
    roles: str = "member"
    held: dict[str, str | None] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, *, hoped: int = 200, type: str | None = None, **more: Any
    ) -> Result:
        """Send a request; raise Refused if its answer is not the one that is hoped for."""
        headers = {
            "Host": "localhost",
            "X-Identity-Status": "Confirmed",
            "X-User-Id": "user",
            "X-Roles": self.roles,
            "X-Project-Id": self.project,
            "OpenStack-API-Version": "artifact latest",
        }
        if type is not None:
            headers["Content-Type"] = type
        headers |= more.pop("headers", {})
        try:
            answer = TestClient(self.wsgi).simulate_request(method, path, headers=headers, **more)
        except errors.ArtifactsError as error:
            raise BrokenOff(f"{method} {path}") from error
        if answer.status_code != hoped:
            raise Refused(f"{method} {path}", answer.status_code, answer.text[:300])
        self.answered()
        return answer

    def send(self, method: str, path: str, document: Any, *, hoped: int = 200) -> Any:
        body = json.dumps(document).encode()
        type = PATCH if method == "PATCH" else "application/json"
        return self.ask(method, path, hoped=hoped, type=type, body=body).json

    def create(self, type_name: str, name: str, *, hoped: int = 201, **values: Any) -> str:
        """Draft an artifact, and return its path."""
        made = self.send("POST", f"/artifacts/{type_name}", {"name": name, **values}, hoped=hoped)
        return f"/artifacts/{type_name}/{made.get('id', '')}"

    def change(self, path: str, **values: Any) -> None:
        steps = [
            {"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()
        ]
        self.send("PATCH", path, steps)

    def put(
        self, path: str, data: bytes, *, hoped: int = 200, chunked: bool = False, **headers: str
    ) -> None:
        """Upload *data*; which is not kept if another answer than 200 is hoped for."""
        before = self.held.get(path)
        more: dict[str, Any] = CHUNKED if chunked else {"headers": {}}
        more = {**more, "headers": {**more["headers"], **headers}}
        self._hear(path, before, _digest(data))
        self.ask("PUT", path, hoped=hoped, type="text/plain", body=data, **more)
        self._hear(path, _digest(data) if hoped == 200 else before)

    def link(self, path: str, url: str, *, kind: str = "external", hoped: int = 200) -> None:
        document = json.dumps({"url": url, "location_type": kind}).encode()
        self.ask("PUT", path, hoped=hoped, type=LOCATION, body=document)

    def delete(self, path: str, *, hoped: int = 204) -> None:
        gone = [each for each in self.held if each == path or each.startswith(f"{path}/")]
        for each in gone:
            self._hear(each, self.held[each], None)
        self.ask("DELETE", path, hoped=hoped)
        for each in gone:
            self._hear(each, None)

    def _hear(self, path: str, *possible: str | None) -> None:
        self.held[path] = possible[-1]
        self.heard(path, list(possible))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Service:
    """The parts of one process, with every call to the database and the stores watched."""

    def __init__(self, file: str, heard: Heard, calls: Any = None) -> None:
        self.calls = Calls() if calls is None else calls
        self.parts: Parts = build(config.load([file]), create=False)
        for name, store in self.parts.pools:
            self.parts.pools._stores[name] = stores.watched(store, self.calls)
        database.watch(self.parts.database.engine, self.calls)
        self._wsgi = create_app(self.parts)
        self.held: dict[str, str | None] = {}
        self.answered: Callable[[], object] = lambda: None
        self._heard = heard

    @property
    def member(self) -> Asker:
        return self._asker("project")

    @property
    def stranger(self) -> Asker:
        return self._asker("elsewhere")

    @property
    def admin(self) -> Asker:
        return self._asker("admins", "admin")

    def _asker(self, project: str, roles: str = "member") -> Asker:
        return Asker(self._wsgi, project, self._heard, self.answered, roles, self.held)

    def rest(self) -> None:
        """Close every connection and forget what was learnt, as if it had just been started."""
        self.parts.database.engine.dispose()
        self.parts.database._memory = Memory()
        self.parts.database._writers = Writers()

    def loses_all(self, *, sure: bool = False) -> None:
        """Say that every blob may go now, or is gone."""
        for path, digest in list(self.held.items()):
            self._heard(path, [None] if sure else [digest, None])
