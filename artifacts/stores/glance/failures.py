"""Failures of glance_store and of the clients below it -> errors, which say nothing of where."""

from collections.abc import Iterator
from contextlib import contextmanager

from glance_store import exceptions as theirs

from artifacts import errors

FULL = (413, 507)  # statuses of Swift


@contextmanager
def plain_errors() -> Iterator[None]:
    """Raise ours in the place of what a driver raises: its own, or of any library below it."""
    try:
        yield
    except errors.ArtifactsError:
        raise
    except theirs.BadStoreConfiguration as error:
        raise errors.Misconfigured(f"glance: {str(error).splitlines()[0]}") from None
    # Drivers let errors through of libraries below them that we do not know.
    except Exception as error:  # noqa: BLE001
        raise _plain(error) from None


def _plain(error: Exception) -> errors.ArtifactsError:
    status = getattr(error, "http_status", None)
    if isinstance(error, theirs.NotFound) or status == 404:
        return errors.BlobNotFound("no bytes are kept under this key")
    if isinstance(error, theirs.Duplicate):
        return errors.Conflict("key: bytes are already kept under it")
    if isinstance(error, theirs.StorageFull) or status in FULL:
        return errors.StoreFull("no space is left in the store")
    return errors.StoreUnavailable("the store does not answer as it should")
