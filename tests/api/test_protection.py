"""Protected fields, as callers meet them: those of a type, and those of an operator's file."""

import json
import uuid

import pytest

PATCH = {"Content-Type": "application/json-patch+json"}
STRICT = {"OpenStack-API-Version": "artifact 1.2"}
PROTECTED = """
[samples/number]
read = keeper
[samples/ratio]
write = keeper
[samples/labels/billing_*]
read = keeper
[samples/labels/fixed_*]
write = keeper
[samples/folder/fixed_*]
write = keeper
[samples/folder/hidden_*]
read = keeper
[samples/loose]
write = keeper
[samples/words]
read = rule:admin_or_owner
[samples/metadata/mine*]
read = rule:admin_or_owner
[guarded/halves/unseen]
read = keeper
[*/tags]
write = keeper
"""


OPTIONS = {
    "DEFAULT": {
        "custom_artifact_types_modules": "protected_types, sample_types",
        "allow_anonymous_access": True,
    },
    "protection": {"file": "protection.conf"},
}


@pytest.fixture(scope="module")
def deployment(deploy_in, tmp_path_factory):
    folder = tmp_path_factory.mktemp("protection")
    (folder / "protection.conf").write_text(PROTECTED)
    return deploy_in(folder, OPTIONS)


@pytest.fixture
def project():
    """A project of each test's own."""
    return uuid.uuid4().hex


@pytest.fixture
def client(deployment, project):
    return deployment.client(project)


@pytest.fixture
def keeper(deployment, project):
    return deployment.client(project, roles="member,keeper")


@pytest.fixture
def admin(deployment, project):
    return deployment.client(project, roles="admin")


def create(client, of="samples", **values):
    return client.simulate_post(f"/artifacts/{of}", json={"name": "name", **values})


def made(client, of="samples", **values):
    answer = create(client, of, **values)
    assert answer.status_code == 201, answer.text
    return f"/artifacts/{of}/{answer.json['id']}"


def change(client, url, *operations, **values):
    steps = [{"op": "replace", "path": f"/{name}", "value": each} for name, each in values.items()]
    return client.simulate_patch(url, body=json.dumps([*operations, *steps]), headers=PATCH)


def show(client, url):
    return client.simulate_get(url).json


def find(client, query, of="samples"):
    return client.simulate_get(f"/artifacts/{of}", query_string=query, headers=STRICT)


def names(client, query, of="samples"):
    """Return what is found but what others have published."""
    answer = find(client, query, of)
    assert answer.status_code == 200, answer.text
    found = answer.json["artifacts"]
    return [each["name"] for each in found if each["visibility"] == "private"]


def schema(client, of, headers=None):
    return client.simulate_get(f"/schemas/{of}", headers=headers).json["schemas"][of]


def refused(answer, place):
    assert (answer.status_code, answer.json["error"]["type"]) == (403, "PolicyException")
    assert answer.json["error"]["message"].startswith(f"{place}: is protected")


def unknown(answer, name, of="samples"):
    """Whether it is what is answered about a field that does not exist."""
    told = answer.json["error"]
    assert (answer.status_code, told["type"]) == (400, "BadRequest")
    assert told["message"] == f"there is no field {name} in {of}"


@pytest.mark.parametrize(
    ("of", "hidden", "value"), [("guarded", "secret", "x"), ("samples", "number", 7)]
)
class TestHidden:
    """A field that its type keeps, and one that an operator does."""

    def test_is_in_the_answers_of_who_may_read_it(self, keeper, of, hidden, value):
        url = made(keeper, of, **{hidden: value})

        assert show(keeper, url)[hidden] == value
        assert names(keeper, f"{hidden}={value}&sort={hidden}", of) == ["name"]
        assert find(keeper, "", of).json["artifacts"][0][hidden] == value

    def test_is_in_no_answer_to_others(self, client, keeper, of, hidden, value):
        url = made(keeper, of, **{hidden: value})

        assert hidden not in show(client, url)
        assert hidden not in find(client, "", of).json["artifacts"][0]
        assert hidden not in change(client, url, description="other").json
        assert hidden not in create(client, of, name="another").json

    def test_is_searched_as_if_there_were_no_such_field(self, client, of, hidden, value):
        nothing = find(client, "sort=nothing", of)

        unknown(find(client, f"{hidden}={value}", of), hidden, of)
        unknown(find(client, f"{hidden}=or:{value}", of), hidden, of)
        unknown(find(client, f"{hidden}=no", of), hidden, of)
        assert find(client, f"sort={hidden}", of).json == nothing.json
        assert hidden not in nothing.text

    def test_is_set_as_if_there_were_no_such_field(self, client, keeper, of, hidden, value):
        url = made(keeper, of, **{hidden: value})

        unknown(create(client, of, **{hidden: value}), hidden, of)
        unknown(create(client, of, **{hidden: []}), hidden, of)
        unknown(change(client, url, **{hidden: value}), hidden, of)
        unknown(
            change(client, url, {"op": "test", "path": f"/{hidden}", "value": value}), hidden, of
        )
        assert show(keeper, url)[hidden] == value

    @pytest.mark.parametrize("headers", [{}, STRICT])
    def test_is_in_no_schema_for_others(self, client, keeper, of, hidden, value, headers):
        assert hidden in schema(keeper, of, headers)["properties"]
        assert hidden not in schema(client, of, headers)["properties"]

    def test_is_in_no_description_of_the_api(self, keeper, of, hidden, value):
        described = keeper.simulate_get("/openapi.json").json
        artifact = described["components"]["schemas"][of]

        assert "name" in artifact["properties"]
        assert hidden not in artifact["properties"].keys() | set(artifact["required"])
        assert hidden not in described["components"]["schemas"][f"{of}-new"]["properties"]
        assert artifact["additionalProperties"] is True


