"""Protections: what types and files may say, when it is read, and what a mistake in it does."""

import re

import pytest

from artifacts import config
from artifacts.caller import Caller
from artifacts.errors import Misconfigured, Unavailable
from artifacts.model import Artifact, Blob, field
from artifacts.policy import Policy, check_files, policy, sights


class Device(Artifact):
    """Has a field of each sort that can be protected."""

    type_name = "devices"

    serial: str | None = field("Text.")
    labels: dict[str, str] | None = field("Texts.")
    parts: dict[str, Blob] | None = field("Bytes.")
    made: str | None = field("Text.", system=True)


class Plan(Artifact):
    """Shares the name of a field with the other, where it has no keys."""

    type_name = "plans"

    labels: str | None = field("Text.")


class Sealed(Artifact):
    """Protects by itself."""

    type_name = "sealed"

    serial: str | None = field("Text.", read=("keeper", "rule:maker"), write=("keeper",))


TYPES = {each.type_name: each for each in (Device, Plan)}
MEMBER = Caller("user", "project", frozenset({"member"}))
KEEPER = Caller("user", "project", frozenset({"KEEPER"}))
ADMIN = Caller("admin", "admins", frozenset({"admin"}))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "protection.conf"


@pytest.fixture
def rules(tmp_path):
    return tmp_path / "policy.yaml"


@pytest.fixture
def protect(path, rules):
    """Protect as a text says; return the policy of these types."""

    def protect(text, types=TYPES, rule=""):
        path.write_text(text)
        rules.write_text(rule or "{}")
        check_files([rules], [path], types)
        return Policy(lambda: [rules], lambda: [path], types)

    return protect


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(policy, "PAUSE", 0.0)


def described(type_name="devices", **more):
    about = {"id": "", "name": "", "version": "", "status": "drafted", "visibility": "private"}
    return {**about, "type_name": type_name, "owner": "project", "project_id": "project", **more}


def sees(found, caller, name, key=None, **more):
    return not found.sight(caller, described(**more)).hides(name, key)


def sets(found, caller, name, key=None):
    sight = found.sight(caller, described())
    return name not in sight.fixed and not (
        name in sight.fixed_keys and sight.fixed_keys[name](key)
    )


@pytest.mark.parametrize(
    ("names", "member", "keeper"),
    [
        ("keeper", False, True),
        ("other, keeper", False, True),
        ("rule:makers", False, True),
        ("@", True, True),
        ("!", False, False),
        ("!, keeper", False, True),
    ],
)
def test_who_is_named_reads_and_writes_and_admins_always_do(protect, names, member, keeper):
    rule = '"makers": "role:keeper"'
    found = protect(f"[devices/serial]\nread = {names}\nwrite = {names}", rule=rule)

    for caller, may in ((MEMBER, member), (KEEPER, keeper), (ADMIN, True)):
        assert sees(found, caller, "serial") is may
        assert sets(found, caller, "serial") is may


def test_who_may_read_is_not_who_may_write(protect):
    found = protect("[devices/serial]\nwrite = keeper")

    assert sees(found, MEMBER, "serial")
    assert not sets(found, MEMBER, "serial")


@pytest.mark.parametrize(
    ("pattern", "hidden", "seen"),
    [
        ("bill*", ["bill", "billing", "bill\nx", "bill/x"], ["xbill", "Bill", "bil"]),
        ("*secret*", ["secret", "a secret b"], ["secre"]),
        ("b?ll", ["bill", "b\nll", "béll"], ["bll", "biill"]),
        ("a.b[c]", ["a.b[c]"], ["axb[c]", "a.bc"]),
        ("a/b", ["a/b"], ["a"]),
        ("*", ["", "any"], []),
    ],
)
def test_a_pattern_matches_whole_keys_as_a_shell_would(protect, pattern, hidden, seen):
    found = protect(f"[devices/labels/{pattern}]\nread = keeper")

    assert [key for key in hidden if sees(found, MEMBER, "labels", key)] == []
    assert [key for key in seen if not sees(found, MEMBER, "labels", key)] == []
    assert sees(found, MEMBER, "labels")
    assert sees(found, MEMBER, "parts", hidden[0])


