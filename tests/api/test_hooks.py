"""Hooks as callers notice them: which run, in which order, and what comes of one that fails."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module

import pytest

from artifacts import errors

OCTETS = {"Content-Type": "application/octet-stream"}
LOCATION = {"Content-Type": "application/vnd+openstack.glare-custom-location+json"}
NEWEST = {"OpenStack-API-Version": "artifact 1.2"}
BASE = "/artifacts/hooked"


class Fault(Exception):
    """What no type means to raise."""


@pytest.fixture
def hooked():
    """The type, that nothing was called of, and that does nothing yet."""
    found = import_module("hooked_types").Hooked
    found.called.clear()
    found.does.clear()
    return found


@pytest.fixture(scope="module")
def origin():
    """The URL of a server that answers five bytes to everybody."""

    class Five(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"12345")

        def log_message(self, *args):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Five) as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/five"
        server.shutdown()


@pytest.fixture
def client(deploy, hooked, origin):
    port = origin.rpartition(":")[2].partition("/")[0]
    remote = {"allowed_networks": "127.0.0.0/8", "allowed_ports": port}
    modules = {"custom_artifact_types_modules": "hooked_types"}
    return deploy({"DEFAULT": modules, "remote": remote}).admin()


@pytest.fixture
def url(client, hooked):
    answer = client.simulate_post(BASE, json={"name": "a name"})
    hooked.called.clear()
    return f"{BASE}/{answer.json['id']}"


def names(hooked):
    return [called[0] for called in hooked.called]


def patch(client, url, headers, *values):
    steps = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in values]
    return client.simulate_patch(url, body=json.dumps(steps), headers=headers)


def upload(client, url, body=b"12345", path="blob"):
    return client.simulate_put(f"{url}/{path}", body=body, headers=OCTETS)


def link(client, url, origin, kind="external"):
    document = {"url": origin, "md5": None, "location_type": kind}
    return client.simulate_put(f"{url}/blob", body=json.dumps(document), headers=LOCATION)


def test_one_patch_that_does_all_calls_all_pairs_in_order(client, hooked, url, patch_headers):
    values = [
        ("description", "words"),
        ("status", "active"),
        ("status", "deactivated"),
        ("status", "active"),
        ("visibility", "public"),
    ]
    answer = patch(client, url, patch_headers, *values)

    assert answer.status_code == 200
    assert names(hooked) == [
        "before_change",
        "before_activate",
        "before_deactivate",
        "before_reactivate",
        "before_publish",
        "after_change",
        "after_activate",
        "after_deactivate",
        "after_reactivate",
        "after_publish",
    ]


def test_a_patch_that_changes_nothing_calls_nothing_behind_it(client, hooked, url, patch_headers):
    patch(client, url, patch_headers, ("description", ""))

    assert names(hooked) == ["before_change"]


def test_before_change_sees_the_patch_and_cannot_change_it(client, hooked, url, patch_headers):
    def meddle(self, operations):
        operations[0]["value"] = "by the hook"
        operations.clear()

    hooked.does["before_change"] = meddle
    answer = patch(client, url, patch_headers, ("text", "by the caller"))
    seen = hooked.called[0][1]

    assert answer.json["text"] == "by the caller"
    assert seen == []


def test_before_change_may_refuse_by_what_the_patch_says(client, hooked, url, patch_headers):
    def refuse(self, operations):
        if any(operation["path"] == "/text" for operation in operations):
            raise errors.Invalid("text: is set by nobody")

    hooked.does["before_change"] = refuse

    assert patch(client, url, patch_headers, ("text", "x")).status_code == 400
    assert patch(client, url, patch_headers, ("description", "x")).status_code == 200


def test_an_upload_a_download_and_its_removal_call_their_pairs(client, hooked, url):
    slot = ("blob", "")
    upload(client, url)
    client.simulate_get(f"{url}/blob")
    client.simulate_delete(f"{url}/blob", headers=NEWEST)

    assert names(hooked) == [
        f"{when}_{verb}"
        for verb in ("upload", "download", "unlink")
        for when in ("before", "after")
    ]
    assert {called[1] for called in hooked.called} == {slot}


def test_an_external_blob_calls_the_hooks_of_links_alone(client, hooked, url, origin):
    linked = link(client, url, origin)
    client.simulate_get(f"{url}/blob")
    client.simulate_delete(f"{url}/blob")

    assert linked.json["blob"]["external"]
    assert [called for called in hooked.called if called[0] == "before_link"] == [
        ("before_link", ("blob", ""), origin, False)
    ]
    assert names(hooked) == [
        "before_link",
        "after_link",
        "before_download",
        "before_unlink",
        "after_unlink",
    ]


def test_a_copy_calls_the_hooks_of_a_link_around_those_of_an_upload(client, hooked, url, origin):
    copied = link(client, url, origin, "internal")

    assert not copied.json["blob"]["external"]
    assert names(hooked) == ["before_link", "before_upload", "after_upload", "after_link"]
    assert hooked.called[0] == ("before_link", ("blob", ""), origin, True)


def test_who_may_not_do_it_meets_no_hook(client, hooked, url, origin):
    slot = f"{url}/blob"
    link(client, url, origin)
    hooked.called.clear()
    stranger = {"X-Project-Id": "elsewhere", "X-Roles": "member"}
    answers = [
        client.simulate_delete(slot, headers=stranger),
        client.simulate_get(slot, headers=stranger),
        client.simulate_put(slot, body=b"1", headers={**stranger, **OCTETS}),
        client.simulate_delete(url, headers=stranger),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert hooked.called == []


def raising(error):
    def fail(self, *told):
        raise error

    return fail


def do(client, url, origin, headers, verb):
    """Ask for what the hooks of *verb* are called by, on a draft with a blob."""
    match verb:
        case "create":
            return client.simulate_post(BASE, json={"name": "another"})
        case "change":
            return patch(client, url, headers, ("description", "x"))
        case "activate":
            return patch(client, url, headers, ("status", "active"))
        case "upload":
            return upload(client, url)
        case "link":
            return link(client, url.replace("/blob", ""), origin)
        case "download":
            return client.simulate_get(f"{url}/blob")
        case "unlink":
            return client.simulate_delete(f"{url}/blob", headers=NEWEST)
        case "delete":
            return client.simulate_delete(url)


VERBS = ["create", "change", "activate", "upload", "link", "download", "unlink", "delete"]


def prepare(client, url, verb):
    if verb in ("download", "unlink"):
        upload(client, url)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Invalid("no"), 400),
        (errors.Forbidden("no"), 403),
        (errors.NotFound("no"), 404),
        (errors.Conflict("no"), 409),
        (errors.TooLarge("no"), 413),
        (errors.StoreUnavailable("no"), 503),
    ],
)
def test_an_error_of_ours_in_a_hook_before_keeps_its_status(
    client, hooked, url, origin, patch_headers, verb, error, status
):
    prepare(client, url, verb)
    before = client.simulate_get(url).json
    hooked.does[f"before_{verb}"] = raising(error)

    assert do(client, url, origin, patch_headers, verb).status_code == status
    assert client.simulate_get(url).json == before


@pytest.mark.parametrize("verb", VERBS)
def test_any_other_error_in_a_hook_before_is_a_fault_that_is_logged(
    client, hooked, url, origin, patch_headers, verb, caplog
):
    """But of an upload the bytes are at fault: a parser has errors of its own."""
    prepare(client, url, verb)
    before = client.simulate_get(url).json
    hooked.does[f"before_{verb}"] = raising(Fault("the secret of the type"))
    answer = do(client, url, origin, patch_headers, verb)

    assert answer.status_code == (400 if verb == "upload" else 500)
    assert "secret" not in answer.text
    assert any(record.exc_info and record.exc_info[0] is Fault for record in caplog.records)
    assert client.simulate_get(url).json == before


def test_a_stream_that_fails_while_it_is_stored_is_the_bytes_fault_too(client, hooked, url):
    class Broken:
        def read(self, size=-1):
            raise Fault("half-way")

    hooked.does["before_upload"] = lambda self, slot, stream: Broken()
    answer = upload(client, url)

    assert answer.status_code == 400
    assert answer.json["error"]["message"] == "blob: the type hooked cannot read these bytes"
    assert client.simulate_get(url).json["blob"] is None


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("error", [Fault("the secret of the type"), errors.Invalid("too late")])
def test_a_hook_after_that_fails_neither_undoes_nor_hides_what_was_done(
    client, hooked, url, origin, patch_headers, verb, error, caplog
):
    prepare(client, url, verb)
    hooked.does[f"after_{verb}"] = raising(error)
    caplog.set_level(logging.ERROR)
    answer = do(client, url, origin, patch_headers, verb)

    assert answer.status_code == {"create": 201, "delete": 204}.get(verb, 200)
    assert f"after_{verb} failed" in caplog.text
    assert answer.content == b"12345" if verb == "download" else b"secret" not in answer.content


def test_after_a_failed_hook_the_others_still_hear(client, hooked, url, patch_headers):
    hooked.does["after_change"] = raising(Fault())
    patch(client, url, patch_headers, ("status", "active"))

    assert names(hooked)[-2:] == ["after_change", "after_activate"]


class TestFormatAll:
    """The output of the type `all`."""

    def shown(self, client, url):
        one = client.simulate_get(url.replace("hooked", "all"), headers=NEWEST)
        several = client.simulate_get("/artifacts/all", headers=NEWEST)

        assert (one.status_code, several.status_code) == (200, 200)
        assert several.json["artifacts"] == [one.json]
        return one.json

    def test_a_type_may_change_values_and_add_to_them(self, client, hooked, url):
        hooked.does["format_all"] = lambda self, document: {
            **document,
            "description": f"{self.name}, told by its type",
            "size": 5,
        }
        shown = self.shown(client, url)

        assert (shown["description"], shown["size"]) == ("a name, told by its type", 5)
        assert client.simulate_get(url).json["description"] == ""

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda self, document: None,
            lambda self, document: {},
            lambda self, document: [],
            lambda self, document: document | {"size": float("nan")},
            lambda self, document: document | {"size": object()},
            lambda self, document: document | {"id": 5},
            lambda self, document: document | {"status": "broken"},
            lambda self, document: document.pop("name") and document,
            raising(Fault("the secret of the type")),
            raising(errors.Forbidden("nobody may list it")),
        ],
    )
    def test_a_type_that_breaks_it_is_logged_and_has_no_say(
        self, client, hooked, url, wrong, caplog
    ):
        plain = self.shown(client, url)
        hooked.does["format_all"] = wrong

        assert self.shown(client, url) == plain
        assert "format_all failed" in caplog.text

    def test_its_schema_allows_for_what_types_add(self, client):
        told = client.simulate_get("/schemas/all", headers=NEWEST).json["schemas"]["all"]

        assert told["additionalProperties"] is True
