"""A type with a slot of each sort and a field of each kind, for the tests of the rooms."""

from datetime import datetime
from typing import Literal

from artifacts.model import Artifact, Blob, KiB, Link, Version, field


class Sample(Artifact):
    """Nothing is required of it, so that every move can be tried on its own."""

    type_name = "samples"

    blob: Blob | None = field("Bytes that never change once active.", max_size=1000 * KiB)
    loose: Blob | None = field("Bytes that may change.", mutable=True, max_size=1000 * KiB)
    huge: Blob | None = field("As many bytes as anybody has.", mutable=True, max_size=2**40)
    folder: dict[str, Blob] | None = field(
        "Bytes by key.", mutable=True, max_size=100 * KiB, max_total=150 * KiB, max_items=5
    )
    string: str | None = field("Text.", mutable=True, sortable=True)
    number: int | None = field("A whole number.", mutable=True, sortable=True)
    ratio: float | None = field("A number.", mutable=True, sortable=True)
    flag: bool | None = field("Yes or no.", mutable=True, sortable=True)
    moment: datetime | None = field("A time.", mutable=True, sortable=True)
    level: Version | None = field("A version.", mutable=True, sortable=True)
    choice: Literal["one", "two"] | None = field("One of two.", mutable=True)
    words: list[str] | None = field("Texts.", mutable=True, default=[])
    labels: dict[str, str] | None = field("Texts by key.", mutable=True, default={})
    link: Link | None = field("A link.", mutable=True)
    links: list[Link] | None = field("Links.", mutable=True, default=[])
    fixed: str | None = field("Text that never changes once active.")


class Strict(Artifact):
    """Something is required of it."""

    type_name = "strict_samples"

    needed: str = field("Needed to activate.")
    payload: Blob = field("Needed to activate.", max_size=10)
