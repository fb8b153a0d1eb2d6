"""Blobs: shared contents, external ones, and who may read and empty what."""

import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from artifacts import errors
from artifacts.db import tables
from artifacts.model import Expected
from artifacts.model.blob import Slot

URL = "https://mirror.example/disk"


@pytest.fixture
def artifact(life):
    return life.create()


class TestSharing:
    """The same bytes in several slots of a project are kept once."""

    def test_two_slots_with_the_same_bytes_share_them(self, deployment, life, artifact, usage):
        other = life.create("other")
        life.upload(artifact, "loose", b"same")
        life.upload(other, "blob", b"same")

        assert [row.reference_count for row in deployment.rows(tables.contents)] == [2]
        assert len(deployment.stored()) == 1
        assert usage() == (2, 8, 0)
        assert life.read(artifact, "loose") == life.read(other, "blob") == b"same"

    def test_only_the_last_slot_lets_them_go(self, deployment, life, artifact, usage):
        other = life.create("other")
        life.upload(artifact, "loose", b"same")
        life.upload(other, "blob", b"same")
        life.upload(artifact, "loose", b"else")
        assert life.read(other, "blob") == b"same"
        assert len(deployment.stored()) == 2

        life.delete(other)

        assert len(deployment.stored()) == 1
        assert usage() == (1, 4, 0)

    def test_both_slots_of_one_artifact_go_with_it(self, deployment, life, artifact, usage):
        for path in ("blob", "loose", "folder/a", "folder/b"):
            life.upload(artifact, path, b"same")
        life.delete(artifact)

        assert deployment.stored() == []
        assert deployment.rows(tables.contents) == []
        assert usage() == (0, 0, 0)

    def test_projects_share_nothing(self, deployment, life, live, other, artifact):
        """D34: what another project keeps neither shows nor saves anybody an upload."""
        stranger = live(deployment.parts, other)
        theirs = stranger.create()
        life.upload(artifact, "blob", b"same")
        stranger.upload(theirs, "blob", b"same")

        assert len(deployment.stored()) == 2
        life.delete(artifact)
        assert stranger.read(theirs, "blob") == b"same"

    def test_many_at_once_with_the_same_bytes_keep_them_once(
        self, deployment, life, at_once, usage
    ):
        made = [life.create(f"n{number}") for number in range(8)]
        failed = at_once(
            [lambda artifact=artifact: life.upload(artifact, "loose", b"same") for artifact in made]
        )
        assert [each for each in failed if isinstance(each, Exception)] == []
        deployment.parts.scrub.run()

        assert [row.reference_count for row in deployment.rows(tables.contents)] == [8]
        assert len(deployment.stored()) == 1
        failed = at_once([lambda artifact=artifact: life.delete(artifact) for artifact in made])
        assert [each for each in failed if each] == []
        assert usage() == (0, 0, 0)
        deployment.parts.scrub.run()
        assert deployment.stored() == []


class TestReading:
    def test_a_range_is_read(self, life, artifact):
        life.upload(artifact, "blob", b"0123456789")

        assert life.read(artifact, "blob", 2, 5) == b"234"
        assert life.read(artifact, "blob", 7) == b"789"

    def test_an_empty_blob_is_a_blob(self, life, artifact, usage):
        life.upload(artifact, "blob", b"")

        assert life.show(artifact).blob.size == 0
        assert life.read(artifact, "blob") == b""
        assert usage() == (1, 0, 0)

    @pytest.mark.parametrize("path", ["blob", "folder/nothing"])
    def test_an_empty_slot_has_no_bytes(self, life, artifact, path):
        with pytest.raises(errors.BlobNotFound):
            life.read(artifact, path)

    def test_others_do_not_know_of_it(self, deployment, life, live, other, artifact):
        """Promise 7."""
        life.upload(artifact, "blob", b"12345")
        stranger = live(deployment.parts, other)

        for verb in (stranger.read, stranger.empty):
            with pytest.raises(errors.ArtifactNotFound):
                verb(artifact, "blob")

    def test_deactivation_stops_everybody_but_admins_at_once(
        self, deployment, life, live, admin, other, artifact
    ):
        """D24."""
        life.upload(artifact, "blob", b"12345")
        life.activate(artifact)
        operator, stranger = live(deployment.parts, admin), live(deployment.parts, other)
        operator.change(artifact, visibility="public")
        assert stranger.read(artifact, "blob") == b"12345"

        operator.change(artifact, status="deactivated")

        for reader in (life, stranger):
            with pytest.raises(errors.PolicyForbids):
                reader.read(artifact, "blob")
        assert operator.read(artifact, "blob") == b"12345"

    def test_bytes_that_are_gone_are_not_found(self, deployment, life, artifact):
        life.upload(artifact, "blob", b"12345")
        path = deployment.stored()[0]
        kept = path.read_bytes()
        path.unlink()
        with pytest.raises(errors.BlobNotFound):
            life.read(artifact, "blob")
        path.write_bytes(kept)

    def test_a_hook_may_refuse(self, deployment, life, artifact, monkeypatch):
        def refuse(self, slot):
            raise errors.Invalid(f"{slot}: not today")

        life.upload(artifact, "blob", b"12345")
        monkeypatch.setattr(deployment.parts.types["samples"], "before_download", refuse)
        with pytest.raises(errors.Invalid, match="not today"):
            life.read(artifact, "blob")