def test_an_admin_sees_and_sets_all_of_it(admin):
    url = made(admin, "guarded", secret="x", stamp="y", labels={"billing_a": "z"})

    assert show(admin, url)["secret"] == "x"
    assert change(admin, url, secret="other", stamp="other").json["stamp"] == "other"


def test_who_has_no_role_and_no_project_sees_none_of_it(deployment, keeper, admin, project):
    url = made(keeper, "guarded", name=project, secret="x", own="y", open="z")
    change(keeper, url, status="active")
    change(admin, url, visibility="public")

    seen = deployment.plain_client().simulate_get(url).json

    assert seen["open"] == "z"
    assert not {"secret", "own"} & seen.keys()


@pytest.mark.parametrize(
    ("of", "fixed", "value"), [("guarded", "stamp", "x"), ("samples", "ratio", 0.5)]
)
class TestFixed:
    """A field that may be read, and set by some alone."""

    def test_is_seen_and_searched_by_all(self, client, keeper, of, fixed, value):
        url = made(keeper, of, **{fixed: value})

        assert show(client, url)[fixed] == value
        assert names(client, f"{fixed}={value}&sort={fixed}", of) == ["name"]

    def test_is_set_by_who_may(self, client, keeper, of, fixed, value):
        url = made(client, of)

        assert change(keeper, url, **{fixed: value}).json[fixed] == value

    def test_is_refused_to_others(self, client, keeper, of, fixed, value):
        url = made(keeper, of, **{fixed: value})

        refused(create(client, of, **{fixed: value}), fixed)
        refused(create(client, of, **{fixed: None}), fixed)
        refused(change(client, url, description="other", **{fixed: value}), fixed)
        refused(change(client, url, **{fixed: None}), fixed)
        refused(change(client, url, {"op": "copy", "from": "/name", "path": f"/{fixed}"}), fixed)
        assert show(keeper, url)["description"] == ""

    @pytest.mark.parametrize("headers", [{}, STRICT])
    def test_is_read_only_in_the_schema_for_others(self, client, keeper, of, fixed, value, headers):
        assert "readOnly" not in schema(keeper, of, headers)["properties"][fixed]
        assert schema(client, of, headers)["properties"][fixed]["readOnly"] is True


