"""The access log: a line for each time that somebody asked for bytes, and how many they got."""

import json
import logging
import re
import socket
from urllib.parse import quote

import pytest
from falcon.testing import StartResponseMock, create_environ, create_req

from artifacts import config, logs
from artifacts.api.addresses import Addresses
from artifacts.errors import Misconfigured

TEN = b"0123456789"
# As a reader of the log would take it apart.
PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)')
KEYS = ["method", "status", "type", "id", "slot", "user", "project", "address", "way", "range"]
KEYS += ["length", "sent", "seconds"]


@pytest.fixture
def lines(caplog):
    """Return the lines so far, each taken apart."""
    caplog.set_level(logging.INFO, "artifacts.access")

    def read():
        found = [each.getMessage() for each in caplog.records if each.name == "artifacts.access"]
        return [dict(PAIR.findall(line)) for line in found]

    return read


@pytest.fixture
def begin(deployment, url):
    """Ask as a server does, and return the body before any of it is sent."""

    def ask(**headers):
        known = {"Host": "localhost", "X-Identity-Status": "Confirmed", "X-Project-Id": "project"}
        environ = create_environ(f"{url}/blob", headers={**known, **headers})
        return deployment.wsgi(environ, StartResponseMock())

    return ask


def test_a_download_is_one_line_that_says_who_got_what(client, filled, url, lines):
    client.simulate_get(f"{url}/blob", remote_addr="192.0.2.7")
    (line,) = lines()

    assert list(line) == KEYS
    assert float(line.pop("seconds")) >= 0
    assert line == {
        "method": "GET",
        "status": "200",
        "type": "samples",
        "id": filled.id,
        "slot": "blob",
        "user": "user",
        "project": "project",
        "address": "192.0.2.7",
        "way": "proxy",
        "range": "-",
        "length": "10",
        "sent": "10",
    }


@pytest.mark.parametrize(
    ("asked", "status", "length"),
    [("bytes=2-4", "206", "3"), ("bytes=-1", "206", "1"), ("bytes=99-", "416", "0")],
)
def test_a_range_is_in_its_line(client, filled, url, lines, asked, status, length):
    client.simulate_get(f"{url}/blob", headers={"Range": asked})
    (line,) = lines()

    assert json.loads(line["range"]) == asked
    assert (line["status"], line["length"], line["sent"]) == (status, length, length)


def test_several_ranges_count_with_what_is_between_them(client, filled, url, lines):
    answer = client.simulate_get(f"{url}/blob", headers={"Range": "bytes=0-1,5-6"})
    (line,) = lines()

    assert line["sent"] == line["length"] == str(len(answer.content))


def test_what_sends_no_bytes_says_so(client, filled, url, lines):
    tag = client.simulate_get(f"{url}/blob").headers["ETag"]
    client.simulate_head(f"{url}/blob")
    client.simulate_get(f"{url}/blob", headers={"If-None-Match": tag})
    client.simulate_get(f"{url}/loose")
    client.simulate_get(f"{url}x/blob")

    told = [(line["method"], line["status"], line["sent"]) for line in lines()[1:]]
    assert told[:2] == [("HEAD", "200", "0"), ("GET", "304", "0")]
    assert told[2:] == [("GET", "404", "0")] * 2


def test_a_redirect_says_nothing_of_where_it_leads(deploy, origin, lines):
    elsewhere, options = origin
    client = deploy(options).client()
    made = client.simulate_post("/artifacts/samples", json={"name": "n"})
    path = f"{made.headers['Location']}/blob"
    typed = {"Content-Type": "application/vnd+openstack.glare-custom-location+json"}
    link = json.dumps({"url": f"{elsewhere}?secret=canary"})
    client.simulate_put(path, body=link, headers=typed)
    assert client.simulate_get(path).status_code == 302
    (line,) = lines()

    assert (line["status"], line["length"], line["sent"]) == ("302", "0", "0")
    assert "canary" not in str(line)


def test_what_is_no_download_has_no_line(client, filled, url, lines):
    client.simulate_get(url)
    client.simulate_get("/artifacts/samples")
    client.simulate_put(f"{url}/loose", body=b"x")
    client.simulate_options(f"{url}/blob")

    assert lines() == []


def test_it_is_written_when_the_answer_has_ended(begin, filled, lines):
    body = begin()
    assert lines() == []
    assert b"".join(body) == TEN
    assert lines() == []
    body.close()
    body.close()

    assert [line["sent"] for line in lines()] == ["10"]


def test_bytes_that_the_server_could_not_send_do_not_count(begin, filled, lines):
    """It fails with a block in its hands."""
    for headers in ({}, {"Range": "bytes=0-1,5-6"}):
        body = begin(**headers)
        next(iter(body))
        body.close()

    assert [line["sent"] for line in lines()] == ["0", "0"]


