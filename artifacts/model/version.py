"""Versions: semantic ones, made out of what people write, and put in order."""

from typing import NewType

import semantic_version

from artifacts.errors import Invalid

Version = NewType("Version", str)

PATTERN = (
    r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$"
)
LONGEST = 255
_HIGHEST_NUMBER = 65535
_MOST_DIGITS = 6


def coerce(value: object) -> str:
    """Make a semantic version of *value*: `1.5` is 1.5.0, and `10-rc1` is 10.0.0-rc1."""
    text = str(value) if isinstance(value, (int, float)) else value
    if not isinstance(text, str) or isinstance(value, bool):
        raise Invalid("must be a version such as 1.2.3 or 1.2.3-rc.1")
    if len(text) > LONGEST:
        raise Invalid(f"must be at most {LONGEST} characters long")
    try:
        version = semantic_version.Version.coerce(text)
    except ValueError:
        raise Invalid("must be a version such as 1.2.3 or 1.2.3-rc.1") from None
    _check_numbers(version)
    if max(len(str(version)), len(key(str(version)))) > LONGEST:
        raise Invalid("must have a shorter pre-release")
    return str(version)


def key(text: str) -> str:
    """Return a text whose byte order is the order of versions; build metadata has no part in it.

    Releases end in `~`, which is above the `-` of their pre-releases. A numeric part sorts by the
    count of its digits first, and below any other part; `!` ends a part below all its extensions.
    """
    version = semantic_version.Version(text)
    numbers = f"{version.major:05d}{version.minor:05d}{version.patch:05d}"
    if not version.prerelease:
        return numbers + "~"
    return f"{numbers}-{'!'.join(_part_key(part) for part in version.prerelease)}"


def _part_key(part: str) -> str:
    return f"0{len(part):02d}{part}" if part.isdigit() else f"1{part}"


def _check_numbers(version: semantic_version.Version) -> None:
    if max(version.major, version.minor, version.patch) > _HIGHEST_NUMBER:
        raise Invalid(f"must have no number above {_HIGHEST_NUMBER}")
    if any(part.isdigit() and len(part) > _MOST_DIGITS for part in version.prerelease):
        raise Invalid(f"must have no pre-release number of more than {_MOST_DIGITS} digits")
