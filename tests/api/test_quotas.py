"""`/quotas` and `/project-quotas`: Glare's answers, and usage beside limits from 1.2 on."""

import json

import pytest

from artifacts.api.quotas import MOST_PROJECTS, MOST_QUOTAS

LATEST = {"OpenStack-API-Version": "artifact 1.2"}
DEFAULTS = {"max_artifact_number": 10, "max_uploaded_data": -1, "max_uploaded_data:samples": 500}


@pytest.fixture
def deployment(deploy):
    return deploy(
        {
            "DEFAULT": {"max_artifact_number": 10},
            "artifact_type:samples": {"max_uploaded_data": 500},
        }
    )


@pytest.fixture
def admin(deployment):
    return deployment.admin()


def record(project, **quotas):
    items = [{"quota_name": name, "quota_value": value} for name, value in quotas.items()]
    return {"project_id": project, "project_quotas": items}


def values(answer):
    """The quotas in an answer about one project."""
    (project,) = answer.json
    return {item["quota_name"]: item["quota_value"] for item in project["project_quotas"]}


def one(**changed):
    """A body with one quota of one project, and something else about it."""
    item = {"quota_name": "max_uploaded_data", "quota_value": 1}
    project = {"project_id": "p", "project_quotas": [item]}
    for name, value in changed.items():
        target = item if name.startswith("quota_") else project
        target.pop(name)
        if value is not ...:
            target[name] = value
    return [project]


class TestSetting:
    def test_it_answers_null(self, admin):
        answer = admin.simulate_put("/quotas", json=[record("p", max_uploaded_data=5)])

        assert answer.status_code == 200
        assert answer.text == "null"
        assert answer.headers["Content-Type"].startswith("application/json")

    def test_a_project_gets_what_is_listed_and_loses_what_is_not(self, admin):
        admin.simulate_put("/quotas", json=[record("p", a=1, b=2), record("q", c=3)])
        admin.simulate_put("/quotas", json=[record("p", b=4)])

        assert admin.simulate_get("/quotas").json["quotas"] == [record("p", b=4), record("q", c=3)]

    @pytest.mark.parametrize("body", [[], [{"project_id": "q", "project_quotas": []}]])
    def test_others_stay(self, admin, body):
        admin.simulate_put("/quotas", json=[record("p", a=1)])

        assert admin.simulate_put("/quotas", json=body).status_code == 200
        assert admin.simulate_get("/quotas").json["quotas"] == [record("p", a=1)]

    def test_of_what_is_listed_twice_the_later_wins(self, admin):
        twice = record("p", a=1)
        twice["project_quotas"] += record("p", a=2)["project_quotas"]
        admin.simulate_put("/quotas", json=[record("p", b=1), twice])

        assert admin.simulate_get("/quotas").json["quotas"] == [record("p", a=2)]

    def test_any_name_and_project_is_kept(self, admin):
        given = record("never seen", **{"nonsense:of no type": -1, "ü" * 255: 2**63 - 1})

        assert admin.simulate_put("/quotas", json=[given]).status_code == 200
        assert admin.simulate_get("/quotas").json["quotas"] == [given]

    def test_keys_that_mean_nothing_are_ignored(self, admin):
        body = one()
        body[0]["extra"] = body[0]["project_quotas"][0]["extra"] = [None]

        assert admin.simulate_put("/quotas", json=body).status_code == 200

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({}, "body: must be a list"),
            ([1], "body/0: must be an object with project_id"),
            (one(project_id=...), "body/0: must be an object with project_id"),
            (one(project_quotas=...), "body/0: must be an object with project_quotas"),
            (one(quota_name=...), "body/0/project_quotas/0: must be an object with quota_name"),
            (one(quota_value=...), "body/0/project_quotas/0: must be an object with quota_value"),
            (one(project_quotas={}), "body/0/project_quotas: must be a list"),
            (
                one(project_quotas=["x"]),
                "body/0/project_quotas/0: must be an object with quota_name",
            ),
            *(
                (one(project_id=value), "body/0/project_id: must be text of 1 to 255 characters")
                for value in ("", "p" * 256, 5, None, ["p"])
            ),
            *(
                (
                    one(quota_name=value),
                    "body/0/project_quotas/0/quota_name: must be text of 1 to 255 characters",
                )
                for value in ("", "q" * 256, 5, None)
            ),
            (
                one(quota_name="a:b:c"),
                "body/0/project_quotas/0/quota_name: must contain at most one colon",
            ),
            *(
                (
                    one(quota_value=value),
                    "body/0/project_quotas/0/quota_value: must be an integer from -1 to "
                    "9223372036854775807",
                )
                for value in (-2, 2**63, True, False, 1.0, None, "1", [1])
            ),
            ([record("p")] * (MOST_PROJECTS + 1), "body: must have at most 1000 items"),
            (
                one(project_quotas=[{}] * (MOST_QUOTAS + 1)),
                "body/0/project_quotas: must have at most 200 items",
            ),
        ],
    )
    def test_a_body_that_is_not_what_it_must_be_names_the_rule(
        self, deployment, admin, body, message
    ):
        for client in (admin, deployment.client()):  # it comes before who may
            answer = client.simulate_put("/quotas", json=body)

            assert (answer.status_code, answer.json["error"]["message"]) == (400, message)
        assert admin.simulate_get("/quotas").json["quotas"] == []

    @pytest.mark.parametrize("text", ["", "nonsense", "5", "null", '"text"', "[1e400]", "[NaN]"])
    def test_what_is_no_list_in_json_is_400(self, admin, text):
        headers = {"Content-Type": "application/json"}

        assert admin.simulate_put("/quotas", body=text, headers=headers).status_code == 400

    def test_the_media_type_comes_first(self, deployment):
        headers = {"Content-Type": "text/plain"}
        answer = deployment.client().simulate_put("/quotas", body="nonsense", headers=headers)

        assert answer.status_code == 415

    @pytest.mark.parametrize("text", ["\x00", "\ud800"])
    def test_text_that_no_database_keeps_is_400(self, admin, text):
        body = json.dumps(one(quota_name=text))
        headers = {"Content-Type": "application/json"}

        assert admin.simulate_put("/quotas", body=body, headers=headers).status_code == 400

    def test_as_many_projects_as_one_body_may_have_are_written(self, admin):
        given = [record(f"p{number:04}", a=number) for number in range(MOST_PROJECTS)]

        assert admin.simulate_put("/quotas", json=given).status_code == 200
        assert admin.simulate_get("/quotas").json["quotas"] == given


