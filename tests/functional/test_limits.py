"""Limits of a running service: of requests, one for all its processes (promise 11); of heads."""

import contextlib
import http.client
import json
from functools import partial

import pytest

BURST = 40
CONFIG = f"""
[DEFAULT]
enabled_artifact_types = images
[api]
auth = headers
[limits]
max_request_line = 1024
max_headers = 16
max_header_size = 2000
[rate_limit]
requests = 0.001
burst = {BURST}
"""
LIST = "/artifacts/images"


def identity(project):
    return {"X_Identity_Status": "Confirmed", "X_Project_Id": project, "X_Roles": "member"}


@pytest.fixture(scope="module")
def limited(make_lasting_server):
    return make_lasting_server(config=CONFIG).start(workers=3)


def test_all_workers_together_let_in_a_burst_and_no_more(limited, at_once):
    """D21: what comes at once, and in whatever process."""

    def several(_):
        return [limited.ask("GET", LIST, **identity("flood")) for _ in range(5)]

    answers = [each for some in at_once([partial(several, n) for n in range(24)]) for each in some]
    admitted = [answer for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status == 429]

    assert len(admitted) + len(refused) == len(answers) == 120
    assert BURST / 3 <= len(admitted) <= BURST  # of a process that stands still a few are void
    assert all(1 <= int(answer.headers["retry-after"]) <= 1000 for answer in refused)
    assert limited.ask("GET", LIST, **identity("another")).status == 200
    assert "rate limit: project:flood sends more requests than 0.001" in limited.logged()


@pytest.fixture
def asking(limited):
    """Ask on one connection, and so one process, which refuses from now on."""
    named = {name.replace("_", "-"): value for name, value in identity("uploader").items()}
    connection = http.client.HTTPConnection(limited.host, limited.port, timeout=30)

    def ask(method, path, body=None):
        # A server that refuses early may hang up while the rest is still on its way.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, answer.read()

    with contextlib.closing(connection):
        assert 429 in (ask("GET", LIST)[0] for _ in range(BURST + 1))
        yield ask


def test_an_upload_is_refused_without_its_body(asking):
    status, told = asking("PUT", f"{LIST}/unknown/image", b"x" * 3_000_000)

    assert status == 429
    assert json.loads(told)["error"]["type"] == "TooManyRequests"


def test_a_body_that_nobody_read_is_not_taken_for_a_request(asking):
    body = b"GET /nothing HTTP/1.1\r\n\r\n"

    assert asking("PUT", f"{LIST}/unknown/image", body)[0] == 429
    assert asking("GET", "/healthcheck") == (200, b"OK")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/healthcheck?" + "x" * 950, {}, 200),
        ("/healthcheck?" + "x" * 1050, {}, 414),
        ("/healthcheck", {"X_Long": "x" * 1900}, 200),
        ("/healthcheck", {"X_Long": "x" * 2100}, 431),
        ("/healthcheck", {f"X_{n}": "x" for n in range(13)}, 200),
        ("/healthcheck", {f"X_{n}": "x" for n in range(17)}, 431),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_head_is_bounded_as_the_operator_says(limited, path, headers, status):
    """D21."""
    assert limited.ask("GET", path, **headers).status == status
