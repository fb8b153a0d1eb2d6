"""Requests that no library would send: never a 5xx, never a hang, and nothing that is not ours."""

import json
import os
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

LOCATION = "application/vnd+openstack.glare-custom-location+json"


def request(line: str | bytes, *headers: str | bytes, body: bytes = b"") -> bytes:
    lines = [line, "Host: localhost", *headers]
    encoded = [text.encode("latin-1") if isinstance(text, str) else text for text in lines]
    return b"\r\n".join([*encoded, b"", body])


def statuses(heard: bytes) -> list[int]:
    """The statuses of all answers on one connection."""
    return [int(status) for status in re.findall(rb"HTTP/1\.\d (\d{3}) ", heard)]


@pytest.fixture
def path(server) -> str:
    return server.create()


TRAVERSALS = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "%2F%2F..%2F..%2F..%2Fetc/passwd",
    "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
    "..%252f..%252f..%252fetc%252fpasswd",
    "..\\..\\..\\etc\\passwd",
    "..%5c..%5c..%5cetc%5cpasswd",
    "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "%c0%ae%c0%ae%c0%afetc%c0%afpasswd",
    "%e0%80%ae%e0%80%ae/etc/passwd",
    "..%c0%af..%c0%afetc/passwd",
    "%uff0e%uff0e/etc/passwd",
    "....//....//etc/passwd",
    "..;/..;/etc/passwd",
    "/etc/passwd",
    "%00",
    "image%00.iso",
    "%00/../../etc/passwd",
    "%ff%fe",
    "%ed%a0%80",
    "%",
    "%zz",
    "a%0d%0aX-Injected:%20yes",
    ".",
    "..",
    "%2e",
    "~root/.ssh/id_rsa",
    "C:%5cwindows%5cwin.ini",
    "file:///etc/passwd",
    "`id`;$(id)|id",
]


class TestPathsThatLeadElsewhere:
    """D41, D42: raw, encoded once and twice, with backslashes, overlong, and with NUL."""

    @pytest.mark.parametrize("where", TRAVERSALS)
    def test_read_nothing(self, server, path, where):
        for prefix in ("/", "/artifacts/", "/schemas/", "/artifacts/images/", f"{path}/"):
            heard = server.converse(request(f"GET {prefix}{where} HTTP/1.1"))

            assert b"root:x:" not in heard
            assert b"X-Injected" not in heard.partition(b"\r\n\r\n")[0]
            assert 200 not in statuses(heard) or prefix + where in ("/.", "/..")
            assert all(300 <= status < 500 for status in statuses(heard))
            assert len(statuses(heard)) == 1

    @pytest.mark.parametrize("where", TRAVERSALS)
    def test_write_nothing_outside(self, server, path, where):
        before = outside(server)

        put = server.converse(
            request(f"PUT {path}/mirrors/{where} HTTP/1.1", "Content-Length: 5", body=b"bytes")
        )
        read = server.converse(request(f"GET {path}/mirrors/{where} HTTP/1.1"))

        assert statuses(put)[0] < 500
        if statuses(put)[0] == 200:  # then it was a key like any other, and the bytes are ours
            assert read.endswith(b"bytes")
        else:
            assert 200 not in statuses(read)
        assert outside(server) == before
        assert all(len(file.name) == 32 for file in server.stored())


def outside(server) -> set[str]:
    """Every file around the stores."""
    found = set()
    for folder, folders, files in os.walk(server.folder):
        if folder == str(server.data):
            folders.remove("blobs")
        found |= {os.path.join(folder, name) for name in files if "artifacts.db" not in name}
    return found


