"""Failures of an object store -> errors, which say nothing of where the bytes are."""

from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import AlreadyExistsError, BaseError

from artifacts import errors

FULL = ("QuotaExceeded", "InsufficientCapacity", "InsufficientStorage", "507 Insufficient")


@contextmanager
def plain_errors(*passed: type[Exception]) -> Iterator[None]:
    """Raise ours in the place of the library's, but those that are *passed* as they are."""
    try:
        yield
    except passed:
        raise
    except AlreadyExistsError:
        raise errors.Conflict("key: bytes are already kept under it") from None
    except (BaseError, FileNotFoundError, PermissionError) as error:
        if any(word in str(error) for word in FULL):
            raise errors.StoreFull("no space is left in the store") from None
        raise errors.StoreUnavailable("the store does not answer as it should") from None
