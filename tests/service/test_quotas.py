"""Quotas: hard under any concurrency, charged to the owner, in all and by type (promise 4)."""

import pytest

from artifacts import errors
from artifacts.caller import Caller
from artifacts.model import Artifact
from artifacts.model.query import Query


@pytest.fixture
def set_quotas(deployment, admin):
    """Set the quotas of `project`, and take away those that it had."""

    def set_quotas(**values):
        deployment.parts.quotas.replace(admin, {"project": values})

    return set_quotas


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
        assert refused == {errors.QuotaUsedUp}
        assert usage() == (50, 100, 0)

    def test_the_owner_is_charged_whoever_uploads(self, deployment, life, live, admin, usage):
        artifact = life.create()
        operator = live(deployment.parts, admin)
        operator.upload(artifact, "loose", b"x" * 100)

        assert usage() == (1, 100, 0)
        assert usage("admins") == (0, 0, 0)
        with pytest.raises(errors.TooLarge):
            operator.upload(artifact, "blob", b"x")

    def test_the_owners_records_hold_whoever_uploads(
        self, deployment, life, live, admin, set_quotas
    ):
        artifact = life.create()
        operator = live(deployment.parts, admin)
        deployment.parts.quotas.replace(admin, {"admins": {"max_uploaded_data": 0}})
        operator.upload(artifact, "loose", b"x")
        set_quotas(max_uploaded_data=0)

        with pytest.raises(errors.TooLarge):
            operator.upload(artifact, "blob", b"x")

    def test_what_is_replaced_needs_no_quota_again(self, life, usage):
        artifact = life.create()
        life.upload(artifact, "loose", b"x" * 100)
        life.upload(artifact, "loose", b"y" * 100)

        assert life.read(artifact, "loose") == b"y" * 100
        assert usage() == (1, 100, 0)

    def test_what_is_replaced_by_an_unknown_length_needs_no_quota_again(self, life, source, usage):
        artifact = life.create()
        life.upload(artifact, "loose", b"x" * 90)
        life.upload(artifact, "loose", source(b"y" * 60, b"z" * 40))

        assert usage() == (1, 100, 0)
        with pytest.raises(errors.TooLarge, match="100 bytes"):
            life.upload(artifact, "loose", source(b"y" * 60, b"z" * 41))
        assert life.read(artifact, "loose") == b"y" * 60 + b"z" * 40

    def test_who_replaces_pays_when_the_old_is_deleted_meanwhile(self, life, source, usage):
        artifact = life.create()
        life.upload(artifact, "loose", b"x" * 60)

        def overtake():
            life.empty(artifact, "loose")
            life.upload(artifact, "blob", b"y" * 50)

        with pytest.raises(errors.TooLarge):
            life.upload(artifact, "loose", source(b"z" * 30, overtake, b"z" * 30), length=60)
        assert usage() == (1, 50, 0)

        life.upload(artifact, "blob", b"y" * 40)
        life.upload(artifact, "loose", b"x" * 60)
        life.upload(
            artifact,
            "loose",
            source(b"z" * 30, lambda: life.empty(artifact, "loose"), b"z" * 30),
            length=60,
        )

        assert usage() == (1, 100, 0)

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

    def test_nothing_is_allowed_where_a_limit_was_lowered(self, life, set_quotas):
        artifact = life.create()
        life.upload(artifact, "blob", b"x" * 100)
        set_quotas(max_uploaded_data=10)

        life.upload(artifact, "loose", b"")
        with pytest.raises(errors.TooLarge):
            life.upload(artifact, "loose", b"x")

    @pytest.mark.parametrize("name", ["max_uploaded_data", "max_uploaded_data:samples"])
    def test_a_limit_that_was_lowered_meanwhile_holds_at_the_end(
        self, deployment, life, source, set_quotas, usage, name
    ):
        """What began within it is refused whole, and nothing of it is left."""
        first, second = life.create("first"), life.create("second")
        life.upload(first, "blob", b"x" * 30)

        def lower():
            set_quotas(**{name: 69})

        with pytest.raises(errors.TooLarge, match="69 bytes"):
            life.upload(second, "blob", source(b"x" * 20, lower, b"y" * 20), length=40)

        assert usage() == (2, 30, 0)
        assert len(deployment.stored()) == 1
        set_quotas(**{name: 70})
        life.upload(second, "blob", b"x" * 40)

    def test_what_needs_no_room_is_filled_whatever_was_lowered_meanwhile(
        self, life, source, set_quotas, usage
    ):
        artifact = life.create()
        life.upload(artifact, "loose", b"x" * 40)
        smaller = source(b"x" * 30, lambda: set_quotas(max_uploaded_data=10))
        life.upload(artifact, "loose", smaller, length=30)

        assert usage() == (1, 30, 0)

    def test_what_shrinks_is_allowed_where_a_limit_was_lowered(self, life, set_quotas, usage):
        artifact = life.create()
        life.upload(artifact, "loose", b"x" * 100)
        set_quotas(max_uploaded_data=10)
        life.upload(artifact, "loose", b"x" * 50)

        assert usage() == (1, 50, 0)

    def test_failed_uploads_give_back_what_they_reserved(self, life, source, usage):
        def fail():
            raise errors.Invalid("the client went away")

        artifact = life.create()
        for _ in range(3):
            with pytest.raises(errors.Invalid):
                life.upload(artifact, "blob", source(b"x" * 40, fail), length=100)

        assert usage() == (1, 0, 0)

    def test_those_that_died_give_it_back_at_the_next_upload(
        self, deployment, deploy, life, live, caller, source, die, expire, usage
    ):
        with pytest.raises(KeyboardInterrupt):
            life.upload(life.create("dead"), "blob", source(b"x" * 40, die), length=100)
        assert usage() == (1, 0, 100)
        with pytest.raises(errors.TooLarge):
            life.upload(life.create("early"), "blob", b"x")

        expire()
        survivor = live(deploy({"DEFAULT": {"max_uploaded_data": 100}}).parts, caller)
        survivor.upload(survivor.create("late"), "blob", b"x" * 100)

        assert usage() == (3, 100, 0)


