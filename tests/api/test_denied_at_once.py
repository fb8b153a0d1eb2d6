"""D24: what ends a right to read ends every way to read, at once and in every process.

Whole, in part, resumed, by HEAD, and for a cache that only asks whether what it keeps is good.
"""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from artifacts.db import tables

V12 = {"OpenStack-API-Version": "artifact 1.2"}
PATCH = {"Content-Type": "application/json-patch+json", **V12}
OWNER, FRIEND, STRANGER = "project", "friend", "stranger"
READS = {200, 206, 304}


def ways(tag):
    """Return the method and the headers of each way to read bytes."""
    some = {"Range": "bytes=0-3"}
    known = {"If-None-Match": tag}
    return [
        ("GET", {}),
        ("HEAD", {}),
        ("GET", some),
        ("GET", {"Range": "bytes=0-1,4-5"}),
        ("GET", {**some, "If-Range": tag}),
        ("GET", {**some, "If-Range": '"other"'}),
        ("GET", {"Range": "bytes=99-"}),
        *((method, known) for method in ("GET", "HEAD")),
        ("GET", {"If-None-Match": "*"}),
        ("GET", {**known, **some}),
    ]


@pytest.fixture
def processes(deploy):
    """Two: one in which something changes, and one in which it is read."""
    options = {"DEFAULT": {"delayed_delete": True, "allow_anonymous_access": True}}
    return [deploy(options) for _ in range(2)]


@pytest.fixture
def url(processes):
    """An active artifact with ten bytes."""
    client = processes[0].client(OWNER)
    made = client.simulate_post("/artifacts/samples", json={"name": "n"}).json["id"]
    url = f"/artifacts/samples/{made}"
    assert client.simulate_put(f"{url}/blob", body=b"0123456789").status_code == 200
    patch(client, url, status="active")
    return url


def patch(client, url, **values):
    steps = [{"op": "replace", "path": f"/{name}", "value": each} for name, each in values.items()]
    answer = client.simulate_patch(url, body=json.dumps(steps), headers=PATCH)
    assert answer.status_code == 200, answer.text


def put_member(client, url, status):
    member = f"{url}/members/{FRIEND}"
    return client.simulate_put(member, json={"status": status}, headers={**V12}).status_code


def expire(process, url):
    over = datetime.now(UTC) - timedelta(seconds=1)
    with process.parts.database.engine.connect() as connection:
        connection.execution_options(writing=True)
        connection.execute(update(tables.members).values(expires_at=over))
        connection.commit()


# What shows it to somebody, what ends that, and what every read is from then on.
ENDS = {
    "withdrawn from members": (
        *("shared", FRIEND),
        lambda process, url: patch(process.client(OWNER), url, visibility="private"),
        404,
    ),
    "rejected": (
        *("shared", FRIEND),
        lambda process, url: put_member(process.client(FRIEND), url, "rejected"),
        404,
    ),
    "taken back from a member": (
        *("shared", FRIEND),
        lambda process, url: process.client(OWNER).simulate_delete(
            f"{url}/members/{FRIEND}", headers=V12
        ),
        404,
    ),
    "over": ("shared", FRIEND, expire, 404),
    "withdrawn from everybody": (
        *("community", STRANGER),
        lambda process, url: patch(process.client(OWNER), url, visibility="private"),
        404,
    ),
    "withdrawn from nobody known": (
        *("community", None),
        lambda process, url: patch(process.client(OWNER), url, visibility="private"),
        404,
    ),
    "shared with others alone": (
        *("community", STRANGER),
        lambda process, url: patch(process.client(OWNER), url, visibility="shared"),
        404,
    ),
    "deactivated": (
        *("public", STRANGER),
        lambda process, url: patch(process.admin(), url, status="deactivated"),
        403,
    ),
    "deactivated, for its owner": (
        *("private", OWNER),
        lambda process, url: patch(process.admin(), url, status="deactivated"),
        403,
    ),
    "deactivated, for a member": (
        *("shared", FRIEND),
        lambda process, url: patch(process.admin(), url, status="deactivated"),
        403,
    ),
    "deleted in name": (
        *("public", STRANGER),
        lambda process, url: process.admin().simulate_delete(url),
        404,
    ),
    "deleted in name, for its owner": (
        *("private", OWNER),
        lambda process, url: process.client(OWNER).simulate_delete(url),
        403,
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_no_way_to_read_outlives_the_right_to(processes, url, end):
    visibility, who, happen, status = ENDS[end]
    here, there = processes
    if visibility != "private":
        patch(here.admin(), url, visibility=visibility)
    if visibility == "shared":
        body = {"member": FRIEND}
        here.client(OWNER).simulate_post(f"{url}/members", json=body, headers={**V12})
        assert put_member(here.client(FRIEND), url, "accepted") == 200
    reader = there.plain_client() if who is None else there.client(who)
    tag = reader.simulate_get(f"{url}/blob").headers["ETag"]

    def reads():
        asked = ways(tag)
        return [
            reader.simulate_request(method, f"{url}/blob", headers=headers)
            for method, headers in asked
        ]

    assert {each.status_code for each in reads()} == READS | {416}
    happen(here, url)

    for answer in reads():
        assert answer.status_code == status
        assert "ETag" not in answer.headers
        assert b"0123" not in answer.content