class TestKeys:
    """Keys of a dict, by a pattern."""

    def test_that_are_hidden_are_in_no_answer_to_others(self, client, keeper):
        url = made(keeper, labels={"billing_code": "x", "a": "b"})

        assert show(client, url)["labels"] == {"a": "b"}
        assert show(keeper, url)["labels"] == {"billing_code": "x", "a": "b"}
        assert change(client, url, string="s").json["labels"] == {"a": "b"}

    def test_that_are_hidden_are_never_found_by_others(self, client, keeper):
        made(keeper, labels={"billing_code": "x", "a": "b"})
        hidden = ["labels=billing_code", "labels.billing_code=x", "labels.billing_code=neq:y"]
        hidden += ["labels=in:billing_code,billing_b", "labels.billing_code=or:x"]

        for query in hidden:
            assert names(keeper, query) == ["name"]
            assert names(client, query) == []
            assert find(client, f"{query}&limit=0&with_count=true").json["total_count"] == 0
        assert names(client, "labels=in:billing_code,a") == ["name"]
        assert names(client, "labels.a=or:b&labels.billing_code=or:y") == ["name"]

    def test_that_are_hidden_stay_when_others_replace_the_rest(self, client, keeper):
        url = made(keeper, labels={"billing_code": "x", "a": "b"})

        assert change(client, url, labels={"c": "d"}).json["labels"] == {"c": "d"}
        assert show(keeper, url)["labels"] == {"billing_code": "x", "c": "d"}
        assert change(client, url, labels=None).json["labels"] == {}
        assert show(keeper, url)["labels"] == {"billing_code": "x"}

    @pytest.mark.parametrize("key", ["billing_code", "fixed_code"])
    def test_are_not_set_by_others(self, client, keeper, key):
        url = made(keeper, labels={key: "x", "a": "b"})

        refused(create(client, labels={key: "x"}), f"labels/{key}")
        refused(change(client, url, labels={"a": "b", key: "y"}), f"labels/{key}")
        add = {"op": "add", "path": f"/labels/{key}", "value": "y"}
        refused(change(client, url, add), f"labels/{key}")
        assert show(keeper, url)["labels"] == {key: "x", "a": "b"}

    def test_that_are_fixed_are_seen_and_kept(self, client, keeper):
        url = made(keeper, labels={"fixed_code": "x", "a": "b"})

        assert show(client, url)["labels"]["fixed_code"] == "x"
        assert names(client, "labels.fixed_code=x") == ["name"]
        assert change(client, url, labels={"fixed_code": "x"}).status_code == 200
        refused(change(client, url, labels={}), "labels/fixed_code")

    def test_that_are_hidden_are_in_no_schema_for_others(self, client, keeper):
        def told(anybody):
            return schema(anybody, "guarded", STRICT)["properties"]["halves"]["properties"].keys()

        assert told(keeper) == {"seen", "unseen"}
        assert told(client) == {"seen"}
        assert '"unseen"' not in client.simulate_get("/openapi.json").text

    def test_of_no_text_are_refused_as_ever(self, client):
        for key in ("billing_\x00", "billing_\ud800"):
            body = json.dumps({"name": "name", "labels": {key: "x"}})
            answer = client.simulate_post(
                "/artifacts/samples", body=body, headers={"Content-Type": "application/json"}
            )

            assert answer.status_code == 400


class TestBlobs:
    """Blob fields, and folders by the pattern of a key."""

    @pytest.fixture
    def url(self, keeper):
        url = made(keeper, "guarded")
        for path in ("vault", "seal"):
            assert keeper.simulate_put(f"{url}/{path}", body=b"kept").status_code == 200
        return url

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
    def test_that_are_hidden_are_no_slots_to_others(self, client, url, method):
        body = b"other" if method == "PUT" else None
        hidden = client.simulate_request(method, f"{url}/vault", body=body)
        nothing = client.simulate_request(method, f"{url}/nothing", body=body)

        assert hidden.status_code == nothing.status_code == 400
        assert hidden.text.replace("vault", "nothing") == nothing.text

    def test_that_are_hidden_are_read_by_who_may(self, keeper, url):
        assert keeper.simulate_get(f"{url}/vault").content == b"kept"
        assert keeper.simulate_delete(f"{url}/vault", headers=STRICT).json["vault"] is None

    def test_that_are_fixed_are_read_and_not_filled_or_emptied(self, client, url):
        link = {"Content-Type": "application/vnd+openstack.glare-custom-location+json"}

        assert client.simulate_get(f"{url}/seal").content == b"kept"
        refused(client.simulate_put(f"{url}/seal", body=b"other"), "seal")
        given = json.dumps({"url": "http://example.org/"})
        refused(client.simulate_put(f"{url}/seal", body=given, headers=link), "seal")
        refused(client.simulate_delete(f"{url}/seal", headers=STRICT), "seal")

    def test_are_protected_in_folders_by_key(self, client, keeper):
        url = made(keeper)
        for key in ("fixed_a", "hidden_a", "open"):
            assert keeper.simulate_put(f"{url}/folder/{key}", body=b"kept").status_code == 200

        assert show(client, url)["folder"].keys() == {"fixed_a", "open"}
        assert client.simulate_get(f"{url}/folder/fixed_a").content == b"kept"
        for key in ("hidden_a", "hidden_b"):  # one is there, the other is not
            assert client.simulate_get(f"{url}/folder/{key}").status_code == 404
            assert client.simulate_delete(f"{url}/folder/{key}").status_code == 404
            refused(client.simulate_put(f"{url}/folder/{key}", body=b"x"), f"folder/{key}")
        refused(client.simulate_put(f"{url}/folder/fixed_a", body=b"x"), "folder/fixed_a")
        refused(client.simulate_delete(f"{url}/folder/fixed_a", headers=STRICT), "folder/fixed_a")
        assert client.simulate_put(f"{url}/folder/open", body=b"other").status_code == 200

    def test_that_an_operator_keeps_are_not_filled(self, client, keeper):
        url = made(client)

        refused(client.simulate_put(f"{url}/loose", body=b"other"), "loose")
        assert keeper.simulate_put(f"{url}/loose", body=b"other").status_code == 200


