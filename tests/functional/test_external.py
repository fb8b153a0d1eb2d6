"""Blobs that stay elsewhere: fetched once, verified, never touched again; and where not to go."""

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

BODY = b"a disk that is kept elsewhere\n" * 1000
DIGESTS = {
    name: hashlib.new(name, BODY).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")
}


@pytest.fixture
def path(server) -> str:
    return server.create()


def mirrors(server, path: str) -> dict[str, object]:
    return server.ask("GET", path).json["mirrors"]


class TestWhatIsLinked:
    def test_is_fetched_once_however_often_it_is_read(self, server, origin, path):
        url = origin.serve(BODY)

        linked = server.link(f"{path}/mirrors/eu", url)
        for method in ("GET", "HEAD"):
            server.ask(method, path)
            server.ask(method, f"{path}/mirrors/eu")
        server.ask("GET", "/artifacts/images")
        server.patch(path, {"op": "replace", "path": "/description", "value": "seen"})

        assert linked.status == 200
        assert origin.asked(url) == ["GET"]

    def test_is_measured_by_the_service_and_not_believed(self, server, origin, path):
        headers = {"ETag": '"v1"', "Content-MD5": "0" * 32, "X-Size": "7"}
        url = origin.serve(BODY, headers=headers)

        blob = server.link(f"{path}/mirrors/eu", url).json["mirrors"]["eu"]

        assert blob["size"] == len(BODY)
        assert {name: blob[name] for name in ("md5", "sha1", "sha256")} == {
            name: DIGESTS[name] for name in ("md5", "sha1", "sha256")
        }
        assert blob["content_type"] == "application/x-disk"
        assert (blob["external"], blob["url"], blob["final_url"]) == (True, url, url)

    def test_is_taken_with_every_expectation_that_it_meets(self, server, origin, path):
        expected = {**DIGESTS, "size": len(BODY)}
        nothing = dict.fromkeys(expected)

        met = server.link(f"{path}/mirrors/eu", origin.serve(BODY), **expected)
        none = server.link(f"{path}/mirrors/us", origin.serve(BODY), **nothing)

        assert (met.status, none.status) == (200, 200)
        assert met.json["mirrors"]["eu"]["sha512"] == DIGESTS["sha512"]

    def test_answers_a_download_with_the_url_and_the_digests(self, server, origin, path):
        url = origin.serve(BODY)
        server.link(f"{path}/mirrors/eu", url)

        answer = server.ask("GET", f"{path}/mirrors/eu")

        assert (answer.status, answer.headers["location"]) == (302, url)
        assert answer.headers["x-openstack-glare-content-sha256"] == DIGESTS["sha256"]
        assert "sha-256=:" in answer.headers["repr-digest"]

    def test_keeps_the_url_as_it_was_given_through_a_redirect(self, server, origin, path):
        final = origin.serve(BODY)
        url = origin.serve(status=302, headers={"Location": final})

        blob = server.link(f"{path}/mirrors/eu", url).json["mirrors"]["eu"]

        assert (blob["url"], blob["final_url"]) == (url, final)
        assert (origin.asked(url), origin.asked(final)) == (["GET"], ["GET"])
        assert server.ask("GET", f"{path}/mirrors/eu").headers["location"] == url

    def test_is_forgotten_without_a_word_to_its_origin(self, server, origin, path):
        url = origin.serve(BODY)
        server.link(f"{path}/mirrors/eu", url)

        deleted = server.ask("DELETE", f"{path}/mirrors/eu")
        server.link(f"{path}/mirrors/us", url)
        whole = server.ask("DELETE", path)

        assert (deleted.status, whole.status) == (200, 204)
        assert deleted.json["mirrors"] == {}
        assert origin.asked(url) == ["GET", "GET"]  # one for each link, none for the deletes

    def test_holds_its_slot_against_another_link_and_an_upload(self, server, origin, path):
        url, other = origin.serve(BODY), origin.serve(b"other")
        server.link(f"{path}/mirrors/eu", url)

        again = server.link(f"{path}/mirrors/eu", other)
        upload = server.ask("PUT", f"{path}/mirrors/eu", b"other")

        assert (again.status, upload.status) == (409, 409)
        assert origin.asked(other) == []


