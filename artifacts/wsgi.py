"""`application`, for gunicorn and other WSGI servers: configuration, parts, authentication.

Configured by the environment alone, since a server's own arguments are not ours to read:
ARTIFACTS_CONFIG_FILE names the configuration file.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oslo_config.cfg import ConfigOpts

from artifacts import config, keystone, logs
from artifacts.api.doors import Doors
from artifacts.app import create_app, create_operators_app
from artifacts.errors import Misconfigured
from artifacts.parts import Parts, build, check_policy
from artifacts.service.readiness import Dependency
from artifacts.watching import meters, tracing
from artifacts.watching.watch import Watch

CONFIG_FILE = Path("/etc/artifacts/artifacts.conf")

Application = Callable[..., Any]


def check(conf: ConfigOpts) -> None:
    """Raise Misconfigured if the options do not go together."""
    check_keystone(conf)
    config.check_cors(conf)
    config.metrics_address(conf)


def check_keystone(conf: ConfigOpts) -> None:
    """Raise Misconfigured if tokens are to be checked, but nothing says with which Keystone."""
    if conf.api.auth != "keystone":
        return
    keystone.register(conf)
    section = conf[keystone.SECTION]
    if not (section.auth_type or section.auth_section):
        raise Misconfigured(
            f"[{keystone.SECTION}] auth_type: must be set with [api] auth = keystone, which is "
            "what a configuration file means where it does not name another"
        )
    keystone.check(conf)


def make(conf: ConfigOpts) -> Application:
    """Return the application, which asks keystonemiddleware if that says who is asking."""
    logs.begin(conf.log_level, conf.log_format)
    check(conf)
    watch = _watch(conf)
    public = _public(conf, build(conf, watch=watch))
    address = config.metrics_address(conf)
    if watch is None or address is None:
        return public
    return Doors(public, create_operators_app(watch), port=address[1])


def _watch(conf: ConfigOpts) -> Watch | None:
    endpoint = conf.tracing.endpoint
    if config.metrics_address(conf) is None and not endpoint:
        return None
    counted = meters.of_family()
    counted.begin()
    return Watch(counted, tracing.begin(endpoint, conf.tracing.sample) if endpoint else None)


def _public(conf: ConfigOpts, parts: Parts) -> Application:
    if conf.api.auth != "keystone":
        return create_app(parts)
    # The other half of the threads serve those who need not wait for Keystone.
    tokens = keystone.Keystone(conf, at_once=conf.api.threads // 2)
    needed = Dependency("keystone", "Keystone", tokens.check)
    return create_app(parts, tokens.holder, challenge=tokens.challenge, keystone=needed)


def from_environment() -> Application:
    """Return the application that the named file configures; it asks Keystone unless told not to.

    The file must be there, or Misconfigured is raised: a server never serves by defaults alone.
    """
    named = os.environ.get("ARTIFACTS_CONFIG_FILE")
    path = Path(named) if named else CONFIG_FILE
    conf = config.load([str(path)])
    if conf.api.auth is None:
        conf.set_override("auth", "keystone", group="api")
    check_policy(conf)
    return make(conf)


def __getattr__(name: str) -> Application:
    """Build `application` when a server first asks for it, and not when this is imported."""
    if name != "application":
        raise AttributeError(name)
    globals()[name] = from_environment()
    application: Application = globals()[name]
    return application
