"""PostgreSQL: connections that are set up alike, and give up a server that answers no more."""

from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import Engine, create_engine, event

from artifacts.db.patience import IDLE, LOCK, POOL, Patience

# What the network lost is noticed in about as long, by the system: seconds.
KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


class Connection(psycopg.Connection[Any]):
    """A connection that is closed when the server does not answer for too long."""

    patience: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except psycopg.OperationalError as error:
            if error.sqlstate is None:  # no word of the server's: what it does is not known
                self.close()
            raise


def connect(url: str, pool_size: int, patience: Patience) -> Engine:
    """Return an engine whose servers, networks and locks are waited for with *patience*."""
    # A plan that PostgreSQL makes for a prepared statement knows no values: it is worth nothing
    # where one project has nearly everything, and the next has three artifacts.
    arguments: dict[str, Any] = {"prepare_threshold": None, "connect_timeout": patience.connect}
    arguments |= {"client_encoding": "utf8", **KEEPALIVE}
    if patience.answer is not None:
        arguments["tcp_user_timeout"] = patience.answer * 1000
    engine = create_engine(
        url,
        connect_args=arguments,
        isolation_level="READ COMMITTED",
        pool_size=pool_size,
        pool_timeout=POOL,
        pool_pre_ping=True,
        pool_recycle=3600,
        hide_parameters=True,
    )

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, record: Any, args: Any, parameters: Any) -> Connection:
        made = Connection.connect(*args, **parameters)
        made.patience = patience.answer
        return made

    @event.listens_for(engine, "connect")
    def prepare(made: Connection, record: Any) -> None:
        made.autocommit = True
        made.execute(_settings(patience))
        made.autocommit = False

    return engine


def _settings(patience: Patience) -> str:
    """Return what is said to the server, and not in the URL: poolers in between may refuse that."""
    seconds = {
        "statement_timeout": patience.statement or 0,
        "lock_timeout": LOCK,
        "idle_in_transaction_session_timeout": IDLE,
    }
    return "".join(f"SET {name} = '{value}s';" for name, value in seconds.items()) + (
        "SET timezone = 'UTC'; SET standard_conforming_strings = on"
    )
