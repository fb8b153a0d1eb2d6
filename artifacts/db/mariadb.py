"""MariaDB and MySQL: connections that are set up alike, and give up who answers no more."""

from typing import Any

from sqlalchemy import Engine, create_engine, event

from artifacts.db.patience import IDLE, LOCK, POOL, Patience


def connect(url: str, pool_size: int, patience: Patience) -> Engine:
    """Return an engine whose servers, networks and locks are waited for with *patience*."""
    arguments: dict[str, Any] = {"connect_timeout": patience.connect, "charset": "utf8mb4"}
    if patience.answer is not None:
        arguments |= {"read_timeout": patience.answer, "write_timeout": patience.answer}
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

    # Before SQLAlchemy asks a server what it is like.
    @event.listens_for(engine, "connect", insert=True)
    def prepare(made: Any, record: Any) -> None:
        cursor = made.cursor()
        cursor.execute(_settings(patience))
        cursor.close()

    return engine


def _settings(patience: Patience) -> str:
    """Return what is said to the server; what is in a comment, MariaDB alone reads."""
    return (
        "SET SESSION sql_mode = 'TRADITIONAL', time_zone = '+00:00', "
        f"innodb_lock_wait_timeout = {LOCK}, lock_wait_timeout = {LOCK} "
        f"/*M! , max_statement_time = {patience.statement or 0}, "
        f"idle_transaction_timeout = {IDLE} */"
    )
