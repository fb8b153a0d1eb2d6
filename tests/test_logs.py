"""The log: one line an event, and whose request it belongs to."""

import io
import json
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


class TestJson:
    """The same events, as objects with the fields of oslo.log."""

    @pytest.fixture
    def documents(self):
        """Log in JSON, and return what was written so far: each line must be one object."""
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logs.formatter(logs.JSON))
        logger = logging.getLogger("artifacts")
        logger.addHandler(handler)
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
        logger.removeHandler(handler)

    def test_an_event_is_an_object_with_the_id_of_its_request(self, documents, logger):
        logger.warning("before any")
        token = logs.request_id.set("req-1")
        logger.warning("GET %s failed", "/x")
        logs.request_id.reset(token)
        first, second = documents()

        assert first["context"]["request_id"] == "-"
        assert second["context"]["request_id"] == "req-1"
        assert (second["message"], second["levelname"]) == ("GET /x failed", "WARNING")
        assert second["name"] == "artifacts.tests"

    @pytest.mark.parametrize("mark", ["\n", "\r\n", "\x0b", "\x85", "\u2028", "\x1b[2J", '"}'])
    def test_no_text_of_a_stranger_begins_a_line(self, documents, logger, mark):
        text = f'/x{mark}{{"levelname": "ERROR"}}'
        logger.warning("GET %s failed", text)
        (document,) = documents()

        assert document["message"] == f"GET {text} failed"
        assert document["levelname"] == "WARNING"

    def test_a_traceback_is_in_its_object(self, documents, logger):
        try:
            raise ValueError("wrong\nERROR - forged")
        except ValueError:
            logger.exception("it failed")
        (document,) = documents()

        assert document["traceback"].startswith("Traceback")
        assert "forged" in document["traceback"]

    def test_an_error_that_is_handled_and_not_logged_is_not_told(self, documents, logger):
        """D23: oslo.log itself adds the words of whatever is being handled: a driver's, say."""
        try:
            raise ValueError("postgresql://user:canary@inside.example")
        except ValueError as error:
            logger.error("the database does not answer (from %s)", type(error).__name__)
        (document,) = documents()

        assert "canary" not in str(document)

    def test_what_an_event_is_made_of_is_not_told_twice(self, documents, logger):
        class Thing:
            canary = "secret"

            def __str__(self):
                return "a thing"

            def __repr__(self):
                return f"Thing({self.canary})"

        logger.warning("%s is odd", Thing())
        (document,) = documents()

        assert document["message"] == "a thing is odd"
        assert "secret" not in str(document)

    def test_the_access_log_has_its_fields_by_name(self, documents, deployment, life):
        logging.getLogger("artifacts.access").setLevel(logging.INFO)
        artifact = life.create()
        life.upload(artifact, "blob", b"0123456789")
        client = deployment.client()
        answer = client.simulate_get(f"/artifacts/samples/{artifact.id}/blob")
        (document,) = [each for each in documents() if each["name"] == "artifacts.access"]

        assert document["context"]["request_id"] == answer.headers["X-Openstack-Request-Id"]
        told = document["extra"]
        assert (told["method"], told["status"], told["sent"]) == ("GET", "200", "10")
        assert document["message"].startswith("method=GET status=200 ")
