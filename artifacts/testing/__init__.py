"""Promises that authors of types and stores can test theirs against."""

from artifacts.testing.stores import StoreContract
from artifacts.testing.types import TypeContract

__all__ = ["StoreContract", "TypeContract"]
