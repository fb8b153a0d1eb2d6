"""Whole lives of artifacts, by commands alone, through a service that really runs."""

import hashlib
import json
import os
import pty
import signal
import termios

import pytest

from artifacts.client import Client

DATA = os.urandom(3_000_000)
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def _endpoint(environment, service):
    environment["ARTIFACTS_ENDPOINT"] = service


@pytest.fixture
def here(tmp_path):
    """The folder that the commands run in, once they ran."""
    return tmp_path / "here"


@pytest.fixture
def iso(tmp_path):
    path = tmp_path / "debian.iso"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def name(request):
    """A name that no other test of this session uses."""
    return hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]


@pytest.fixture
def ok(run):
    """Run a command that must succeed without a word on stderr, and return its output."""

    def ok(*arguments, **more):
        code, out, error = run(*arguments, **more)
        assert (code, error) == (0, "")
        return out

    return ok


@pytest.fixture
def draft(ok, name):
    """The id of a draft image."""
    formats = ("disk_format=iso", "container_format=bare")
    return json.loads(ok("create", "images", name, *formats, "--json"))["id"]


@pytest.fixture
def uploaded(ok, draft, iso):
    """The id of a draft image whose bytes are there."""
    ok("upload", "images", draft, "image", iso)
    return draft


def test_an_image_goes_in_and_comes_out_the_same(ok, run, here, iso, name):
    ok("create", "images", name, "--version", "12.1", "disk_format=iso", "container_format=bare")
    received = ok("upload", "images", name, "image", iso)
    ok("activate", "images", name)
    told = ok("download", "images", name, "image", "-o", "copy.iso")

    assert (here / "copy.iso").read_bytes() == DATA
    assert received == f"image: 2.9 MiB, sha256 {SHA256}\n"
    assert told == f"copy.iso: 2.9 MiB, sha256 {SHA256} verified\n"
    shown = json.loads(ok("--json", "show", "images", name))
    assert (shown["status"], shown["version"]) == ("active", "12.1.0")
    assert shown["image"]["sha256"] == SHA256

    assert ok("delete", "images", name) == ""
    code, _, error = run("show", "images", shown["id"])
    assert code == 1
    assert error.startswith("artifacts: ")
    assert error.count("\n") == 1


def test_bytes_flow_through_pipes(ok, draft):
    ok("upload", "images", draft, "image", stdin=DATA)
    shown = json.loads(ok("show", "images", draft, "--json"))

    assert shown["image"]["size"] == len(DATA)
    assert shown["image"]["sha256"] == SHA256


def test_bytes_are_written_to_standard_output(start, uploaded):
    process = start("download", "images", uploaded, "image", "-o", "-", "--json")
    out, error = process.communicate(timeout=60)

    assert (process.returncode, out, error) == (0, DATA, b"")


def test_a_file_is_named_after_the_artifact_and_never_replaced_unasked(
    ok, run, here, uploaded, name
):
    ok("download", "images", uploaded, "image")
    (here / name).write_bytes(b"mine")
    code, _, error = run("download", "images", uploaded, "image")

    assert code == 1
    assert error == f"artifacts: {name} exists; give --output {name} to replace it\n"
    assert (here / name).read_bytes() == b"mine"

    ok("download", "images", uploaded, "image", "--output", name)
    assert (here / name).read_bytes() == DATA


def test_an_interrupted_download_goes_on(ok, here, uploaded):
    here.mkdir(exist_ok=True)
    (here / f"copy.{SHA256[:8]}.part").write_bytes(DATA[:2_000_000])

    ok("download", "images", uploaded, "image", "-o", "copy")

    assert (here / "copy").read_bytes() == DATA
    assert not (here / f"copy.{SHA256[:8]}.part").exists()


def test_a_part_of_other_bytes_does_no_harm(ok, here, uploaded):
    (here / f"copy.{SHA256[:8]}.part").write_bytes(b"x" * 2_000_000)

    ok("download", "images", uploaded, "image", "-o", "copy")

    assert (here / "copy").read_bytes() == DATA


def test_declared_digests_are_kept(ok, run, draft, iso):
    wrong = "0" * 64
    code, _, error = run("upload", "images", draft, "image", iso, "--sha256", wrong)

    assert code == 1
    assert wrong in error
    assert SHA256 in error
    assert json.loads(ok("show", "images", draft, "--json"))["image"] is None

    ok("upload", "images", draft, "image", iso, "--sha256", SHA256)


