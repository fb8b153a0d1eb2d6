"""Every call of python-glareclient's library, against the served application (contract, 18.2)."""

import hashlib
import re
import subprocess
import uuid
from pathlib import Path

import pytest


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def test_create_and_get(images, draft):
    assert (draft["version"], draft["status"]) == ("1.5.0", "drafted")
    assert draft["disk_format"] == "raw"
    assert images("get", artifact_id=draft["id"]) == draft


def test_get_by_name_and_version(library, images, draft):
    assert images("get_by_name", name=draft["name"], version="1.5") == draft
    about = {"name": draft["name"], "version": "1.6", "type_name": "images"}
    assert library.refusal("get_by_name", **about) == "BadRequest"


def test_a_version_that_is_not_given(images):
    made = images("create", name=f"library-{uuid.uuid4().hex}")

    assert made["version"] == "0.0.0"


def test_update(images, draft):
    changed = images("update", artifact_id=draft["id"], min_ram=512, properties={"a": "1"})

    assert (changed["min_ram"], changed["properties"]) == (512, {"a": "1"})
    shown = images("get", artifact_id=draft["id"])
    assert shown == changed


def test_update_that_unsets(images, draft):
    images("update", artifact_id=draft["id"], min_ram=512, properties={"a": "1", "b": "2"})

    removed = ["min_ram", "properties/a"]
    changed = images("update", artifact_id=draft["id"], remove_props=removed, min_disk=1)

    assert (changed["min_ram"], changed["min_disk"]) == (None, 1)
    assert changed["properties"] == {"b": "2"}


def test_tags(images, draft):
    images("add_tag", artifact_id=draft["id"], tag_value="blå")
    images("add_tag", artifact_id=draft["id"], tag_value="b")
    again = images("add_tag", artifact_id=draft["id"], tag_value="b")
    left = images("remove_tag", artifact_id=draft["id"], tag_value="b")

    assert sorted(again["tags"]) == ["b", "blå"]
    assert left["tags"] == ["blå"]
    assert images("remove_tag", artifact_id=draft["id"], tag_value="b")["tags"] == ["blå"]


@pytest.fixture(scope="module")
def tag(server):
    tag = uuid.uuid4().hex
    for number in range(25):
        server.create(name=f"list {number:02d}", version="1.0", tags=[tag], min_ram=number)
    return tag


class TestLists:
    @pytest.fixture
    def names(self, images, tag):
        """List what the test made, and return the names without what they begin with."""

        def call(**arguments):
            filters = [["tags", tag], *arguments.pop("filters", [])]
            return [each["name"][5:] for each in images("list", filters=filters, **arguments)]

        return call

    def test_all_pages(self, names):
        expected = [f"{number:02d}" for number in range(25)]

        assert names(sort="name:asc") == expected
        assert names(sort="name:asc", page_size=4) == expected
        assert names(sort="name:desc", page_size=25) == expected[::-1]

    @pytest.mark.parametrize(("limit", "size"), [(3, 20), (7, 3), (8, 4), (20, 20), (30, 10)])
    def test_a_limit_is_kept_on_any_page(self, names, limit, size):
        got = names(sort="name:asc", limit=limit, page_size=size)

        assert got == [f"{number:02d}" for number in range(min(limit, 25))]

    def test_a_marker(self, names, images, tag):
        third = images("list", filters=[["tags", tag]], sort="name:asc", limit=3)[-1]

        assert names(sort="name:asc", marker=third["id"], limit=2) == ["03", "04"]

    def test_filters_that_repeat_on_every_page(self, names):
        filters = [["name", ["neq:list 03", "neq:list 05"]]]

        got = names(filters=filters, sort="name:asc", page_size=4)
        assert got == [f"{number:02d}" for number in range(25) if number not in (3, 5)]

    def test_several_sort_keys(self, names):
        assert names(sort="version:asc,name:desc", limit=2) == ["24", "23"]

    def test_the_type_all(self, library, tag):
        got = library("list", type_name="all", filters=[["tags", tag]], limit=30)

        assert len(got) == 25
        assert {each["type_name"] for each in got} == {"images"}

    def test_what_cannot_be_listed(self, library):
        refused = library.refusal("list", type_name="images", filters=[["status", "bogus"]])
        assert refused == "HTTPBadRequest"
        assert library.refusal("list", type_name="nothing") == "HTTPNotFound"


