"""`/openapi.json` and `/docs`: the document says what is there, and the page all that it says."""

import re
from html.parser import HTMLParser
from typing import Literal

import falcon
import jsonschema
import pytest
from falcon import inspect
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from artifacts.api.artifacts import Item
from artifacts.api.openapi import words
from artifacts.api.openapi.document import build
from artifacts.api.openapi.filters import pattern
from artifacts.api.openapi.page import render
from artifacts.model import Artifact, field
from artifacts.model.every_type import EveryType

METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "trace"}
NOBODY = {"tokens": False, "anonymous": False}
NEWEST = {"OpenStack-API-Version": "artifact 1.2"}


@pytest.fixture
def described(client):
    return client.simulate_get("/openapi.json").json


def of_path(path):
    """Return a path of the document in the words of a route."""
    known = re.sub(r"^/artifacts/[^/]+", "/artifacts/{type_name}", path)
    own = r"^(/artifacts/\{type_name\}/\{id\}/)(?!(?:members|tags)(?:/|$)).+"
    return re.sub(own, r"\1{path:path}", known)


def test_the_document_is_valid_openapi_3_1(described):
    errors = list(OpenAPIV31SpecValidator(described).iter_errors())

    assert errors == []


def test_every_route_and_each_of_its_methods_is_described(deployment, described):
    served = {
        (route.path, method.method)
        for route in inspect.inspect_routes(deployment.wsgi)
        for method in route.methods
        if not method.internal and method.method.lower() in METHODS
    }
    told = {
        (of_path(path), method.upper())
        for path, item in described["paths"].items()
        for method in METHODS & item.keys()
    }

    assert served <= told
    assert {method for _, method in told - served} == {"OPTIONS"}


def test_a_route_that_nothing_describes_makes_no_document():
    class Novel:
        def on_get(self, req, resp):
            """Answer nothing."""

    with pytest.raises(LookupError, match="GET /novel"):
        build([("/novel", Novel())], [], **NOBODY)


def test_every_enabled_type_has_its_paths(described):
    paths = described["paths"]

    assert {"get", "post"} <= paths["/artifacts/samples"].keys()
    assert {"get", "patch", "delete"} <= paths["/artifacts/samples/{id}"].keys()
    assert {"get", "put", "delete"} <= paths["/artifacts/samples/{id}/blob"].keys()
    assert {"get", "put", "delete"} <= paths["/artifacts/samples/{id}/folder/{key}"].keys()
    assert "/artifacts/all" in paths


def test_every_operation_has_a_name_of_its_own(described):
    names = [
        item[method]["operationId"]
        for item in described["paths"].values()
        for method in METHODS & item.keys()
    ]

    assert len(names) == len(set(names))


def test_anybody_is_told_and_need_not_ask_again(deployment):
    anybody = deployment.plain_client()
    first = anybody.simulate_get("/openapi.json")
    again = anybody.simulate_get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})

    assert first.status == falcon.HTTP_200
    assert first.headers["Content-Type"] == "application/json"
    assert first.headers["Cache-Control"] == "no-cache"
    assert again.status == falcon.HTTP_304
    assert again.text == ""


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_a_body_is_refused_there_too(client, path):
    assert client.simulate_get(path, body="x").status == falcon.HTTP_400


def test_tokens_are_asked_for_where_keystone_is(deploy):
    told = build([], [], tokens=True, anonymous=False)
    also_without = build([], [], tokens=True, anonymous=True)
    nobody = deploy({"api": {"auth": "none"}}).plain_client().simulate_get("/openapi.json").json

    assert told["components"]["securitySchemes"]["token"]["name"] == "X-Auth-Token"
    assert told["security"] == [{"token": []}]
    assert also_without["security"] == [{"token": []}, {}]
    assert "security" not in nobody
    assert "securitySchemes" not in nobody["components"]


def test_an_artifact_is_as_its_schema_says(client, described, filled):
    answered = client.simulate_get(f"/artifacts/samples/{filled.id}", headers=NEWEST).json
    schema = described["components"]["schemas"]["samples"]

    jsonschema.validate(answered, schema, cls=Draft202012Validator)
    assert set(schema["required"]) == answered.keys()


def test_what_a_creator_may_not_give_is_not_in_the_schema_of_new_artifacts(described):
    new = described["components"]["schemas"]["samples-new"]["properties"]

    assert {"name", "version", "tags", "metadata", "string"} <= new.keys()
    assert not {"id", "owner", "status", "visibility", "created_at", "blob", "folder"} & new.keys()


def parts_of(told):
    """Return every object within a part of the document, that part too."""
    inner = told.values() if isinstance(told, dict) else told if isinstance(told, list) else []
    below = [part for each in inner for part in parts_of(each)]
    return [told, *below] if isinstance(told, dict) else below


def test_makers_of_clients_meet_no_default_that_they_cannot_write(described):
    """openapi-python-client leaves out what leads to one: creating, changing and showing."""
    schemas = parts_of(described["components"]["schemas"])

    assert [part for part in schemas if isinstance(part.get("default"), (list, dict))] == []


