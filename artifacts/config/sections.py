"""Sections whose options a plugin declares as settings."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from oslo_config import cfg

from artifacts.errors import Misconfigured
from artifacts.model import Setting

OPTION_TYPES = {str: cfg.StrOpt, int: cfg.IntOpt, float: cfg.FloatOpt, bool: cfg.BoolOpt}

_LOCATION = re.compile(r"from LocationInfo\(.*detail='([^']*)'\)")


def read(conf: cfg.ConfigOpts, name: str, options: list[cfg.Opt]) -> Any:
    """Register and return a section; what cannot be read of it is told now, not in use."""
    try:
        conf.register_group(cfg.OptGroup(name))  # which nothing else does where it has no options
        conf.register_opts(options, group=name)
        for option in options:
            _ = conf[name][option.dest]
    except cfg.Error as error:
        raise unreadable(error) from error
    return conf[name]


def settings_of(
    conf: cfg.ConfigOpts,
    section_name: str,
    settings: Iterable[Setting],
    unset: Mapping[str, Any] = {},
) -> dict[str, Any]:
    """Return what a section sets of a plugin's settings, and *unset* says of those it does not."""
    section = read(conf, section_name, options_of(settings))
    values = {setting.name: section[setting.name] for setting in settings}
    values |= {name: value for name, value in unset.items() if values.get(name) in ("", None)}
    for setting in settings:
        if setting.required and values[setting.name] is None:
            raise Misconfigured(f"[{section_name}] {setting.name}: must be set")
    return {setting.name: values[setting.name] for setting in settings}


def unreadable(error: cfg.Error) -> Misconfigured:
    """Say where a wrong value is by the file alone, without oslo's own words for it."""
    return Misconfigured("configuration: " + _LOCATION.sub(r"in \1", str(error)))


def options_of(settings: Iterable[Setting]) -> list[cfg.Opt]:
    return [_option(setting) for setting in settings]


def _option(setting: Setting) -> cfg.Opt:
    option: type[cfg.Opt] = OPTION_TYPES[setting.type]
    return option(setting.name, default=setting.default, secret=setting.secret, help=setting.help)
