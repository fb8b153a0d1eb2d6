"""Scrub: as a command, once or as a daemon; killed, with a store that refuses, and too early."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from artifacts import errors
from artifacts.cli import scrubber
from artifacts.db import tables
from artifacts.service.scrub import Outcome, erase

MAIN = "from artifacts.cli.manage import main; main()"
NUMBER = 40


@pytest.fixture
def deployment(deploy):
    return deploy({"DEFAULT": {"delayed_delete": True}, "scrubber": {"wakeup_time": 1}})


@pytest.fixture
def deleted(life):
    """Delete an artifact of that name, with bytes of its own, in name only."""

    def delete(name):
        artifact = life.create(name)
        life.upload(artifact, "blob", name.encode())
        life.delete(artifact)
        return artifact

    return delete


@pytest.fixture
def command(tmp_path):
    """Begin `artifacts-manage scrub` in a process of its own."""
    begun = []

    def begin(*words):
        configured = ["--config-file", tmp_path / "artifacts-0.conf"]
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN, "scrub", *configured, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


@pytest.fixture
def waits(deployment):
    def until(condition):
        """Wait until *condition* holds for how many artifacts there are."""
        deadline = time.monotonic() + 30
        while not condition(len(deployment.rows(tables.artifacts))):
            assert time.monotonic() < deadline
            time.sleep(0.002)

    return until


def test_the_command_finishes_all_of_it(deployment, deleted, command, usage):
    deleted("one")
    deleted("two")
    process = command()
    told, complaints = process.communicate(timeout=60)

    assert (process.returncode, told) == (0, "4 things were finished.\n"), complaints
    assert deployment.rows(tables.artifacts) == []
    assert deployment.stored() == []
    assert usage() == (0, 0, 0)


def test_one_that_is_killed_half_way_is_finished_by_the_next(
    deployment, life, deleted, command, waits, usage
):
    for number in range(NUMBER):
        deleted(f"deleted {number}")
    kept = life.create("kept")
    life.upload(kept, "blob", b"12345")
    process = command()
    waits(lambda left: left <= NUMBER // 2)
    process.kill()
    process.communicate()
    assert len(deployment.rows(tables.artifacts)) > 1

    second = command()
    second.communicate(timeout=60)

    assert second.returncode == 0
    assert len(deployment.rows(tables.artifacts)) == 1
    assert len(deployment.stored()) == 1
    assert usage() == (1, 5, 0)
    assert life.read(kept, "blob") == b"12345"


def test_several_commands_at_once_do_it_once(deployment, deleted, command, usage):
    for number in range(10):
        deleted(f"deleted {number}")
    several = [command() for _ in range(3)]
    ended = [process.communicate(timeout=60) and process.returncode for process in several]

    assert ended == [0, 0, 0]
    assert deployment.rows(tables.artifacts) == []
    assert usage() == (0, 0, 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_daemon_goes_on_until_it_is_told_to_stop(deleted, command, waits, number):
    deleted("first")
    daemon = command("--daemon")
    waits(lambda left: left == 0)
    deleted("second")
    waits(lambda left: left == 0)
    daemon.send_signal(number)
    told, complaints = daemon.communicate(timeout=30)

    assert daemon.returncode == 0, complaints
    assert told.splitlines()[0] == "Scrubbing every 1 seconds."
    assert told.splitlines()[-1] == "Stopped."
    assert "Traceback" not in complaints


def test_the_daemon_outlives_a_database_that_is_away(deployment, monkeypatch, caplog):
    turns = []

    def run(**how):
        turns.append(how)
        if len(turns) == 1:
            raise errors.DatabaseUnavailable("the database does not answer")
        signal.raise_signal(signal.SIGTERM)
        return Outcome()

    old = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    monkeypatch.setattr(deployment.parts.scrub, "run", run)
    try:
        scrubber.again_and_again(deployment.parts.scrub, age=0, pause=0.01)
    finally:
        for each, handler in zip((signal.SIGTERM, signal.SIGINT), old, strict=True):
            signal.signal(each, handler)
    monkeypatch.undo()

    assert len(turns) == 2
    assert "the database does not answer" in caplog.text


def test_what_was_deleted_a_moment_ago_waits_for_its_age(deployment, deleted, life):
    artifact = deleted("young")
    early = deployment.parts.scrub.run(age=timedelta(hours=1))
    shown = life.show(artifact)
    deployment.parts.scrub._now = lambda: shown.updated_at + timedelta(hours=1)
    late = deployment.parts.scrub.run(age=timedelta(hours=1))

    assert (early, shown.status) == (Outcome(), "deleted")
    assert late == Outcome(finished=2)
    with pytest.raises(errors.ArtifactNotFound):
        life.show(artifact)


def test_what_was_told_to_stop_ends_behind_what_is_under_way(deployment, deleted):
    for name in ("one", "two", "three"):
        deleted(name)
    told = []
    outcome = deployment.parts.scrub.run(stopped=lambda: bool(told), tell=told.append)

    assert outcome == Outcome(finished=1)
    assert len(deployment.rows(tables.artifacts)) == 2


@pytest.mark.parametrize("error", [errors.StoreUnavailable("it refuses"), OSError("of a plugin")])
def test_a_store_that_refuses_keeps_nothing_else_waiting(
    deployment, deleted, monkeypatch, usage, error
):
    for name in ("one", "two", "three"):
        deleted(name)
    store = type(deployment.parts.pools.store("file"))
    delete, refused = store.delete, []

    def refuse_one(self, key):
        if not refused or key in refused:
            refused.append(key)
            raise error
        delete(self, key)

    monkeypatch.setattr(store, "delete", refuse_one)
    first = deployment.parts.scrub.run()
    told = scrubber.once(deployment.parts.scrub, age=0)
    monkeypatch.undo()
    last = deployment.parts.scrub.run()

    assert (first, told, last) == (Outcome(5, 1), False, Outcome(1))
    assert len(refused) == 2
    assert usage() == (0, 0, 0)


def test_an_artifact_that_cannot_be_erased_keeps_nothing_else_waiting(
    deployment, deleted, monkeypatch, usage
):
    artifacts = [deleted(name) for name in ("one", "two", "three")]

    def refuse_one(tx, record):
        if record.artifact.id == artifacts[1].id:
            raise ZeroDivisionError
        return erase(tx, record)

    monkeypatch.setattr("artifacts.service.scrub.erase", refuse_one)
    first = deployment.parts.scrub.run()
    monkeypatch.undo()
    last = deployment.parts.scrub.run()

    assert (first, last) == (Outcome(4, 1), Outcome(2))
    assert usage() == (0, 0, 0)


class TestUntilItIsScrubbed:
    """What callers see of an artifact that is deleted in name only."""

    @pytest.fixture
    def client(self, deployment):
        return deployment.client()

    def test_it_is_shown_and_can_be_deleted_again_but_neither_read_nor_changed(
        self, deployment, life, client, deleted, patch_headers
    ):
        artifact = deleted("name")
        url = f"/artifacts/samples/{artifact.id}"
        patch = '[{"op": "replace", "path": "/description", "value": "x"}]'
        octets = {"Content-Type": "application/octet-stream"}
        newest = {"OpenStack-API-Version": "artifact 1.2"}
        shown = client.simulate_get(url)
        admin = deployment.admin()

        assert (shown.status_code, shown.json["status"]) == (200, "deleted")
        assert shown.json["blob"]["status"] == "active"
        assert client.simulate_get("/artifacts/samples").json["artifacts"] == []
        assert admin.simulate_get("/artifacts/samples").json["artifacts"] == []
        for each in (client, admin):
            assert each.simulate_get(f"{url}/blob").status_code == 403
            assert each.simulate_patch(url, body=patch, headers=patch_headers).status_code == 403
            assert each.simulate_put(f"{url}/loose", body=b"1", headers=octets).status_code == 403
            assert each.simulate_delete(f"{url}/blob", headers=newest).status_code == 403
            assert each.simulate_delete(url).status_code == 204
        assert client.simulate_post("/artifacts/samples", json={"name": "name"}).status_code == 201
        deployment.parts.scrub.run()
        assert client.simulate_get(url).status_code == 404
        assert client.simulate_delete(url).status_code == 404

    def test_deleting_it_again_calls_no_hook(self, deployment, life, deleted, monkeypatch):
        artifact = deleted("name")
        called = []
        sample = deployment.parts.types["samples"]
        monkeypatch.setattr(sample, "before_delete", lambda self: called.append(self))
        monkeypatch.setattr(sample, "after_delete", lambda self: called.append(self))
        life.delete(artifact)

        assert called == []