class TestOfTheOwner:
    """A rule that asks for the artifact: who sees a field of one does not of another."""

    @pytest.fixture
    def url(self, keeper, admin, project):
        url = made(keeper, "guarded", name=project, own="mine", open="seen")
        change(keeper, url, status="active")
        assert change(admin, url, visibility="public").status_code == 200
        return url

    @pytest.fixture
    def stranger(self, deployment):
        return deployment.client(uuid.uuid4().hex)

    def test_the_owner_sees_it_and_others_do_not(self, client, stranger, url):
        assert show(client, url)["own"] == "mine"
        assert find(client, "", "guarded").json["artifacts"][0]["own"] == "mine"
        assert "own" not in show(stranger, url)
        assert "own" not in find(stranger, "", "guarded").json["artifacts"][0]

    def test_nobody_but_an_admin_searches_by_it(self, admin, client, stranger, url):
        assert show(admin, url) in find(admin, "own=mine&sort=own", "guarded").json["artifacts"]
        for each in (client, stranger):
            for query in ("own=mine", "own=other", "sort=own"):
                answer = find(each, query, "guarded")
                assert answer.status_code == 400
                assert "own: cannot be filtered" in answer.text or query == "sort=own"

    def test_a_key_of_it_is_not_searched_either(self, client, stranger):
        made(client, metadata={"mine": "x"})

        for query in ("metadata.mine=x", "metadata=mine", "metadata=in:a,mine", "words=x"):
            for each in (client, stranger):
                assert find(each, query).status_code == 400
        assert names(client, "metadata=in:a,b") == []

    def test_a_list_of_all_types_is_not_searched_by_what_one_of_them_keeps(self, client):
        made(client, metadata={"mine": "x"})

        assert find(client, "metadata.mine=x", "all").status_code == 400
        assert names(client, "metadata.other=x", "all") == []

    def test_the_schema_tells_it_without_filters(self, client):
        told = schema(client, "guarded", STRICT)["properties"]["own"]

        assert told["filter_ops"] == []
        assert "sortable" not in told

    def test_who_creates_one_owns_it(self, client, stranger):
        assert create(stranger, "guarded", own="theirs").json["own"] == "theirs"


def test_what_lacks_to_activate_is_told_without_its_name(client, keeper):
    url = made(client, "wanting", also="x")

    answer = change(client, url, status="active")

    assert answer.status_code == 403
    assert "a field that is hidden from the caller: must be set" in answer.text
    assert "needed: must be set" in change(keeper, url, status="active").text
    assert change(keeper, url, needed="x", status="active").status_code == 200


def test_what_a_type_sets_is_no_write_of_the_caller(client):
    url = made(client, "sealing")

    answer = client.simulate_put(f"{url}/body", body=b"bytes")

    assert answer.json["mark"] == "made"
    assert answer.json["copy"]["size"] == 5
    refused(client.simulate_put(f"{url}/copy", body=b"other"), "copy")


def test_a_hidden_link_of_the_type_is_not_the_caller_s_to_see(client, keeper, admin, deployment):
    """What somebody else linked to stays when who does not see that artifact changes others."""
    there = made(deployment.client(uuid.uuid4().hex))
    url = made(client, "guarded", open="x")
    assert change(admin, url, source=there).status_code == 200

    assert change(client, url, open="y").status_code == 200
    assert show(keeper, url)["source"] == there


def test_tags_are_written_by_who_may(client, keeper):
    url = made(client)

    refused(client.simulate_put(f"{url}/tags/a", headers=STRICT), "tags")
    refused(client.simulate_put(f"{url}/tags", json={"tags": ["a"]}, headers=STRICT), "tags")
    refused(create(client, tags=["a"], name="other"), "tags")
    assert keeper.simulate_put(f"{url}/tags/a", headers=STRICT).status_code == 201
    refused(client.simulate_delete(f"{url}/tags/a", headers=STRICT), "tags")
    assert show(client, url)["tags"] == ["a"]


def test_the_description_of_the_api_is_made_again_when_a_protection_is(
    deploy, tmp_path, monkeypatch
):
    monkeypatch.setattr("artifacts.policy.policy.PAUSE", 0.0)
    (tmp_path / "protection.conf").write_text("[samples/number]\nread = keeper")
    anybody = deploy({"protection": {"file": "protection.conf"}}).plain_client()

    def told():
        described = anybody.simulate_get("/openapi.json").json["components"]["schemas"]
        return {"number", "string"} & described["samples"]["properties"].keys()

    assert told() == {"string"}
    (tmp_path / "protection.conf").write_text("[samples/string]\nread = keeper")
    assert told() == {"number"}
