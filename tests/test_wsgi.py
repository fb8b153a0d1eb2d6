"""The application as a server runs it."""

import pytest
from falcon.testing import StartResponseMock, create_environ

from artifacts import config, wsgi


@pytest.fixture
def ask(tmp_path, monkeypatch, database_url):
    """Ask the application that the environment configures."""
    path = tmp_path / "artifacts.conf"
    path.write_text(
        f"[DEFAULT]\ndata = {tmp_path / 'data'}\n[api]\nauth = none\n"
        f"[database]\nconnection = {database_url}\n"
    )
    monkeypatch.setenv("ARTIFACTS_CONFIG_FILE", str(path))
    application = wsgi.from_environment()

    def ask(method, path, body=""):
        headers = {"Host": "localhost", "Content-Type": "application/json"}
        environment = create_environ(path, method=method, headers=headers, body=body)
        answer = StartResponseMock()
        return answer, b"".join(application(environment, answer))

    return ask


def test_other_answers_keep_theirs(ask):
    answer, _ = ask("GET", "/artifacts/images")
    types = [value for name, value in answer.headers if name.lower() == "content-type"]

    assert types == ["application/json; charset=UTF-8"]


def test_that_nobody_is_asked_who_they_are_is_told_at_the_start(caplog, request):
    request.getfixturevalue("ask")

    assert "auth = none" in caplog.text


def test_with_a_configuration_file_nobody_is_believed_unless_it_says_so(
    tmp_path, monkeypatch, database_url
):
    """D28: the modes that trust are named, or there is no configuration at all."""
    path = tmp_path / "artifacts.conf"
    path.write_text(f"[DEFAULT]\ndata = {tmp_path}\n[database]\nconnection = {database_url}\n")
    monkeypatch.setenv("ARTIFACTS_CONFIG_FILE", str(path))
    made = []
    monkeypatch.setattr(wsgi, "make", made.append)
    wsgi.from_environment()

    assert made[0].api.auth == "keystone"
    assert config.load([]).api.auth is None


def test_importing_it_builds_nothing():
    with pytest.raises(AttributeError):
        _ = wsgi.nothing
