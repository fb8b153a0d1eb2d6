"""Digests: what an upload declares of itself is verified, and what is sent says what it is."""

import base64
import hashlib

import pytest

DATA = b"0123456789"
NEWEST = {"OpenStack-API-Version": "artifact 1.2"}


def in_base64(name, data=DATA):
    return base64.b64encode(hashlib.new(name, data).digest()).decode()


def dictionary(field, name, data=DATA):
    return f"{field}=:{in_base64(name, data)}:"


RIGHT = {
    "Content-MD5": [in_base64("md5"), hashlib.md5(DATA).hexdigest()],
    "Repr-Digest": [
        dictionary("sha-256", "sha256"),
        dictionary("sha-512", "sha512"),
        dictionary("md5", "md5"),
        dictionary("sha", "sha1"),
        f"{dictionary('sha-256', 'sha256')}, {dictionary('sha-512', 'sha512')}",
        f"unixsum=:AAAA:, {dictionary('sha-256', 'sha256')}",
    ],
    "Content-Digest": [dictionary("sha-256", "sha256")],
}
WRONG = {
    "Content-MD5": [in_base64("md5", b"other"), hashlib.md5(b"other").hexdigest()],
    "Repr-Digest": [
        dictionary("sha-256", "sha256", b"other"),
        dictionary("sha-512", "sha512", b"other"),
        f"{dictionary('sha-256', 'sha256')}, {dictionary('sha-512', 'sha512', b'other')}",
    ],
    "Content-Digest": [dictionary("sha-256", "sha256", b"other")],
}
UNREADABLE = {
    "Content-MD5": ["", "x", "AAAA", "0" * 31, "é", "z" * 32],
    "Repr-Digest": [
        "",
        "sha-256",
        "sha-256=abc",
        "sha-256=:AAAA:",
        "sha-256=:!:",
        "unixsum=:AAAA:",
        "sha-256=1",
        'sha-256="x"',
        "=",
    ],
}


def cases(table):
    return [(header, value) for header, values in table.items() for value in values]


@pytest.fixture
def put(client, url):
    def put(data=DATA, **headers):
        return client.simulate_put(f"{url}/blob", body=data, headers=headers)

    return put


@pytest.mark.parametrize(("header", "value"), cases(RIGHT))
def test_bytes_that_are_as_declared_are_kept(put, header, value):
    answer = put(**{header: value})

    assert answer.status_code == 200
    assert answer.json["blob"]["sha256"] == hashlib.sha256(DATA).hexdigest()


@pytest.mark.parametrize(("header", "value"), cases(WRONG))
def test_bytes_that_are_not_as_declared_are_refused(deployment, client, url, put, header, value):
    answer = put(**{header: value})

    assert answer.status_code == 400
    assert "expected" in answer.json["error"]["message"]
    assert client.simulate_get(url).json["blob"] is None
    assert deployment.stored() == []


@pytest.mark.parametrize(("header", "value"), cases(UNREADABLE))
def test_a_declaration_that_cannot_be_read_is_refused(put, header, value):
    answer = put(**{header: value})

    assert answer.status_code == 400
    assert header in answer.json["error"]["message"]


def test_declarations_that_contradict_each_other_are_refused(put):
    answer = put(
        **{
            "Repr-Digest": dictionary("sha-256", "sha256"),
            "Content-Digest": dictionary("sha-256", "sha256", b"other"),
        }
    )

    assert answer.status_code == 400


def test_a_digest_beside_the_usual_is_kept_when_the_caller_names_it(client, url, put):
    put(**{"Repr-Digest": dictionary("sha-512", "sha512")})
    shown = client.simulate_get(url, headers=NEWEST).json["blob"]

    assert shown["sha512"] == hashlib.sha512(DATA).hexdigest()


@pytest.mark.parametrize(
    ("version", "md5"),
    [
        ("1.0", hashlib.md5(DATA).hexdigest()),
        ("1.1", hashlib.md5(DATA).hexdigest()),
        ("1.2", in_base64("md5")),
    ],
)
def test_what_is_sent_says_what_it_is(client, filled, url, version, md5):
    headers = {"OpenStack-API-Version": f"artifact {version}"}
    answer = client.simulate_get(f"{url}/blob", headers=headers)

    assert answer.headers["Content-MD5"] == md5
    assert answer.headers["X-Openstack-Glare-Content-SHA1"] == hashlib.sha1(DATA).hexdigest()
    assert answer.headers["X-Openstack-Glare-Content-SHA256"] == filled.blob.sha256
    assert answer.headers["Repr-Digest"] == dictionary("sha-256", "sha256")
    assert answer.headers["ETag"] == f'"{filled.blob.sha256}"'


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("sha-256=1", "sha-256"),
        ("sha-512=10", None),
        ("md5=10, sha-256=1", "md5"),
        ("sha=3, md5=2", "sha"),
        ("sha-256=0", None),
        ("unixsum=10", None),
        ("sha-256=11", None),
    ],
)
def test_clients_choose_the_digest(client, filled, url, wanted, given):
    answer = client.simulate_get(f"{url}/blob", headers={"Want-Repr-Digest": wanted})
    told = answer.headers.get("Repr-Digest")

    assert answer.status_code == 200
    assert (told and told.partition("=")[0]) == given


def test_a_wish_that_cannot_be_read_is_refused(client, filled, url):
    answer = client.simulate_get(f"{url}/blob", headers={"Want-Repr-Digest": "="})

    assert answer.status_code == 400


def test_the_operator_s_digests_are_kept_of_every_blob(deploy, live, caller):
    life = live(deploy({"blobs": {"digests": "sha512"}}).parts, caller)
    digests = life.upload(life.create(), "blob", DATA).blob.digests

    assert set(digests) == {"md5", "sha1", "sha256", "sha512"}
    assert digests["sha512"] == hashlib.sha512(DATA).hexdigest()
