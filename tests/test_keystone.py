"""The tokens that a process remembers, and how it may log in."""

import time

import pytest

from artifacts import config, wsgi
from artifacts.errors import Misconfigured
from artifacts.keystone import MOST_KEPT, Tokens


def test_one_is_remembered_for_its_time_alone():
    tokens = Tokens()
    tokens.set("short", b"1", time=0.05)
    tokens.set("long", b"2", time=300)

    assert tokens.get("short") == b"1"
    time.sleep(0.1)
    assert tokens.get("short") is None
    assert tokens.get("long") == b"2"
    assert tokens.get("unknown") is None


def test_none_is_remembered_where_that_is_turned_off():
    tokens = Tokens()
    tokens.set("token", b"1", time=-1)

    assert tokens.get("token") is None


def test_where_they_are_many_the_latest_are_remembered():
    tokens = Tokens()
    for number in range(MOST_KEPT):
        tokens.set(str(number), b"old", time=300)
    tokens.set("0", b"seen again", time=300)
    tokens.set("one more", b"new", time=300)

    assert tokens.get("0") == b"seen again"
    assert tokens.get("one more") == b"new"
    assert tokens.get("1") is None
    assert tokens.get("2") == b"old"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("", "auth_type: must be set with"),
        ("auth_type = password", "parameters which were not given: auth_url$"),
        ("auth_type = passwrd", "The plugin passwrd could not be found$"),
    ],
)
def test_what_does_not_let_the_service_log_in_stops_the_start(tmp_path, options, sentence):
    path = tmp_path / "artifacts.conf"
    path.write_text(f"[api]\nauth = keystone\n[keystone_authtoken]\n{options}\n")

    with pytest.raises(Misconfigured, match=rf"^\[keystone_authtoken\] .*{sentence}"):
        wsgi.check(config.load([str(path)]))