class TestRecords:
    """What is set for a project, in place of the configured options."""

    @pytest.fixture
    def deployment(self, deploy):
        return deploy(
            {
                "DEFAULT": {"max_uploaded_data": 100, "max_artifact_number": 2},
                "artifact_type:samples": {"max_uploaded_data": 50},
            }
        )

    def test_they_replace_the_option_of_their_name_alone(self, life, set_quotas):
        set_quotas(max_uploaded_data=1000)
        artifact = life.create()

        with pytest.raises(errors.TooLarge, match="50 bytes of this type"):
            life.upload(artifact, "blob", b"x" * 51)

        set_quotas(**{"max_uploaded_data:samples": 1000})

        with pytest.raises(errors.TooLarge, match=r"100 bytes$"):
            life.upload(artifact, "blob", b"x" * 101)

        set_quotas(**{"max_uploaded_data:samples": -1, "max_uploaded_data": -1})
        life.upload(artifact, "blob", b"x" * 1001)

    def test_they_are_in_force_at_once_in_every_process(
        self, deployment, deploy, life, live, caller, admin
    ):
        elsewhere = deploy({"DEFAULT": {"max_artifact_number": 2}})
        for name in ("one", "two"):
            life.create(name)
        with pytest.raises(errors.TooManyArtifacts, match=r"2 artifacts$"):
            life.create("three")

        elsewhere.parts.quotas.replace(admin, {"project": {"max_artifact_number": 3}})
        life.create("three")
        with pytest.raises(errors.TooManyArtifacts, match=r"3 artifacts$"):
            life.create("four")

        elsewhere.parts.quotas.replace(admin, {"project": {}})
        with pytest.raises(errors.TooManyArtifacts, match=r"2 artifacts$"):
            live(elsewhere.parts, caller).create("four")

    def test_those_of_others_do_not_hold(self, deployment, life, admin):
        deployment.parts.quotas.replace(admin, {"elsewhere": {"max_artifact_number": 0}})

        life.create()

    def test_names_of_no_type_limit_nothing(self, life, set_quotas):
        set_quotas(**{"max_artifact_number:": 0, "max_artifact_number:nothing": 0, "nonsense": 0})

        life.create()

    def test_usage_of_a_type_that_is_no_longer_enabled_is_still_shown(
        self, deployment, deploy, life, caller, set_quotas
    ):
        life.upload(life.create(), "blob", b"12345")
        set_quotas(**{"max_uploaded_data:samples": 4, "max_uploaded_data:images": 4})
        without = deploy({"DEFAULT": {"custom_artifact_types_modules": ""}})
        shown = without.parts.quotas.of_project(caller, "project")

        assert {quota.name: (quota.value, quota.usage) for quota in shown} == {
            "max_artifact_number": (-1, 1),
            "max_uploaded_data": (-1, 5),
            "max_uploaded_data:samples": (4, 5),
            "max_uploaded_data:images": (4, 0),
        }

    def test_one_may_be_as_large_as_a_number_can_be(self, life, set_quotas, usage):
        largest = {"max_uploaded_data": 2**63 - 1, "max_uploaded_data:samples": 2**63 - 1}
        set_quotas(max_artifact_number=2**63 - 1, **largest)
        life.upload(life.create(), "blob", b"x" * 200)

        assert usage() == (1, 200, 0)

    def test_who_may_only_read_sets_none(self, deployment):
        reader = Caller("r", "p", frozenset({"admin"}), read_only=True)

        with pytest.raises(errors.Forbidden):
            deployment.parts.quotas.replace(reader, {})


