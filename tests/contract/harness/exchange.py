"""Requests as rows write them, sent to a service by the caller that the row names."""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from harness.expectations import Answer
from harness.rows import Contract, Row, filled

LOCATION = "application/vnd+openstack.glare-custom-location+json"
PATCH = "application/json-patch+json"
OF_REQUEST = {
    *("as", "type", "headers", "version", "json", "set", "location", "body", "chunked"),
    *("environ", "status", "save"),
}


class Exchange:
    """All that one row sends, and what it was answered; its projects are its own."""

    def __init__(self, contract: Contract, row: Row, deployment: Any, known: dict[str, Any]):
        self._contract = contract
        self._row = row
        self._deployment = deployment
        self._known = known

    def run(self) -> tuple[dict[str, Any], Answer]:
        """Return what is expected, with every place filled, and what was answered."""
        for step in self._row.given:
            self._give(step)
        answers: list[Answer] = []
        if self._row.during is None:
            answers.append(self._send(self._row.request))
        else:
            request = self._row.request
            outer = self._send(self._row.during, lambda: answers.append(self._send(request)))
            assert outer.status < 400, outer.body
        return self._filled(self._row.expected), answers[0]

    def _filled(self, value: Any) -> Any:
        return filled(value, self._known, self._row.case)

    def _give(self, step: str | dict[str, Any], name: str | None = None) -> None:
        if isinstance(step, str):
            step = self._filled(step)
        if isinstance(step, str):
            for each in self._contract.given[step]:
                self._give(each, step)
            return
        if "lose" in step:
            for path in self._deployment.stored():
                path.unlink()
            return
        answer = self._send(step)
        wanted = self._filled(step.get("status"))
        assert answer.status == wanted if wanted else answer.status < 400, answer.body
        if (saved := step.get("save", name)) and answer.body:
            self._known[saved] = answer.json

    def _send(
        self, request: Mapping[str, Any], halfway: Callable[[], object] | None = None
    ) -> Answer:
        request = self._filled(request)
        method = next(key for key in request if key.isupper())
        if unknown := request.keys() - OF_REQUEST - {method}:
            raise ValueError(f"{self._row.id}: unknown {unknown}")
        body, extras = _body(request, halfway)
        client = self._client(request.get("as", self._filled(self._row.caller)))
        if told := request.get("environ"):
            client.app = _told(client.app, told)
        answer = client.simulate_request(
            method, request[method], headers=_headers(method, request), body=body, extras=extras
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, headers, answer.content)

    def _client(self, caller: str) -> Any:
        project = self._known["project"]
        match caller:
            case "owner":
                return self._deployment.client(project)
            case "member":
                return self._deployment.client(project, user="colleague")
            case "other":
                return self._deployment.client(f"{project}-other")
            case "admin":
                return self._deployment.client(f"{project}-admins", roles="admin")
            case "anonymous":
                return self._deployment.client(None)
            case "nobody":
                return self._deployment.plain_client()
        raise ValueError(f"nobody is called {caller}")


def _told(app: Any, told: Mapping[str, str]) -> Any:
    """Tell an application of a request what the checks of a test client would not let pass."""
    return lambda environ, start_response: app({**environ, **told}, start_response)


def _headers(method: str, request: Mapping[str, Any]) -> dict[str, str]:
    headers = {}
    if request.get("type", media := _media_type(method, request)) is not None:
        headers["Content-Type"] = request.get("type", media)
    if "version" in request:
        headers["OpenStack-API-Version"] = f"artifact {request['version']}"
    if "chunked" in request:
        headers["Transfer-Encoding"] = "chunked"
    return {**headers, **request.get("headers", {})}


def _media_type(method: str, request: Mapping[str, Any]) -> str | None:
    if "location" in request:
        return LOCATION
    if method == "PATCH":
        return PATCH
    if "json" in request or method == "POST":
        return "application/json"
    return "application/octet-stream" if method == "PUT" else None


def _body(
    request: Mapping[str, Any], halfway: Callable[[], object] | None
) -> tuple[str | bytes | None, dict[str, Any]]:
    """Return the body, and what the server is told of it besides."""
    body = request.get("body", request.get("chunked"))
    if halfway is not None:
        data = str(body).encode()
        length = "" if "chunked" in request else str(len(data))
        return None, {"wsgi.input": Interrupted(data, halfway), "CONTENT_LENGTH": length}
    if "set" in request:
        body = json.dumps(
            [
                {"op": "replace", "path": f"/{name}", "value": value}
                for name, value in request["set"].items()
            ]
        )
    for written in ("json", "location"):
        if written in request:
            body = json.dumps(request[written])
    return body, {"CONTENT_LENGTH": ""} if "chunked" in request else {}


class Interrupted(io.RawIOBase):
    """A body during which something else happens."""

    def __init__(self, data: bytes, halfway: Callable[[], object]) -> None:
        self._parts = [data[: len(data) // 2], data[len(data) // 2 :]]
        self._halfway = halfway

    def read(self, size: int = -1) -> bytes:
        if len(self._parts) == 1:
            self._halfway()
        return self._parts.pop(0) if self._parts else b""
