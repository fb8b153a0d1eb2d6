"""A token is good until it expires, however well it is known; what began before that goes on."""

import time
from datetime import UTC, datetime, timedelta

import pytest

IMAGES = "/artifacts/images"
LIFE = 6  # seconds


@pytest.fixture
def short_lived(cloud):
    """Return a token that dies soon, and when."""

    def begin():
        dies = datetime.now(UTC) + timedelta(seconds=LIFE)
        told = dies.strftime("%Y-%m-%dT%H:%M:%S.%f")
        return cloud.credential("red-member", "red", expires_at=told), dies

    return begin


@pytest.fixture(scope="module")
def strict(cloud, make_lasting_server):
    """A service that lets nothing go on when its token has expired."""
    return make_lasting_server(config=f"{cloud.options()}[blobs]\ntoken_grace = 0\n").start(
        workers=1
    )


def wait(until: datetime) -> None:
    time.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds()) + 1)


def test_a_token_that_is_remembered_expires_all_the_same(service, short_lived):
    """D36: nothing is remembered for longer than the token lives."""
    token, dies = short_lived()
    assert service.ask("GET", IMAGES, X_Auth_Token=token).status == 200
    wait(dies)

    assert service.ask("GET", IMAGES, X_Auth_Token=token).status == 401


def test_an_upload_that_began_in_time_goes_on_as_far_as_its_grace(
    service, strict, short_lived, create, listen_to, token
):
    """D13: a request is authorised when it starts, but not for ever."""
    kept = strict.stored()
    paths = {each: f"{create(each, 'red-member')}/image" for each in (service, strict)}
    dying, dies = short_lived()
    with service.connect() as patient, strict.connect() as hasty:
        for connection, path in zip((patient, hasty), paths.values(), strict=True):
            head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {dying}\r\n"
            connection.sendall(f"{head}Content-Length: 10\r\n\r\n".encode() + b"first")
        wait(dies)
        patient.sendall(b"later")
        hasty.sendall(b"later")
        went_on, ended = listen_to(patient), listen_to(hasty)

    reader = token("red-reader")
    assert went_on.status == 200
    assert service.ask("GET", paths[service], X_Auth_Token=dying).status == 401
    assert service.ask("GET", paths[service], X_Auth_Token=reader).body == b"firstlater"
    assert ended.status == 401
    assert ended.headers["www-authenticate"].startswith("Keystone uri=")
    assert "expired" in ended.message
    assert strict.ask("GET", paths[strict], X_Auth_Token=reader).status == 404
    assert strict.stored() == kept


def test_with_a_service_s_token_an_expired_one_is_still_good(
    cloud, service, strict, short_lived, create
):
    """That is how a service finishes what a user began; the rights are the user's."""
    path = f"{create(strict, 'red-member')}/image"
    token, dies = short_lived()
    wait(dies)
    service_token = cloud.token("artifacts", project="service")

    for mine, status in ((service_token, 200), (cloud.token("red-member", project="red"), 401)):
        both = {"X_Auth_Token": token, "X_Service_Token": mine}
        assert service.ask("GET", IMAGES, **both).status == status
        assert strict.ask("PUT", path, b"bytes", **both).status == status  # as the other is good