class TestProcesses:
    """D16 with three processes on one database, and quotas that are set for the project."""

    @pytest.fixture
    def lives(self, deployment, deploy, live, caller, set_quotas):
        set_quotas(max_artifact_number=60, max_uploaded_data=100)
        return [live(each.parts, caller) for each in (deployment, deploy(), deploy())]

    @pytest.mark.parametrize("known", [True, False])
    def test_fifty_uploads_at_once_use_the_quota_up_and_no_more(
        self, lives, at_once, source, usage, known
    ):
        artifacts = [lives[0].create(f"n{number}") for number in range(50)]

        def upload(number):
            data = b"%010d" % number
            return lives[number % 3].upload(
                artifacts[number], "blob", data if known else source(data)
            )

        outcomes = at_once([lambda n=n: upload(n) for n in range(50)])

        assert [isinstance(each, Artifact) for each in outcomes].count(True) == 10
        assert {type(each) for each in outcomes if isinstance(each, Exception)} == {
            errors.QuotaUsedUp
        }
        assert usage() == (50, 100, 0)

    def test_eighty_creating_at_once_make_as_many_as_are_allowed(self, lives, at_once, usage):
        outcomes = at_once([lambda n=n: lives[n % 3].create(f"n{n}") for n in range(80)])

        assert [isinstance(each, Artifact) for each in outcomes].count(True) == 60
        assert usage() == (60, 0, 0)

    def test_uploads_replacements_and_deletes_at_once_are_counted_exactly(
        self, lives, at_once, usage, set_quotas
    ):
        """Some are refused, some lose a slot, all in all it adds up: `consistent` looks too."""
        set_quotas(max_uploaded_data=79, max_artifact_number=60)  # the highest of all that follow
        artifacts = [lives[0].create(f"n{number}") for number in range(10)]

        def session(number):
            life, artifact = lives[number % 3], artifacts[number % 10]
            for step in range(4):
                try:
                    size = (7 * number + 5 * step) % 30
                    match (number + step) % 4:
                        case 0 | 1:
                            life.upload(artifact, "loose", bytes([number]) * size)
                        case 2:
                            life.empty(artifact, "loose")
                        case 3:
                            set_quotas(max_uploaded_data=50 + size, max_artifact_number=60)
                except (errors.TooLarge, errors.Conflict, errors.NotFound):
                    pass
            with life.parts.database.reading() as tx:
                row = tx.usage.of(tx.numbers.known_project("project"))[0]
            return row.bytes + row.reserved

        seen = at_once([lambda n=n: session(n) for n in range(20)])

        assert max(seen) < 80
        kept = [lives[0].show(artifact).blobs.values() for artifact in artifacts]
        assert usage() == (10, sum(blob.size for blobs in kept for blob in blobs), 0)


class TestDeletes:
    @pytest.fixture
    def deployment(self, deploy):
        return deploy(
            {
                "DEFAULT": {"max_uploaded_data": 100, "max_artifact_number": 1},
                "artifact_type:samples": {"delayed_delete": True},
            }
        )

    def test_what_is_deleted_counts_until_it_is_scrubbed(self, deployment, life, usage):
        artifact = life.create()
        life.upload(artifact, "blob", b"x" * 100)
        life.delete(artifact)

        assert usage() == (1, 100, 0)
        with pytest.raises(errors.TooManyArtifacts):
            life.create("next")

        deployment.parts.scrub.run()

        assert usage() == (0, 0, 0)
        life.upload(life.create("next"), "blob", b"y" * 100)


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

        life.delete(life.parts.artifacts.find(caller, "samples", Query()).artifacts[0])
        images.create("one more")

    def test_bytes_of_a_type_are_limited(self, life):
        with pytest.raises(errors.TooLarge, match="10 bytes"):
            life.upload(life.create(), "blob", b"x" * 11)