def test_too_many_bytes_are_refused(ok, run, name):
    ok("create", "heat_templates", name)

    code, _, error = run("upload", "heat_templates", name, "template", stdin=bytes(11 * 1024**2))

    assert code == 1
    assert "at most 10485760 bytes" in error
    assert json.loads(ok("show", "heat_templates", name, "--json"))["template"] is None


def test_a_large_file_is_refused_by_its_length_without_being_sent(run, ok, name, tmp_path):
    with (tmp_path / "large").open("wb") as large:
        large.truncate(1024**4)
    ok("create", "heat_templates", name)

    code, _, error = run("upload", "heat_templates", name, "template", tmp_path / "large")

    assert code == 1
    assert error.startswith("artifacts: template: ")


def test_bytes_elsewhere_are_linked_and_come_back_verified(ok, run, here, draft, mirror):
    url = mirror("debian.iso", DATA)
    ok("link", "images", draft, "mirrors/eu", url, "--sha256", SHA256, "--size", len(DATA))
    told = ok("download", "images", draft, "mirrors/eu", "-o", "copy", "--json")

    assert (here / "copy").read_bytes() == DATA
    assert json.loads(told) == {"path": "copy", "size": len(DATA), "sha256": SHA256}

    code, _, error = run("link", "images", draft, "mirrors/us", url, "--size", 5)
    assert code == 1
    assert "5" in error
    assert str(len(DATA)) in error

    ok("delete-blob", "images", draft, "mirrors/eu")
    assert json.loads(ok("show", "images", draft, "--json"))["mirrors"] == {}


def test_bytes_elsewhere_that_changed_are_not_taken(ok, run, here, draft, mirror):
    url = mirror("changing.iso", DATA)
    ok("link", "images", draft, "mirrors/eu", url)
    mirror("changing.iso", DATA[:-1] + bytes([DATA[-1] ^ 1]))

    code, _, error = run("download", "images", draft, "mirrors/eu", "-o", "copy")

    assert code == 1
    assert error.startswith("artifacts: download: sha256 is ")
    assert [*here.iterdir()] == []


def test_fields_are_set_and_unset(ok, draft):
    ok("set", "images", draft, "min_ram=512", "tags=a,b", 'properties={"hw": "x"}')
    ok("set", "images", draft, "properties/os=debian", "description=a=b")
    shown = json.loads(ok("show", "images", draft, "--json"))

    assert shown["min_ram"] == 512
    assert sorted(shown["tags"]) == ["a", "b"]
    assert shown["properties"] == {"hw": "x", "os": "debian"}
    assert shown["description"] == "a=b"

    ok("unset", "images", draft, "min_ram", "properties/hw")
    shown = json.loads(ok("show", "images", draft, "--json"))
    assert shown["min_ram"] is None
    assert shown["properties"] == {"os": "debian"}


def test_one_impossible_value_changes_nothing(ok, run, draft):
    code, _, error = run("set", "images", draft, "min_disk=5", "min_ram=-1")

    assert code == 1
    assert error.startswith("artifacts: min_ram: ")
    assert json.loads(ok("show", "images", draft, "--json"))["min_disk"] is None


def test_tags_come_and_go(ok, draft):
    ok("add-tag", "images", draft, "a", "b", "c")
    ok("add-tag", "images", draft, "b")
    ok("delete-tag", "images", draft, "a", "c", "nothing")

    assert json.loads(ok("show", "images", draft, "--json"))["tags"] == ["b"]


def test_a_life_has_its_moves(ok, uploaded):
    for move, status, visibility in [
        ("activate", "active", "private"),
        ("deactivate", "deactivated", "private"),
        ("reactivate", "active", "private"),
        ("publish", "active", "public"),
    ]:
        shown = json.loads(ok(move, "images", uploaded, "--json"))
        assert (shown["status"], shown["visibility"]) == (status, visibility)


def test_a_name_means_the_latest_version(ok, name):
    for version in ("1.9.0", "1.10.0", "1.10.0-rc1"):
        ok("create", "images", name, "--version", version)

    assert json.loads(ok("show", "images", name, "--json"))["version"] == "1.10.0"


