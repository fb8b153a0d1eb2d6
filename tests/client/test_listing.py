"""Lists come page by page, as they are taken."""

import json
from itertools import islice
from urllib.parse import parse_qs, urlsplit

import pytest

from artifacts.client import Ambiguous, Client, NotFound, NotUnderstood


def pages(answer, *pages_of_ids):
    """Answer with pages that follow each other; the last one has no `next`."""

    def page(request):
        number = int(parse_qs(urlsplit(request.path).query).get("marker", ["0"])[0])
        document = {
            "artifacts": [{"id": item, "version": "1.0.0"} for item in pages_of_ids[number]]
        }
        if number + 1 < len(pages_of_ids):
            document["next"] = f"/artifacts/images?limit=200&marker={number + 1}"
        return answer(body=json.dumps(document).encode())

    return page


@pytest.fixture
def client(origin):
    with Client(origin.url) as client:
        yield client


def test_a_list_follows_its_pages(origin, client, answer):
    origin.answer = pages(answer, ["a", "b"], ["c"], [])

    assert [item["id"] for item in client.list("images")] == ["a", "b", "c"]


def test_a_page_is_asked_for_when_it_is_needed(origin, client, answer):
    origin.answer = pages(answer, ["a", "b"], ["c"])

    found = client.list("images")
    assert origin.requests == []

    assert len([*islice(found, 2)]) == 2
    assert len(origin.requests) == 1


def test_a_limit_ends_the_list_and_sizes_its_page(origin, client, answer):
    origin.answer = pages(answer, ["a", "b"], ["c", "d"])

    assert [item["id"] for item in client.list("images", limit=3)] == ["a", "b", "c"]

    assert "limit=3" in origin.requests[0].path


def test_filters_and_order_are_sent_escaped(origin, client, answer):
    origin.answer = pages(answer, [])

    filters = [("name", "eq:a&b=c"), ("min_ram", "gt:1"), ("min_ram", "lt:4")]
    list(client.list("images", filters, sort="name:asc"))

    query = parse_qs(urlsplit(origin.requests[0].path).query)
    assert query == {
        "name": ["eq:a&b=c"],
        "min_ram": ["gt:1", "lt:4"],
        "sort": ["name:asc"],
        "limit": ["200"],
    }


@pytest.mark.parametrize("link", ["http://evil.example/artifacts/x", "@evil.example/", "//evil/"])
def test_a_next_page_elsewhere_is_not_followed(origin, client, answer, link):
    body = json.dumps({"artifacts": [], "next": link}).encode()
    origin.answer = lambda request: answer(body=body)

    with pytest.raises(NotUnderstood):
        list(client.list("images"))


def test_a_name_finds_its_latest_version(origin, client, answer):
    found = [{"id": "new", "version": "2.0.0"}]
    origin.answer = lambda request: answer(body=json.dumps({"artifacts": found}).encode())

    assert client.find("images", "debian:12")["id"] == "new"

    query = parse_qs(urlsplit(origin.requests[0].path).query)
    assert (query["name"], query["version"]) == (["eq:debian:12"], ["latest"])


def test_several_sort_keys_are_one_parameter(origin, client, answer):
    origin.answer = pages(answer, [])

    list(client.list("images", {"metadata.k": "v"}, sort=["name:asc", "version"], latest=True))

    query = parse_qs(urlsplit(origin.requests[0].path).query)
    assert query == {
        "metadata.k": ["v"],
        "version": ["latest"],
        "sort": ["name:asc,version"],
        "limit": ["200"],
    }


def test_a_count_asks_for_no_artifact(origin, client, answer):
    origin.answer = lambda request: answer(body=b'{"artifacts": [], "total_count": 7}')

    assert client.count("images", [("min_ram", "gt:1")], latest=True) == 7
    assert parse_qs(urlsplit(origin.requests[0].path).query) == {
        "min_ram": ["gt:1"],
        "version": ["latest"],
        "limit": ["0"],
        "with_count": ["true"],
    }


@pytest.mark.parametrize("body", [b"{}", b'{"total_count": "7"}'])
def test_a_count_that_is_none_is_not_understood(origin, client, answer, body):
    origin.answer = lambda request: answer(body=body)

    with pytest.raises(NotUnderstood):
        client.count("images")


def test_a_name_that_several_have_lists_their_ids(origin, client, answer):
    origin.answer = pages(answer, ["a", "b"])

    with pytest.raises(Ambiguous, match="a, b") as caught:
        client.find("images", "debian")

    assert caught.value.ids == ("a", "b")


def test_a_name_that_nobody_has_is_not_found(origin, client, answer):
    origin.answer = pages(answer, [])

    with pytest.raises(NotFound, match="no artifact named 'debian'"):
        client.find("images", "debian")
