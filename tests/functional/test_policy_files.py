"""Policy files under a running service: changed, broken, mended, and met by workers that begin."""

import json
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


def test_a_rule_that_ends_downloads_ends_every_kind_of_them_in_every_worker(ruled, wait_until):
    """D24: also of those who know the bytes, or have some of them already."""
    member = HEADERS | {"X_Roles": "member"}
    fields = {"name": "n", "disk_format": "raw", "container_format": "bare"}
    typed = {"Content_Type": "application/json", **member}
    path = ruled.ask("POST", "/artifacts/images", json.dumps(fields), **typed).headers["location"]
    path = f"{path}/image"
    assert ruled.ask("PUT", path, b"0123456789", **member).status == 200
    tag = ruled.ask("GET", path, **member).headers["etag"]
    ways = [("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=0-3"})]
    ways += [("GET", {"Range": "bytes=4-", "If_Range": tag}), ("GET", {"If_None_Match": tag})]

    def reads():
        return [ruled.ask(method, path, **member, **more).status for method, more in ways * 4]

    assert reads() == [200, 200, 206, 206, 304] * 4
    write(ruled, '"artifact:download": "role:nobody"\n')
    wait_until(lambda: set(reads()) == {403})


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
