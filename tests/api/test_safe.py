"""What every answer says to browsers: it is no page of theirs, nor a part of one."""

import pytest

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


@pytest.fixture
def nobody(deployment):
    return deployment.plain_client()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 300),
        ("GET", "/healthcheck", 200),
        ("GET", "/docs", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/schemas", 200),
        ("GET", "/artifacts/samples", 200),
        ("OPTIONS", "/artifacts/samples", 200),
        ("GET", "/artifacts/samples?nope=1", 400),
        ("GET", "/artifacts/nothing", 404),
        ("GET", "/nowhere", 404),
        ("PUT", "/schemas", 405),
        ("BREW", "/nowhere", 501),
        ("GET", "{url}", 200),
        ("GET", "{url}/blob", 200),
        ("HEAD", "{url}/blob", 200),
        ("GET", "{url}/loose", 404),
        ("DELETE", "{url}", 204),
    ],
)
def test_every_answer_says_so(client, filled, url, method, path, status):
    """D50."""
    answer = client.simulate_request(method, path.format(url=url))

    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_so_does_a_refusal_and_what_has_not_changed(client, nobody, filled, url):
    tag = client.simulate_get(f"{url}/blob").headers["ETag"]
    unchanged = client.simulate_get(f"{url}/blob", headers={"If-None-Match": tag})

    for answer, status in ((nobody.simulate_get(url), 401), (unchanged, 304)):
        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
