"""Every command of the stand-alone `glare` tool, against the service (contract, 18.3)."""

import hashlib
import re
import uuid
from pathlib import Path

import pytest


@pytest.fixture
def about(draft):
    """The draft as an argument: by its id."""
    return ["image", draft["id"], "--id"]


def test_create_prints_every_field_with_its_kind(glare, shown):
    name = f"tool-{uuid.uuid4().hex}"
    lists = ["-l", "tags=a,b", "-d", "metadata=who:me,why:so", "-d", "properties=hw:q35"]
    made = glare("create", "image", name, "-p", "min_ram=7", *lists)

    kinds = {row["Field"]: row["Glare type"] for row in made.rows}
    assert (kinds["min_ram"], kinds["tags"], kinds["image"]) == ("Integer", "StringList", "Blob")
    assert made.fields["metadata"] == {"who": "me", "why": "so"}
    assert shown(made.fields)["min_ram"] == 7
    assert sorted(shown(made.fields)["tags"]) == ["a", "b"]
    assert set(kinds) == set(shown(made.fields))


def test_show(glare, about, draft):
    assert glare("show", *about).fields["name"] == draft["name"]
    assert glare("show", "image", draft["name"], "-V", "1.5").fields["id"] == draft["id"]
    glare("show", "image", "no-id", "--id", fails=True)


def test_tags(glare, about, draft, shown):
    image, *which = about
    glare("add-tag", image, *which, "one")
    glare("add-tag", image, *which, "two")
    printed = glare("remove-tag", image, *which, "one").fields

    assert printed["tags"] == ["two"]
    assert shown(draft)["tags"] == ["two"]


@pytest.fixture(scope="module")
def tag(server):
    tag = uuid.uuid4().hex
    for number in range(23):
        server.create(name=f"{tag} {number:02d}", tags=[tag])
    return tag


class TestLists:
    @pytest.fixture
    def numbers(self, glare, tag):
        def run(*arguments):
            rows = glare("list", "image", "-F", f"tags={tag}", *arguments).rows
            return [int(row["Name"].rpartition(" ")[2]) for row in rows]

        return run

    def test_columns(self, glare, tag):
        first, *_ = glare("list", "image", "-F", f"name={tag} 00").rows

        told = {name: value for name, value in first.items() if name not in ("Id", "Owner")}
        assert told == {
            "Name": f"{tag} 00",
            "Version": "0.0.0",
            "Visibility": "private",
            "Status": "drafted",
        }

    def test_it_lists_twenty_by_name_unless_told_otherwise(self, numbers):
        assert numbers() == list(range(20))

    def test_paging(self, numbers):
        assert numbers("-l", "100") == list(range(23))
        assert numbers("-l", "100", "-p", "5") == list(range(23))
        assert numbers("-l", "7", "-p", "3") == list(range(7))
        assert numbers("-l", "2", "-p", "5") == [0, 1]

    def test_sorting_and_a_marker(self, glare, numbers, tag):
        rows = glare("list", "image", "-F", f"tags={tag}", "-S", "name:desc", "-l", "2").rows
        after = ["-S", "version:asc,name:desc", "-m", rows[-1]["Id"], "-l", "3"]

        assert numbers(*after) == [20, 19, 18]

    def test_filters(self, glare, numbers, tag):
        few = [f"name=in:{tag} 01,{tag} 05,{tag} 07", f"name=neq:{tag} 05"]
        filters = [argument for each in few for argument in ("-F", each)]

        assert numbers(*filters, "-p", "1") == [1, 7]
        glare("list", "image", "-F", "status=bogus", fails=True)

    def test_the_type_all_has_one_more_column(self, glare, tag):
        rows = glare("list", "all", "-F", f"name={tag} 00").rows

        assert [row["Type name"] for row in rows] == ["images"]


