"""Errors: every one has a status, and comes in one envelope that says nothing of our insides."""

import json
import logging

import falcon
import pytest
from falcon.testing import TestClient

from artifacts import errors
from artifacts.api import errors as api_errors
from artifacts.api.middleware import SAFE, RequestId
from artifacts.errors import ArtifactsError

SECRET = "canary-7f1c"
STATUSES = {
    errors.Invalid: (400, "BadRequest"),
    errors.InvalidParameter: (400, "InvalidParameterValue"),
    errors.Mismatch: (400, "BadRequest"),
    errors.Unfetchable: (400, "BadRequest"),
    errors.Unauthenticated: (401, "Unauthorized"),
    errors.TokenExpired: (401, "Unauthorized"),
    errors.Forbidden: (403, "Forbidden"),
    errors.PolicyForbids: (403, "PolicyException"),
    errors.TooManyArtifacts: (403, "Forbidden"),
    errors.TooManyMembers: (403, "Forbidden"),
    errors.TooManyRequests: (429, "TooManyRequests"),
    errors.NotFound: (404, "NotFound"),
    errors.TypeNotFound: (404, "TypeNotFound"),
    errors.ArtifactNotFound: (404, "ArtifactNotFound"),
    errors.BlobNotFound: (404, "NotFound"),
    errors.MemberNotFound: (404, "NotFound"),
    errors.UnsupportedVersion: (406, "InvalidGlobalAPIVersion"),
    errors.Conflict: (409, "Conflict"),
    errors.MemberKnown: (409, "Conflict"),
    errors.NameTaken: (409, "Conflict"),
    errors.SlotTaken: (409, "Conflict"),
    errors.UploadLost: (409, "Conflict"),
    errors.Busy: (409, "Conflict"),
    errors.TooLarge: (413, "RequestEntityTooLarge"),
    errors.UnsupportedMediaType: (415, "UnsupportedMediaType"),
    errors.RangeNotSatisfiable: (416, "RequestRangeNotSatisfiable"),
    errors.StoreFull: (507, "StorageFull"),
    errors.Unavailable: (503, "ServiceUnavailable"),
    errors.Crowded: (503, "ServiceUnavailable"),
    errors.KeystoneUnavailable: (503, "ServiceUnavailable"),
    errors.StoreUnavailable: (503, "ServiceUnavailable"),
    errors.DatabaseUnavailable: (503, "ServiceUnavailable"),
    errors.CommitUnknown: (503, "ServiceUnavailable"),
    errors.QuotaUsedUp: (413, "RequestEntityTooLarge"),
}
NEVER_ANSWERED = {errors.Misconfigured, errors.Unlistable}  # the latter is told by the audit


class Raising:
    """Answers whatever error it is given."""

    error: Exception
    headers: dict[str, str]

    def on_get(self, req, resp):
        resp.set_headers({"Cache-Control": "private", **self.headers})
        raise self.error


@pytest.fixture
def answer_of():
    resource = Raising()
    app = falcon.App(middleware=[RequestId()])
    api_errors.install(app)
    app.add_route("/", resource)

    def answer(error, **headers):
        resource.error = error
        resource.headers = headers
        return TestClient(app).simulate_get("/")

    return answer


def subclasses(error):
    return {error}.union(*(subclasses(each) for each in error.__subclasses__()))


def test_every_error_has_a_status():
    public = {each for each in subclasses(ArtifactsError) if each.__module__ == errors.__name__} - {
        ArtifactsError
    }

    assert public == STATUSES.keys() | NEVER_ANSWERED


@pytest.mark.parametrize(("error", "status"), STATUSES.items(), ids=lambda each: str(each))
def test_each_is_answered_in_the_envelope(answer_of, error, status):
    more = (10,) if error is errors.RangeNotSatisfiable else ()
    answer = answer_of(error("name: is wrong", *more))
    body = answer.json

    assert answer.status_code == body["code"] == status[0]
    assert answer.headers["Content-Type"] == "application/json"
    assert body["error"] == {"message": "name: is wrong", "type": status[1]}
    assert body["title"]
    assert body["explanation"]
    assert set(body) - {"min_version", "max_version"} == {"code", "title", "explanation", "error"}


