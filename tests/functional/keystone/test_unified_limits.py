"""Unified limits: Keystone says what projects may keep, and it is kept to as ever (promise 4)."""

import json
import sys
import uuid

import pytest

from artifacts import config, errors, unified_limits
from artifacts.parts import RESOURCES
from artifacts.unified_limits import UnifiedLimits

MiB = 1024**2
REGION = "RegionOne"
JSON = {"Content_Type": "application/json"}
FIELDS = {"disk_format": "raw", "container_format": "bare"}


class Registry:
    """A service's limits in the cloud, and who may read them."""

    def __init__(self, cloud):
        self._admin = cloud.adapter("admin", project="admin")
        self._cloud = cloud
        name = f"limited-{uuid.uuid4().hex}"
        self._service = cloud.make("service", type=name, name=name)["id"]
        self.endpoint = self._endpoint("http://limited.example")
        cloud.grant(cloud.user(name), "reader", "system")
        self._user = name

    def _endpoint(self, url):
        where = {"service_id": self._service, "region_id": REGION}
        return self._cloud.make("endpoint", interface="public", url=url, **where)["id"]

    def register(self, resource, limit):
        """Set what holds for every project; return the id."""
        values = {"resource_name": resource, "default_limit": limit}
        return self._make("registered_limits", values)

    def limit(self, project, resource, limit):
        """Set what holds for one project; return the id."""
        values = {"resource_name": resource, "resource_limit": limit}
        return self._make("limits", {**values, "project_id": self._cloud.project(project)})

    def change(self, limit, value):
        body = {"limit": {"resource_limit": value}}
        self._admin.patch(f"/limits/{limit}", json=body)

    def _make(self, kind, values):
        values = {"service_id": self._service, "region_id": REGION, **values}
        return self._admin.post(f"/{kind}", json={kind: [values]}).json()[kind][0]["id"]

    def options(self, **more):
        options = {
            "auth_type": "password",
            "auth_url": self._cloud.url,
            "username": self._user,
            "password": "secret",
            "user_domain_id": "default",
            "system_scope": "all",
            "endpoint_id": self.endpoint,
            **more,
        }
        lines = [f"{name} = {value}" for name, value in options.items() if value is not None]
        return "\n".join(["[DEFAULT]", "use_keystone_limits = true", "[oslo_limit]", *lines, ""])


@pytest.fixture(scope="module")
def registry(cloud):
    """Two artifacts and 1 MiB for all; three images for green; no bytes limit for blue."""
    made = Registry(cloud)
    made.register("max_artifact_number", 2)
    made.register("max_uploaded_mib", 1)
    made.register("max_artifact_number:images", 5)
    made.register("something_else", 7)
    made.limit("green", "max_artifact_number", 3)
    made.limit("blue", "max_uploaded_mib", -1)
    made.limit("blue", "max_artifact_number:images", 1)
    return made


@pytest.fixture(scope="module")
def limited(cloud, registry, make_lasting_server):
    config = cloud.options() + registry.options(timeout=2) + "[DEFAULT]\nmax_artifact_number = 0\n"
    return make_lasting_server(config=config).start(workers=1)


@pytest.fixture(autouse=True)
def _informed(request, wait_until):
    """Let the service have heard what it is to know, however long a busy machine takes."""
    if "limited" in request.fixturenames:
        quotas = request.getfixturevalue("quotas")
        for project in ("red", "green", "blue"):
            wait_until(lambda project=project: quotas(f"{project}-member"))


@pytest.fixture
def make(limited, token):
    """Draft an image as somebody; return the answer."""

    def make(user):
        body = json.dumps({"name": uuid.uuid4().hex, **FIELDS})
        return limited.ask("POST", "/artifacts/images", body, X_Auth_Token=token(user), **JSON)

    return make


@pytest.fixture
def put(limited, token):
    """Upload so many bytes of an image as somebody; return the status."""

    def put(user, path, size):
        return limited.ask("PUT", f"{path}/image", bytes(size), X_Auth_Token=token(user)).status

    return put


@pytest.fixture
def quotas(limited, token):
    """Return a project's quotas, as somebody sees them; None if Keystone takes too long."""

    def quotas(user, project=""):
        path = f"/project-quotas/{project}" if project else "/project-quotas"
        answer = limited.ask("GET", path, X_Auth_Token=token(user))
        if answer.status == 503:
            return None
        (shown,) = answer.json
        return {each["quota_name"]: each["quota_value"] for each in shown["project_quotas"]}

    return quotas


@pytest.fixture
def limits(registry, cloud, tmp_path):
    """What one process knows of the limits; nothing of it is fresh, unless that is said."""

    def limits(*, fresh=0.0, kept=60.0, at_once=4, **more):
        file = tmp_path / "artifacts.conf"
        file.write_text(registry.options(**more))
        conf = config.load([str(file)])
        return UnifiedLimits(conf, RESOURCES, at_once=at_once, fresh=fresh, kept=kept)

    return limits


def test_of_six_at_once_as_many_are_made_as_keystone_allows(make, at_once):
    """D16; the configured quota of none is not asked."""
    statuses = [answer.status for answer in at_once([lambda: make("red-member")] * 6)]

    assert sorted(statuses) == [201] * 2 + [403] * 4


def test_what_is_set_for_a_project_holds_for_it(make, put):
    made = [make("green-member") for _ in range(4)]
    one, two = (answer.headers["location"] for answer in made[:2])

    assert [answer.status for answer in made] == [201] * 3 + [403]
    assert put("green-member", one, MiB) == 200
    assert put("green-member", two, 1) == 413