def test_what_sets_a_field_has_a_name_and_names_the_schema_of_an_object(described):
    """The same tool writes code that cannot be imported where an object stands in there."""
    schemas = described["components"]["schemas"]
    setting = {each["title"]: each for each in schemas["samples-patch"]["items"]["anyOf"][:-3]}
    name = "samples-field-metadata"

    assert {"samples set name", "samples set metadata"} <= setting.keys()
    value = setting["samples set metadata"]["properties"]["value"]
    assert value == {"$ref": f"#/components/schemas/{name}"}
    assert "object" in schemas[name]["type"]


def test_bytes_are_told_as_bytes_in_both_directions(described):
    slot = described["paths"]["/artifacts/samples/{id}/blob"]
    kind = {"schema": {"type": "string", "format": "binary"}}

    assert slot["put"]["requestBody"]["content"]["application/octet-stream"] == kind
    assert slot["get"]["responses"]["200"]["content"]["application/octet-stream"] == kind


def filters_of(known):
    return [field for field in known.fields.values() if field.filters]


@pytest.mark.parametrize("field", filters_of(EveryType), ids=lambda field: field.name)
def test_every_filter_is_a_parameter_with_a_pattern(described, field):
    names = {
        each["$ref"].rpartition("/")[2]
        for each in described["paths"]["/artifacts/all"]["get"]["parameters"]
    }
    parameter = (
        described["components"]["parameters"].get(field.name)
        or (described["components"]["parameters"][f"all-{field.name}"])
    )

    assert {field.name, f"all-{field.name}"} & names
    assert parameter["schema"]["pattern"] == pattern(field)


@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [
        ("name", ["x", "or:x", "eq:x", "and:neq:x", "in:x,y", "like:x%"], ["", "a:b", "gt:x"]),
        ("status", ["active", "in:active,drafted"], ["bogus", "like:active"]),
        ("version", ["1.2.3", "gte:1.0.0", "latest"], ["x", "like:1.0.0", "and:latest"]),
        ("created_at", ["gt:2026-01-31T12:00:00Z"], ["2026-01-31T12:00:00Z", "gt:today"]),
    ],
)
def test_patterns_of_filters_tell_what_is_taken(client, name, taken, refused):
    known = re.compile(pattern(EveryType.fields[name]))

    for value in taken:
        assert known.search(value), value
        answer = client.simulate_get("/artifacts/all", params={name: value}, params_csv=False)
        assert answer.status == falcon.HTTP_200, value
    for value in refused:
        assert not known.search(value), value
        answer = client.simulate_get("/artifacts/all", params={name: value}, params_csv=False)
        assert answer.status == falcon.HTTP_400, value


class Seen(HTMLParser):
    """What a page is made of."""

    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.addresses = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        given = dict(attrs)
        self.ids |= {given["id"]} if "id" in given else set()
        self.addresses += [given[name] for name in ("href", "src", "action") if name in given]


@pytest.fixture
def page(client):
    return client.simulate_get("/docs")


@pytest.fixture
def seen(page):
    found = Seen()
    found.feed(page.text)
    return found


def test_the_page_tells_of_every_operation_and_schema(described, seen):
    operations = {
        item[method]["operationId"]
        for item in described["paths"].values()
        for method in METHODS & item.keys()
    }
    schemas = {f"schema-{name}" for name in described["components"]["schemas"]}

    assert operations | schemas <= seen.ids


def test_the_page_asks_for_nothing_else_and_runs_nothing(page, seen):
    policy = page.headers["Content-Security-Policy"]

    assert page.status == falcon.HTTP_200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not seen.tags & {"script", "link", "img", "iframe", "form", "object"}
    assert {each for each in seen.addresses if not each.startswith("#")} == {"openapi.json"}
    assert {each[1:] for each in seen.addresses if each.startswith("#")} <= seen.ids


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "integer", "minimum": 0}, "integer, at least 0"),
        ({"type": "boolean", "default": False}, "boolean, by default <code>false</code>"),
        ({"type": "string", "default": ""}, "string, by default <code>&quot;&quot;</code>"),
        ({"type": "array", "uniqueItems": False, "default": None}, "array"),
        ({"type": "string", "pattern": "^x$"}, "string, like <code>^x$</code>"),
        ({"type": "string", "pattern": "x" * 200}, "string"),
        (
            {"enum": ["a", True, None]},
            "one of <code>a</code>, <code>true</code>, <code>null</code>",
        ),
    ],
)
def test_the_page_says_what_a_schema_asks_for(schema, said):
    assert words.of(schema) == said


def test_a_list_tells_what_it_sorts_by(described):
    sort = described["components"]["parameters"]["samples-sort"]["description"]

    assert ", number, " in sort
    assert "words" not in sort


def test_what_a_type_says_of_itself_is_no_markup_of_the_page():
    class Hostile(Artifact):
        """A type whose author, or whose choices, say markup."""

        type_name = "hostile"
        said: Literal["<b>", "&"] | None = field("<script>`alert(1)`</script>")

    told = build([("/artifacts/{type_name}/{id}", Item(None))], [Hostile], **NOBODY)

    shown = render(told)

    assert "<script>" not in shown
    assert "&lt;script&gt;<code>alert(1)</code>&lt;/script&gt;" in shown
    assert "<code>&lt;b&gt;</code>" in shown
