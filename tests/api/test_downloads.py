"""Downloads: somebody's file, never a page of this service, under a name that is safe."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)


def test_it_is_a_file_and_never_a_page(client, life, artifact, url):
    """D50: what is stored cannot run on this origin."""
    client.simulate_put(
        f"{url}/blob", body=b"<script>", headers={"Content-Type": "text/html; charset=utf-8"}
    )
    answer = client.simulate_get(f"{url}/blob")

    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == "8"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("plain.txt", 'attachment; filename="plain.txt"'),
        ("a/b/c.iso", 'attachment; filename="c.iso"'),
        ("two words", 'attachment; filename="two words"'),
        ('q".txt', "attachment; filename=\"q_.txt\"; filename*=UTF-8''q%22.txt"),
        ("é", "attachment; filename=\"_\"; filename*=UTF-8''%C3%A9"),
        ("..", 'attachment; filename="download"'),
        ("a\r\nX: y", "attachment; filename=\"a__X_ y\"; filename*=UTF-8''a__X%3A%20y"),
        ("gpj.\u202eexe", "attachment; filename=\"gpj._exe\"; filename*=UTF-8''gpj._exe"),
    ],
)
def test_its_name_is_the_last_of_its_key(client, life, artifact, url, key, name):
    life.upload(artifact, f"folder/{key}", b"1")
    answer = client.simulate_get(f"{url}/folder/{quote(key)}")

    assert answer.headers["Content-Disposition"] == name


def test_a_blob_without_key_is_named_for_its_artifact(client, filled, url):
    answer = client.simulate_get(f"{url}/blob")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="name.blob"'


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=NAMES)
def test_every_name_is_safe_in_a_header_and_in_a_folder(client, life, artifact, url, name):
    """D42."""
    key = name[:200]
    life.upload(artifact, f"folder/{key}", b"1")
    answer = client.simulate_get(f"{url}/folder/{quote(key, safe='')}")
    life.empty(artifact, f"folder/{key}")
    header = answer.headers["Content-Disposition"]
    plain = header.partition('filename="')[2].partition('"')[0]

    assert answer.status_code == 200
    assert header.isascii()
    assert header.isprintable()
    assert plain
    assert plain not in (".", "..")
    assert not set(plain) & set('/\\"\r\n;:')
    if "filename*" in header:
        told = unquote(header.partition("UTF-8''")[2])
        asked = key.rpartition("/")[2]
        assert told.isprintable()
        assert not told.startswith(".")
        assert not set(told) & set("/\\")
        kept = (each for each in told if each != "_")
        assert told == "name.folder" or all(each in asked for each in kept)


def test_it_is_asked_for_each_time_whether_it_may_be_had(client, filled, url):
    """D24: who may read it can change any moment."""
    assert client.simulate_get(f"{url}/blob").headers["Cache-Control"] == "private, no-cache"


def test_a_deactivated_blob_is_denied_on_every_way(deployment, client, life, live, admin, url):
    """D24: whole, by range, by HEAD, and to whoever knows its tag."""
    artifact = life.parts.artifacts.show(admin, "samples", url.rpartition("/")[2])
    life.upload(artifact, "blob", b"0123456789")
    life.activate(artifact)
    tag = client.simulate_get(f"{url}/blob").headers["ETag"]
    live(deployment.parts, admin).change(artifact, status="deactivated")

    for headers in ({}, {"Range": "bytes=0-1"}, {"If-None-Match": tag}):
        assert client.simulate_get(f"{url}/blob", headers=headers).status_code == 403
        assert client.simulate_head(f"{url}/blob", headers=headers).status_code == 403


def test_bytes_that_are_gone_are_not_found(deployment, client, filled, url):
    deployment.stored()[0].unlink()

    assert client.simulate_get(f"{url}/blob").status_code == 404
    assert client.simulate_get(f"{url}/blob", headers={"Range": "bytes=0-1,5-6"}).status_code == 404


@pytest.mark.parametrize("asked", ["bytes=0-1", "bytes=0-1,5-6", "bytes=99-", None])
def test_an_error_has_no_header_of_the_blob(deployment, client, filled, url, asked):
    """Nobody may keep the sentence of an error as the bytes whose digest came with it."""
    deployment.stored()[0].unlink()
    answer = client.simulate_get(f"{url}/blob", headers={"Range": asked} if asked else {})

    assert answer.status_code == (416 if asked == "bytes=99-" else 404)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for name in ("Repr-Digest", "Content-MD5", "ETag", "Content-Disposition", "Accept-Ranges"):
        assert name not in answer.headers
    assert not any(name.lower().startswith("x-openstack-glare") for name in answer.headers)


@pytest.mark.parametrize("given_type", ["", "text/plain", "Application/X-Disk ; a=b"])
def test_it_comes_back_as_the_type_it_was_sent_as(client, url, given_type):
    headers = {"Content-Type": given_type} if given_type else {}
    client.simulate_put(f"{url}/blob", body=b"1", headers=headers)
    kept = client.simulate_get(url).json["blob"]["content_type"]

    assert kept == (given_type.partition(";")[0].strip() or "application/octet-stream")
    assert client.simulate_get(f"{url}/blob").headers["Content-Type"].startswith(kept)


@pytest.mark.parametrize("given_type", ["x" * 256, "text/é"])
def test_a_type_that_is_none_is_refused(client, url, given_type):
    answer = client.simulate_put(f"{url}/blob", body=b"1", headers={"Content-Type": given_type})

    assert answer.status_code == 400
