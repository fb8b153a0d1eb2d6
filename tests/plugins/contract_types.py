"""The type that the contract's rows are tried on: a field of each kind, and of each rule."""

from datetime import datetime
from typing import Literal

from artifacts.model import Artifact, Blob, KiB, Link, MiB, Version, field


class Sample(Artifact):
    """Glare's test type under its own name, and what else the rows need."""

    type_name = "sample_artifact"
    type_display_name = "Sample Artifact"

    blob: Blob | None = field("Any bytes.", mutable=True, max_size=10 * MiB)
    small_blob: Blob | None = field("Ten bytes at most.", mutable=True, max_size=10)
    fixed_blob: Blob | None = field("Bytes that never change once active.")
    dict_of_blobs: dict[str, Blob] | None = field(
        "Bytes by key.", mutable=True, max_size=2 * KiB, max_total=3 * KiB
    )
    small_folder: dict[str, Blob] | None = field("Two keys at most.", mutable=True, max_items=2)

    link1: Link | None = field("A link.", mutable=True)
    link2: Link | None = field("Another link.", mutable=True)
    list_of_links: list[Link] | None = field("Links.", mutable=True, default=[])
    dict_of_links: dict[str, Link] | None = field("Links by key.", mutable=True, default={})

    bool1: bool | None = field("Off unless it is on.", default=False)
    bool2: bool | None = field("Neither on nor off.", mutable=True)
    int1: int | None = field("A sortable number.", mutable=True, sortable=True)
    int2: int | None = field("An immutable number.", sortable=True)
    int_validators: int | None = field("From 10 to 20.", minimum=10, maximum=20)
    float1: float | None = field("A sortable number.", mutable=True, sortable=True)
    float2: float | None = field("A number that cannot be sorted by.", mutable=True)
    float_validators: float | None = field("From -1.5 to 1.5.", minimum=-1.5, maximum=1.5)
    date1: datetime | None = field("A time.", mutable=True, sortable=True)
    version1: Version | None = field("A version.", mutable=True, sortable=True)

    str1: str | None = field(
        "A sortable text.", mutable=True, sortable=True, filters=("eq", "neq", "in", "like")
    )
    str2: str | None = field("An immutable text.", sortable=True)
    string_mutable: str | None = field("A text that may always change.", mutable=True)
    string_required: str = field("Needed to activate.")
    string_regex: str | None = field("Six digits at the start.", pattern="[0-9]{6}")
    string_anchored: str | None = field("Three digits.", pattern=r"^\d\d\d$")
    string_lengths: str | None = field("Two to four characters.", min_length=2, max_length=4)
    string_long: str | None = field("A longer text.", max_length=500)
    string_enum: Literal["a", "b", "c"] | None = field("One of three.", mutable=True)
    string_default: str | None = field("Something unless told.", mutable=True, default="something")
    string_not_null: str = field("Never null.", nullable=False, default="kept", mutable=True)
    system_attribute: str | None = field("Not for callers.", system=True, sortable=True)

    list_of_str: list[str] | None = field("Texts.", mutable=True, default=[])
    list_of_int: list[int] | None = field("Numbers.", mutable=True, default=[])
    list_of_float: list[float] | None = field("Numbers.", mutable=True, default=[])
    list_of_bool: list[bool] | None = field("Ons and offs.", mutable=True, default=[])
    list_fixed: list[str] | None = field("Texts that stay.", default=[])
    list_unique: list[str] | None = field("No text twice.", mutable=True, unique=True)
    list_set: list[str] | None = field("Texts once.", mutable=True, unique="drop", max_items=3)
    list_validators: list[str] | None = field(
        "At most three short texts.", mutable=True, max_items=3, max_length=5
    )
    dict_of_str: dict[str, str] | None = field(
        "Texts by key.", mutable=True, default={}, filters=("eq", "in")
    )
    dict_of_int: dict[str, int] | None = field("Numbers by key.", mutable=True, default={})
    dict_of_float: dict[str, float] | None = field("Numbers by key.", mutable=True, default={})
    dict_of_bool: dict[str, bool] | None = field("Ons and offs by key.", mutable=True, default={})
    dict_fixed: dict[str, str] | None = field("Texts that stay.", default={})
    dict_null: dict[str, str] | None = field("Null, if empty.", mutable=True)
    dict_validators: dict[str, str] | None = field(
        "Three keys of five, short texts.",
        mutable=True,
        max_items=3,
        max_length=8,
        keys=("abc", "def", "ghi", "jkl", "mno"),
    )
    with_metadata: str | None = field("Told more of.", metadata={"unit": "metre"})


class Complete(Artifact):
    """Everything that activation can need is needed."""

    type_name = "required_artifact"

    needed: str = field("Needed to activate.")
    number: int = field("Needed to activate.")
    words: list[str] = field("Needed, but an empty list is one.", default=[])
    bytes: Blob = field("Needed to activate.", max_size=10)
    folder: dict[str, Blob] = field("Needed, but an empty folder is one.")
    undescribed: str | None = field()
