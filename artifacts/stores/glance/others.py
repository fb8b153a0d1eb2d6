"""Drivers beside Swift's. Experimental: of what they talk to, no test of ours has met a real one.

None of them lists, so that bytes that no row knows of are not found. Nothing of ours leaves such
bytes: a row names a key before its first byte is stored.
"""

from types import SimpleNamespace
from typing import Any, ClassVar

from glance_store.location import Location

from artifacts import errors
from artifacts.model import Readable
from artifacts.stores.glance.driver import Driver


class Folder(Driver):
    """A folder, for those whose images Glance kept there; `file` is the better store of one.

    It writes in place, so that unfinished bytes can be seen.
    """

    module: ClassVar[str] = "glance_store._drivers.filesystem"

    def location(self, key: str) -> Any:
        found = {"path": f"{self.library.datadir}/{key}"}
        return Location("file", self._module.StoreLocation, self.conf, store_specs=found)

    def make(self) -> Any:
        if self.conf.glance_store.filesystem_store_datadirs:
            raise errors.Misconfigured("glance: filesystem_store_datadirs is not supported")
        return super().make()


class Rbd(Driver):
    """Images of a Ceph pool. What is finished has a snapshot, and nothing else has a size."""

    module: ClassVar[str] = "glance_store._drivers.rbd"
    reusable: ClassVar[bool] = False  # it remembers how long the last image was

    def location(self, key: str) -> Any:
        found = {"image": key, "pool": self.conf.glance_store.rbd_store_pool, "snapshot": "snap"}
        return Location("rbd", self._module.StoreLocation, self.conf, store_specs=found)


class Cinder(Driver):
    """Volumes, which Cinder names by itself: they are looked up by the name that they are given."""

    module: ClassVar[str] = "glance_store._drivers.cinder.store"

    def make(self) -> Any:
        made = super().make()
        if not made.is_user_overriden():
            raise errors.Misconfigured("glance: credentials of cinder_store_* must be set")
        return made

    def add(self, key: str, body: Readable, size: int) -> int:
        context = SimpleNamespace(project_id=self.conf.glance_store.cinder_store_project_name)
        return int(self.library.add(key, body, size, "sha256", context=context)[1])

    def size(self, key: str) -> int:
        return int(self._volume(key).metadata["image_size"])

    def location(self, key: str) -> Any:
        found = {"volume_id": self._volume(key, finished=False).id}
        return Location("cinder", self._module.StoreLocation, self.conf, store_specs=found)

    def _volume(self, key: str, *, finished: bool = True) -> Any:
        """Find the volume of a key: what is finished is read-only."""
        named = self.library.get_cinderclient().volumes.list(search_opts={"name": f"image-{key}"})
        for volume in named:
            read_only = volume.metadata.get("readonly") == "True"
            if volume.status != "deleting" and (read_only or not finished):
                return volume
        raise errors.BlobNotFound("no bytes are kept under this key")