class TestWhatIsNotAsExpected:
    @pytest.mark.parametrize("name", DIGESTS)
    def test_digest_names_both_values_and_leaves_the_slot_empty(self, server, origin, path, name):
        wrong = hashlib.new(name, b"something else").hexdigest()

        answer = server.link(f"{path}/mirrors/eu", origin.serve(BODY), **{name: wrong})

        assert answer.status == 400
        assert wrong in answer.message
        assert DIGESTS[name] in answer.message
        assert mirrors(server, path) == {}
        assert server.ask("GET", f"{path}/mirrors/eu").status == 404

    @pytest.mark.parametrize("size", [len(BODY) - 1, len(BODY) + 1, 0])
    def test_size_names_both_values_and_leaves_the_slot_empty(self, server, origin, path, size):
        answer = server.link(f"{path}/mirrors/eu", origin.serve(BODY), size=size)

        assert answer.status == 400
        assert str(size) in answer.message
        assert str(len(BODY)) in answer.message
        assert mirrors(server, path) == {}

    def test_can_be_linked_rightly_at_once(self, server, origin, path):
        url = origin.serve(BODY)
        server.link(f"{path}/mirrors/eu", url, size=1)

        answer = server.link(f"{path}/mirrors/eu", url, size=len(BODY))

        assert answer.status == 200
        assert origin.asked(url) == ["GET", "GET"]

    def test_answer_of_the_origin_is_a_number_and_never_its_words(self, server, origin, path):
        url = origin.serve(b"a secret of the inside", status=404, headers={"X-Secret": "inside"})

        answer = server.link(f"{path}/mirrors/eu", url)

        assert answer.status == 400
        assert "404" in answer.message
        assert b"secret" not in answer.body
        assert mirrors(server, path) == {}

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"url": None},
            {"url": 7},
            {"url": ""},
            {"url": "http://127.0.0.2/", "md5": "no digest"},
            {"url": "http://127.0.0.2/", "size": -1},
            {"url": "http://127.0.0.2/", "size": "7"},
            {"url": "http://127.0.0.2/", "location_type": "sideways"},
            [],
        ],
        ids=str,
    )
    def test_document_is_refused(self, server, path, body):
        location = "application/vnd+openstack.glare-custom-location+json"

        answer = server.ask("PUT", f"{path}/mirrors/eu", json.dumps(body), Content_Type=location)

        assert answer.status == 400
        assert mirrors(server, path) == {}


class TestWhatIsCopied:
    def test_is_ours_and_survives_its_origin(self, server, origin, path):
        url = origin.serve(BODY)

        copied = server.link(f"{path}/image", url, location_type="internal", **DIGESTS)
        origin.pages[url.removeprefix(origin.url)].status = 410
        read = server.ask("GET", f"{path}/image")

        blob = copied.json["image"]
        assert copied.status == 200
        assert blob["external"] is False
        assert blob["url"] == f"{path}/image"
        assert blob["sha256"] == DIGESTS["sha256"]
        assert (read.status, read.body) == (200, BODY)
        assert origin.asked(url) == ["GET"]

    def test_must_be_as_expected_too_and_else_leaves_no_bytes(
        self, make_server, remote_options, origin
    ):
        server = make_server(config=remote_options).start()
        path = server.create()

        answer = server.link(
            f"{path}/image", origin.serve(BODY), location_type="internal", sha256="0" * 64
        )

        assert answer.status == 400
        assert DIGESTS["sha256"] in answer.message
        assert server.ask("GET", f"{path}/image").status == 404
        assert server.stored() == []


def spellings(port: int) -> list[str]:
    """127.0.0.1 and its like, in the ways that one reader or another understands."""
    hosts = (
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.000.000.001",
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "127.0.0.1.",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::1%25lo]",
        "user@127.0.0.1",
        "127.0.0.2@127.0.0.1",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "%31%32%37.0.0.1",
    )
    return [f"http://{host}:{port}/inside" for host in hosts]


