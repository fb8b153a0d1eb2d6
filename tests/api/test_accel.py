"""X-Accel-Redirect: which requests are answered with a file's name, for nginx to send it."""

import pytest

from artifacts.errors import Misconfigured

pytestmark = pytest.mark.usefixtures("on_files")

TEN = b"0123456789"
PROXY = "192.0.2.1"
NAMED = {"X-Accel-Location": "/accel/"}
ACCEL = {"api": {"accel_location": "/accel/", "trusted_proxies": f"{PROXY}/32"}}
BY_NGINX = {**ACCEL, "pool:default": {"download": "accel"}}


@pytest.fixture
def deployment(deploy):
    return deploy(BY_NGINX)


@pytest.fixture
def read(client, filled, url):
    """Ask for the bytes as nginx does, unless something else is said."""

    def ask(method="GET", *, address=PROXY, location="/accel/", **headers):
        named = {"X-Accel-Location": location} if location else {}
        headers = {name.replace("_", "-"): value for name, value in headers.items()} | named
        return client.simulate_request(method, f"{url}/blob", headers=headers, remote_addr=address)

    return ask


def test_nginx_is_told_which_file_to_send(read, deployment):
    answer, (file,) = read(), deployment.stored()

    assert answer.status_code == 200
    assert answer.content == b""
    path = file.relative_to(deployment.store_folder)
    assert answer.headers["X-Accel-Redirect"] == f"/accel/file/{path}"


def test_all_that_is_known_of_the_bytes_comes_with_it(read):
    told, known = read().headers, read(location=None).headers

    assert set(known) - set(told) == set()
    for name in set(known) - {"content-length", "x-openstack-request-id"}:
        assert told[name] == known[name]


@pytest.mark.parametrize("asked", ["bytes=0-1", "bytes=-3", "bytes=4-"])
def test_a_range_is_for_nginx_to_cut(read, asked):
    answer = read(Range=asked)

    assert answer.headers["X-Accel-Redirect"]
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize(
    ("address", "location"),
    [
        ("192.0.2.2", "/accel/"),
        (PROXY, None),
        (PROXY, "/"),
        (PROXY, "/accel"),
        (PROXY, "/accel/file/"),
        (PROXY, "/accel/,/accel/"),
        ("", "/accel/"),
        ("not an address", "/accel/"),
    ],
)
def test_nobody_else_is_told_of_a_file(read, address, location):
    """D19: who is no nginx of ours would learn where bytes are, and get none."""
    answer = read(address=address, location=location)

    assert answer.content == TEN
    assert "X-Accel-Redirect" not in answer.headers


def test_a_pool_that_does_not_say_so_is_read_here(deploy, filled, url):
    answer = deploy(ACCEL).client().simulate_get(f"{url}/blob", headers=NAMED, remote_addr=PROXY)

    assert answer.content == TEN


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Range": "bytes=0-1,5-6"}, 206),
        ({"Range": "bytes=0-0,1-1"}, 206),
        ({"Range": "bytes=99-"}, 416),
        ({"Range": "bytes=5-2"}, 200),
        ({"If_None_Match": "*"}, 304),
        ({"If_Match": '"other"'}, 200),
        ({"If_Modified_Since": "Fri, 20 Nov 2099 00:00:00 GMT"}, 200),
        ({"If_Unmodified_Since": "Fri, 20 Nov 2016 00:00:00 GMT"}, 200),
        ({"Range": "bytes=0-1", "If_Range": '"other"'}, 200),
    ],
)
def test_what_nginx_would_answer_otherwise_is_answered_here(read, headers, status):
    """D34: nginx compares with the time of a file, which may be older than the blob."""
    answer = read(**headers)

    assert answer.status_code == status
    assert "X-Accel-Redirect" not in answer.headers


def test_head_is_answered_here(read):
    answer = read("HEAD")

    assert answer.headers["Content-Length"] == "10"
    assert "X-Accel-Redirect" not in answer.headers


def test_bytes_that_are_gone_are_not_found(read, deployment):
    deployment.stored()[0].unlink()
    answer = read()

    assert answer.status_code == 404
    assert "X-Accel-Redirect" not in answer.headers


@pytest.mark.parametrize(
    "api",
    [
        {},
        {"accel_location": "/accel/"},
        {"trusted_proxies": f"{PROXY}/32"},
        *(
            {"accel_location": location, "trusted_proxies": f"{PROXY}/32"}
            for location in ("accel", "/", "//", "/accel", "accel/", "/a b/", "/../", "/a/\\n/")
        ),
    ],
)
def test_what_nobody_could_send_stops_the_start(deploy, api):
    with pytest.raises(Misconfigured, match="accel"):
        deploy({"api": api, "pool:default": {"download": "accel"}})
