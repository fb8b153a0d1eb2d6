"""The options of a driver: those of glance_store, from a section of a file of their own.

That is how Glance is told of its stores, so that its section serves here too.
"""

from typing import Any

from oslo_config import cfg

from artifacts.errors import Misconfigured

GROUP = "glance_store"  # where drivers look
# What Glance's drivers look for beside their own.
DEFAULTS = [cfg.StrOpt("default_store")]


def read(file: str, section: str, options: list[cfg.Opt]) -> cfg.ConfigOpts:
    """Return what *section* of *file* sets of *options*, for a driver alone."""
    conf = cfg.ConfigOpts()
    try:
        conf(args=[], project="artifacts", default_config_files=[file], default_config_dirs=[])
        conf.register_opts(options, group=section)
        values = {option.dest: conf[section][option.dest] for option in options}
    except cfg.Error as error:
        raise Misconfigured(f"config_file: {file}: {error}") from None
    if section not in conf.list_all_sections():
        raise Misconfigured(f"config_file: {file} has no section [{section}]")
    return _in_group(conf, options, values)


def _in_group(
    conf: cfg.ConfigOpts, options: list[cfg.Opt], values: dict[str, Any]
) -> cfg.ConfigOpts:
    conf.register_opts([*options, *DEFAULTS], group=GROUP)
    for name, value in values.items():
        conf.set_override(name, value, group=GROUP)
    return conf
