"""A full disk is 507, leaves nothing, and is no reason to stop."""

import io
import os
import resource
import shutil
import subprocess

import pytest

from artifacts.client import ServerFailed

MiB = 1024**2
ROOM = 24 * MiB


def may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    mount = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(mount, capture_output=True).returncode == 0


class SmallDisk:
    """A server whose data lie on a disk of 24 MiB that only it sees."""

    def __init__(self, server) -> None:
        self.server = server
        server.data.mkdir()
        script = f'mount -t tmpfs -o size={ROOM} tmpfs "$0" && exec "$@"'
        server.start(prefix=["unshare", "-rm", "sh", "-c", script, str(server.data)])

    def stored(self) -> list[str]:
        seen = f"/proc/{self.server.process.pid}/root{self.server.data}/blobs"
        return [name for _, _, names in os.walk(seen) for name in names]


class SmallFiles:
    """A server whose files cannot grow beyond 8 MiB, where nobody may mount anything."""

    def __init__(self, server) -> None:
        self.server = server
        limit = (8 * MiB, 8 * MiB)
        server.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))

    def stored(self) -> list[str]:
        return [path.name for path in self.server.stored()]


KINDS = [
    pytest.param(
        SmallDisk,
        id="disk",
        marks=pytest.mark.skipif(not may_mount(), reason="nobody may mount a tmpfs here"),
    ),
    pytest.param(SmallFiles, id="limit"),
]


@pytest.fixture(params=KINDS)
def disk(request, on_files, make_server):
    return request.param(make_server(config="[blobs]\nupload_lease = 2\n"))


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_an_upload_that_does_not_fit_is_507_and_leaves_nothing(disk, chunked):
    server = disk.server
    path = server.create()
    blocks = (bytes(MiB) for _ in range(64))
    length = {} if chunked else {"Content_Length": str(64 * MiB)}

    answer = server.ask("PUT", f"{path}/image", blocks, **length)

    assert answer.status == 507
    assert answer.json["error"]["type"] == "StorageFull"
    assert str(server.data) not in answer.message
    assert disk.stored() == []
    assert server.ask("GET", path).json["image"] is None


def test_the_service_goes_on_and_takes_what_fits(disk):
    server = disk.server
    path = server.create()
    assert server.ask("PUT", f"{path}/image", bytes(64 * MiB)).status == 507

    fits = server.ask("PUT", f"{path}/image", os.urandom(2 * MiB))

    assert fits.status == 200
    assert len(server.ask("GET", f"{path}/image").body) == 2 * MiB
    assert server.ask("GET", "/healthcheck").status == 200


def test_our_own_client_tells_it_in_a_sentence(disk):
    id_ = disk.server.create().rpartition("/")[2]

    with disk.server.client() as client, pytest.raises(ServerFailed, match="space") as failed:
        client.upload("images", id_, "image", io.BytesIO(bytes(64 * MiB)))

    assert failed.value.status == 507


def test_what_was_there_before_stays_when_its_replacement_does_not_fit(disk):
    server = disk.server
    path = server.create()
    old = os.urandom(MiB)
    server.ask("PUT", f"{path}/image", old)

    answer = server.ask("PUT", f"{path}/image", bytes(64 * MiB))

    assert answer.status == 507
    assert server.ask("GET", f"{path}/image").body == old
    assert len(disk.stored()) == 1


def test_a_copy_that_does_not_fit_is_507_too(on_files, make_server, remote_options, origin):
    server = make_server(config=remote_options)
    disk = SmallFiles(server)
    path = server.create()
    url = origin.serve(bytes(16 * MiB))

    answer = server.link(f"{path}/image", url, location_type="internal")

    assert answer.status == 507
    assert disk.stored() == []


@pytest.mark.skipif(not may_mount(), reason="nobody may mount a tmpfs here")
def test_a_disk_without_a_byte_left_is_never_a_fault_of_the_service(on_files, make_server):
    disk = SmallDisk(make_server(config="[blobs]\nupload_lease = 2\n"))
    server = disk.server
    drafts = [server.create() for _ in range(8)]
    for size in (4 * MiB, MiB, 256 * 1024, 64 * 1024, 4096):
        number = 0
        while (
            server.ask("PUT", f"{drafts[0]}/mirrors/{size}-{number}", os.urandom(size)).status
            == 200
        ):
            number += 1

    answers = [
        server.ask("GET", drafts[0]),
        server.ask("PUT", f"{drafts[1]}/image", os.urandom(MiB)),
        server.patch(drafts[2], {"op": "replace", "path": "/description", "value": "x" * 4000}),
    ]
    freed = server.ask("DELETE", f"{drafts[0]}/mirrors/{4 * MiB}-0")
    again = server.ask("PUT", f"{drafts[1]}/image", os.urandom(MiB))

    assert answers[0].status == 200
    assert {answer.status for answer in answers[1:]} <= {200, 507}
    assert freed.status in (200, 507)
    if freed.status == 200:
        assert again.status == 200