def test_upload_from_a_file_and_download(images, draft, file, data):
    images("upload_blob", file, artifact_id=draft["id"], blob_property="image")

    blob = images("get", artifact_id=draft["id"])["image"]
    assert (blob["size"], blob["md5"]) == (len(data), md5(data))
    assert blob["sha256"] == hashlib.sha256(data).hexdigest()
    assert blob["content_type"] == "application/octet-stream"
    got = images("download_blob", artifact_id=draft["id"], blob_property="image")
    assert got.encode() == data


def test_upload_of_text(images, draft):
    images(
        "upload_blob",
        artifact_id=draft["id"],
        blob_property="image",
        data='{"json": "as bytes"}',
        content_type="application/json",
    )

    blob = images("get", artifact_id=draft["id"])["image"]
    assert (blob["size"], blob["content_type"]) == (20, "application/json")


def test_locations(images, library, draft, origin, data):
    """A link is downloaded by the client itself, and compared with the digest that we measured."""
    url = origin.serve(data)
    slot = {"artifact_id": draft["id"], "blob_property": "mirrors/eu"}
    place = {"url": url, "md5": None, "sha1": None, "sha256": hashlib.sha256(data).hexdigest()}

    images("add_external_location", **slot, data=place)

    blob = images("get", artifact_id=draft["id"])["mirrors"]["eu"]
    assert (blob["url"], blob["external"], blob["md5"]) == (url, True, md5(data))
    assert images("download_blob", **slot).encode() == data
    assert origin.asked(url) == ["GET", "GET"]
    images("remove_external_location", **slot)
    assert images("get", artifact_id=draft["id"])["mirrors"] == {}
    assert library.refusal("download_blob", type_name="images", **slot) == "HTTPNotFound"


def test_bytes_that_changed_behind_a_link_are_noticed(images, library, draft, origin, data):
    url = origin.serve(data)
    slot = {"artifact_id": draft["id"], "blob_property": "mirrors/eu"}
    images("add_external_location", **slot, data={"url": url, "md5": md5(data)})
    origin.pages[url.removeprefix(origin.url)].body = b"other bytes"

    said = library.said("artifacts.download_blob", type_name="images", **slot)
    assert said["error"] == "BrokenPipeError"
    assert "Checksum mismatch" in said["text"]
    unchecked = images("download_blob", **slot, do_checksum=False)
    assert unchecked == "other bytes"


def test_a_whole_life(images, library, draft, file):
    about = {"artifact_id": draft["id"]}
    images("upload_blob", file, **about, blob_property="image")

    active = images("activate", **about)
    assert (active["status"], active["visibility"]) == ("active", "private")
    assert active["activated_at"] is not None
    refused = library.refusal("update", type_name="images", **about, disk_format="iso")
    assert refused == "HTTPForbidden"
    assert images("publish", **about)["visibility"] == "public"
    assert images("deactivate", **about)["status"] == "deactivated"
    assert images("reactivate", **about)["status"] == "active"
    images("delete", **about)
    assert library.refusal("get", type_name="images", **about) == "HTTPNotFound"
    assert library.refusal("delete", type_name="images", **about) == "HTTPNotFound"


def test_types(library):
    assert {name for name, _ in library("get_type_list")} >= {"images", "secrets", "all"}
    assert {version for _, version in library("get_type_list")} == {"1.0"}
    schema = library("get_type_schema", type_name="images")
    assert schema["properties"]["min_ram"]["glareType"] == "Integer"
    assert library.refusal("get_type_schema", type_name="nothing") == "HTTPNotFound"


def test_the_list_of_versions_is_an_error_for_it(library):
    assert library.refusal("versions.list") == "HTTPMultipleChoices"


def test_a_name_that_is_taken(library, draft):
    refused = library.refusal(
        "create", type_name="images", name=draft["name"], version=draft["version"]
    )

    assert refused == "HTTPConflict"


def test_every_call_is_made_here(glare_python):
    code = "from glareclient.v1.artifacts import Controller; print(*vars(Controller))"
    told = subprocess.run([glare_python, "-c", code], capture_output=True, text=True, check=True)
    calls = r'(?:images|library|refusal|said)\(\s*"(?:artifacts\.)?([a-z_]+)"'
    tests = Path(__file__).parent.glob("test_*.py")
    made = {name for test in tests for name in re.findall(calls, test.read_text())}

    assert {name for name in told.stdout.split() if not name.startswith("_")} == made
