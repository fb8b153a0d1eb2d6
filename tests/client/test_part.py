"""What a download may write to until its bytes are verified: its own part, and nothing else."""

import hashlib
import os

import pytest

from artifacts.client import Client, NotReachable, NotUnderstood, PartTaken

DATA = os.urandom(100_000)
OTHERS = b"somebody else's"


def promise(data):
    return {"X-Openstack-Glare-Content-SHA256": hashlib.sha256(data).hexdigest()}


@pytest.fixture
def client(origin, answer):
    origin.answer = lambda request: answer(200, DATA, promise(DATA))
    with Client(origin.url, timeout=10) as client:
        yield client


@pytest.fixture
def target(tmp_path):
    return tmp_path / "a[b]"


@pytest.fixture
def part(target):
    return target.with_name(f"{target.name}.{hashlib.sha256(DATA).hexdigest()[:8]}.part")


@pytest.fixture
def victim(tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(OTHERS)
    return victim


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("ending", ["part", "00000000.part", "notes.part"])
def test_what_is_no_part_of_these_bytes_is_left_alone(client, target, ending, resume):
    other = target.with_name(f"{target.name}.{ending}")
    other.write_bytes(OTHERS)

    client.download("images", "1", "image", target, resume=resume)

    assert target.read_bytes() == DATA
    assert other.read_bytes() == OTHERS


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize("tie", [os.symlink, os.link])
def test_a_part_that_leads_elsewhere_is_not_written_to(client, target, part, victim, tie, resume):
    tie(victim, part)

    with pytest.raises(PartTaken, match="was not left by a download"):
        client.download("images", "1", "image", target, resume=resume)

    assert victim.read_bytes() == OTHERS
    assert not target.exists()


def test_a_link_to_nothing_creates_nothing(client, target, part, tmp_path):
    part.symlink_to(tmp_path / "nothing")

    with pytest.raises(PartTaken):
        client.download("images", "1", "image", target)

    assert not (tmp_path / "nothing").exists()


def test_a_pipe_in_the_place_of_the_part_is_not_written_to(client, target, part):
    os.mkfifo(part)

    with pytest.raises(PartTaken):
        client.download("images", "1", "image", target)


def test_an_old_link_called_part_harms_nobody(client, target, victim):
    target.with_name(target.name + ".part").symlink_to(victim)

    client.download("images", "1", "image", target)

    assert victim.read_bytes() == OTHERS
    assert target.read_bytes() == DATA


def test_the_part_of_bytes_that_were_replaced_meanwhile_is_kept(
    origin, client, answer, target, part
):
    origin.answer = lambda request: answer(200, DATA, promise(DATA), cut=50_000)
    with pytest.raises(NotReachable):
        client.download("images", "1", "image", target)
    kept = part.read_bytes()

    origin.answer = lambda request: answer(200, b"new", promise(b"new"))
    client.download("images", "1", "image", target)

    assert target.read_bytes() == b"new"
    assert part.read_bytes() == kept == DATA[: len(kept)]


@pytest.mark.parametrize("digest", ["../../../x", "", "a" * 63, "/" * 64])
def test_what_is_no_digest_names_no_part(origin, client, answer, target, digest):
    origin.answer = lambda request: (
        answer(200, DATA, {"X-Openstack-Glare-Content-SHA256": digest})
        if request.path.endswith("/image")
        else answer(body=b'{"image": {"size": 5, "sha256": ["x"]}}')
    )

    with pytest.raises(NotUnderstood, match="no sha256"):
        client.download("images", "1", "image", target)

    assert [*target.parent.iterdir()] == []
