"""What a hostile service, or a name that a stranger gave, can do to whoever runs the commands."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

ID = "11111111-1111-4111-8111-111111111111"
STEERING = "\x1b]0;title\x07\x1b[31m\x9b31m\x7f\u202e\u2028\U000e0001"
BLOB = {"size": 3, "external": False, "url": "x", "sha256": "00" * 32}


@pytest.fixture
def hostile(environment) -> Iterator[Callable[..., None]]:
    """Give every request the same answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing among the tests' own words."""

    status, body = 200, b""

    def answer(document: object, code: int = 200) -> None:
        nonlocal status, body
        status = code
        is_text = isinstance(document, bytes)
        body = document if is_text else json.dumps(document, ensure_ascii=False).encode()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    environment["ARTIFACTS_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield answer
    server.shutdown()
    thread.join()
    server.server_close()


def steers(text: str) -> bool:
    return not text.replace("\n", "").isprintable()


def test_a_servers_error_does_not_steer_the_terminal(run, hostile):
    hostile({"error": {"message": f"no {STEERING}", "type": "x"}}, 403)

    code, out, error = run("show", "images", ID)

    assert (code, out) == (1, "")
    assert error.startswith("artifacts: no \\x1b]0;title\\x07")
    assert not steers(error)


def test_names_of_fields_and_keys_do_not_steer_the_terminal(run, hostile):
    hostile({"id": ID, STEERING: 1, "folder": {STEERING: STEERING}, "tags": [STEERING]})

    code, out, error = run("show", "images", ID)

    assert (code, error) == (0, "")
    assert "\\x1b]0;title" in out
    assert not steers(out)


def test_json_escapes_what_steers_the_terminal_and_stays_the_same_json(run, hostile):
    document = {"id": ID, "name": STEERING, STEERING: ["ü", "\n"]}
    hostile(document)

    _, out, _ = run("show", "images", ID, "--json")

    assert json.loads(out) == document
    assert "\\u202e" in out
    assert "ü" in out
    assert not steers(out)


def test_json_carries_half_a_surrogate_pair(run, hostile):
    hostile(b'{"name": "\\ud800"}')

    code, out, _ = run("show", "images", ID, "--json")

    assert code == 0
    assert json.loads(out) == {"name": "\ud800"}


@pytest.mark.parametrize("argument", [STEERING, f"--{STEERING}"])
def test_a_wrong_argument_does_not_steer_the_terminal(run, argument):
    code, _, error = run("show", "images", "debian", argument)

    assert code == 2
    assert not steers(error)


@pytest.mark.parametrize(
    ("arguments", "document"),
    [
        (["show", "images", ID], b"[" * 100_000 + b"]" * 100_000),
        (["show", "images", "debian"], {"artifacts": [{"version": "1.0.0"}]}),
        (["list", "images"], {"artifacts": [None]}),
        (["list", "images"], {"artifacts": [{"id": 1}], "next": 5}),
        (["types"], {"schemas": {"images": 1}}),
        (["schema", "images"], {"schemas": {"images": 1}}),
        (["schema", "images"], {"schemas": {"images": {"properties": {"a": None}}}}),
        (["create", "images", "x", "a=b"], {"schemas": {"images": {"properties": []}}}),
        (["download", "images", ID, "image"], {"id": ID}),
        (["download", "images", ID, "image"], {"id": ID, "name": 5}),
        (["download", "images", ID, "image", "-o", "copy"], {"id": ID, "image": "text"}),
    ],
)
def test_an_answer_that_makes_no_sense_is_one_sentence(run, hostile, arguments, document):
    hostile(document)

    code, out, error = run(*arguments)

    assert (code, out) == (1, "")
    assert error.startswith("artifacts: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize("options", [["--json"], []])
@pytest.mark.parametrize("depth", [940, 955, 970, 985])
def test_an_answer_that_can_just_be_read_is_shown_or_is_one_sentence(run, hostile, depth, options):
    hostile(b'{"a":' * depth + b"1" + b"}" * depth)

    code, _, error = run("show", "images", ID, *options)

    assert (code, error.count("\n")) in ((0, 0), (1, 1))


@pytest.mark.parametrize(
    ("arguments", "document"),
    [
        (["show", "images", ID], {}),
        (["show", "images", ID], {"image": {"size": 10**400, "external": False}}),
        (["show", "images", ID], {"image": {"size": "x", "external": True}}),
        (["show", "images", ID], {"image": {"size": 5, "external": True}}),
        (["types"], {"schemas": {"images": {}}}),
        (
            ["schema", "images"],
            {
                "schemas": {
                    "images": {
                        "required": 5,
                        "properties": {"a": {"type": 5, "enum": 5, "description": 5}},
                    }
                }
            },
        ),
    ],
)
def test_an_answer_with_strange_parts_is_shown_as_it_is(run, hostile, arguments, document):
    hostile(document)

    code, _, error = run(*arguments)

    assert (code, error) == (0, "")


def test_a_link_to_nothing_counts_as_a_file_that_is_there(run, hostile, tmp_path):
    (tmp_path / "here" / "debian").symlink_to("nothing")
    hostile({"id": ID, "name": "debian", "image": BLOB})

    code, _, error = run("download", "images", ID, "image")

    assert code == 1
    assert error.startswith("artifacts: debian exists; ")