def test_a_line_has_the_id_of_its_request(deployment, filled, url, lines):
    seen = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(logs.request_id.get())
    logging.getLogger("artifacts.access").addHandler(handler)
    answer = deployment.client().simulate_get(f"{url}/blob")
    logging.getLogger("artifacts.access").removeHandler(handler)

    assert seen == [answer.headers["X-Openstack-Request-Id"]]
    assert logs.request_id.get() == "-"


@pytest.mark.parametrize("key", ["a b", 'q"', "x=y", "-", "é\u202e", "a\nb", "sent=5 status=200"])
def test_no_name_makes_a_field_of_its_own(client, life, artifact, url, lines, key):
    life.upload(artifact, f"folder/{key}", b"1")
    client.simulate_get(f"{url}/folder/{quote(key)}")
    (line,) = lines()

    assert list(line) == KEYS
    assert (line["status"], line["sent"]) == ("200", "1")
    slot = line["slot"]
    assert slot.isascii()
    assert slot.isprintable()
    assert (json.loads(slot) if slot[0] == '"' else slot) == f"folder/{key}"


def test_it_can_be_off(deploy, life, lines):
    client = deploy({"api": {"access_log": False}}).client()
    client.simulate_get("/artifacts/samples/x/blob")

    assert lines() == []


class TestFilesThatTheKernelSends:
    """As under gunicorn, whose connection is at hand."""

    @pytest.fixture
    def pair(self):
        ours, theirs = socket.socketpair()
        yield ours, theirs
        ours.close()
        theirs.close()

    @pytest.fixture
    def file(self, deployment, url, pair):
        def ask(**headers):
            known = {"Host": "localhost", "X-Identity-Status": "Confirmed"}
            known |= {"X-Project-Id": "project", **headers}
            environ = create_environ(f"{url}/blob", headers=known)
            environ |= {"gunicorn.socket": pair[0], "wsgi.file_wrapper": lambda file, _: file}
            return deployment.wsgi(environ, StartResponseMock())

        return ask

    def test_count_what_the_socket_sent(self, filled, file, pair, lines):
        body = file(Range="bytes=2-8")
        pair[0].sendfile(body, offset=2, count=7)
        body.close()

        assert pair[1].recv(20) == TEN[2:9]
        assert [line["sent"] for line in lines()] == ["7"]

    def test_count_what_was_sent_before_it_broke(self, life, artifact, file, pair, lines):
        size = 1_000_000
        life.upload(artifact, "blob", bytes(size))
        body = file()
        pair[0].settimeout(0.2)  # for a client that takes nothing more
        with pytest.raises(OSError, match="timed out"):
            pair[0].sendfile(body, offset=0, count=size)
        body.close()
        pair[0].close()
        taken = len(b"".join(iter(lambda: pair[1].recv(1 << 20), b"")))
        (line,) = lines()

        assert 0 < taken < size
        assert (line["length"], line["sent"]) == (str(size), str(taken))


class TestAddresses:
    @pytest.mark.parametrize(
        ("proxies", "peer", "forwarded", "address"),
        [
            ([], "192.0.2.1", "198.51.100.1", "192.0.2.1"),
            (["10.0.0.0/8"], "192.0.2.1", "198.51.100.1", "192.0.2.1"),
            (["10.0.0.0/8"], "10.0.0.1", None, "10.0.0.1"),
            (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
            (["10.0.0.0/8"], "10.0.0.1", "198.51.100.1", "198.51.100.1"),
            (["10.0.0.0/8"], "10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
            (["10.0.0.0/8"], "10.0.0.1", "203.0.113.9,198.51.100.1 , 10.2.2.2", "198.51.100.1"),
            (["10.0.0.0/8"], "10.0.0.1", "10.3.3.3,10.2.2.2", "10.3.3.3"),
            (["10.0.0.0/8"], "::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
            (["fd00::/8"], "fd00::1", "198.51.100.1", "198.51.100.1"),
            (["10.0.0.0/8"], "10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
            (["10.0.0.0/8"], "10.0.0.1", "x\x1b[2J", "10.0.0.1"),
            (["10.0.0.0/8"], "", "198.51.100.1", ""),
        ],
    )
    def test_the_last_that_a_proxy_of_ours_saw_is_believed(
        self, tmp_path, proxies, peer, forwarded, address
    ):
        path = tmp_path / "artifacts.conf"
        path.write_text(f"[api]\ntrusted_proxies = {','.join(proxies)}\n")
        conf = config.load([str(path)])
        headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
        req = create_req(headers=headers)
        req.env["REMOTE_ADDR"] = peer

        assert Addresses(conf.api.trusted_proxies)(req) == address

    @pytest.mark.parametrize("value", ["10.0.0.1/8", "all", "10.0.0.0/33"])
    def test_what_is_no_network_stops_the_start(self, tmp_path, value):
        path = tmp_path / "artifacts.conf"
        path.write_text(f"[api]\ntrusted_proxies = {value}\n")

        with pytest.raises(Misconfigured, match="trusted_proxies"):
            config.load([str(path)])
