"""One deployment with some hundred artifacts, which all lists of a module are about."""

import pytest

from .population import Population


@pytest.fixture(scope="module")
def shared_deployment(deploy_in, tmp_path_factory):
    """Here deleted artifacts stay until scrub runs."""
    return deploy_in(tmp_path_factory.mktemp("lists"), {"DEFAULT": {"delayed_delete": "true"}})


@pytest.fixture(scope="module")
def population(shared_deployment):
    made = Population(shared_deployment)
    made.world = made.build(200)
    return made
