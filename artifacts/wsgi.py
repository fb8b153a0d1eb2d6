"""`application`, for gunicorn and other WSGI servers: configuration, parts, authentication.

Configured by the environment alone, since a server's own arguments are not ours to read:
ARTIFACTS_CONFIG_FILE names the configuration file.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keystoneauth1 import loading
from keystonemiddleware.auth_token import AuthProtocol
from oslo_config.cfg import ConfigOpts

from artifacts import config, logs
from artifacts.app import build, create_app
from artifacts.errors import Misconfigured

CONFIG_FILE = Path("/etc/artifacts/artifacts.conf")
KEYSTONE = "keystone_authtoken"

Application = Callable[..., Any]


def check_keystone(conf: ConfigOpts) -> None:
    """Raise Misconfigured if tokens are to be checked, but nothing says with which Keystone."""
    if conf.api.auth != "keystone":
        return
    loading.register_auth_conf_options(conf, KEYSTONE)
    if not (conf[KEYSTONE].auth_type or conf[KEYSTONE].auth_section):
        raise Misconfigured(
            f"[{KEYSTONE}] auth_type: must be set with [api] auth = keystone, which is what a "
            "configuration file means where it does not name another"
        )


def make(conf: ConfigOpts) -> Application:
    """Return the application, behind keystonemiddleware if that says who is asking."""
    logs.begin(conf.log_level)
    check_keystone(conf)
    app: Application = create_app(build(conf))
    if conf.api.auth == "keystone":
        # Whether a request without a token may go on is ours to say, not the middleware's.
        app = AuthProtocol(app, {"oslo_config_config": conf, "delay_auth_decision": True})
    return app


def from_environment() -> Application:
    """Return the application that the named file configures; it asks Keystone unless told not to.

    The file must be there, or Misconfigured is raised: a server never serves by defaults alone.
    """
    named = os.environ.get("ARTIFACTS_CONFIG_FILE")
    path = Path(named) if named else CONFIG_FILE
    conf = config.load([str(path)])
    if conf.api.auth is None:
        conf.set_override("auth", "keystone", group="api")
    return make(conf)


def __getattr__(name: str) -> Application:
    """Build `application` when a server first asks for it, and not when this is imported."""
    if name != "application":
        raise AttributeError(name)
    globals()[name] = from_environment()
    application: Application = globals()[name]
    return application
