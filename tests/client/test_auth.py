"""Credentials that are asked for at each request, and replaced once when they are refused."""

import io
import json

import pytest
from keystoneauth1.exceptions import ConnectFailure, Unauthorized
from keystoneauth1.identity.v3 import Password
from keystoneauth1.plugin import BaseAuthPlugin
from keystoneauth1.session import Session
from keystoneauth1.token_endpoint import Token

from artifacts.client import (
    Client,
    NoEndpoint,
    NotReachable,
    NotTrusted,
    Unauthenticated,
    keystone,
)

DATA = b"bytes" * 600_000


class Purse:
    """Tokens, of which each lasts until it is refused."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = [*tokens]

    def headers(self) -> dict[str, str]:
        return {"X-Auth-Token": self.tokens[0]}

    def renew(self) -> bool:
        del self.tokens[0]
        return bool(self.tokens)


@pytest.fixture
def guarded(origin, answer):
    """Let the origin answer with a document to who has the token `new`, else with 401."""

    def guard(request):
        if request.headers["X-Auth-Token"] != "new":
            return answer(401)
        sizes = {"size": len(request.body)} if request.method == "PUT" else {}
        return answer(body=json.dumps({"id": "1", "image": sizes}).encode())

    origin.answer = guard
    return origin


def test_a_refused_token_is_replaced_and_the_request_sent_again(guarded):
    with Client(guarded.url, auth=Purse("old", "new")) as client:
        assert client.create("images", name="a")["id"] == "1"
        assert client.show("images", "1")["id"] == "1"

    assert [request.headers["X-Auth-Token"] for request in guarded.requests] == [
        "old",
        "new",
        "new",
    ]
    assert guarded.requests[0].body == guarded.requests[1].body


def test_it_is_replaced_once(guarded):
    purse = Purse("old", "older", "new")

    with Client(guarded.url, auth=purse) as client, pytest.raises(Unauthenticated):
        client.show("images", "1")

    assert (len(guarded.requests), purse.tokens) == (2, ["older", "new"])


def test_a_file_is_sent_again_from_where_it_began(guarded):
    file = io.BytesIO(b"head" + DATA)
    file.seek(4)

    with Client(guarded.url, auth=Purse("old", "new")) as client:
        client.upload("images", "1", "image", file)

    assert [request.body == DATA for request in guarded.requests] == [True, True]


def test_a_session_lends_its_trust_to_the_client(serve, answer, authority, identity):
    """D26: only who is trusted by the session is, and it is shown who we are."""
    origin = serve("loopback.pem", known="self-signed.pem")
    origin.answer = lambda request: answer(body=b'{"id": "1"}')
    token = Token(origin.url, "secret")

    with keystone.connect(Session(token, verify=authority, cert=identity)) as client:
        assert client.show("images", "1") == {"id": "1"}
    for session in (Session(token, cert=identity), Session(token, verify=authority)):
        with keystone.connect(session) as client, pytest.raises(NotReachable):
            client.show("images", "1")

    assert len(origin.requests) == 1


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_whoever_answers_is_believed_only_where_that_was_said(serve, answer):
    """D26: `insecure` is a person's word, and for the endpoint alone."""
    origin, other = serve("self-signed.pem"), serve("self-signed.pem")
    session = Session(Token(origin.url, "secret"), verify=False)
    document = json.dumps({"image": {"size": 5, "sha256": "0" * 64}}).encode()
    elsewhere = answer(302, headers={"Location": f"{other.url}/x"})
    origin.answer = lambda request: (
        elsewhere if request.path.endswith("/image") else answer(body=document)
    )

    with keystone.connect(session) as client, pytest.raises(NotTrusted, match=other.url):
        client.download("images", "1", "image", io.BytesIO())

    assert [len(each.requests) for each in (origin, other)] == [2, 0]


@pytest.mark.parametrize("certificate", ["self-signed.pem", "elsewhere.pem"])
def test_a_keystone_that_is_not_trusted_is_told_no_password(serve, origin, authority, certificate):
    """D26: neither one that vouches for itself, nor one that is trusted under another name."""
    impostor = serve(certificate)
    known = {"username": "u", "password": "secret", "user_domain_id": "default"}
    session = Session(Password(f"{impostor.url}/v3", **known), verify=authority)

    with keystone.connect(session, endpoint=origin.url) as client, pytest.raises(NotTrusted):
        client.show("images", "1")

    assert impostor.requests == origin.requests == []


class Failing(BaseAuthPlugin):
    """A Keystone of which nothing good comes."""

    auth_url = "https://keystone.example/v3"

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error

    def get_token(self, session):
        raise self.error

    def get_endpoint(self, session, **where):
        return None


@pytest.mark.parametrize(
    ("error", "ours", "said"),
    [
        (Unauthorized("No."), Unauthenticated, "Keystone says: No."),
        (ConnectFailure("chain of causes"), NotReachable, "https://keystone.example/v3 cannot"),
    ],
)
def test_what_keystone_says_is_told_as_one_of_our_errors(origin, error, ours, said):
    session = Session(Failing(error))

    with keystone.connect(session, endpoint=origin.url) as client, pytest.raises(ours, match=said):
        client.show("images", "1")

    assert origin.requests == []


def test_a_service_that_nobody_can_place_is_no_endpoint():
    with pytest.raises(NoEndpoint):
        keystone.connect(Session(Failing()))