class TestEmptying:
    def test_a_draft_lets_go_of_its_bytes(self, deployment, life, artifact, usage):
        life.upload(artifact, "blob", b"12345")
        emptied = life.empty(artifact, "blob")

        assert emptied.blob is None
        assert deployment.stored() == []
        assert usage() == (1, 0, 0)
        with pytest.raises(errors.BlobNotFound):
            life.empty(artifact, "blob")

    def test_one_key_of_a_folder_goes_alone(self, life, artifact):
        life.upload(artifact, "folder/a", b"1")
        life.upload(artifact, "folder/b", b"2")
        life.empty(artifact, "folder/a")

        assert list(life.show(artifact).folder) == ["b"]

    def test_an_active_artifact_keeps_its_own_bytes(self, life, artifact):
        life.upload(artifact, "blob", b"12345")
        life.upload(artifact, "loose", b"12345")
        life.activate(artifact)

        for path in ("blob", "loose"):
            with pytest.raises(errors.Forbidden):
                life.empty(artifact, path)


class TestFolders:
    def test_a_folder_has_a_limit_of_its_own(self, life, artifact):
        life.upload(artifact, "folder/a", b"x" * 100 * 1024)
        with pytest.raises(errors.TooLarge):
            life.upload(artifact, "folder/b", b"x" * (50 * 1024 + 1))

        life.upload(artifact, "folder/b", b"x" * 50 * 1024)

    def test_a_full_folder_takes_no_key_more(self, life, artifact):
        for key in "abcde":
            life.upload(artifact, f"folder/{key}", b"1")
        with pytest.raises(errors.Invalid, match="at most 5 keys"):
            life.upload(artifact, "folder/f", b"1")

        life.upload(artifact, "folder/a", b"again")

    def test_keys_may_be_anything(self, life, artifact):
        """D41, D42: keys are text, and never a path."""
        keys = ["../../etc/passwd", "/x", "a/../b", "x/", ".", "..", "é\n;$(){}", "\U0001f600" * 9]
        for key in keys[:5]:
            life.upload(artifact, f"folder/{key}", key.encode())

        assert set(life.show(artifact).folder) == set(keys[:5])
        for key in keys[:5]:
            assert life.read(artifact, f"folder/{key}") == key.encode()
            life.empty(artifact, f"folder/{key}")
        for key in keys[5:]:
            life.upload(artifact, f"folder/{key}", key.encode())
            assert life.read(artifact, f"folder/{key}") == key.encode()


class Answer(io.BytesIO):
    """Bytes of an answer, and what its headers said."""

    content_type: str
    final_url: str
    etag: str
    last_modified: str
    length: int | None


@dataclass
class Elsewhere:
    """Another server, as the guarded fetcher hands its answer on."""

    data: bytes = b"outside"
    fetched: list[str] = field(default_factory=list)
    error: Exception | None = None

    def check(self, url: str) -> None:
        if not url.startswith("http"):
            raise errors.Unfetchable("url: must be http or https")

    @contextmanager
    def fetch(self, url: str) -> Any:
        self.fetched.append(url)
        if self.error:
            raise self.error
        stream = Answer(self.data)
        stream.content_type = "application/x-disk"
        stream.final_url = f"{url}?final"
        stream.etag, stream.last_modified, stream.length = '"tag"', "yesterday", None
        yield stream


