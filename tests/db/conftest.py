"""What tests of the database share: its transactions, and servers with databases of their own."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

SERVERS = {
    "postgresql": ("psycopg", "postgresql+psycopg://postgres@127.0.0.1/postgres"),
    "mariadb": ("pymysql", "mariadb+pymysql://root@127.0.0.1/"),
}


@pytest.fixture
def database(deployment):
    return deployment.parts.database


@pytest.fixture
def read(database):
    """Run a function in a reading transaction, and return what it returns."""

    def run(work: Callable[[Any], Any]) -> Any:
        with database.reading() as tx:
            return work(tx)

    return run


@pytest.fixture
def empty_database(scratch) -> Callable[[str], str]:
    """Make an empty database on one of the servers, and return its URL."""
    return lambda name: _made(scratch, name)


@pytest.fixture(scope="module")
def shared_database(scratch_of_module) -> Callable[[str], str]:
    """The same, for all tests of a module."""
    return lambda name: _made(scratch_of_module, name)


def _made(scratch: Callable[[str], str], name: str) -> str:
    driver, server = SERVERS[name]
    pytest.importorskip(driver, reason=f"{name}: {driver} is not installed")
    try:
        return scratch(server)
    except OperationalError:
        host = make_url(server).host
        pytest.skip(f"{name}: {host} does not answer, or lets nobody in")