def test_a_name_that_several_have_lists_their_ids(ok, run, uploaded, name):
    ok("activate", "images", uploaded)
    ok("publish", "images", uploaded)
    twin = json.loads(ok("create", "images", name, "--json"))["id"]

    code, _, error = run("show", "images", name)

    assert code == 1
    assert uploaded in error
    assert twin in error


def test_a_list_is_of_the_latest_by_keys_and_only_counted(ok, name):
    for version, ram in (("1.0", 3), ("2.0", 1), ("3.0", 2)):
        ok(
            "create",
            "images",
            name,
            "--version",
            version,
            f"min_ram={ram}",
            f"tags={name}",
            'metadata={"team": "red"}',
        )
    mine = ("list", "images", "-f", f"tags={name}", "-f", "metadata.team=red")

    latest = json.loads(ok(*mine, "--latest", "--json"))
    ordered = json.loads(ok(*mine, "--sort", "name:asc", "--sort", "version:asc", "--json"))

    assert [item["version"] for item in latest] == ["3.0.0"]
    assert [item["min_ram"] for item in ordered] == [3, 1, 2]
    assert ok(*mine, "--count").strip() == "3"
    assert ok(*mine, "--count", "--latest").strip() == "1"
    assert ok(*mine, "-f", "min_ram=gt:1", "-f", "min_ram=lt:3", "--count").strip() == "1"


def test_a_list_is_filtered_sorted_and_limited(ok, run, name):
    for ram in (3, 1, 2):
        ok("create", "images", f"{name}-{ram}", f"min_ram={ram}", f"tags={name}")

    tagged = ("list", "images", "--filter", f"tags={name}", "--sort", "name:asc")
    rows = [line.split() for line in ok(*tagged).splitlines()]
    assert rows[0] == ["ID", "NAME", "VERSION", "STATUS", "VISIBILITY", "OWNER"]
    assert [row[1] for row in rows[1:]] == [f"{name}-{ram}" for ram in (1, 2, 3)]

    code, out, error = run(*tagged, "--limit", 2)
    assert (code, len(out.splitlines())) == (0, 3)
    assert error == "There are more than these 2; --all lists them.\n"

    found = json.loads(ok(*tagged, "--all", "--json"))
    assert [item["min_ram"] for item in found] == [1, 2, 3]

    every = json.loads(ok("list", "all", "--filter", f"tags={name}", "--json"))
    assert {item["type_name"] for item in every} == {"images"}


def test_a_filter_that_cannot_be_is_told_by_the_service(run):
    code, _, error = run("list", "images", "--filter", "nothing=5")

    assert code == 1
    assert error.startswith("artifacts: ")
    assert error.count("\n") == 1


def test_types_and_their_fields_are_shown(ok):
    types = ok("types").splitlines()
    fields = ok("schema", "images").splitlines()

    assert ["images", "Images", "1.0"] in [line.split() for line in types]
    assert any(line.split()[:3] == ["image", "Blob", "optional"] for line in fields)
    assert any(
        " ".join(line.split()[:6]) == "name String required sortable like eq" for line in fields
    )
    assert json.loads(ok("schema", "images", "--json"))["name"] == "images"
    assert "heat_templates" in json.loads(ok("types", "--json"))


def test_a_type_that_is_not_there_is_one_sentence(run):
    for command in (["list", "nope"], ["schema", "nope"], ["create", "nope", "x", "a=b"]):
        code, out, error = run(*command)

        assert (code, out, error.count("\n")) == (1, "", 1)


def test_ctrl_c_in_an_upload_ends_it_and_the_slot_stays_empty(ok, start, draft, iso):
    process = start("upload", "images", draft, "image")
    process.stdin.write(DATA)
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)

    assert (process.returncode, error) == (130, b"artifacts: interrupted\n")
    assert json.loads(ok("show", "images", draft, "--json"))["image"] is None


def test_ctrl_c_in_a_download_keeps_what_came(start, uploaded):
    process = start("download", "images", uploaded, "image", "-o", "-")
    assert process.stdout.read(1) == DATA[:1]
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)

    assert (process.returncode, error) == (130, b"artifacts: interrupted\n")


def test_a_reader_that_has_seen_enough_is_no_error_message(start, uploaded):
    process = start("download", "images", uploaded, "image", "-o", "-")
    assert process.stdout.read(10) == DATA[:10]
    process.stdout.close()

    assert process.stderr.read() == b""
    assert process.wait(timeout=30) == 1