class TestWhereNobodyMayGo:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_to_this_machine_is_refused_in_every_spelling(
        self, server, origin, bystander, path, status
    ):
        """D1: no packet reaches the target."""

        def link(numbered: tuple[int, str]) -> tuple[str, int]:
            number, target = numbered
            location = target.encode().decode("latin-1")
            url = origin.serve(status=status, headers={"Location": location})
            answer = server.link(f"{path}/mirrors/{number}", url)
            return target, answer.status if origin.asked(url) == ["GET"] else 0

        targets = spellings(bystander.port)
        with ThreadPoolExecutor(len(targets)) as pool:
            answers = dict(pool.map(link, enumerate(targets)))

        assert answers == dict.fromkeys(targets, 400)
        assert mirrors(server, path) == {}
        assert bystander.visitors() == 0

    def test_this_machine_is_refused_in_every_spelling(self, server, bystander, path):
        """D1, D2: names that resolve to it among them."""

        def link(numbered: tuple[int, str]) -> tuple[str, int]:
            number, target = numbered
            return target, server.link(f"{path}/mirrors/{number}", target).status

        targets = spellings(bystander.port)
        with ThreadPoolExecutor(len(targets)) as pool:
            answers = dict(pool.map(link, enumerate(targets)))

        assert answers == dict.fromkeys(targets, 400)
        assert mirrors(server, path) == {}
        assert bystander.visitors() == 0

    def test_a_copy_goes_nowhere_else_than_a_link(self, server, origin, bystander, path):
        """D3: every way to fetch goes through the one guard."""
        inside = f"http://127.0.0.1:{bystander.port}/"
        redirect = origin.serve(status=302, headers={"Location": inside})

        answers = [
            server.link(f"{path}/image", url, location_type="internal").status
            for url in (inside, redirect)
        ]

        assert answers == [400, 400]
        assert bystander.visitors() == 0

    @pytest.mark.parametrize(
        "url",
        [
            "file:///etc/passwd",
            "FILE:///etc/passwd",
            " file:///etc/passwd",
            "filesystem:///etc/passwd",
            "sql://root@localhost/artifacts",
            "swift+config://ref/container/object",
            "ftp://127.0.0.2/",
            "gopher://127.0.0.2/_",
            "data:,bytes",
            "http:/127.0.0.2/",
            "//127.0.0.2/",
            "/etc/passwd",
            "artifacts.db",
            "http://127.0.0.2:22/",
            "http://user:secret@127.0.0.2/",
            "http://127.0.0.2/\r\nX-Injected: yes",
            "http://127.0.0.2/\x00",
        ],
    )
    @pytest.mark.parametrize("kind", ["external", "internal"])
    def test_what_is_no_plain_web_address_is_refused(self, server, path, url, kind):
        """D11, D45: for everybody, admins included."""
        answer = server.link(f"{path}/mirrors/eu", url, location_type=kind)

        assert answer.status == 400
        assert answer.message.startswith("url: ")
        assert mirrors(server, path) == {}

    def test_a_loop_of_redirects_ends(self, server, origin, path):
        url = origin.serve(status=302)
        origin.pages[url.removeprefix(origin.url)].headers["Location"] = url

        answer = server.link(f"{path}/mirrors/eu", url)

        assert answer.status == 400
        assert 2 <= len(origin.asked(url)) <= 6

    def test_every_port_that_leads_nowhere_is_told_alike_and_in_the_same_time(
        self, server, bystander, closed_port, silent_port, path
    ):
        """D4: closed, silent and forbidden cannot be told apart."""
        urls = (
            f"http://127.0.0.2:{closed_port}/",
            f"http://127.0.0.2:{silent_port}/",
            f"http://localhost:{bystander.port}/",
            "http://no-such-name.invalid/",
            f"https://127.0.0.2:{closed_port}/",
        )

        def link(url: str) -> tuple[int, str, float]:
            begun = time.monotonic()
            answer = server.link(f"{path}/mirrors/{urls.index(url)}", url)
            return answer.status, answer.message, time.monotonic() - begun

        def quickest(url: str) -> tuple[int, str, float]:
            """Ask again where a machine that is busy may have been what took so long."""
            tried = [link(url)]
            while tried[-1][2] > 1.4 and len(tried) < 5:
                tried.append(link(url))
            return min(tried, key=lambda answer: answer[2])

        answers = [quickest(url) for url in urls]

        assert {(status, message) for status, message, _ in answers} == {(400, answers[0][1])}
        durations = [duration for _, _, duration in answers]
        assert min(durations) >= 1.0
        assert max(durations) - min(durations) < 0.5
        assert bystander.visitors() == 0

    def test_the_callers_credentials_go_to_no_origin(self, server, origin, path):
        """D46: not to the first one, and not across a redirect."""
        secrets = {
            "X-Auth-Token": "canary-token",
            "Authorization": "Bearer canary-bearer",
            "Cookie": "canary=cookie",
            "X-Service-Token": "canary-service",
        }
        final = origin.serve(BODY)
        url = origin.serve(status=302, headers={"Location": final})
        location = "application/vnd+openstack.glare-custom-location+json"
        before = len(origin.requests)

        answer = server.ask(
            "PUT",
            f"{path}/mirrors/eu",
            json.dumps({"url": url}),
            Content_Type=location,
            **secrets,
        )

        heard = origin.requests[before:]
        assert answer.status == 200
        assert [path for _, path, _ in heard] == [u.removeprefix(origin.url) for u in (url, final)]
        for _, _, headers in heard:
            assert "canary" not in str(headers)
            assert {name.lower() for name in headers} <= {
                "host",
                "user-agent",
                "accept",
                "accept-encoding",
                "connection",
            }

    def test_a_link_field_opens_no_connection(self, server, origin, bystander):
        """D29: neither when it is set nor when it is shown."""
        url = origin.serve(b"{}")
        path = server.create(
            "heat_templates", environments={"a": url, "b": f"http://127.0.0.1:{bystander.port}/"}
        )

        shown = server.ask("GET", path)
        server.ask("GET", "/artifacts/heat_templates")

        assert shown.json["environments"]["a"] == url
        assert origin.asked(url) == []
        assert bystander.visitors() == 0
