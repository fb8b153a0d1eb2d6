"""D34: nobody learns that somebody else has the same bytes: not by status, header or body.

One project does the same things in two worlds, in one of which another project has these bytes.
"""

import hashlib
import json
import re
from itertools import count

import pytest

TEN = b"0123456789"
V12 = {"OpenStack-API-Version": "artifact 1.2"}
JSON_PATCH = {"Content-Type": "application/json-patch+json", **V12}
MD5 = {"Content-MD5": hashlib.md5(TEN, usedforsecurity=False).hexdigest()}
PASSING = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # ids, of requests too
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?"  # times
    r"|\b(before|behind)\b"  # the project's own name
)


class Diary:
    """What a project is answered, without what is never the same twice."""

    def __init__(self, client, meddle=lambda: None):
        self.client = client
        self.meddle = meddle
        self.lines = []

    def ask(self, method, path, **more):
        self.meddle()
        answer = self.client.simulate_request(method, path, **more)
        headers = sorted(answer.headers.items())
        body = "" if "Content-Disposition" in answer.headers else answer.text
        told = f"{method} {PASSING.sub('-', path)} {answer.status} {headers} {body}"
        self.lines.append(PASSING.sub("-", told))
        return answer


def live(diary):
    """Upload, read and delete ten bytes in every way there is."""
    ask = diary.ask
    for sample in ("first", "second"):
        made = ask("POST", "/artifacts/samples", json={"name": sample})
        item = f"/artifacts/samples/{made.json['id']}"
        slots = ("blob", "loose", "folder/a", "folder/b")
        for slot in slots:
            path = f"{item}/{slot}"
            ask("HEAD", path)
            ask("PUT", path, body=TEN, headers={**MD5, **V12})
            ask("PUT", path, body=TEN[1:], headers=MD5)  # not these bytes, whoever has which
            tag = ask("HEAD", path).headers["ETag"]
            for headers in ({}, {"Range": "bytes=2-3"}, {"If-None-Match": tag}):
                ask("GET", path, headers=headers)
        ask("PUT", f"{item}/huge", body=TEN * 2)  # over the quota
        for quotas in ("/project-quotas", "/quotas"):
            ask("GET", quotas, headers=V12)
        ask("GET", item, headers=V12)
        ask("DELETE", f"{item}/folder/a", headers=V12)
        ask("DELETE", f"{item}/folder/a", headers=V12)
        activate = [{"op": "replace", "path": "/status", "value": "active"}]
        ask("PATCH", item, body=json.dumps(activate), headers=JSON_PATCH)
        ask("PUT", f"{item}/loose", body=TEN, headers=V12)
        ask("GET", "/artifacts/samples", headers=V12)
        ask("GET", "/project-quotas", headers=V12)
        ask("DELETE", item)
        ask("GET", f"{item}/blob")
        ask("GET", "/project-quotas", headers=V12)
    return diary.lines


def fill(client):
    """Keep the same ten bytes, as another project."""
    for name in ("one", "two"):
        made = client.simulate_post("/artifacts/samples", json={"name": name}).json["id"]
        answer = client.simulate_put(f"/artifacts/samples/{made}/blob", body=TEN)
        assert answer.status_code == 200


@pytest.fixture
def process(deploy, request):
    """One in which contents are shared as the test says."""
    limits = {"max_uploaded_data": 55}
    return deploy({"DEFAULT": limits, "pool:default": {"share_contents": request.param}})


@pytest.mark.parametrize("process", ["project", "everybody"], indirect=True)
def test_nobody_learns_that_others_have_the_same_bytes(process):
    alone = live(Diary(process.client("before")))
    fill(process.client("others"))
    beside = live(Diary(process.client("behind")))

    assert beside == alone
    assert any(" 413 " in line for line in alone)
    assert len([line for line in alone if " 200 " in line]) > 30


@pytest.mark.parametrize("process", ["everybody"], indirect=True)
def test_what_others_do_with_them_meanwhile_is_not_told_either(process):
    """They delete, and upload again, so that now mine is the last and now theirs."""
    alone = live(Diary(process.client("before")))
    others, turns = process.client("others"), count()
    fill(others)

    def meddle():
        if next(turns) % 3 == 0:
            for each in others.simulate_get("/artifacts/samples").json["artifacts"]:
                answer = others.simulate_delete(f"/artifacts/samples/{each['id']}")
                assert answer.status_code == 204
            fill(others)

    assert live(Diary(process.client("behind"), meddle)) == alone
    assert next(turns) > 50