def test_what_is_unlimited_or_of_a_type_is_so(make, put):
    first, second = make("blue-member"), make("blue-member")

    assert put("blue-member", first.headers["location"], MiB + 1) == 200
    assert second.status == 403
    assert "1 artifacts of this type" in second.message


def test_quotas_show_what_keystone_says(limited, quotas, cloud, token):
    everybody = {
        "max_artifact_number": 2,
        "max_uploaded_data": MiB,
        "max_artifact_number:images": 5,
    }
    admin = {"X_Auth_Token": token("red-admin")}

    assert quotas("red-member") == everybody
    assert quotas("green-member") == everybody | {"max_artifact_number": 3}
    assert quotas("red-admin", cloud.project("blue"))["max_uploaded_data"] == -1
    assert quotas("red-admin", "nobody's&project_id=x") == everybody
    assert limited.ask("GET", "/quotas", **admin).json == {
        "quotas": [],
        "global_quotas": everybody,
    }


def test_they_are_set_in_keystone_alone(limited, quotas, cloud, token):
    red = cloud.project("red")
    body = [
        {
            "project_id": red,
            "project_quotas": [{"quota_name": "max_artifact_number", "quota_value": 9}],
        }
    ]
    admin = {"X_Auth_Token": token("red-admin")}
    refused = limited.ask("PUT", "/quotas", json.dumps(body), **admin, **JSON)

    assert refused.status == 403
    assert "Keystone" in refused.message
    assert quotas("red-member")["max_artifact_number"] == 2


def test_while_keystone_hangs_known_limits_hold_and_others_are_503(
    cloud, limited, quotas, token, timed
):
    before = quotas("red-member")
    admin = token("red-admin")
    with cloud.hanging():
        unknown, took = timed(limited, "/project-quotas/never-asked-for", admin)
        health, at_once = timed(limited, "/healthcheck")
        after = quotas("red-member")

    assert (unknown.status, health.status) == (503, 200)
    assert before == after
    assert "Keystone does not say what projects may keep" in unknown.message
    assert took < 10
    assert at_once < 3  # seconds: fewer than Keystone is waited for, which is twice two


def test_a_change_is_heard_when_what_is_known_is_no_longer_fresh(limits, registry, cloud):
    mine = registry.limit("red", "max_uploaded_mib", 3)
    red, heard = cloud.project("red"), limits(fresh=0.0)
    old = limits(fresh=60.0)
    assert heard.known(red) is None
    assert heard.ask(red)["max_uploaded_data"] == old.ask(red)["max_uploaded_data"] == 3 * MiB

    registry.change(mine, 4)

    assert heard.known(red) is None
    assert heard.known(red)["max_uploaded_data"] == 3 * MiB  # meanwhile, for others
    assert heard.ask(red)["max_uploaded_data"] == 4 * MiB
    assert old.known(red)["max_uploaded_data"] == 3 * MiB
    registry.change(mine, 1)


def test_the_last_word_holds_for_its_time_while_keystone_is_away(limits, cloud):
    green = cloud.project("green")
    kept, gone = limits(kept=60.0), limits(kept=0.0)
    for each in (kept, gone):
        assert each.ask(green)["max_artifact_number"] == 3
        each._enforcer = Away()

    assert kept.ask(green)["max_artifact_number"] == 3
    with pytest.raises(errors.KeystoneUnavailable):
        gone.ask(green)
    with pytest.raises(errors.KeystoneUnavailable):
        kept.ask("never asked for")


class Away:
    """A Keystone that answers nothing, as oslo.limit tells of it."""

    def __getattr__(self, name):
        raise ConnectionError


def test_no_more_wait_for_keystone_than_may(limits, cloud):
    none = limits(at_once=1)
    with none._turns, pytest.raises(errors.Crowded):
        none.ask(cloud.project("red"))


def test_who_may_not_wait_goes_on_with_the_last_word(limits, cloud):
    """Many projects are not refused what they may, because a few wait for a Keystone that hangs."""
    heard, green = limits(at_once=1), cloud.project("green")
    said = heard.ask(green)

    with heard._turns:
        assert heard.known(green) is None
        assert heard.ask(green) == heard.known(green) == said


def test_where_they_are_many_the_latest_are_known(limits, monkeypatch):
    monkeypatch.setattr(unified_limits, "MOST_KEPT", 3)
    heard = limits(fresh=60.0)
    for name in ("one", "two", "three"):
        heard.ask(name)

    assert heard.known("three") == heard.defaults()
    assert heard.known("one") is None


def test_what_was_never_registered_allows_nothing(cloud, tmp_path):
    """As oslo.limit has it, and with it every service of OpenStack."""
    empty = tmp_path / "artifacts.conf"
    empty.write_text(Registry(cloud).options())

    assert UnifiedLimits(config.load([str(empty)]), RESOURCES, at_once=1).defaults() == {
        "max_artifact_number": 0,
        "max_uploaded_data": 0,
    }


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("auth_type", r"\[oslo_limit\] auth_type must be set"),
        ("endpoint_id", r"\[oslo_limit\] endpoint_id, or endpoint_service_type, must be set"),
    ],
)
def test_what_lacks_is_told_at_the_start(limits, name, sentence):
    with pytest.raises(errors.Misconfigured, match=sentence):
        limits(**{name: None})


def test_without_oslo_limit_the_start_names_what_installs_it(limits, monkeypatch):
    monkeypatch.setitem(sys.modules, "oslo_limit", None)

    with pytest.raises(errors.Misconfigured, match=r"artifacts\[limits\]"):
        limits()
