"""`application`, for gunicorn and other WSGI servers: configuration, parts, authentication.

Configured by the environment alone, since a server's own arguments are not ours to read:
ARTIFACTS_CONFIG_FILE names the configuration file.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from keystonemiddleware.auth_token import AuthProtocol
from oslo_config.cfg import ConfigOpts

from artifacts import config
from artifacts.app import build, create_app

CONFIG_FILE = Path("/etc/artifacts/artifacts.conf")
FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s %(message)s"

Application = Callable[..., Any]


def make(conf: ConfigOpts) -> Application:
    """Return the application, behind keystonemiddleware if that says who is asking."""
    logging.basicConfig(level=conf.log_level.upper(), format=FORMAT)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    app: Application = create_app(build(conf))
    if conf.api.auth == "keystone":
        # Whether a request without a token may go on is ours to say, not the middleware's.
        app = AuthProtocol(app, {"oslo_config_config": conf, "delay_auth_decision": True})
    return app


def from_environment() -> Application:
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
