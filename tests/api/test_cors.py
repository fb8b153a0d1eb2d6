"""CORS: off unless pages of other origins are named, and never in the place of a token."""

import re
from pathlib import Path

import pytest

from artifacts import api, config, wsgi
from artifacts.config import cors
from artifacts.errors import Misconfigured

PATH = "/artifacts/samples"
PAGE = "https://console.example"
OTHERS = [
    "https://console.example.evil.example",
    "http://console.example",
    "https://console.example:444",
    "https://CONSOLE.example",
    "null",
    "",
]
ASKS = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-auth-token"}
# What browsers always let pages read, and what only browsers and caches read themselves.
SAFELISTED = {"Cache-Control", "Content-Length", "Content-Type"}
OF_BROWSERS = {"Vary", "Content-Security-Policy", "Cross-Origin-Resource-Policy"}
OF_BROWSERS |= {"Referrer-Policy", "X-Frame-Options", "X-Content-Type-Options"}


def told(answer):
    """The headers of CORS, by their names without what all begin with."""
    begin = "access-control-"
    named = {name.lower(): value for name, value in answer.headers.items()}
    return {name.removeprefix(begin): named[name] for name in named if name.startswith(begin)}


@pytest.fixture
def deployment(deploy):
    return deploy({"cors": {"allowed_origin": f"{PAGE}, https://other.example:8443"}})


@pytest.fixture
def stranger(deployment):
    """Somebody without a token."""
    return deployment.plain_client()


def preflight(client, origin=PAGE, path=PATH):
    return client.simulate_options(path, headers={"Origin": origin, **ASKS})


class TestOff:
    def test_no_answer_says_anything_of_origins(self, deploy):
        deployed = deploy()
        for answer in (
            deployed.client().simulate_get(PATH, headers={"Origin": "http://localhost"}),
            deployed.client().simulate_get(PATH),
            preflight(deployed.client(), "http://localhost"),
            preflight(deployed.plain_client(), "http://localhost"),
        ):
            assert told(answer) == {}
            assert "origin" not in answer.headers.get("Vary", "").lower()


class TestPreflight:
    def test_needs_no_token_and_says_what_a_page_may_send(self, stranger):
        for path in (PATH, f"{PATH}/x", f"{PATH}/x/blob", "/", "/nowhere"):
            answer = preflight(stranger, path=path)

            assert answer.status_code == 204
            assert told(answer)["allow-origin"] == PAGE
            assert told(answer)["allow-methods"] == "GET, HEAD, POST, PUT, PATCH, DELETE"
            assert "X-Auth-Token" in told(answer)["allow-headers"].split(", ")
            assert told(answer)["max-age"] == "3600"
            assert "allow-credentials" not in told(answer)
            assert "Origin" in answer.headers["Vary"]

    @pytest.mark.parametrize("origin", OTHERS)
    def test_of_another_page_says_nothing(self, stranger, origin):
        answer = preflight(stranger, origin)

        assert told(answer) == {}
        assert "Origin" in answer.headers["Vary"]

    def test_is_what_a_browser_asks_and_nothing_else(self, deployment, stranger):
        headers = {"Origin": PAGE}

        assert stranger.simulate_options(PATH, headers=headers).status_code == 401
        assert "GET" in deployment.client().simulate_options(PATH, headers=headers).headers["Allow"]

    def test_says_what_is_configured(self, deploy):
        options = {"allowed_origin": PAGE, "max_age": 60, "allow_methods": "GET"}
        options |= {"allow_headers": "X-Auth-Token", "allow_credentials": True}
        answer = preflight(deploy({"cors": options}).plain_client())

        assert told(answer)["allow-methods"] == "GET"
        assert told(answer)["allow-headers"] == "X-Auth-Token"
        assert told(answer)["max-age"] == "60"
        assert told(answer)["allow-credentials"] == "true"


