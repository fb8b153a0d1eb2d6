"""A token is good until it expires, however well it is known; what began before that goes on."""

import time
from datetime import UTC, datetime, timedelta

import pytest

IMAGES = "/artifacts/images"
LIFE = 6  # seconds


@pytest.fixture
def short_lived(cloud):
    """A token that dies soon, and when."""
    dies = datetime.now(UTC) + timedelta(seconds=LIFE)
    told = dies.strftime("%Y-%m-%dT%H:%M:%S.%f")
    return cloud.credential("red-member", "red", expires_at=told), dies


def wait(until: datetime) -> None:
    time.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds()) + 1)


def test_a_token_that_is_remembered_expires_all_the_same(service, short_lived):
    """D36: nothing is remembered for longer than the token lives."""
    token, dies = short_lived
    assert service.ask("GET", IMAGES, X_Auth_Token=token).status == 200
    wait(dies)

    assert service.ask("GET", IMAGES, X_Auth_Token=token).status == 401


def test_an_upload_that_began_in_time_goes_on(service, short_lived, create, listen_to, token):
    """D13: a request is authorised when it starts."""
    dying, dies = short_lived
    path = f"{create(service, 'red-member')}/image"
    head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {dying}\r\n"
    with service.connect() as connection:
        connection.sendall(f"{head}Content-Length: 10\r\n\r\n".encode() + b"first")
        wait(dies)
        connection.sendall(b"later")
        answer = listen_to(connection)

    assert answer.status == 200
    assert service.ask("GET", path, X_Auth_Token=dying).status == 401
    assert service.ask("GET", path, X_Auth_Token=token("red-reader")).body == b"firstlater"


def test_with_a_service_s_token_an_expired_one_is_still_good(cloud, service, short_lived):
    """That is how a service finishes what a user began; the rights are the user's."""
    token, dies = short_lived
    wait(dies)
    service_token = cloud.token("artifacts", project="service")

    for mine, status in ((service_token, 200), (cloud.token("red-member", project="red"), 401)):
        answer = service.ask("GET", IMAGES, X_Auth_Token=token, X_Service_Token=mine)
        assert answer.status == status
