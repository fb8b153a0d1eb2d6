"""Policy files under a running service: changed, broken, mended, and met by workers that begin."""

import os
import signal

import pytest

HEADERS = {"X_Identity_Status": "Confirmed", "X_Project_Id": "project", "X_User_Id": "user"}


@pytest.fixture
def ruled(make_server):
    """A server of two workers, beside a policy file that lets nobody list."""
    server = make_server(config="[api]\nauth = headers\n")
    write(server, '"artifact:list": "!"\n')
    return server.start(workers=2)


def write(server, text):
    (server.folder / "policy.yaml").write_text(text)


def listings(server, times=12):
    """Return the statuses of some lists, which different workers answer."""
    return {server.ask("GET", "/artifacts/images", **HEADERS).status for _ in range(times)}


def test_a_change_is_in_force_in_every_worker_without_a_restart(ruled, wait_until):
    assert listings(ruled) == {403}

    write(ruled, "")
    wait_until(lambda: listings(ruled) == {200})
    write(ruled, '"artifact:list": "role:nobody"\n')
    wait_until(lambda: listings(ruled) == {403})


def test_a_broken_file_opens_nothing_not_even_in_workers_that_begin_with_it(ruled, wait_until):
    write(ruled, '"artifact:list":\n')
    wait_until(lambda: listings(ruled, 2) and "the rules stay as they were" in ruled.logged())
    assert listings(ruled) <= {403, 503}  # a worker may have begun after the file was broken

    os.kill(ruled.processes()[1], signal.SIGKILL)
    wait_until(lambda: 503 in listings(ruled))
    assert listings(ruled) <= {403, 503}

    ruled.signal(signal.SIGHUP)
    wait_until(lambda: "the configuration stays as it was" in ruled.logged())
    wait_until(lambda: listings(ruled) == {503})

    write(ruled, '"artifact:list": "@"\n')
    wait_until(lambda: listings(ruled) == {200})


def test_a_broken_file_stops_the_start(make_server, tmp_path):
    server = make_server()
    write(server, '"artifact:list": "not nobody"\n')
    with pytest.raises(AssertionError, match="artifact:list: cannot be read as a rule"):
        server.start()
