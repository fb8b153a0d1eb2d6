"""A type with a field of every kind, and drafts of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from artifacts.model import UUID, Artifact, Blob, Link, Version, field

NOW = datetime(2026, 1, 31, 12, 30, 15, 123456, tzinfo=UTC)
ID = "0f8fad5b-d9cb-469f-a165-70867728950e"


class Sample(Artifact):
    """A field of every kind."""

    type_name = "samples"

    string: str | None = field("A string.", mutable=True)
    fixed: str | None = field("A string that an active artifact keeps.")
    short: str | None = field("A short string.", min_length=2, max_length=5)
    regular: str | None = field("A string with a pattern.", pattern="[a-c]+$")
    uuid: str | None = field("A UUID.", pattern=UUID)
    choice: Literal["a", "b"] | None = field("One of two.", default="a")
    integer: int | None = field("An integer.", mutable=True, sortable=True)
    bounded: int | None = field("A bounded integer.", minimum=10, maximum=20)
    number: float | None = field("A float.", mutable=True)
    boolean: bool | None = field("A boolean.", default=False)
    moment: datetime | None = field("A time.", mutable=True)
    semver: Version | None = field("A version.")
    link: Link | None = field("A link.", mutable=True)
    strings: list[str] | None = field("A list.", mutable=True, default=[])
    integers: list[int] | None = field("A list of integers.", max_items=3)
    unique: list[str] | None = field("A list without duplicates.", unique=True)
    links: list[Link] | None = field("Links.")
    labels: dict[str, str] | None = field("A dict.", mutable=True, default={}, max_items=3)
    counts: dict[str, int] | None = field("A dict of integers.", mutable=True)
    kept: dict[str, str] | None = field("A dict that an active artifact keeps.")
    keyed: dict[str, str] | None = field("A dict with known keys.", keys=("x", "y"))
    required: str = field("Needed to activate.")
    constant: str = field("Never null, with a default.", nullable=False, default="c")
    hidden: str | None = field("Set by the service.", system=True)
    blob: Blob | None = field("A blob.", max_size=1000)
    folder: dict[str, Blob] | None = field("A folder.", mutable=True, max_total=5000, max_items=2)


@pytest.fixture
def sample() -> type[Artifact]:
    return Sample


@pytest.fixture
def draft() -> Callable[..., Any]:
    def make(**values: object) -> Sample:
        return Sample.draft({"name": "n", **values}, id=ID, owner="p", now=NOW)

    return make


@pytest.fixture
def active(draft: Callable[..., Any]) -> Callable[..., Any]:
    def make(**values: object) -> Any:
        artifact = draft(required="r", **values)
        artifact.move_to("active", NOW)
        return artifact

    return make