@pytest.fixture
def elsewhere(deployment, monkeypatch):
    there = Elsewhere()
    monkeypatch.setattr(deployment.parts.blobs, "_fetcher", there)
    return there


@pytest.fixture
def link(life):
    def link(artifact, path="blob", url=URL, **more):
        return life.parts.blobs.link(
            life.caller, "samples", artifact.id, path, url, **{"expected": Expected(), **more}
        )

    return link


class TestExternal:
    def test_it_is_measured_and_its_bytes_are_not_kept(
        self, deployment, life, artifact, link, elsewhere, usage
    ):
        blob = link(artifact).blob

        assert (blob.external, blob.size, blob.url) == (True, 7, URL)
        assert (blob.final_url, blob.etag) == (f"{URL}?final", '"tag"')
        assert blob.content_type == "application/x-disk"
        assert elsewhere.fetched == [URL]
        assert deployment.stored() == []
        assert usage() == (1, 0, 0)

    def test_showing_it_fetches_nothing(self, life, artifact, link, elsewhere):
        link(artifact)
        life.show(artifact)
        life.parts.downloads.open(life.caller, "samples", artifact.id, "blob")
        life.activate(artifact)

        assert elsewhere.fetched == [URL]

    @pytest.mark.parametrize("copy", [False, True])
    @pytest.mark.parametrize("expected", [Expected(size=8), Expected(digests={"sha256": "0" * 64})])
    def test_what_is_not_as_expected_leaves_nothing(
        self, deployment, life, artifact, link, elsewhere, usage, expected, copy
    ):
        with pytest.raises(errors.Mismatch, match=r"expected .*, got "):
            link(artifact, expected=expected, copy=copy)

        assert life.show(artifact).blobs == {}
        assert deployment.stored() == []
        assert deployment.rows(tables.uploads) == []
        assert usage() == (1, 0, 0)

    def test_what_cannot_be_fetched_leaves_nothing(
        self, deployment, life, artifact, link, elsewhere
    ):
        elsewhere.error = errors.Unfetchable("url: could not be fetched")
        with pytest.raises(errors.Unfetchable):
            link(artifact)

        assert life.show(artifact).blobs == {}
        assert deployment.rows(tables.uploads) == []

    def test_a_copy_is_kept_as_our_own(self, deployment, life, artifact, link, elsewhere, usage):
        blob = link(artifact, copy=True).blob

        assert (blob.external, blob.url) == (False, None)
        assert life.read(artifact, "blob") == b"outside"
        assert usage() == (1, 7, 0)

    @pytest.mark.parametrize("path", ["blob", "loose"])
    def test_a_slot_that_holds_something_is_not_overwritten(
        self, life, artifact, link, elsewhere, path
    ):
        link(artifact, path)
        with pytest.raises(errors.SlotTaken):
            link(artifact, path)
        with pytest.raises(errors.SlotTaken):
            life.upload(artifact, path, b"12345")

        assert elsewhere.fetched == [URL]

    def test_nothing_is_fetched_for_somebody_who_may_not(
        self, deployment, live, other, life, artifact, elsewhere
    ):
        with pytest.raises(errors.ArtifactNotFound):
            deployment.parts.blobs.link(
                other, "samples", artifact.id, "blob", URL, expected=Expected()
            )

        assert elsewhere.fetched == []

    def test_emptying_the_slot_touches_nothing_outside(self, life, artifact, link, elsewhere):
        link(artifact, "loose")
        life.activate(artifact)
        life.empty(artifact, "loose")

        assert life.show(artifact).blobs == {}
        assert elsewhere.fetched == [URL]

    def test_an_active_artifact_keeps_the_slot_of_an_immutable_field(
        self, life, artifact, link, elsewhere
    ):
        """D18: no other bytes can come to stand behind it."""
        link(artifact)
        life.activate(artifact)
        with pytest.raises(errors.Forbidden):
            life.empty(artifact, "blob")

        assert Slot("blob") in life.show(artifact).blobs

    def test_it_counts_nothing_in_its_folder(self, life, artifact, link, elsewhere):
        elsewhere.data = b"x" * 100 * 1024
        for key in "abc":
            link(artifact, f"folder/{key}")

        assert len(life.show(artifact).folder) == 3