class TestShowing:
    def test_what_holds_for_all_is_shown_apart(self, admin):
        answer = admin.simulate_get("/quotas")

        assert answer.json == {"quotas": [], "global_quotas": DEFAULTS}

    @pytest.mark.parametrize("path", ["/project-quotas", "/project-quotas/project"])
    def test_a_project_without_records_has_the_defaults(self, deployment, path):
        answer = deployment.client().simulate_get(path)

        assert answer.status_code == 200
        assert answer.json == [record("project", **DEFAULTS)]

    def test_records_replace_the_option_of_their_name(self, deployment, admin):
        admin.simulate_put(
            "/quotas", json=[record("project", **{"max_uploaded_data:samples": 7, "other": 0})]
        )

        answer = deployment.client().simulate_get("/project-quotas")

        assert values(answer) == {**DEFAULTS, "max_uploaded_data:samples": 7, "other": 0}

    def test_an_admin_sees_those_of_projects_that_nobody_knows(self, admin):
        assert values(admin.simulate_get("/project-quotas/unheard-of")) == DEFAULTS

    @pytest.mark.parametrize("path", ["/quotas", "/project-quotas", "/project-quotas/p"])
    def test_head_is_answered_where_get_is(self, admin, path):
        answer = admin.simulate_head(path)

        assert answer.status_code == 200
        assert answer.text == ""

    @pytest.mark.parametrize("path", ["/quotas", "/project-quotas", "/project-quotas/p"])
    def test_a_body_is_refused(self, admin, path):
        assert admin.simulate_get(path, body="{}").status_code == 400

    @pytest.mark.parametrize("project", ["a%00b", "p" * 256])
    def test_a_project_that_cannot_be_is_400(self, admin, project):
        answer = admin.simulate_get(f"/project-quotas/{project}")

        assert answer.status_code == 400
        assert answer.json["error"]["message"].startswith("project: must")


class TestUsage:
    def test_usage_is_beside_limits_from_1_2_on(self, deployment, admin, life):
        life.upload(life.create(), "blob", b"12345")
        records = {"max_artifact_number:samples": 3, "nonsense": 3, "max_uploaded_data:nothing": 1}
        admin.simulate_put("/quotas", json=[record("project", **records)])

        answer = deployment.client().simulate_get("/project-quotas", headers=LATEST)

        items = {item["quota_name"]: item for item in answer.json[0]["project_quotas"]}
        assert {name: item["usage"] for name, item in items.items()} == {
            "max_artifact_number": 1,
            "max_uploaded_data": 5,
            "max_uploaded_data:samples": 5,
            "max_artifact_number:samples": 1,
            "nonsense": None,
            "max_uploaded_data:nothing": None,
        }

    def test_what_is_reserved_is_used(self, deployment, life, source):
        seen = []

        def look():
            answer = deployment.client().simulate_get("/project-quotas", headers=LATEST)
            seen.extend(item["usage"] for item in answer.json[0]["project_quotas"])

        life.upload(life.create(), "blob", source(look, b"12345"), length=5)

        assert seen == [1, 5, 5]

    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    def test_before_it_is_not(self, deployment, version):
        headers = {"OpenStack-API-Version": f"artifact {version}"}
        answer = deployment.client().simulate_get("/project-quotas", headers=headers)

        assert answer.json == [record("project", **DEFAULTS)]


class TestRights:
    @pytest.mark.parametrize(
        ("method", "path"),
        [("PUT", "/quotas"), ("GET", "/quotas"), ("GET", "/project-quotas/another")],
    )
    def test_they_are_the_admins(self, deployment, method, path):
        answer = deployment.client().simulate_request(
            method, path, json=[] if method == "PUT" else None
        )

        assert answer.status_code == 403
        assert answer.json["error"]["type"] == "PolicyException"

    def test_nobodys_project_has_none(self, deployment):
        for roles in ("member", "admin"):
            client = deployment.client(None, roles=roles)

            assert client.simulate_get("/project-quotas").status_code == 403

    def test_who_is_nobody_sees_and_sets_none(self, deploy):
        stranger = deploy({"DEFAULT": {"allow_anonymous_access": True}}).plain_client()

        assert stranger.simulate_get("/project-quotas").status_code == 403
        assert stranger.simulate_get("/project-quotas/p").status_code == 403
        assert stranger.simulate_get("/quotas").status_code == 403
        assert stranger.simulate_put("/quotas", json=[]).status_code == 403
