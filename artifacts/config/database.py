"""[database]: where the metadata are."""

from pathlib import Path

from oslo_config import cfg

from artifacts.errors import Misconfigured

OPTIONS = [
    cfg.StrOpt(
        "connection",
        secret=True,
        help="SQLAlchemy URL of the database. Unset: artifacts.db in the folder of `data`.",
    ),
    cfg.IntOpt("pool_size", default=20, min=1, help="Connections that each process may hold."),
    cfg.IntOpt(
        "connect_timeout",
        default=5,
        min=2,
        help="Seconds to connect to PostgreSQL or MariaDB.",
    ),
    cfg.IntOpt(
        "timeout",
        default=30,
        min=1,
        help="Seconds that a statement may take there, before it counts as not answered; those "
        "of artifacts-manage take as long as they do.",
    ),
]


def database_url(conf: cfg.ConfigOpts) -> str:
    """Return where the database is; raise Misconfigured if nothing says it."""
    if conf.database.connection:
        return str(conf.database.connection)
    if not conf.data:
        raise Misconfigured("[database] connection: must be set, or `data`")
    return f"sqlite:///{Path(conf.data) / 'artifacts.db'}"
