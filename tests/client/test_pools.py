"""What the client makes of pools."""

import pytest

from artifacts.client import Client, NotUnderstood

POOL = {"name": "images", "types": ["images"], "is_default": False, "max_blob_size": None}


@pytest.fixture
def client(origin):
    with Client(origin.url, timeout=10) as client:
        yield client


def test_pools_come_as_they_are_told(origin, client, say):
    say({"pools": [POOL]})

    assert client.pools() == [POOL]
    assert [(each.method, each.path) for each in origin.requests] == [("GET", "/pools")]


@pytest.mark.parametrize("told", [{}, {"pools": {}}, {"pools": ["images"]}])
def test_what_are_no_pools_is_not_understood(client, say, told):
    say(told)
    with pytest.raises(NotUnderstood):
        client.pools()