def test_how_many_patterns_there_are_costs_whoever_has_many_keys_little(protect, monkeypatch):
    """Each step of a patch asks of every key what holds of it (D49)."""
    found = protect("".join(f"[devices/labels/x{n}*]\nread = keeper\n" for n in range(100)))
    sight = found.sight(MEMBER, described())
    asked = []
    monkeypatch.setattr(sights, "keepable", lambda key: not asked.append(key))
    held = [sight.hides("labels", f"x{n % 200}") for n in range(1000)]

    assert held == [True] * 1000
    assert sorted(asked) == sorted(f"x{n}" for n in range(200))


def test_every_type_that_has_the_field_can_be_meant(protect):
    found = protect("[*/labels/x]\nread = keeper\n[*/metadata/x]\nread = keeper")

    assert not sees(found, MEMBER, "labels", "x")
    assert sees(found, MEMBER, "labels", "x", type_name="plans")  # it has no keys there
    assert not sees(found, MEMBER, "metadata", "x", type_name="plans")


def test_all_that_protect_a_place_must_allow_it(protect):
    found = protect("[devices/labels/a*]\nread = keeper\n[devices/labels/*b]\nread = @")
    both = protect("[devices/labels/a*]\nread = keeper\n[devices/labels/*b]\nread = other")

    assert sees(found, KEEPER, "labels", "ab")
    assert not sees(found, MEMBER, "labels", "ab")
    assert not sees(both, KEEPER, "labels", "ab")


def test_a_file_takes_nothing_from_what_a_type_protects(protect):
    types = {"sealed": Sealed}
    found = protect("[sealed/serial]\nread = @", types, rule='"maker": "!"')

    assert not sees(found, MEMBER, "serial", type_name="sealed")
    assert sees(found, KEEPER, "serial", type_name="sealed")


def test_a_rule_asks_of_the_artifact(protect):
    found = protect("[devices/serial]\nread = rule:admin_or_owner")

    assert sees(found, MEMBER, "serial")
    assert not sees(found, MEMBER, "serial", owner="other")
    assert sees(found, ADMIN, "serial", owner="other")


def test_who_may_only_read_is_no_admin(protect):
    found = protect("[devices/serial]\nread = keeper")
    reader = Caller("admin", "admins", frozenset({"admin"}), read_only=True)

    assert not sees(found, reader, "serial")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[devices/nothing]\nread = a", "[devices/nothing]: there is no field nothing"),
        ("[nothing/serial]\nread = a", "[nothing/serial]: there is no type nothing"),
        ("[all/metadata]\nread = a", "[all/metadata]: there is no type all"),
        ("[*/nothing]\nread = a", "[*/nothing]: there is no field nothing"),
        ("[devices]\nread = a", "[devices]: must be TYPE/FIELD or TYPE/FIELD/KEYS"),
        ("[devices/serial/]\nread = a", "[devices/serial/]: must be TYPE/FIELD"),
        ("[devices/serial/x]\nread = a", "[devices/serial/x]: serial has no keys"),
        ("[*/serial/x]\nread = a", "[*/serial/x]: serial has no keys"),
        ("[devices/serial]", "[devices/serial]: must say who may read or write"),
        ("[devices/serial]\nsee = a", "[devices/serial]: there is no option see"),
        ("[devices/serial]\nread =", "[devices/serial]: read: must be roles, rule:NAME"),
        ("[devices/serial]\nread = a,", "[devices/serial]: read: must be roles"),
        ("[devices/serial]\nread = a b", "[devices/serial]: read: must be roles"),
        ("[devices/serial]\nread = role:a", "[devices/serial]: read: must be roles"),
        ("[devices/serial]\nread = not a", "[devices/serial]: read: must be roles"),
        ("[devices/serial]\nread = %(owner)s", "[devices/serial]: read: must be roles"),
        ("[devices/serial]\nread = a,\n  [devices/x]", "[devices/serial]: read: must be roles"),
        ("[devices/serial]\nread = rule:", "[devices/serial]: read: must be roles"),
        ("[devices/serial]\nread = rule:no", "[devices/serial]: read: there is no rule no"),
        ("[devices/id]\nread = a", "[devices/id]: read: what tells an artifact from others"),
        ("[*/tags]\nread = a", "[*/tags]: read: what tells an artifact from others"),
        ("[devices/made]\nwrite = a", "[devices/made]: write: only the service sets this"),
        ("[devices/status]\nwrite = a", "[devices/status]: write: each of its values has a rule"),
        ("[devices/name]\nwrite = a", "[devices/name]: write: who creates an artifact names it"),
        ("[devices/labels/bill_]*\nread = a", "line 1: must be below a section"),
        (
            "[devices/serial]\nread = a\n[devices/labels]/b*\nwrite = a",
            "line 3: must be [TYPE/FIELD]",
        ),
        (
            "".join(f"[devices/labels/{n}{'*a' * 40_000}]\nread = a\n" for n in range(2)),
            "with this, the patterns of keys are too large",
        ),
        ("read = a", "line 1: must be below a section"),
        ("[devices/serial]\nread", "line 2: must be [TYPE/FIELD], or read or write"),
        ("[devices/serial]\nread: a", "line 2: must be [TYPE/FIELD], or read or write"),
        (
            "[devices/serial]\nread = a\n[devices/serial]\nread = b",
            "[devices/serial]: is there twice, again in line 3",
        ),
        (
            "[devices/serial]\nread = a\nread = b",
            "[devices/serial]: read is there twice, again in line 3",
        ),
    ],
)
def test_a_mistake_is_told_in_a_sentence_with_the_file_and_the_section(
    protect, path, text, problem
):
    with pytest.raises(Misconfigured, match=re.escape(problem)) as told:
        protect(text)

    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