SMUGGLERS = {
    "both framings": request(
        "PUT {path}/image HTTP/1.1",
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        body=b"0\r\n\r\nGET /healthcheck HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ),
    "both framings, turned around": request(
        "PUT {path}/image HTTP/1.1",
        "Transfer-Encoding: chunked",
        "Content-Length: 60",
        body=b"0\r\n\r\nGET /healthcheck HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ),
    "two lengths": request(
        "PUT {path}/image HTTP/1.1", "Content-Length: 5", "Content-Length: 6", body=b"bytes!"
    ),
    "two lengths in one": request(
        "PUT {path}/image HTTP/1.1", "Content-Length: 5, 6", body=b"bytes!"
    ),
    "unknown coding": request(
        "PUT {path}/image HTTP/1.1", "Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n"
    ),
    "coding twice": request(
        "PUT {path}/image HTTP/1.1",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: chunked",
        body=b"0\r\n\r\n",
    ),
    "coding with a space": request(
        "PUT {path}/image HTTP/1.1", "Transfer-Encoding : chunked", body=b"0\r\n\r\n"
    ),
    "coding with a tab": request(
        "PUT {path}/image HTTP/1.1", "Transfer-Encoding:\x0bchunked", body=b"0\r\n\r\n"
    ),
    "coding folded": request(
        "PUT {path}/image HTTP/1.1", "Transfer-Encoding:", " chunked", body=b"0\r\n\r\n"
    ),
    "length with an underscore": request(
        "PUT {path}/image HTTP/1.1", "Content_Length: 5", "Content-Length: 6", body=b"bytes!"
    ),
    "bare line feeds": b"PUT {path}/image HTTP/1.1\nHost: localhost\nContent-Length: 5\n\nbytes",
    "bare carriage returns": b"PUT {path}/image HTTP/1.1\rHost: localhost\r\r",
    "header without a colon": request("GET {path} HTTP/1.1", "Content-Length 5"),
    "header without a name": request("GET {path} HTTP/1.1", ": 5"),
    "NUL in a header": request("GET {path} HTTP/1.1", b"X-Name: a\x00b"),
    "two hosts": request("GET {path} HTTP/1.1", "Host: example.org"),
    "absolute form": request("GET http://example.org{path} HTTP/1.1"),
    "authority form": request("CONNECT localhost:80 HTTP/1.1"),
    "h2c upgrade": request(
        "GET {path} HTTP/1.1",
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    ),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
    "PROXY protocol": b"PROXY TCP4 192.0.2.1 192.0.2.2 5 6\r\nGET {path} HTTP/1.1\r\n\r\n",
    "HTTP/0.9": b"GET {path}\r\n",
    "HTTP/1.2": request("GET {path} HTTP/1.2"),
    "HTTP/9.9": request("GET {path} HTTP/9.9"),
    "no version": request("GET {path} HTTP/"),
    "tabs in the line": request("GET\t{path}\tHTTP/1.1"),
    "nothing": b"",
    "empty lines": b"\r\n" * 10,
    "chunks where none have a meaning": request(
        "DELETE {path}/mirrors/none HTTP/1.1",
        "Transfer-Encoding: chunked",
        body=b"5\r\nbytes\r\n0\r\n\r\n",
    ),
    "half a JSON body": request(
        "PATCH {path} HTTP/1.1",
        "Content-Type: application/json-patch+json",
        "Content-Length: 100",
        body=b"[{",
    ),
    "half a JSON body in chunks": request(
        "PATCH {path} HTTP/1.1",
        "Content-Type: application/json-patch+json",
        "Transfer-Encoding: chunked",
        body=b"2\r\n[{\r\n5\r\n",
    ),
    "half a link in chunks": request(
        "PUT {path}/image HTTP/1.1",
        f"Content-Type: {LOCATION}",
        "Transfer-Encoding: chunked",
        body=b"zz\r\n",
    ),
}


class TestWhatIsNoProperRequest:
    @pytest.mark.parametrize("name", SMUGGLERS)
    def test_gets_at_most_one_answer_that_is_no_fault(self, server, path, name):
        begun = time.monotonic()
        heard = server.converse(SMUGGLERS[name].replace(b"{path}", path.encode()), timeout=15)

        assert time.monotonic() - begun < 10
        assert len(statuses(heard)) <= 1
        assert all(status < 500 or status == 505 for status in statuses(heard))
        assert b"Traceback" not in heard

    def test_followed_by_another_is_the_last_on_its_connection(self, server, path):
        """What two readers could part in two ways is never parted by us."""
        for name in ("both framings", "two lengths", "coding with a space", "bare line feeds"):
            said = SMUGGLERS[name].replace(b"{path}", path.encode())
            heard = server.converse(said + request("GET /healthcheck HTTP/1.1"))

            assert [status for status in statuses(heard) if status < 400] in ([], [200])
            assert len(statuses(heard)) <= 2

    @pytest.mark.parametrize(
        "said",
        [
            request("GET /" + "a" * 100_000 + " HTTP/1.1"),
            request("GET /?" + "a=b&" * 100_000 + " HTTP/1.1"),
            request("GET / HTTP/1.1", "X-Long: " + "a" * 100_000),
            request("GET / HTTP/1.1", *[f"X-{number}: a" for number in range(10_000)]),
            request("GET / HTTP/1.1", "Cookie: " + "a=b; " * 20_000),
            b"GET / HTTP/1.1\r\n" + b"X" * 1_000_000,
            b"A" * 1_000_000,
        ],
        ids=["path", "query", "value", "count", "cookie", "name", "line"],
    )
    def test_and_is_huge_is_refused_soon(self, server, said):
        begun = time.monotonic()
        heard = server.converse(said, timeout=15)

        assert time.monotonic() - begun < 10
        assert all(400 <= status < 500 for status in statuses(heard))

    def test_of_random_bytes_harms_nothing(self, server):
        chance = random.Random(41)
        noises = [chance.randbytes(chance.randrange(1, 3000)) for _ in range(60)]
        noises += [b"GET / HTTP/1.1\r\n" + noise for noise in noises[:60]]

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(server.converse, noises))

        assert all(status < 500 for heard in answers for status in statuses(heard))
        assert server.ask("GET", "/healthcheck").status == 200


class TestMethods:
    @pytest.mark.parametrize("method", ["TRACE", "PUT", "POST", "PROPFIND", "BREW", "X" * 100])
    @pytest.mark.parametrize("where", ["{path}", "/schemas", "/nowhere"])
    def test_that_are_not_ours_are_refused(self, server, path, method, where):
        heard = server.converse(request(f"{method} {where.format(path=path)} HTTP/1.1"))

        assert len(statuses(heard)) == 1
        assert 400 <= statuses(heard)[0] < 500 or statuses(heard)[0] == 501

    @pytest.mark.parametrize("where", ["{path}", "{path}/image", "/schemas", "/artifacts/images"])
    def test_that_are_refused_with_405_say_which_are_allowed(self, server, path, where):
        answer = server.ask("TRACE", where.format(path=path))

        assert answer.status == 405
        assert "GET" in answer.headers["allow"]
        assert answer.json["code"] == 405

    @pytest.mark.parametrize("where", ["{path}", "{path}/image", "/schemas", "/artifacts/images"])
    def test_options_says_which_are_allowed(self, server, path, where):
        heard = server.converse(request(f"OPTIONS {where.format(path=path)} HTTP/1.1"))

        assert statuses(heard) == [200]
        assert b"\r\nallow: " in heard.lower()
        assert heard.endswith(b"\r\n\r\n")

    def test_options_of_the_whole_server_is_no_fault(self, server):
        assert statuses(server.converse(request("OPTIONS * HTTP/1.1")))[0] < 500

    def test_head_has_the_headers_and_no_body(self, server, path):
        server.ask("PUT", f"{path}/image", b"bytes")

        heard = server.converse(request(f"HEAD {path}/image HTTP/1.1"))

        assert statuses(heard) == [200]
        assert b"content-length: 5\r\n" in heard.lower()
        assert heard.endswith(b"\r\n\r\n")


class TestOldClients:
    def test_http_1_0_is_served_and_the_connection_closed(self, server, path):
        server.ask("PUT", f"{path}/image", b"bytes")

        heard = server.converse(f"GET {path}/image HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())

        assert statuses(heard) == [200]
        assert heard.endswith(b"\r\n\r\nbytes")
        assert b"chunked" not in heard

    def test_http_1_0_uploads_with_a_length(self, server, path):
        heard = server.converse(
            request(f"PUT {path}/image HTTP/1.0", "Content-Length: 5", body=b"bytes")
        )

        assert statuses(heard) == [200]
        assert server.ask("GET", f"{path}/image").body == b"bytes"


class TestWhoIsNotFromHere:
    @pytest.mark.parametrize(
        "header",
        [
            "Host: example.org",
            "Host: 127.0.0.1.example.org",
            "Host: localhost.example.org:9494",
            "Host: 192.0.2.1",
            "Host: 0.0.0.0",
            "Forwarded: for=192.0.2.1",
            "X-Forwarded-For: 127.0.0.1",
            "X-Forwarded-Host: localhost",
            "X-Forwarded-Proto: https",
            "x-forwarded-for: 192.0.2.1",
        ],
    )
    def test_is_refused_where_nobody_is_asked_who_they_are(self, server, path, header):
        """Promise 8."""
        host = [] if header.startswith("Host") else ["Host: localhost"]
        lines = [f"GET {path} HTTP/1.1", *host, header, "", ""]

        heard = server.converse("\r\n".join(lines).encode())

        assert statuses(heard) == [403]

    def test_cannot_name_another_identity(self, server, path):
        """D27: headers that say who is asking mean nothing where they are not believed."""
        answer = server.ask(
            "GET",
            path,
            X_Identity_Status="Confirmed",
            X_User_Id="somebody",
            X_Project_Id="elsewhere",
            X_Roles="none",
        )

        assert answer.json["owner"] == "local"


class TestHeaderValues:
    @pytest.mark.parametrize(
        "headers",
        [
            {"Content_MD5": "no digest"},
            {"Repr_Digest": "sha-256=:bm8=:"},
            {"Repr_Digest": "((("},
            {"Content_Digest": "crc32c=:AAAAAA==:"},
            {"Content_Range": "bytes 0-4/5"},
            {"Content_Type": "text/plain\xff"},
            {"Content_Type": "x" * 300},
            {"OpenStack_API_Version": "artifact 99.9"},
            {"OpenStack_API_Version": "artifact one"},
        ],
        ids=str,
    )
    def test_of_an_upload_that_mean_nothing_are_refused(self, server, path, headers):
        answer = server.ask("PUT", f"{path}/image", b"bytes", **headers)

        assert answer.status in (400, 406)
        assert server.ask("GET", path).json["image"] is None

    @pytest.mark.parametrize(
        "value",
        ["bytes=", "bytes=a-b", "bytes=5-1", "lines=0-1", "bytes=0-0," * 500, "bytes=--1", "x"],
    )
    def test_of_a_range_that_mean_nothing_are_ignored(self, server, path, value):
        server.ask("PUT", f"{path}/image", b"bytes")

        answer = server.ask("GET", f"{path}/image", Range=value)

        assert (answer.status, answer.body) in ((200, b"bytes"), (400, answer.body))

    @pytest.mark.parametrize("value", ["W/", '"', '"a', "a", "*", ",,,", '"a", W/"b", *', "\xff"])
    def test_of_a_condition_never_fail(self, server, path, value):
        server.ask("PUT", f"{path}/image", b"bytes")

        for name in ("If_None_Match", "If_Range", "If_Match", "Want_Repr_Digest"):
            assert server.ask("GET", f"{path}/image", **{name: value}).status < 500


class TestJson:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b'"text"',
            b"[" * 100_000,
            b'{"name": ' * 50_000,
            b'{"name": "a", "name": "b", "tags": [1e999]}',
            b'{"name": NaN}',
            b'{"name": "\\ud800"}',
            b'{"name": "a\\u0000b"}',
            b'{"name": "\xff"}',
            b"\xef\xbb\xbf{}",
            b"{} {}",
            b'{"name": "a", "min_ram": ' + b"9" * 5000 + b"}",
            b'{"name": "a", "min_ram": 9223372036854775808}',
            b'{"name": "' + b"a" * 5_000_000 + b'"}',
            json.dumps({"name": "a", "metadata": {str(n): "x" for n in range(5000)}}).encode(),
        ],
        ids=range(16),
    )
    def test_that_cannot_be_an_artifact_is_refused(self, server, body):
        begun = time.monotonic()
        answer = server.ask("POST", "/artifacts/images", body, Content_Type="application/json")

        assert answer.status in (400, 413)
        assert time.monotonic() - begun < 10

    @pytest.mark.parametrize(
        "query",
        [
            "limit=-1",
            "limit=99999999999999999999999",
            "limit=a",
            "marker=%00",
            "marker=" + "a" * 5000,
            "sort=" + "name:asc," * 500,
            "name=%ff",
            "name=in:" + "a," * 3000,
            "nope=1",
            "version=eq:not-a-version",
            "created_at=gt:yesterday",
            "&&&",
            "=",
            "%",
            "name=like:" + "%25" * 1000,
        ],
    )
    def test_query_of_any_kind_never_fails(self, server, query):
        begun = time.monotonic()
        heard = server.converse(request(f"GET /artifacts/images?{query} HTTP/1.1"))

        assert statuses(heard)[0] < 500
        assert time.monotonic() - begun < 10
