"""GlanceStore against a real Swift behind a real Keystone, and in a folder."""

import uuid

import pytest

from artifacts.stores.glance.store import GlanceStore
from artifacts.testing import StoreContract


@pytest.fixture
def make(swift, tmp_path):
    """Return what makes a store in a container of its own, with some options changed."""
    container = uuid.uuid4().hex

    def make(*, ahead=None, **options):
        given = {
            "swift_store_container": container,
            "swift_store_create_container_on_put": True,
            **swift,
        }
        return stored_by("swift", tmp_path, given | options, ahead=ahead)

    return make


def stored_by(driver, folder, options, *, ahead=None, **settings):
    file = folder / f"{uuid.uuid4().hex}.conf"
    lines = [f"{name} = {value}" for name, value in options.items() if value is not None]
    file.write_text("\n".join(["[glance_store]", *lines, ""]))
    more = settings if ahead is None else {**settings, "ahead": ahead}
    return GlanceStore(driver=driver, config_file=str(file), **more)


class TestSwift(StoreContract):
    @pytest.fixture
    def store(self, make):
        return make()


class TestSwiftInSegments(StoreContract):
    """The same, with a manifest for whatever is longer than a kilobyte."""

    @pytest.fixture
    def store(self, make):
        return make(ahead=1024, swift_store_large_object_chunk_size=1)


class TestFolder(StoreContract):
    @pytest.fixture
    def store(self, tmp_path):
        folder = {"filesystem_store_datadir": tmp_path / "images"}
        return stored_by("filesystem", tmp_path, folder)
