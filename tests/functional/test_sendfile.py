"""Files are sent by the kernel: the bytes of a download never come into the process."""

import secrets

CONTENT = secrets.token_bytes(1000) * 3000
# Runs in each process of the service before anything else does.
NOTE = """\
import os
_send = os.sendfile
def sendfile(to, file, offset, count):
    sent = _send(to, file, offset, count)
    with open({notes!r}, "a") as notes:
        notes.write(f"{{offset}} {{sent}}\\n")
    return sent
os.sendfile = sendfile
"""


def test_a_download_of_a_file_is_sent_by_the_kernel(on_files, make_server, tmp_path, wait_until):
    """Whole, and in part."""
    notes = tmp_path / "notes"
    (tmp_path / "sitecustomize.py").write_text(NOTE.format(notes=str(notes)))
    server = make_server().start(workers=1, prefix=("env", f"PYTHONPATH={tmp_path}"))
    path = f"{server.create()}/image"
    assert server.ask("PUT", path, CONTENT).status == 200

    assert server.ask("GET", path).body == CONTENT
    wait_until(lambda: _sent(notes) == [(0, len(CONTENT))])  # noted when it has gone
    assert server.ask("GET", path, Range="bytes=1000-1999999").body == CONTENT[1000:2_000_000]
    wait_until(lambda: _sent(notes) == [(0, len(CONTENT)), (1000, 2_000_000)])


def _sent(notes):
    """Return from where to where the kernel has sent, piece behind piece."""
    ranges = []
    told = notes.read_text() if notes.exists() else ""
    for line in told.rpartition("\n")[0].splitlines():
        offset, sent = map(int, line.split())
        if ranges and ranges[-1][1] == offset:
            ranges[-1] = (ranges[-1][0], offset + sent)
        else:
            ranges.append((offset, offset + sent))
    return ranges
