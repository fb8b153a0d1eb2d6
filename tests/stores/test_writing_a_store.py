"""The store of docs/writing-a-store.md is complete, correct and registered as the page says."""

import configparser
import os
import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from artifacts.stores.base import BlobStore

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-store.md"


@pytest.fixture
def package(tmp_path):
    """Write each block of the page to the file that the line above it names."""
    blocks = re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    for name, block in blocks:
        (tmp_path / name).write_text(block)
    return tmp_path


def test_the_store_on_the_page_keeps_the_contract(package):
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(package)],
        cwd=package,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_the_entry_point_on_the_page_names_the_store(package, monkeypatch):
    monkeypatch.syspath_prepend(package)
    setup = configparser.ConfigParser()
    setup.read(package / "setup.cfg")
    name, value = setup["options.entry_points"]["artifacts.stores"].strip().split(" = ")

    store_class = EntryPoint(name, value, "artifacts.stores").load()

    assert issubclass(store_class, BlobStore)
    assert [setting.name for setting in store_class.settings] == ["path", "patience"]


def test_the_page_tells_every_verb():
    verbs = BlobStore.__abstractmethods__ | {"link", "file"}

    assert verbs == set(re.findall(r"^\| `(\w+)\(", PAGE.read_text(), re.M))
