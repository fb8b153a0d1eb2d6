"""Quotas: hard under any concurrency, charged to the owner, in all and by type (promise 4)."""

import pytest

from artifacts import errors
from artifacts.model import Artifact
from artifacts.model.query import Query


class TestBytes:
    @pytest.fixture
    def deployment(self, deploy):
        return deploy({"DEFAULT": {"max_uploaded_data": 100}})

    def test_fifty_uploads_at_once_use_the_quota_up_and_no_more(
        self, deployment, life, at_once, usage
    ):
        """D16."""
        artifacts = [life.create(f"n{number}") for number in range(50)]
        outcomes = at_once(
            [
                lambda artifact=artifact: life.upload(
                    artifact, "blob", artifact.name.encode().ljust(10)
                )
                for artifact in artifacts
            ]
        )
        kept = [each for each in outcomes if isinstance(each, Artifact)]
        refused = {type(each) for each in outcomes if not isinstance(each, Artifact)}

        assert len(kept) == 10
        assert refused == {errors.TooLarge}
        assert usage() == (50, 100, 0)

    def test_the_owner_is_charged_whoever_uploads(self, deployment, life, live, admin, usage):
        artifact = life.create()
        operator = live(deployment.parts, admin)
        operator.upload(artifact, "loose", b"x" * 100)

        assert usage() == (1, 100, 0)
        assert usage("admins") == (0, 0, 0)
        with pytest.raises(errors.TooLarge):
            operator.upload(artifact, "blob", b"x")

    def test_what_is_replaced_is_given_back(self, life, usage):
        artifact = life.create()
        life.upload(artifact, "loose", b"x" * 50)
        life.upload(artifact, "loose", b"x" * 30)

        assert usage() == (1, 30, 0)

    def test_nothing_is_allowed_where_nothing_is_left(self, life):
        artifact = life.create()
        life.upload(artifact, "blob", b"x" * 100)

        life.upload(artifact, "loose", b"")

        assert life.read(artifact, "loose", 0, 0) == b""

    def test_a_project_does_not_use_up_anothers(self, deployment, life, live, other):
        life.upload(life.create(), "blob", b"x" * 100)
        stranger = live(deployment.parts, other)

        theirs = stranger.create()
        stranger.upload(theirs, "blob", b"x" * 100)

        assert stranger.read(theirs, "blob", 0, 100) == b"x" * 100


class TestNumbers:
    @pytest.fixture
    def deployment(self, deploy):
        return deploy(
            {
                "DEFAULT": {"max_artifact_number": 5},
                "artifact_type:samples": {"max_artifact_number": 3, "max_uploaded_data": 10},
            }
        )

    def test_fifty_creating_at_once_make_as_many_as_are_allowed(self, life, at_once, usage):
        outcomes = at_once([lambda n=n: life.create(f"n{n}") for n in range(50)])
        refused = [each for each in outcomes if not isinstance(each, Artifact)]

        assert len(refused) == 47
        assert {type(each) for each in refused} == {errors.TooManyArtifacts}
        assert usage() == (3, 0, 0)

    def test_both_limits_hold(self, deployment, life, live, caller):
        images = live(deployment.parts, caller, "images")
        for number in range(3):
            life.create(f"n{number}")
        for number in range(2):
            images.create(f"n{number}")
        with pytest.raises(errors.TooManyArtifacts):
            images.create("one more")

        life.delete(life.parts.artifacts.find(caller, "samples", Query()).records[0].artifact)
        images.create("one more")

    def test_bytes_of_a_type_are_limited(self, life):
        with pytest.raises(errors.TooLarge, match="10 bytes"):
            life.upload(life.create(), "blob", b"x" * 11)
