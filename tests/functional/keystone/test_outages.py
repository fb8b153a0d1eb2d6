"""Keystone hangs, is gone, or does not know us: what does not need it goes on, all else is 503."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest

IMAGES = "/artifacts/images"
THREADS = 8
AT_ONCE = 1.5  # seconds: fewer than those for which Keystone is waited for
BOUND = 10.0
SHORT = {"http_connect_timeout": 1}


@pytest.fixture
def serve(cloud, make_server):
    """Start a service of few threads and little patience."""

    def start(**options):
        few = f"[DEFAULT]\nallow_anonymous_access = true\n[api]\nthreads = {THREADS}\n"
        config = cloud.options(**{**SHORT, **options}) + few
        return make_server(config=config).start(workers=1)

    return start


@pytest.fixture
def at_once(timed):
    """Ask what is to wait for nobody; once in three times a busy machine is as quick as that."""

    def ask(*asked):
        told = [timed(*asked)]
        while told[-1][1] >= AT_ONCE and len(told) < 3:
            told.append(timed(*asked))
        answer, seconds = told[-1]
        assert seconds < AT_ONCE, told
        return answer

    return ask


def check_refused(answer, seconds):
    assert answer.status == 503, answer.body
    assert answer.json["error"]["type"] == "ServiceUnavailable"
    assert int(answer.headers["retry-after"]) > 0
    assert "www-authenticate" not in answer.headers
    assert b"127.0.0." not in answer.body  # where Keystone is for us is nobody's business
    assert seconds < BOUND


def test_while_keystone_hangs_known_tokens_go_on_and_others_are_503(
    cloud, serve, timed, at_once, token, wait_until
):
    server = serve()
    known, new = token("red-member"), cloud.token("blue-member", project="blue")
    assert timed(server, IMAGES, known)[0].status == 200
    with cloud.hanging():
        check_refused(*timed(server, IMAGES, new))
        for asked in (("/healthcheck", new), (IMAGES, known), (IMAGES,)):
            assert at_once(server, *asked).status == 200
    wait_until(lambda: server.ask("GET", IMAGES, X_Auth_Token=new).status == 200)


def test_while_keystone_hangs_the_service_is_not_ready(cloud, serve, timed, wait_until):
    server = serve()

    def state():
        answer = server.ask("GET", "/healthcheck/ready")
        return answer.status, answer.json["dependencies"][-1]["state"]

    assert state() == (200, "ready")
    with cloud.hanging():
        # `silent` on a busy machine, where the request's own patience ends behind ours.
        wait_until(lambda: state() == (503, "unavailable"))
        answer, seconds = timed(server, "/healthcheck/ready")
        assert answer.json["dependencies"][-1]["name"] == "keystone"
        assert b"127.0.0." not in answer.body
        assert seconds < BOUND
    wait_until(lambda: state() == (200, "ready"))


def test_while_keystone_hangs_many_who_wait_for_it_keep_nobody_else_waiting(
    cloud, serve, timed, token
):
    server = serve()
    known = token("red-member")
    assert timed(server, IMAGES, known)[0].status == 200
    with cloud.hanging(), ThreadPoolExecutor(3 * THREADS) as crowd:
        waiting = [
            crowd.submit(timed, server, IMAGES, f"unknown-{number}")
            for number in range(3 * THREADS)
        ]
        took = []
        while not all(future.done() for future in waiting):
            for asked in (("/healthcheck",), (IMAGES, known)):
                answer, seconds = timed(server, *asked)
                assert answer.status == 200
                took.append(seconds)
            time.sleep(0.05)
    assert median(took) < AT_ONCE
    for future in waiting:
        check_refused(*future.result())


def test_a_service_that_begins_while_keystone_hangs_answers_503_in_time(
    cloud, serve, timed, token, wait_until
):
    known = token("red-member")
    with cloud.hanging():
        server = serve()
        check_refused(*timed(server, IMAGES, known))
        assert timed(server, "/openapi.json")[0].status == 200
    wait_until(lambda: server.ask("GET", IMAGES, X_Auth_Token=known).status == 200)


def test_where_nobody_listens_it_is_503(serve, timed, token, closed_port):
    server = serve(auth_url=f"http://127.0.0.2:{closed_port}/v3")

    check_refused(*timed(server, IMAGES, token("red-member")))
    assert "Keystone does not answer" in server.logged()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"password": "wrong"}, "ServiceError: Identity server rejected"),
        ({"interface": "internal"}, "EndpointNotFound: internal endpoint for identity service"),
    ],
    ids=["password", "interface"],
)
def test_where_the_service_itself_may_not_ask_it_is_503(serve, timed, token, wrong, why):
    """That is no fault of the caller, whose token may be a good one; the log says what it is."""
    server = serve(**wrong)

    check_refused(*timed(server, IMAGES, token("red-member")))
    assert why in server.logged()


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (200, b"<html>"), (200, b"{}"), (404, b"{}"), (300, b"[1]")]
)
def test_where_something_else_answers_it_is_503(serve, timed, token, origin, status, body):
    typed = {"Content-Type": "application/json"}
    url = origin.serve(body, status=status, headers=typed, name="v3")
    path = url.removeprefix(origin.url)
    origin.pages[f"{path}/auth/tokens"] = origin.pages[path]
    server = serve(auth_url=url)

    check_refused(*timed(server, IMAGES, token("red-member")))