def test_titles_are_those_of_glare(answer_of):
    assert answer_of(errors.TooLarge("x")).json["title"] == "Request Entity Too Large"
    assert answer_of(errors.ArtifactNotFound("x")).json["title"] == "Not Found"
    assert answer_of(errors.Invalid("x")).json["title"] == "Bad Request"


def test_a_version_that_is_none_of_ours_is_told_which_are(answer_of):
    body = answer_of(errors.UnsupportedVersion("x")).json

    assert (body["min_version"], body["max_version"]) == ("1.0", "1.2")


def test_a_range_behind_the_end_is_told_where_that_is(answer_of):
    answer = answer_of(errors.RangeNotSatisfiable("x", 10))

    assert answer.headers["Content-Range"] == "bytes */10"


@pytest.mark.parametrize(
    ("wait", "told"), [(0, "1"), (0.2, "1"), (1, "1"), (1.01, "2"), (60, "60")]
)
def test_who_has_to_wait_is_told_how_many_seconds(answer_of, wait, told):
    assert answer_of(errors.TooManyRequests("x", wait)).headers["Retry-After"] == told


def test_what_does_not_answer_now_may_be_asked_later(answer_of):
    assert answer_of(errors.StoreUnavailable("x")).headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    "error", [errors.StoreUnavailable, errors.DatabaseUnavailable, errors.StoreFull]
)
def test_what_does_not_answer_or_is_full_is_logged_with_its_cause(answer_of, caplog, error):
    failed, cause = error("the disk is odd"), LookupError(SECRET)
    failed.__cause__, cause.__cause__ = cause, ConnectionResetError(SECRET)
    with caplog.at_level(logging.ERROR):
        answer = answer_of(failed)

    assert caplog.messages == ["GET /: the disk is odd (LookupError from ConnectionResetError)"]
    assert "LookupError" not in answer.text


def test_what_the_caller_did_wrong_is_not_logged(answer_of, caplog):
    answer_of(errors.Conflict("x"))

    assert caplog.messages == []


def test_an_error_keeps_no_header_of_what_it_would_have_been(answer_of):
    headers = answer_of(errors.StoreUnavailable("x"), ETag='"1"', **{"Content-MD5": "0"}).headers

    assert {name.lower() for name in headers} == {
        *("content-type", "content-length", "retry-after"),
        *("x-openstack-request-id", *map(str.lower, SAFE)),
    }
    assert headers["Cache-Control"] == "no-store"


def test_a_fault_of_ours_is_logged_and_not_shown(answer_of, caplog):
    """D23: whatever the exception's text holds, the caller gets a request id."""
    with caplog.at_level(logging.ERROR):
        answer = answer_of(RuntimeError(SECRET))
    body = answer.json

    assert answer.status_code == 500
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["X-Openstack-Request-Id"] in body["error"]["message"]
    assert "GET / failed" in caplog.text


@pytest.mark.parametrize("accept", [None, "text/html", "*/*", "application/json", "text/xml"])
def test_what_the_router_refuses_comes_in_the_same_envelope(deployment, accept):
    client = deployment.client()
    headers = {"Accept": accept} if accept else {}
    for method, path, status in (
        ("GET", "/nowhere", 404),
        ("PUT", "/schemas", 405),
        ("PATCH", "/artifacts/samples", 405),
    ):
        answer = client.simulate_request(method, path, headers=headers)

        assert answer.status_code == json.loads(answer.text)["code"] == status
        assert answer.headers["Content-Type"] == "application/json"


def test_errors_carry_no_version_but_a_request_id(deployment):
    answer = deployment.client().simulate_get("/artifacts/samples/nobody")

    assert "OpenStack-API-Version" not in answer.headers
    assert answer.headers["X-Openstack-Request-Id"].startswith("req-")


def test_a_405_says_what_is_allowed(deployment):
    answer = deployment.client().simulate_put("/artifacts/samples")

    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))
