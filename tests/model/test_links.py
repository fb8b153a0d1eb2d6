"""Links (contract 6.4): their form alone; D29: no link is ever fetched."""

import socket

import pytest

from artifacts.errors import Invalid
from artifacts.model import links

ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("link", "target"),
    [
        (f"/artifacts/images/{ID}", ID),
        (f"/artifacts/no_such_type/{ID}", ID),
        ("http://example.org", None),
        ("https://example.org:8443/a?b=c#d", None),
        ("http://[::1]/x", None),
    ],
)
def test_a_link_leads_to_an_artifact_or_elsewhere(sample, link, target):
    field = sample.fields["link"]

    assert field.coerce(link) == link
    assert links.target(link) == target
    assert list(field.links(link)) == ([target] if target else [])


def test_the_links_of_a_list_are_found_in_it(sample):
    given = [f"/artifacts/images/{ID}", "http://example.org", f"/artifacts/images/{ID}"]

    assert list(sample.fields["links"].links(given)) == [ID, ID]
    assert list(sample.fields["links"].links(None)) == []
    assert list(sample.fields["string"].links("x")) == []


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "images/1",
        "/artifacts/images",
        "/artifacts/images/",
        f"/artifacts/images/{ID}/image",
        f"artifacts/images/{ID}",
        f"/artifacts/images/{ID}\n",
        "ftp://example.org/x",
        "file:///etc/passwd",
        "HTTP://example.org",
        "httpfoo://example.org",
        "http",
        "http:",
        "http:///x",
        "http://:80/x",
        "http://exa mple.org/",
        "http://example.org/\r\nX: y",
        "http://example.org:port/",
        "http://[::1/",
        "http://example.org/" + "x" * 2048,
        1,
        True,
        ["http://example.org"],
    ],
)
def test_what_is_no_link_is_refused(sample, value):
    with pytest.raises(Invalid, match=r"^link: "):
        sample.fields["link"].coerce(value)


def test_setting_or_showing_a_link_opens_no_connection(draft, monkeypatch):
    """D29."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    artifact = draft(link="http://example.org/x", links=["http://example.org/y"])
    artifact.change("link", "http://example.net/")

    assert artifact.values["link"] == "http://example.net/"
