"""Reads the options of the service itself from files."""

from collections.abc import Iterable, Mapping

from oslo_config import cfg

from artifacts.config import (
    api,
    blobs,
    cors,
    database,
    general,
    limits,
    metrics,
    policy,
    protection,
    rate_limit,
    remote,
    scrubber,
    tracing,
)
from artifacts.config.sections import unreadable

GROUPS: Mapping[str | None, list[cfg.Opt]] = {
    None: general.OPTIONS,
    "api": api.OPTIONS,
    "cors": cors.OPTIONS,
    "limits": limits.OPTIONS,
    "rate_limit": rate_limit.OPTIONS,
    "metrics": metrics.OPTIONS,
    "tracing": tracing.OPTIONS,
    "database": database.OPTIONS,
    "blobs": blobs.OPTIONS,
    "scrubber": scrubber.OPTIONS,
    "remote": remote.OPTIONS,
    "oslo_policy": policy.OPTIONS,
    "protection": protection.OPTIONS,
}


def load(files: Iterable[str] = ()) -> cfg.ConfigOpts:
    """Return the options, as *files* set them; raise Misconfigured if one cannot be read."""
    conf = cfg.ConfigOpts()
    for group, options in GROUPS.items():
        conf.register_opts(options, group=group)
    try:
        conf(args=[], project="artifacts", default_config_files=list(files))
        for group, options in GROUPS.items():  # a wrong value is told at the start, not in use
            for option in options:
                _ = (conf[group] if group else conf)[option.dest]
    except cfg.Error as error:
        raise unreadable(error) from error
    return conf
