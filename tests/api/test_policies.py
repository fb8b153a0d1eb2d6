"""Policy files as callers meet them: other admins, other rights, and what a rule may ask."""

import json

import pytest

PATCH = {"Content-Type": "application/json-patch+json"}


@pytest.fixture
def ruled(deploy, tmp_path):
    """Start a process that has these rules in the place of its own."""

    def start(rules):
        (tmp_path / "policy.yaml").write_text(json.dumps(rules))
        return deploy()

    return start


def create(client, name="name", type_name="samples", **more):
    return client.simulate_post(f"/artifacts/{type_name}", json={"name": name, **more})


def patch(client, url, *pairs):
    steps = [{"op": "replace", "path": f"/{field}", "value": value} for field, value in pairs]
    return client.simulate_patch(url, body=json.dumps(steps), headers=PATCH)


def url_of(answer):
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def listed(client, of="samples"):
    return {each["name"] for each in client.simulate_get(f"/artifacts/{of}").json["artifacts"]}


def test_who_is_an_admin_is_for_a_rule_to_say_everywhere(ruled):
    """In lists, in what is there at all, in the hard rule of writing, and in other rules."""
    deployment = ruled({"context_is_admin": "role:boss"})
    owner, former = deployment.client(), deployment.admin()
    boss = deployment.client("bosses", roles="Boss")
    url = url_of(create(owner))
    owner.simulate_put(f"{url}/blob", body=b"bytes")

    assert listed(former) == set()
    assert former.simulate_get(url).status_code == 404
    assert former.simulate_get(f"{url}/blob").status_code == 404
    assert former.simulate_delete(url).status_code == 404
    assert former.simulate_get("/quotas").status_code == 403
    assert listed(boss) == {"name"}
    assert boss.simulate_get(f"{url}/blob").content == b"bytes"
    assert patch(boss, url, ("status", "active"), ("visibility", "public")).status_code == 200
    assert patch(former, url, ("string", "x")).status_code == 403
    assert patch(owner, url, ("string", "x")).status_code == 403
    assert boss.simulate_delete(url).status_code == 204


def test_the_example_of_the_page_does_what_it_says(ruled):
    deployment = ruled(
        {
            "context_is_admin": "role:admin or role:artifact_admin",
            "artifact:publish": "rule:context_is_admin",
            "artifact:deactivate": "rule:admin_or_owner and role:member",
            "artifact:list_all_artifacts": "rule:context_is_admin or role:auditor",
            "artifact:get_any_artifact": "rule:context_is_admin or role:auditor",
        }
    )
    member, guest = deployment.client(), deployment.client(roles="guest")
    auditor = deployment.client("auditors", roles="auditor")
    url = url_of(create(member))
    member.simulate_put(f"{url}/blob", body=b"bytes")

    assert patch(guest, url, ("status", "active")).status_code == 200
    assert patch(guest, url, ("status", "deactivated")).status_code == 403
    assert patch(member, url, ("visibility", "public")).status_code == 403
    assert patch(member, url, ("status", "deactivated")).status_code == 200
    assert listed(auditor) == listed(auditor, "all") == {"name"}
    assert auditor.simulate_get(url).status_code == 200
    assert auditor.simulate_get(f"{url}/blob").status_code == 404
    assert patch(auditor, url, ("string", "x")).status_code == 403
    assert auditor.simulate_delete(url).status_code == 403
    assert listed(deployment.client("any", roles="artifact_admin")) == {"name"}


def test_no_rule_lets_anybody_write_to_what_is_another_s(ruled):
    """The hard rule stays: contract 15."""
    names = ("update", "activate", "upload", "delete", "delete_blob", "set_location")
    deployment = ruled({f"artifact:{name}": "@" for name in (*names, "get_any_artifact")})
    stranger = deployment.client("elsewhere")
    url = url_of(create(deployment.client()))
    link = {"Content-Type": "application/vnd+openstack.glare-custom-location+json"}
    document = json.dumps({"url": "https://mirror.example/disk"})

    assert stranger.simulate_get(url).status_code == 200
    for answer in (
        patch(stranger, url, ("string", "x")),
        patch(stranger, url),
        stranger.simulate_put(f"{url}/blob", body=b"x"),
        stranger.simulate_put(f"{url}/blob", body=document, headers=link),
        stranger.simulate_delete(f"{url}/blob"),
        stranger.simulate_delete(url),
    ):
        assert answer.status_code == 403


