"""[protection]: the file that keeps fields to some callers."""

from pathlib import Path

from oslo_config import cfg

from artifacts.errors import Misconfigured

OPTIONS: list[cfg.Opt] = [
    cfg.StrOpt(
        "file",
        help="File that says who may read and write which fields, and keys of them. A relative "
        "one is beside the configuration file. Unset: what the types say alone.",
    ),
]


def protection_files(conf: cfg.ConfigOpts) -> list[Path]:
    """Return the file that is named, if one is; raise Misconfigured if it is named only."""
    named = conf.protection.file
    if not named:
        return []
    found = conf.find_file(named)
    if found is None:
        raise Misconfigured(f"[protection] file: there is no file {named}")
    return [Path(found)]
