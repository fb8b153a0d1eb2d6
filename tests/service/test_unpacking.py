"""Unpacking: the files of an archive come with it, all of them, or nothing does. D30."""

import io
import os
import stat
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from artifacts import errors
from artifacts.db import tables
from artifacts.model import Expected, KiB, MiB

MODULES = {"DEFAULT": {"custom_artifact_types_modules": "sample_types, packed_types"}}


@pytest.fixture
def deployment(deploy):
    return deploy(MODULES)


@pytest.fixture
def life(deployment, caller, live):
    return live(deployment.parts, caller, "packed")


@pytest.fixture
def artifact(life):
    return life.create()


def zipped(entries, method=zipfile.ZIP_DEFLATED):
    """Pack (name or ZipInfo, bytes) pairs."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return packed.getvalue()


def untouched(deployment, life, artifact, usage):
    """Nothing came of an upload."""
    assert life.show(artifact).blobs == {}
    assert deployment.stored() == []
    assert deployment.rows(tables.uploads) == []
    assert usage() == (1, 0, 0)


def test_each_file_becomes_a_key_of_the_folder_beside_the_archive(life, artifact, usage):
    package = zipped([("a.txt", b"one"), ("sub/", b""), ("sub/./b.txt", b"two"), ("./c", b"")])
    shown = life.upload(artifact, "package", package)

    assert sorted(shown.files) == ["a.txt", "c", "sub/b.txt"]
    assert life.read(artifact, "files/sub/b.txt") == b"two"
    assert life.read(artifact, "package") == package
    assert {blob.content_type for blob in shown.files.values()} == {"application/octet-stream"}
    assert shown.package.content_type == "text/plain"
    assert usage() == (1, len(package) + 6, 0)
    assert life.show(artifact).files == shown.files


def test_all_of_it_is_one_revision(deployment, life, artifact):
    life.upload(artifact, "package", zipped([("a", b"one"), ("b", b"two")]))
    last = deployment.rows(tables.revisions)[-1]

    assert (last.number, last.action) == (2, "upload")
    assert sorted(last.changes) == ["files/a", "files/b", "package"]


def test_a_hundred_files_take_less_than_three_seconds(life):
    """Of a machine of its own: where others keep it busy, as much longer as they do."""
    package = zipped([(f"file {number}", os.urandom(100)) for number in range(100)])
    taken = []
    while len(taken) < 5 and min(taken, default=3) >= 3:
        artifact = life.create(f"turn {len(taken)}")
        started = time.monotonic()
        assert len(life.upload(artifact, "package", package).files) == 100
        taken.append(time.monotonic() - started)

    assert min(taken) < 3 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_another_archive_replaces_files_of_the_same_path_and_leaves_others(
    deployment, life, artifact, usage
):
    life.upload(artifact, "package", zipped([("a", b"old"), ("b", b"kept")]))
    package = zipped([("a", b"newer")])
    life.upload(artifact, "package", package)

    assert life.read(artifact, "files/a") == b"newer"
    assert life.read(artifact, "files/b") == b"kept"
    assert usage() == (1, len(package) + 9, 0)
    assert len(deployment.stored()) == 3


def test_files_with_the_same_bytes_are_kept_once(deployment, life, artifact, usage):
    package = zipped([(name, b"same") for name in "abc"])
    life.upload(artifact, "package", package)

    assert len(deployment.stored()) == 2
    assert usage() == (1, len(package) + 12, 0)


def test_an_archive_within_an_archive_stays_packed(life, artifact):
    """D30: nested archives are files as any other."""
    inner = zipped([("deep", b"data")])
    shown = life.upload(artifact, "package", zipped([("inner.zip", inner)]))

    assert list(shown.files) == ["inner.zip"]
    assert life.read(artifact, "files/inner.zip") == inner


def test_a_zip64_archive_and_one_with_a_comment_are_read(life, artifact):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        with archive.open(zipfile.ZipInfo("big"), "w", force_zip64=True) as file:
            file.write(b"data")
        archive.comment = b"of somebody"

    assert list(life.upload(artifact, "package", packed.getvalue()).files) == ["big"]


class TestRefused:
    """What is not unpacked leaves nothing behind: no file, no archive, no reservation."""

    def check(self, deployment, life, artifact, usage, package, error, match=".", path="package"):
        with pytest.raises(error, match=match):
            life.upload(artifact, path, package)

        untouched(deployment, life, artifact, usage)

    @pytest.mark.parametrize(
        "name",
        [
            "../evil",
            "a/../../evil",
            "a/..",
            "/etc/passwd",
            "//host/share",
            "C:/windows",
            "c:evil",
            "..\\evil",
            "a\\b",
            "nul\0byte",
            ".",
            "./.",
            "x" * 256,
            "../",
        ],
    )
    def test_a_path_that_leads_elsewhere(self, deployment, life, artifact, usage, name):
        """D30: zip-slip, in every spelling."""
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        package = zipped([("good", b"data"), (info, b"data")])

        self.check(deployment, life, artifact, usage, package, errors.Invalid)

    @pytest.mark.parametrize(
        "kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK]
    )
    def test_what_is_no_file(self, deployment, life, artifact, usage, kind):
        """D30: links and devices."""
        info = zipfile.ZipInfo("link")
        info.external_attr = (kind | 0o777) << 16
        package = zipped([(info, b"/etc/passwd")])

        self.check(deployment, life, artifact, usage, package, errors.Invalid, "no links")

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    @pytest.mark.parametrize("twin", ["a", "./a"])
    def test_a_path_that_comes_twice(self, deployment, life, artifact, usage, twin):
        """D30: duplicates, also those that only normalising shows."""
        package = zipped([("a", b"one"), (twin, b"two")])

        self.check(deployment, life, artifact, usage, package, errors.Invalid, "same path")

    def test_a_thousand_times_its_size(self, deployment, life, artifact, usage):
        """D30: a bomb, by what it declares."""
        package = zipped([("bomb", b"\0" * (10 * MiB))])
        assert len(package) < 11 * KiB

        self.check(deployment, life, artifact, usage, package, errors.Invalid, "200 times")

    def test_more_than_it_declares(self, deployment, life, artifact, usage):
        """D30: a bomb whose directory lies."""
        package = bytearray(zipped([("bomb", b"\0" * 100_000)]))
        entry = package.index(b"PK\x01\x02")
        package[entry + 24 : entry + 28] = struct.pack("<I", 10)

        self.check(deployment, life, artifact, usage, bytes(package), errors.Invalid, "broken")

    def test_files_that_share_their_bytes(self, deployment, life, artifact, usage):
        """D30: overlapping entries, the bomb without layers."""
        package = bytearray(zipped([("a", b"x" * 1000), ("b", b"y" * 1000)], zipfile.ZIP_STORED))
        first = package.index(b"PK\x01\x02")
        second = package.index(b"PK\x01\x02", first + 1)
        package[second + 42 : second + 46] = package[first + 42 : first + 46]

        self.check(deployment, life, artifact, usage, bytes(package), errors.Invalid, "overlap")

    def test_what_is_encrypted(self, deployment, life, artifact, usage):
        package = bytearray(zipped([("a", b"secret")]))
        package[package.index(b"PK\x01\x02") + 8] |= 1

        self.check(deployment, life, artifact, usage, bytes(package), errors.Invalid, "encrypted")

    @pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_a_packing_whose_memory_nobody_bounds(self, deployment, life, artifact, usage, method):
        package = zipped([("a", b"data")], method)

        self.check(deployment, life, artifact, usage, package, errors.Invalid, "deflated")

    @pytest.mark.parametrize(
        "package",
        [
            b"",
            b"no zip at all",
            b"PK\x05\x06",
            zipped([("a", b"data" * 100)])[:-30],
            zipped([("a", b"data" * 100)])[30:],
            zipped([("a", os.urandom(1000))]).replace(b"PK\x03\x04", b"XXXX"),
        ],
        ids=["empty", "other", "short", "end lost", "beginning lost", "changed"],
    )
    def test_what_is_broken(self, deployment, life, artifact, usage, package):
        self.check(deployment, life, artifact, usage, package, errors.Invalid, "broken")

    def test_a_file_whose_bytes_were_changed(self, deployment, life, artifact, usage):
        """The ones before it are stored by then, and go again."""
        data = os.urandom(1000)
        package = zipped([("a", b"good"), ("b", data)], zipfile.ZIP_STORED)
        package = package.replace(data, bytes(1000))

        self.check(deployment, life, artifact, usage, package, errors.Invalid, "broken")

    def test_an_archive_above_its_own_limit(self, deployment, life, artifact, usage):
        package = zipped([("a", os.urandom(100_000))])

        self.check(deployment, life, artifact, usage, package, errors.TooLarge)

    def test_more_files_than_the_folder_may_hold(self, deployment, life, artifact, usage):
        package = zipped([(f"file {number}", b"data") for number in range(101)])

        self.check(deployment, life, artifact, usage, package, errors.Invalid, "at most 100 keys")

    def test_more_files_than_the_folder_has_places_left(self, life, artifact):
        for number in range(5):
            life.upload(artifact, f"files/there {number}", b"data")
        package = zipped([(f"file {number}", b"data") for number in range(96)])
        with pytest.raises(errors.Invalid, match="at most 100 keys"):
            life.upload(artifact, "package", package)

        assert len(life.show(artifact).files) == 5

    def test_a_file_above_the_limit_of_one(self, deployment, life, artifact, usage):
        package = zipped([("a", os.urandom(201 * KiB))])

        self.check(deployment, life, artifact, usage, package, errors.TooLarge, path="big")

    def test_files_above_the_limit_of_the_folder(self, deployment, life, artifact, usage):
        package = zipped([(name, os.urandom(101 * KiB)) for name in "abc"])

        self.check(deployment, life, artifact, usage, package, errors.TooLarge, path="big")

    def test_a_type_that_changes_its_mind_behind_it(self, deployment, life, artifact, usage):
        life.change(artifact, description="refuses")
        package = zipped([("a", b"data")])

        self.check(deployment, life, artifact, usage, package, errors.Invalid, "refused behind")

    def test_what_is_not_what_its_caller_declared(self, deployment, life, artifact, usage):
        declared = Expected(digests={"sha256": "0" * 64})
        with pytest.raises(errors.Mismatch):
            life.upload(artifact, "package", zipped([("a", b"data")]), expected=declared)

        untouched(deployment, life, artifact, usage)

    def test_a_file_whose_slot_is_being_filled(self, life, artifact, source):
        def unpack():
            with pytest.raises(errors.SlotTaken):
                life.upload(artifact, "package", zipped([("a", b"data")]))

        life.upload(artifact, "files/a", source(b"12", unpack, b"345"))

        assert life.show(artifact).package is None
        assert life.read(artifact, "files/a") == b"12345"


def test_files_count_for_the_quota_of_the_project(deploy, caller, live):
    limit = {"DEFAULT": {**MODULES["DEFAULT"], "max_uploaded_data": 10_000}}
    life = live(deploy(limit).parts, caller, "packed")
    artifact = life.create()
    with pytest.raises(errors.TooLarge, match="quota"):
        life.upload(artifact, "package", zipped([("a", b"x" * 9_990)]))

    life.upload(artifact, "package", zipped([("a", b"x" * 9_500)]))

    assert life.show(artifact).files["a"].size == 9_500


def test_a_process_that_dies_over_it_leaves_what_scrub_finds(
    deployment, life, artifact, usage, uploads, die, expire, monkeypatch
):
    """Kill -9 between the files and the fill: no slot and no byte stays."""
    monkeypatch.setattr(deployment.parts.blobs._contents, "fill", lambda *args: die())
    with pytest.raises(KeyboardInterrupt):
        life.upload(artifact, "package", zipped([("a", b"one"), ("b", b"two")]))
    assert len(deployment.rows(tables.uploads)) == 3
    assert len(deployment.stored()) == 3

    monkeypatch.undo()
    expire()
    deployment.parts.scrub.run()

    untouched(deployment, life, artifact, usage)


def test_a_process_that_dies_between_two_files_leaves_what_scrub_finds(
    deployment, life, artifact, usage, die, expire, monkeypatch
):
    saved = []
    store = deployment.parts.pools.store("file")
    save = type(store).save

    def save_one(self, key, stream):
        saved.append(key)
        if len(saved) == 2:
            die()
        save(self, key, stream)

    monkeypatch.setattr(type(store), "save", save_one)
    with pytest.raises(KeyboardInterrupt):
        life.upload(artifact, "package", zipped([("a", b"one"), ("b", b"two")]))
    assert len(deployment.rows(tables.uploads)) == 3

    monkeypatch.undo()
    expire()
    deployment.parts.scrub.run()

    untouched(deployment, life, artifact, usage)


def test_a_million_files_are_refused_in_bounded_memory(life, artifact):
    """D30: 10^6 entries are never looked at one by one."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", *[20, 3, 20, 0], *[0] * 4, *[0] * 3,
                        *[7, 0, 0, 0, 0], 0, 0)  # fmt: skip
    directory = b"".join(entry + b"%07d" % number for number in range(10**6))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), 0, 0)
    package = directory + end
    assert len(package) > 50 * MiB
    source = io.BytesIO(package)
    tracemalloc.start()
    try:
        with pytest.raises(errors.Invalid, match="too many files"):
            life.upload(artifact, "big", source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 24 * MiB  # an object store is sent parts of 16 MiB


def test_a_large_archive_is_unpacked_in_bounded_memory(deploy, caller, live, tmp_path):
    """D30: neither the archive nor a file of it is ever held in memory."""
    script = tmp_path / "unpack.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, script, Path(__file__).parents[1] / "plugins", tmp_path / "data"],
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 24 * MiB


SCRIPT = """
import io, os, resource, sys, zipfile
sys.path.insert(0, sys.argv[1])
from artifacts import config
from artifacts.parts import build
from artifacts.caller import Caller
from artifacts.model import Expected, MiB
import packed_types

class Loose(packed_types.Packed):
    type_name = "loose_packed"
    def before_upload(self, slot, stream):
        archive = self.handle.spool(stream)
        self.handle.unpack(archive, "many")
        return archive

packed_types.Loose, Loose.__module__ = Loose, "packed_types"
conf = config.load()
conf.set_override("data", sys.argv[2])
conf.set_override("custom_artifact_types_modules", ["packed_types"])
parts = build(conf)
caller = Caller("user", "project")
artifact = parts.artifacts.create(caller, "loose_packed", {"name": "large"})
def upload(size):
    path = os.path.join(sys.argv[2], "large.zip")
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("large", "w") as file:
            for _ in range(size // MiB):
                file.write(os.urandom(MiB))
    with open(path, "rb") as source:
        parts.blobs.upload(caller, "loose_packed", artifact.id, "big", source,
                           content_type="application/zip", expected=Expected())
upload(MiB)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
upload(90 * MiB)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""
