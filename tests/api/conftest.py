"""What tests of HTTP share: clients of several callers, and artifacts in several states."""

import pytest


@pytest.fixture
def client(deployment):
    """A client of the project that `life` acts for."""
    return deployment.client()


@pytest.fixture
def artifact(life):
    return life.create()


@pytest.fixture
def url(artifact):
    return f"/artifacts/samples/{artifact.id}"


@pytest.fixture
def filled(life, artifact):
    """An artifact that holds ten bytes."""
    return life.upload(artifact, "blob", b"0123456789")


@pytest.fixture
def chunked():
    """What makes a test client send a body whose length nobody was told."""
    return {"headers": {"Transfer-Encoding": "chunked"}, "extras": {"CONTENT_LENGTH": ""}}
