"""What tests of the database share: its transactions."""

from collections.abc import Callable
from typing import Any

import pytest


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