class TestAnswers:
    def test_to_a_page_that_is_named_may_be_read_errors_too(
        self, deployment, stranger, filled, url
    ):
        client = deployment.client()
        for who, path, status in (
            (client, PATH, 200),
            (client, f"{url}/blob", 200),
            (client, f"{PATH}/nobody", 404),
            (client, f"{PATH}?nope=1", 400),
            (client, "/nowhere", 404),
            (stranger, PATH, 401),
            (client, "/healthcheck", 200),
        ):
            answer = who.simulate_get(path, headers={"Origin": PAGE})

            assert answer.status_code == status
            assert told(answer)["allow-origin"] == PAGE
            assert "Retry-After" in told(answer)["expose-headers"].split(", ")
            assert "Origin" in answer.headers["Vary"].split(", ")

    @pytest.mark.parametrize("origin", OTHERS)
    def test_to_others_may_not(self, deploy, origin):
        """Whatever the mode, a token is what counts; a browser alone asks for more."""
        deployed = deploy({"cors": {"allowed_origin": PAGE}})
        answer = deployed.client().simulate_get("/healthcheck", headers={"Origin": origin})

        assert told(answer) == {}
        assert "Origin" in answer.headers["Vary"]

    def test_to_no_page_at_all_differ_by_origin_too(self, deployment):
        """Else a cache would keep for pages what it got for a program."""
        answer = deployment.client().simulate_get(PATH)

        assert told(answer) == {}
        assert "Origin" in answer.headers["Vary"].split(", ")

    def test_fit_every_page_alike_where_every_page_may_ask(self, deploy):
        options = {"api": {"auth": "keystone"}, "cors": {"allowed_origin": "*"}}
        client = deploy(options).plain_client()
        refused = client.simulate_get(PATH, headers={"Origin": PAGE})

        assert told(preflight(client))["allow-origin"] == "*"
        assert (refused.status_code, told(refused)["allow-origin"]) == (401, "*")
        assert "Origin" not in refused.headers.get("Vary", "")


class TestWhereNobodyProvesWhoTheyAre:
    """Promise 8: a page in somebody's browser is not that somebody."""

    @pytest.mark.parametrize("auth", ["none", "headers"])
    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://192.0.2.1", "x"])
    def test_a_page_of_another_origin_is_refused(self, deploy, auth, origin):
        client = deploy({"api": {"auth": auth}}).client()
        answer = client.simulate_get(PATH, headers={"Origin": origin})

        assert answer.status_code == 403
        assert "Origin" in answer.json["error"]["message"]

    @pytest.mark.parametrize("origin", ["http://localhost:3000", "http://[::1]", PAGE])
    def test_one_of_this_machine_or_that_is_named_is_not(self, deploy, origin):
        client = deploy({"cors": {"allowed_origin": PAGE}}).client()

        assert client.simulate_get(PATH, headers={"Origin": origin}).status_code == 200

    def test_a_foreign_host_stays_refused_also_to_a_page_that_is_named(self, deployment):
        client = deployment.client()
        headers = {"Host": "evil.example", "Origin": PAGE}

        assert client.simulate_get(PATH, headers=headers).status_code == 403
        assert client.simulate_options(PATH, headers={**headers, **ASKS}).status_code == 403


class TestConfiguration:
    @pytest.fixture
    def load(self, tmp_path):
        def load(text):
            path = tmp_path / "artifacts.conf"
            path.write_text(text)
            return config.load([str(path)])

        return load

    @pytest.mark.parametrize(
        "value",
        [
            f"{PAGE}/",
            f"{PAGE}/page",
            "console.example",
            "https://Console.example",
            "https://*.example",
            "null",
            "file://",
            "https://a.example https://b.example",
        ],
    )
    def test_an_origin_that_no_browser_would_send_is_refused(self, load, value):
        with pytest.raises(Misconfigured, match="allowed_origin"):
            load(f"[cors]\nallowed_origin = {value}\n")

    @pytest.mark.parametrize("name", ["expose_headers", "allow_headers", "allow_methods"])
    def test_what_is_no_name_is_refused(self, load, name):
        with pytest.raises(Misconfigured, match=name):
            load(f"[cors]\n{name} = a: b\n")

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("[api]\nauth = keystone\n[cors]\nallow_credentials = true\n", "allow_credentials"),
            ("[api]\nauth = none\n[cors]\n", "auth = none"),
            ("[api]\nauth = headers\n[cors]\n", "auth = headers"),
        ],
    )
    def test_every_page_there_is_may_not_act_for_whoever_looks_at_it(self, load, text, sentence):
        with pytest.raises(Misconfigured, match=sentence):
            config.check_cors(load(f"{text}allowed_origin = *\n"))

    def test_that_is_told_at_the_start(self, load, tmp_path):
        conf = load(f"[DEFAULT]\ndata = {tmp_path}\n[api]\nauth = none\n[cors]\nallowed_origin = *")

        with pytest.raises(Misconfigured, match="every web page would be believed"):
            wsgi.make(conf)


def test_every_header_that_we_send_may_be_read():
    source = "".join(path.read_text() for path in Path(api.__file__).parent.rglob("*.py"))
    sent = set(re.findall(r'(?:set|append)_header\(\s*"([A-Za-z0-9-]+)"', source))
    sent |= {"ETag", "Location", "Allow", "Retry-After", "WWW-Authenticate"}
    sent -= {"X-Accel-Redirect"}  # which no client sees: it is for nginx in front
    (exposed,) = (each.default for each in cors.OPTIONS if each.name == "expose_headers")

    assert sent - SAFELISTED - OF_BROWSERS == set(exposed)
