"""Contents that all projects share, where an operator asked for it: once stored, counted each."""

import uuid
from functools import partial

import pytest

from artifacts import errors
from artifacts.caller import Caller
from artifacts.db import tables
from artifacts.errors import Misconfigured
from artifacts.service import projects
from artifacts.service.transfer import Transfer

SHARED = {"pool:default": {"share_contents": "everybody"}}
TEN = b"0123456789"
ROUNDS = 6


@pytest.fixture
def deployment(deploy):
    return deploy(SHARED)


@pytest.fixture
def of(deployment, live):
    """Return the verbs of a project, in this process or another."""

    def verbs(project, process=deployment):
        return live(process.parts, Caller("user", project, frozenset({"member"}), "req-1"))

    return verbs


def upload(life, data=TEN):
    artifact = life.create(uuid.uuid4().hex)
    life.upload(artifact, "loose", data)
    return artifact


def test_projects_share_what_they_upload_and_each_counts_it(deployment, of, usage):
    red, green = of("red"), of("green")
    artifacts = [(life, upload(life)) for life in (red, green, of("blue"))]

    assert len(deployment.stored()) == 1
    assert [row.reference_count for row in deployment.rows(tables.contents)] == [3]
    for life, artifact in artifacts:
        assert life.read(artifact, "loose", 0, 10) == TEN
        assert usage(life.caller.project) == (1, 10, 0)


def test_without_the_option_each_project_has_its_own(deploy, of):
    apart = deploy()
    for project in ("red", "green"):
        upload(of(project, apart))

    assert len(apart.stored()) == 2


def test_the_last_to_let_go_deletes_the_bytes(deployment, of):
    red, green = of("red"), of("green")
    mine, yours = upload(red), upload(green)
    red.delete(mine)

    assert green.read(yours, "loose", 0, 10) == TEN
    green.empty(yours, "loose")
    assert deployment.stored() == []
    assert deployment.rows(tables.contents) == []


def test_a_quota_refuses_what_others_have_already(deploy, live, of):
    """Who has the bytes too makes nothing cheaper."""
    limited = deploy({**SHARED, "DEFAULT": {"max_uploaded_data": 5}})
    upload(of("red"))
    with pytest.raises(errors.TooLarge):
        upload(of("green", limited))


def test_the_option_comes_and_goes_while_rows_stay(deployment, deploy, of):
    apart = deploy()
    before = upload(of("red", apart))
    shared = [upload(of(project)) for project in ("red", "green")]
    after = upload(of("green", apart))

    assert len(deployment.stored()) == 3  # red's own, everybody's, and green's own
    owned = [("red", before), ("red", shared[0]), ("green", shared[1]), ("green", after)]
    for process in (deployment, apart):
        for project, artifact in owned:
            assert of(project, process).read(artifact, "loose", 0, 10) == TEN
    of("green", apart).delete(shared[1])
    of("red").delete(before)
    of("red", apart).upload(shared[0], "loose", b"other")
    of("green").delete(after)

    assert [path.read_bytes() for path in deployment.stored()] == [b"other"]


def test_what_is_given_to_another_project_stays_everybody_s(deployment, of):
    """Else the next project to upload it would find it gone, and the receiver have it alone."""
    red, green, blue = of("red"), of("green"), of("blue")
    given, kept = upload(red), upload(green)
    parts = deployment.parts
    operator = projects.operator("req-of-it")
    transfer = Transfer(parts.database, parts.quotas, parts.scrub, operator)
    assert [each.left for each in transfer.run("red", "blue")] == [None]

    assert len({row.project for row in deployment.rows(tables.contents)}) == 1
    third = upload(of("fourth"))
    assert len(deployment.stored()) == 1
    for life, artifact in ((blue, given), (green, kept), (of("fourth"), third)):
        assert life.read(artifact, "loose", 0, 10) == TEN
        life.delete(artifact)
    assert deployment.stored() == []


def test_many_projects_upload_the_same_at_once(deployment, deploy, of, at_once):
    lives = [
        of(f"p{number}", process)
        for process in (deployment, deploy(SHARED))
        for number in (1, 2, 3)
    ]
    artifacts = [life.create(f"n{place}") for place, life in enumerate(lives)]
    pairs = list(zip(lives, artifacts, strict=True))
    done = at_once([partial(life.upload, each, "loose", TEN) for life, each in pairs])

    assert not [each for each in done if isinstance(each, BaseException)]
    assert len(deployment.stored()) == 1
    assert [row.reference_count for row in deployment.rows(tables.contents)] == [6]


def test_a_fill_that_meets_the_delete_of_another_project_keeps_its_bytes(
    deployment, deploy, of, at_once
):
    """D31: whoever comes first, nobody refers to bytes that are deleted."""
    red, green = of("red"), of("green", deploy(SHARED))
    for number in range(ROUNDS):
        data = b"%d" % number
        mine, yours = upload(red, data), green.create(f"n{number}")
        done = at_once([partial(red.delete, mine), partial(green.upload, yours, "loose", data)])

        assert not [each for each in done if isinstance(each, BaseException)]
        assert green.read(yours, "loose", 0, len(data)) == data
    assert len(deployment.stored()) == ROUNDS


def test_two_that_let_go_at_once_delete_the_bytes(deployment, deploy, of, at_once):
    red, green = of("red"), of("green", deploy(SHARED))
    for _ in range(ROUNDS):
        mine, yours = upload(red), upload(green)
        done = at_once([partial(red.delete, mine), partial(green.empty, yours, "loose")])

        assert not [each for each in done if isinstance(each, BaseException)]
        assert deployment.stored() == []
        green.delete(yours)


@pytest.mark.parametrize("download", ["redirect", "accel"])
def test_what_is_shared_is_never_read_past_the_service(deploy, download):
    """D34: a link and a file tell when the bytes came first, and under which name."""
    api = {"accel_location": "/accel/", "trusted_proxies": "192.0.2.1/32"}
    pool = {"share_contents": "everybody", "download": download}
    with pytest.raises(Misconfigured, match="share_contents"):
        deploy({"api": api, "pool:default": pool})


def test_what_was_shared_is_sent_by_the_service_for_ever(on_files, deployment, deploy, of):
    """D34: also when the pool shares no more, and has nginx send what is its own."""
    api = {"accel_location": "/accel/", "trusted_proxies": "192.0.2.1/32"}
    later = deploy({"api": api, "pool:default": {"download": "accel"}})
    red = of("red")
    shared, own = upload(red), upload(of("red", later), b"other")
    headers = {"X-Accel-Location": "/accel/"}

    def read(artifact):
        url = f"/artifacts/samples/{artifact.id}/loose"
        return later.client("red").simulate_get(url, headers=headers, remote_addr="192.0.2.1")

    assert "X-Accel-Redirect" in read(own).headers
    assert "X-Accel-Redirect" not in read(shared).headers
    assert read(shared).content == TEN
