"""Over TLS the client speaks only to those it can trust."""

import hashlib
import json

import pytest

from artifacts.client import Client, NotTrusted, NotUnderstood

DATA = b"bytes"
SHA256 = hashlib.sha256(DATA).hexdigest()


def serves_document(answer):
    return lambda request: answer(body=b'{"id": "1"}')


def test_a_certificate_of_a_known_authority_is_trusted(serve, answer, authority):
    origin = serve("loopback.pem")
    origin.answer = serves_document(answer)

    with Client(origin.url, ca_file=authority) as client:
        assert client.show("images", "1") == {"id": "1"}


@pytest.mark.parametrize("certificate", ["self-signed.pem", "loopback.pem"])
def test_a_certificate_of_nobody_known_is_refused(serve, certificate):
    """D26: without its authority neither a self-signed nor a signed certificate is believed."""
    origin = serve(certificate)

    with (
        Client(origin.url, token="secret") as client,
        pytest.raises(NotTrusted, match=r"is not trusted: self.signed certificate|unable to get"),
    ):
        client.show("images", "1")

    assert origin.requests == []


def test_a_certificate_for_another_host_is_refused(serve, authority):
    """D26: a trusted authority does not make a host another one."""
    origin = serve("elsewhere.pem")

    with (
        Client(origin.url, token="secret", ca_file=authority) as client,
        pytest.raises(NotTrusted, match="IP address mismatch"),
    ):
        client.create("images", name="a")

    assert origin.requests == []


@pytest.mark.parametrize("certificate", ["self-signed.pem", "elsewhere.pem"])
def test_bytes_are_not_fetched_from_whom_we_do_not_trust(
    serve, origin, answer, authority, tmp_path, certificate
):
    """D26: a redirect is held to the same rule as the endpoint."""
    other = serve(certificate)
    origin.answer = redirecting_to(answer, f"{other.url}/x")

    with (
        Client(origin.url, ca_file=authority) as client,
        pytest.raises(NotTrusted),
    ):
        client.download("images", "1", "image", tmp_path / "x")

    assert other.requests == []


def test_bytes_are_fetched_from_whom_we_trust(serve, origin, answer, authority, tmp_path):
    other = serve("loopback.pem")
    other.answer = lambda request: answer(body=DATA)
    origin.answer = redirecting_to(answer, f"{other.url}/x")

    with Client(origin.url, ca_file=authority) as client:
        client.download("images", "1", "image", tmp_path / "x")

    assert (tmp_path / "x").read_bytes() == DATA


def test_a_way_that_began_encrypted_does_not_go_on_in_the_clear(
    serve, origin, answer, authority, tmp_path
):
    other, clear = serve("loopback.pem"), serve()
    other.answer = lambda request: answer(302, headers={"Location": f"{clear.url}/x"})
    origin.answer = redirecting_to(answer, f"{other.url}/x")

    with (
        Client(origin.url, ca_file=authority) as client,
        pytest.raises(NotUnderstood, match="from https to what is not"),
    ):
        client.download("images", "1", "image", tmp_path / "x")

    assert clear.requests == []


def redirecting_to(answer, url):
    """Answer as the service does for external bytes."""

    def give(request):
        if request.path.endswith("/image"):
            digest = {"X-Openstack-Glare-Content-SHA256": SHA256}
            return answer(302, headers={"Location": url, **digest})
        return answer(body=json.dumps({"image": {"size": len(DATA), "sha256": SHA256}}).encode())

    return give
