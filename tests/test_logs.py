"""The log: one line an event, and whose request it belongs to."""

import io
import logging

import pytest

from artifacts import logs


@pytest.fixture
def written():
    """Log through our lines, and return what was written so far."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Lines("%(levelname)s %(request_id)s %(message)s"))
    logger = logging.getLogger("artifacts")
    logger.addHandler(handler)
    yield stream.getvalue
    logger.removeHandler(handler)


@pytest.fixture
def logger():
    return logging.getLogger("artifacts.tests")


def test_what_belongs_to_no_request_says_so(written, logger):
    logger.warning("a type has changed")

    assert written() == "WARNING - a type has changed\n"


def test_whoever_logs_need_not_know_of_the_request(written, logger):
    token = logs.request_id.set("req-1")
    logger.warning("bytes stay")
    logs.request_id.reset(token)

    assert written() == "WARNING req-1 bytes stay\n"


@pytest.mark.parametrize("mark", ["\n", "\r", "\r\n", "\x0b", "\x85", "\u2028"])
def test_no_text_of_a_stranger_begins_a_line(written, logger, mark):
    logger.warning("GET %s failed", f"/x{mark}ERROR - forged")

    (line,) = written().splitlines()
    assert line.startswith("WARNING - GET /x\\")


def test_a_traceback_is_set_in_whatever_the_exception_says(written, logger):
    try:
        raise ValueError("wrong\nERROR - forged\x1b[2J")
    except ValueError:
        logger.exception("it failed")

    first, *rest = written().splitlines()
    assert first == "ERROR - it failed"
    assert "    ERROR - forged\\x1b[2J" in rest
    assert all(line.startswith("    ") for line in rest)


class TestRequests:
    """What is logged while a request is served carries the id that its answer has."""

    @pytest.fixture
    def fail(self, deployment, monkeypatch):
        """Let lists log something, and fail."""

        def fail(*_, **__):
            logging.getLogger("artifacts.service").warning("something is odd")
            raise RuntimeError("a fault")

        monkeypatch.setattr(deployment.parts.artifacts, "list_types", fail)

    def test_every_line_has_the_id_of_the_answer(self, fail, deployment, written):
        answer = deployment.client().simulate_get("/schemas")
        id = answer.headers["X-Openstack-Request-Id"]

        assert answer.status_code == 500
        assert id in answer.json["error"]["message"]
        lines = [line for line in written().splitlines() if not line.startswith(" ")]
        assert lines == [f"WARNING {id} something is odd", f"ERROR {id} GET /schemas failed"]

    def test_after_it_the_thread_belongs_to_no_request(self, fail, deployment, logger, written):
        deployment.client().simulate_get("/schemas")
        logger.warning("the next one is being asked for its token")

        assert written().splitlines()[-1] == "WARNING - the next one is being asked for its token"

    def test_a_path_forges_no_line(self, deployment, monkeypatch, written):
        def fail(*_, **__):
            raise RuntimeError("a fault")

        monkeypatch.setattr(deployment.parts.artifacts, "show", fail)
        deployment.client().simulate_get("/artifacts/samples/x%0AERROR%20-%20forged")

        assert "samples/x\\nERROR - forged failed" in written()
        assert not any(line.startswith("ERROR - forged") for line in written().splitlines())