def test_what_may_not_be_got_is_told_by_no_other_request(ruled):
    """A patch would answer with it, and its tests would say what it is: contract 20, row 39."""
    deployment = ruled({"artifact:get": "not 'hidden':%(name)s or role:reader"})
    client, reader = deployment.client(), deployment.client(roles="reader")
    hidden, shown = url_of(create(client, "hidden", string="word")), url_of(create(client, "shown"))
    guesses = [
        client.simulate_patch(hidden, body=json.dumps([step]), headers=PATCH)
        for step in (
            {"op": "test", "path": "/string", "value": "word"},
            {"op": "test", "path": "/string", "value": "other"},
            {"op": "replace", "path": "/description", "value": "x"},
            {"op": "copy", "from": "/string", "path": "/description"},
        )
    ]

    assert {each.status_code for each in guesses} == {403}
    assert len({each.json["error"]["message"] for each in guesses}) == 1
    assert client.simulate_get(hidden).status_code == 403
    assert client.simulate_put(f"{hidden}/blob", body=b"x").status_code == 403
    assert client.simulate_get(shown).status_code == 200
    assert patch(client, shown, ("string", "x")).status_code == 200
    assert reader.simulate_get(hidden).json["string"] == "word"
    assert client.simulate_delete(hidden).status_code == 204


def test_creating_asks_about_what_the_request_says(ruled):
    rule = "not 'images':%(type_name)s and not 'bad':%(name)s and not '6.6.6':%(version)s"
    deployment = ruled({"artifact:create": f"{rule} and project_id:%(owner)s"})
    client = deployment.client()
    statuses = [
        create(client, "good").status_code,
        create(client, "bad").status_code,
        create(client, "good", version="6.6.6").status_code,
        create(client, "good", "images").status_code,
        create(client, "bad", owner="elsewhere").status_code,
        create(client, "good", "nothing").status_code,
    ]

    assert statuses == [201, 403, 403, 403, 403, 404]


@pytest.mark.parametrize("name", [{"a": 1}, ["bad"], "b" * 100_000, 5, True, "%(owner)s", "\x00"])
def test_a_hostile_name_is_compared_as_text_and_fails_at_nothing(ruled, name):
    deployment = ruled({"artifact:create": "'x':%(name)s or not 'bad':%(name)s"})

    assert create(deployment.client(), name).status_code in (201, 400)


def test_a_move_is_asked_about_what_the_operations_before_it_have_made(ruled):
    deployment = ruled(
        {
            "artifact:publish": "'active':%(status)s and 'ready':%(name)s",
            "artifact:activate": "'private':%(visibility)s and not '0.0.0':%(version)s",
        }
    )
    client = deployment.client()
    url = url_of(create(client))
    steps = [("version", "1"), ("status", "active"), ("visibility", "public")]

    assert patch(client, url, *steps).status_code == 403
    assert patch(client, url, ("name", "ready"), *steps[1:]).status_code == 403
    assert client.simulate_get(url).json["status"] == "drafted"
    assert patch(client, url, ("name", "ready"), *steps).json["visibility"] == "public"


def test_the_owner_s_quotas_are_for_those_to_see_whom_the_rule_names(ruled):
    deployment = ruled({"artifact:list_project_quotas": "role:clerk and project_id:%(project_id)s"})
    member, clerk = deployment.client(), deployment.client(roles="clerk")

    assert member.simulate_get("/project-quotas").status_code == 403
    assert clerk.simulate_get("/project-quotas").status_code == 200
    assert clerk.simulate_get("/project-quotas/elsewhere").status_code == 403
    assert deployment.admin().simulate_get("/project-quotas/project").status_code == 403
