"""Limits: how much one request may ask for, and one artifact hold, where its type says nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The defaults are what an operator who sets nothing gets."""

    json_size: int = 1024 * 1024  # an artifact with all its tags and metadata has a fifth of it
    operations: int = 256
    parameters: int = 64
    values: int = 1000
    sort_keys: int = 16
    tags: int = 255
    items: int = 255


USUAL = Limits()
