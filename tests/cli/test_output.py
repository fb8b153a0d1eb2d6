"""What people see of values, and what other people's values cannot do to them."""

import pytest

from artifacts.cli.output import print_artifact, print_table
from artifacts.cli.settings import Settings
from artifacts.logs import printable
from artifacts.terminal.cells import human_size
from artifacts.terminal.names import default_target

BLOB = {"size": 5, "external": False, "sha256": "ab", "url": "/artifacts/images/1/image"}


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1_572_864, "1.5 MiB"),
        (2**62, "4096.0 PiB"),
        (None, "unknown size"),
    ],
)
def test_a_size_has_a_unit(size, text):
    assert human_size(size) == text


def test_a_table_is_aligned(capsys):
    print_table(("id", "name"), [("1", "debian"), ("22", None)])

    assert capsys.readouterr().out == "ID  NAME\n1   debian\n22  -\n"


def test_an_artifact_is_a_field_a_line(capsys):
    document = {
        "name": "debian",
        "min_ram": None,
        "tags": ["a", "b"],
        "image": BLOB,
        "mirrors": {"eu": {**BLOB, "external": True, "url": "http://x/y"}},
        "metadata": {},
    }

    print_artifact(Settings(), document)

    assert capsys.readouterr().out.splitlines() == [
        "name      debian",
        "min_ram   -",
        'tags      ["a", "b"]',
        "image     5 B, sha256 ab",
        "mirrors",
        "  eu: 5 B at http://x/y, sha256 ab",
        "metadata  -",
    ]


def test_other_peoples_text_does_not_steer_the_terminal():
    assert printable("a\x1b[2Jb\nc\x9b\u202eü") == "a\\x1b[2Jb\\nc\\x9b\\u202eü"


@pytest.mark.parametrize(
    ("name", "slot", "file"),
    [
        ("debian", "image", "debian"),
        ("debian-12.iso", "image", "debian-12.iso"),
        ("debian", "mirrors/eu", "debian-eu"),
        ("../../etc/passwd", "image", "etc-passwd"),
        (".bashrc", "image", "bashrc"),
        ("-rf", "image", "rf"),
        ("a\x1b[2J\n b", "image", "a-2J-b"),
        ("/", "image", "image"),
        ("..", "mirrors/../../x", "x"),
    ],
)
def test_a_file_is_named_plainly_whatever_the_artifact_is_called(name, slot, file):
    """D42, seen from the client: a name that somebody else chose never leaves the folder."""
    assert default_target({"name": name}, slot) == file