def test_upload_from_a_file(glare, about, draft, file, shown, server, data):
    printed = glare("upload", *about, "--file", str(file), "-C", "application/x-raw").rows

    blob = shown(draft)["image"]
    assert (blob["size"], blob["content_type"]) == (len(data), "application/x-raw")
    assert blob["sha256"] == hashlib.sha256(data).hexdigest()
    assert (printed["blob_property"], printed["sha256"]) == ("image", blob["sha256"])
    stored = server.ask("GET", f"/artifacts/images/{draft['id']}/image").body
    assert stored == data


@pytest.mark.parametrize("progress", [[], ["--progress"]])
def test_upload_from_a_pipe(glare, about, draft, shown, progress, data):
    """Nobody tells the length; Glare kept none of these bytes. The tool reads its pipe as text."""
    glare("upload", *about, *progress, data=data)

    blob = shown(draft)["image"]
    assert (blob["size"], blob["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


def test_download(glare, about, draft, file, tmp_path, data):
    glare("upload", *about, "--file", str(file), "--progress")

    glare("download", *about, "--file", "copy.raw")
    assert (tmp_path / "copy.raw").read_bytes() == data
    assert glare("download", *about).out == data


def test_locations(glare, about, draft, origin, shown, tmp_path, data):
    """The download follows the redirect itself, and compares with the digest that we measured."""
    url = origin.serve(data)
    slot = [*about, "-p", "mirrors/eu"]
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()

    glare("location", *slot, "--url", url, "--md5", md5)
    blob = shown(draft)["mirrors"]["eu"]
    assert (blob["url"], blob["external"], blob["size"]) == (url, True, len(data))
    glare("download", *slot, "--file", "copy.raw")
    assert (tmp_path / "copy.raw").read_bytes() == data
    assert origin.asked(url) == ["GET", "GET"]
    glare("remove-location", *slot, fails=True)  # it returns nothing that could be printed
    assert shown(draft)["mirrors"] == {}
    assert origin.asked(url) == ["GET", "GET"]


def test_a_location_with_another_digest(glare, about, draft, origin, shown, data):
    url = origin.serve(data)

    glare("location", *about, "--url", url, "--sha256", "0" * 64, fails=True)
    assert shown(draft)["image"] is None


def test_bytes_that_changed_behind_a_link_are_noticed(glare, about, draft, origin, data):
    url = origin.serve(data)
    glare("location", *about, "--url", url)
    origin.pages[url.removeprefix(origin.url)].body = b"other bytes"

    ran = glare("download", *about, "--file", "copy.raw", fails=True)
    assert ran.code == 141  # of the broken pipe that it says a wrong checksum is


def test_a_whole_life(glare, about, draft, file, shown):
    glare("upload", *about, "--file", str(file))

    assert glare("activate", *about).fields["status"] == "active"
    assert glare("publish", *about).fields["visibility"] == "public"
    assert glare("deactivate", *about).fields["status"] == "deactivated"
    assert shown(draft)["status"] == "deactivated"
    assert glare("reactivate", *about).fields["status"] == "active"
    glare("update", *about, "-p", "disk_format=iso", fails=True)
    glare("delete", *about)
    assert shown(draft)["code"] == 404


def test_type_list(glare):
    rows = glare("type-list").rows

    assert {row["Name"] for row in rows} >= {"images", "heat_templates", "secrets", "all"}
    assert {row["Version"] for row in rows} == {"1.0"}


def test_schema(glare):
    rows = {row["Name"]: row for row in glare("schema", "image").rows}

    assert rows["min_ram"] == {
        "Name": "min_ram",
        "Glare_type": "Integer",
        "Mutable": False,
        "Required": False,
        "Sortable": False,
        "Filters": ["eq", "neq", "in", "gt", "gte", "lt", "lte"],
        "Available_values": "",
    }
    assert rows["tags"]["Mutable"] is True
    assert "raw" in rows["disk_format"]["Available_values"]


def test_every_command_is_driven_here(glare):
    told = glare("bash-completion").out.decode().split()
    tests = Path(__file__).parent.glob("test_*.py")
    driven = {
        name for test in tests for name in re.findall(r'glare\("([a-z-]+)"', test.read_text())
    }

    assert {word for word in told if not word.startswith("-")} - {"help", "complete"} == driven