def test_progress_is_drawn_on_a_terminal_alone(start, uploaded, here):
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    process = start("download", "images", uploaded, "image", "-o", "copy", stderr=theirs)
    os.close(theirs)
    drawn = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)

    assert process.wait(timeout=30) == 0
    assert b"image: 100%" in drawn
    assert b"2.86M/2.86M" in drawn
    assert (here / "copy").read_bytes() == DATA


def test_a_list_longer_than_a_page_is_walked_to_its_end(service, name):
    with Client(service) as client:
        for number in range(205):
            client.create("images", name=f"{name}-{number:03}", tags=[name])

        found = [item["name"] for item in client.list("images", {"tags": name}, sort="name:asc")]

    assert found == [f"{name}-{number:03}" for number in range(205)]


def _read(terminal):
    try:
        return os.read(terminal, 10_000)
    except OSError:  # how Linux says that the other side is closed
        return b""


def test_quotas_are_set_shown_and_deleted(ok, run, name):
    limits = ("max_uploaded_data=1048576", "max_artifact_number:images=-1")
    shown = ok("set-quotas", name, *limits).splitlines()

    assert [line.split("  ")[0] for line in shown] == [
        "QUOTA",
        "max_artifact_number",
        "max_uploaded_data",
        "max_artifact_number:images",
    ]
    assert shown[2].split()[1:] == ["1.0", "MiB", "0", "B"]
    assert shown[3].split()[1:] == ["any", "number", "0"]
    assert ok("quotas", name).splitlines() == shown
    assert json.loads(ok("quotas", "--all", "--json"))[name] == {
        "max_artifact_number:images": -1,
        "max_uploaded_data": 1048576,
    }
    assert f"{name}  max_uploaded_data           1.0 MiB" in ok("quotas", "--all")

    deleted = json.loads(ok("delete-quotas", name, "--json"))

    assert {item["quota_name"]: item["quota_value"] for item in deleted} == {
        "max_artifact_number": -1,
        "max_uploaded_data": -1,
    }
    assert name not in ok("quotas", "--all")


def test_a_quota_that_limits_nothing_is_told(run, name):
    code, _, error = run("set-quotas", name, "max_uploaded_data=5", "max_artifact_number:image=5")

    assert (code, error) == (0, "These limit nothing: max_artifact_number:image.\n")


def test_own_quotas_show_what_is_used(ok, draft):
    used = {item["quota_name"]: item["usage"] for item in json.loads(ok("quotas", "--json"))}

    assert used["max_artifact_number"] >= 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("set-quotas", "p", "max_uploaded_data=lots"), "'lots' is no integer"),
        (("set-quotas", "p", "max_uploaded_data"), "is not written"),
        (("set-quotas", "p", "max_uploaded_data=-2"), "must be an integer from -1"),
        (("quotas", "p", "--all"), "not both"),
    ],
)
def test_wrong_quotas_are_told(run, arguments, sentence):
    code, out, error = run(*arguments)

    assert (code > 0, out) == (True, "")
    assert sentence in error


def test_a_share_has_members_until_it_is_taken_back(ok, run, uploaded):
    ok("activate", "images", uploaded)
    end = "2099-01-01T00:00:00Z"
    ok("share", "images", uploaded)
    ok("share", "images", uploaded, "acme", "umbrella", "--until", end)
    found = json.loads(ok("members", "images", uploaded, "--json"))
    assert [(each["member"], each["status"], each["expires_at"]) for each in found] == [
        ("acme", "pending", end),
        ("umbrella", "pending", end),
    ]
    assert ok("members", "images", uploaded).split()[:5] == [
        *("MEMBER", "STATUS", "CREATED_AT", "EXPIRES_AT"),
        "acme",
    ]

    for command in ("accept", "reject"):  # which the owner cannot do for them
        code, _, error = run(command, "images", uploaded, "acme")
        assert (code, error) == (1, "artifacts: status: is set by the member alone\n")
        assert run(command, "images", uploaded)[0] == 2
    left = json.loads(ok("unshare", "images", uploaded, "acme", "--json"))
    assert [each["member"] for each in left] == ["umbrella"]
    assert json.loads(ok("unshare", "images", uploaded, "--json")) == []
    assert json.loads(ok("show", "images", uploaded, "--json"))["visibility"] == "private"