def test_what_is_no_text_is_told_too(protect, path):
    path.write_bytes(b"[devices/serial]\nread = \xff")

    with pytest.raises(Misconfigured, match=r"protection.conf: must be UTF-8"):
        check_files([], [path], TYPES)


def test_a_rule_that_a_type_names_must_be_there(protect):
    with pytest.raises(Misconfigured, match="type sealed, field serial: read: there is no rule ma"):
        protect("", {"sealed": Sealed})

    assert protect("", {"sealed": Sealed}, rule='"maker": "@"')


def test_a_file_that_is_named_must_be_there(tmp_path):
    (tmp_path / "artifacts.conf").write_text("[protection]\nfile = lost.conf")
    conf = config.load([str(tmp_path / "artifacts.conf")])

    with pytest.raises(Misconfigured, match=r"\[protection\] file: there is no file lost\.conf"):
        config.protection_files(conf)


def test_without_one_nothing_is_read():
    assert config.protection_files(config.load()) == []


def test_a_change_is_in_force_without_a_restart(protect, path, impatient):
    found = protect("[devices/serial]\nread = keeper")
    assert not sees(found, MEMBER, "serial")

    path.write_text("[devices/serial]\nread = keeper, member")

    assert sees(found, MEMBER, "serial")


@pytest.mark.parametrize("text", ["", "[devices/nothing]\nread = @", "[devices/serial"])
def test_a_mistake_in_it_opens_nothing(protect, path, impatient, text):
    found = protect("[devices/serial]\nread = keeper")

    if text:
        path.write_text(text)
    else:
        path.unlink()

    assert not sees(found, MEMBER, "serial")


def test_a_rule_that_protects_cannot_be_taken_away(protect, rules, impatient, caplog):
    found = protect("[devices/serial]\nread = rule:makers", rule='"makers": "role:keeper"')

    rules.write_text("{}")

    assert not sees(found, MEMBER, "serial")
    assert sees(found, KEEPER, "serial")
    assert "there is no rule makers" in caplog.text


def test_a_process_that_begins_with_a_mistake_answers_nothing(path):
    path.write_text("[devices/nothing]\nread = a")
    found = Policy(protecting=lambda: [path], types=TYPES)

    with pytest.raises(Unavailable):
        found.sight(MEMBER, described())


def test_what_protects_is_no_rule_that_nothing_asks(protect, caplog):
    protect("[devices/serial]\nread = rule:makers", rule='"makers": "@"')

    assert "nothing asks" not in caplog.text


def test_who_sees_the_same_shares_what_is_remembered_of_it(protect):
    found = protect("[devices/serial]\nread = keeper")
    again = Caller("another", "elsewhere", frozenset())

    assert found.sight(MEMBER, described()) is found.sight(again, described())
