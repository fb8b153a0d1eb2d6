"""Settings: options of the configuration file that a plugin declares."""

from dataclasses import dataclass

SettingType = type[str] | type[int] | type[float] | type[bool]


@dataclass(frozen=True)
class Setting:
    """One setting: a keyword of a store's constructor, or an attribute of a type.

    The service does not start before one that is *required* is set.
    """

    name: str
    help: str
    type: SettingType = str
    default: str | float | None = None
    secret: bool = False
    required: bool = False
