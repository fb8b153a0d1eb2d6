"""Quotas of a running service: hard with four workers, whatever comes at once (D16, promise 4)."""

import contextlib
import json
from functools import partial

import pytest


@pytest.fixture
def serve(make_server):
    def serve(lease=30, **limits):
        text = "\n".join(f"{name} = {value}" for name, value in limits.items())
        more = f"[api]\nauth = none\n[blobs]\nupload_lease = {lease}\n"
        return make_server(config=f"[DEFAULT]\n{text}\n{more}").start(workers=4)

    return serve


@pytest.fixture
def all_at_once(at_once):
    """Call a function with each of *items*, and return what it answered each."""
    return lambda work, items: at_once([partial(work, item) for item in items])


def set_quotas(server, **values):
    items = [{"quota_name": name, "quota_value": value} for name, value in values.items()]
    body = json.dumps([{"project_id": "local", "project_quotas": items}])
    answer = server.ask("PUT", "/quotas", body, Content_Type="application/json")
    assert (answer.status, answer.body) == (200, b"null")


def used(server):
    (project,) = server.ask("GET", "/project-quotas").json
    return {item["quota_name"]: item["usage"] for item in project["project_quotas"]}


def upload(server, path, *, chunked=False):
    """Upload ten bytes, which nobody else has."""
    unit = path[-10:].encode()
    body = iter([unit]) if chunked else unit
    return server.ask("PUT", f"{path}/image", body).status


def kept(server, paths):
    """How many bytes the blobs of those artifacts are said to have."""
    blobs = [server.ask("GET", path).json["image"] for path in paths]
    return sum(blob["size"] for blob in blobs if blob is not None)


@pytest.mark.parametrize("chunked", [False, True])
def test_of_fifty_uploads_at_once_ten_fit_into_a_quota_for_ten(serve, all_at_once, chunked):
    server = serve(max_uploaded_data=100)
    paths = [server.create() for _ in range(50)]

    statuses = all_at_once(lambda path: upload(server, path, chunked=chunked), paths)

    assert sorted(statuses) == [200] * 10 + [413] * 40
    assert used(server)["max_uploaded_data"] == kept(server, paths) == 100
    assert len(server.stored()) == 10
    audit = server.manage("audit")
    assert (audit.returncode, audit.stderr) == (0, "")


def test_of_fifty_creations_at_once_ten_fit_into_a_quota_for_ten(serve, all_at_once):
    server = serve(max_artifact_number=10)

    def create(number):
        body = json.dumps({"name": f"n{number}"})
        return server.ask("POST", "/artifacts/images", body, Content_Type="application/json").status

    statuses = all_at_once(create, range(50))

    assert sorted(statuses) == [201] * 10 + [403] * 40
    assert used(server)["max_artifact_number"] == 10
    assert len(server.ask("GET", "/artifacts/images?limit=100").json["artifacts"]) == 10
    assert server.manage("audit").returncode == 0


def test_quotas_that_change_while_requests_run_hold_for_all_that_follow(serve, all_at_once):
    server = serve()
    paths = [server.create() for _ in range(50)]
    set_quotas(server, max_uploaded_data=50)

    def one(number):
        if number == 25:
            set_quotas(server, max_uploaded_data=100)
        return upload(server, paths[number])

    statuses = all_at_once(one, range(50))

    assert set(statuses) == {200, 413}
    assert 5 <= statuses.count(200) <= 10
    assert used(server)["max_uploaded_data"] == kept(server, paths)

    again = all_at_once(lambda path: upload(server, path), paths)

    # Those that have their bytes replace them, for which they need no quota; others fill the rest.
    assert again.count(200) == 10
    assert used(server)["max_uploaded_data"] == kept(server, paths) == 100

    set_quotas(server, **{"max_uploaded_data": -1, "max_uploaded_data:images": 120})
    more = [server.create() for _ in range(50)]

    assert sorted(all_at_once(lambda path: upload(server, path), more)) == [200] * 2 + [413] * 48
    assert used(server) == {
        "max_artifact_number": 100,
        "max_uploaded_data": 120,
        "max_uploaded_data:images": 120,
    }
    assert server.manage("audit").returncode == 0


def test_what_killed_uploads_had_reserved_is_free_after_their_lease(serve, wait_until):
    server = serve(lease=2, max_uploaded_data=100)
    paths = [server.create() for _ in range(5)]
    head = "PUT {}/image HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\nhalf"
    with contextlib.ExitStack() as connections:
        for path in paths:
            connection = connections.enter_context(server.connect())
            connection.sendall(head.format(path).encode())
        wait_until(lambda: used(server)["max_uploaded_data"] == 100)
        refused = upload(server, server.create())
        server.kill()
    server.start(workers=4)
    late = server.create()
    wait_until(lambda: upload(server, late) == 200)
    server.manage("audit", "--repair")  # the bytes that came

    assert refused == 413
    assert used(server)["max_uploaded_data"] == 10
    assert server.manage("audit").returncode == 0
