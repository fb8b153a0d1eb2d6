"""The rules: what they say by default, and what no file may say."""

import pytest

from artifacts.caller import Caller
from artifacts.errors import Misconfigured, PolicyForbids
from artifacts.policy import Policy, list_rules
from artifacts.policy.rulebook import Rulebook

OWNER = Caller("user", "project", frozenset({"member"}))
STRANGER = Caller("stranger", "elsewhere", frozenset({"member"}))
ADMIN = Caller("operator", "admins", frozenset({"ADMIN"}))
NOBODY = Caller(None, None)
ANONYMOUS = Caller(None, None, frozenset(), read_only=True)
CALLERS = {"o": OWNER, "s": STRANGER, "a": ADMIN, "n": NOBODY, "r": ANONYMOUS}

PRIVATE = {
    "id": "1",
    "type_name": "samples",
    "name": "name",
    "version": "1.0.0",
    "owner": "project",
    "project_id": "project",
    "status": "active",
    "visibility": "private",
}
PUBLIC = PRIVATE | {"visibility": "public"}
DEACTIVATED = PRIVATE | {"status": "deactivated"}
# Whom each rule allows what is private, public and deactivated: owner, stranger, admin, who acts
# for no project, and who may only read.
DEFAULTS = {
    "context_is_admin": ("a", "a", "a"),
    "admin_or_owner": ("oa", "oa", "oa"),
    "writer": ("osan", "osan", "osan"),
    "artifact:type_list": ("osanr", "osanr", "osanr"),
    "artifact:create": ("osan", "osan", "osan"),
    "artifact:update_public": ("osanr", "a", "osanr"),
    "artifact:update": ("oa", "a", "oa"),
    "artifact:activate": ("oa", "oa", "oa"),
    "artifact:reactivate": ("a", "a", "a"),
    "artifact:deactivate": ("a", "a", "a"),
    "artifact:publish": ("a", "a", "a"),
    "artifact:share": ("oa", "oa", "oa"),
    "artifact:communitize": ("oa", "oa", "oa"),
    "artifact:withdraw": ("oa", "oa", "oa"),
    "artifact:get_members": ("oa", "oa", "oa"),
    "artifact:add_member": ("oa", "oa", "oa"),
    "artifact:set_member_status": ("osan", "osan", "osan"),
    "artifact:delete_member": ("oa", "oa", "oa"),
    "artifact:get": ("osanr", "osanr", "osanr"),
    "artifact:get_any_artifact": ("a", "a", "a"),
    "artifact:list": ("osanr", "osanr", "osanr"),
    "artifact:list_all_artifacts": ("a", "a", "a"),
    "artifact:delete_public": ("osanr", "a", "osanr"),
    "artifact:delete_deactivated": ("osanr", "osanr", "a"),
    "artifact:delete": ("oa", "a", "a"),
    "artifact:set_location": ("oa", "oa", "oa"),
    "artifact:set_internal_location": ("oa", "oa", "oa"),
    "artifact:upload": ("oa", "oa", "oa"),
    "artifact:download_deactivated": ("osanr", "osanr", "a"),
    "artifact:download": ("osanr", "osanr", "a"),
    "artifact:download_from_any_artifact": ("a", "a", "a"),
    "artifact:download_by_link": ("", "", ""),
    "artifact:delete_blob": ("oa", "oa", "oa"),
    "artifact:set_quotas": ("a", "a", "a"),
    "artifact:list_all_quotas": ("a", "a", "a"),
    "artifact:list_project_quotas": ("oa", "oa", "oa"),
    "artifact:list_pools": ("osanr", "osanr", "osanr"),
    "artifact:unlimited_requests": ("a", "a", "a"),
}


def rule_of(written, caller, rule="artifact:get", target=PRIVATE):
    return Rulebook(written).allows(rule, caller, target.__getitem__)


def test_there_is_every_rule_that_the_page_has_and_no_other():
    assert sorted(rule.name for rule in list_rules()) == sorted(DEFAULTS)


@pytest.mark.parametrize("rule", DEFAULTS)
def test_without_a_file_the_rules_say_what_the_page_says(rule):
    book = Rulebook({})
    allowed = tuple(
        "".join(who for who, each in CALLERS.items() if book.allows(rule, each, it.__getitem__))
        for it in (PRIVATE, PUBLIC, DEACTIVATED)
    )

    assert allowed == DEFAULTS[rule]


WRITING = [rule for rule in DEFAULTS if DEFAULTS[rule][0] == "oa" and rule.startswith("artifact")]
READING = ("artifact:list_project_quotas", "artifact:get_members")
WRITING = [*(rule for rule in WRITING if rule not in READING), "artifact:create"]


@pytest.mark.parametrize(
    ("roles", "writes"),
    [
        ("reader", False),
        ("READER", False),
        ("reader auditor", False),
        ("reader member", True),
        ("reader member manager", True),
        ("reader service", True),
        ("service", True),
        ("Reader Admin", True),
        ("member", True),
        ("_member_", True),
        ("", True),
    ],
)
@pytest.mark.parametrize("rule", WRITING)
def test_a_reader_writes_if_another_role_lets_it(rule, roles, writes):
    """Who has none of today's roles is one of those whom Glare let write."""
    person = Caller("user", "project", frozenset(roles.split()))

    assert Rulebook({}).allows(rule, person, PRIVATE.__getitem__) == writes


def test_the_language_knows_who_speaks_for_the_whole_system():
    everything = "artifact:get_any_artifact"
    book = {everything: "rule:context_is_admin or (role:reader and system_scope:all)"}
    auditor = Caller("auditor", None, frozenset({"reader"}), system_scope="all")
    reader = Caller("reader", "project", frozenset({"reader"}))

    assert rule_of(book, auditor, everything)
    assert not rule_of(book, reader, everything)
    assert not rule_of({}, auditor, everything)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (None, "must be a text"),
        ([], "must be a text"),
        ([["role:x"]], "must be a text"),
        (True, "must be a text"),
        ({}, "must be a text"),
        ("not foo", "cannot be read"),
        ("not (foo or role:x)", "cannot be read"),
        ("role:a and", "cannot be read"),
        ("role:a role:b", "cannot be read"),
        ("(role:a", "cannot be read"),
        ("role:a)", "cannot be read"),
        ("'text'", "cannot be read"),
        (" ", "cannot be read"),
        ("not rule:nope", "no rule nope"),
        ("not rule:artifact:get", "leads back to itself"),
        ("role:x or (not rule:artifact:get and role:y)", "leads back to itself"),
        ("not tenant:%(owner)s", "tenant must be"),
        ("not class:x", "class must be"),
        (":x", "must be role"),
        ("http://policy.example/%(id)s", "http must be"),
        ("https://policy.example/", "https must be"),
        ("not project_id:%(ower)s", "does not know %\\(ower\\)s"),
        ("not role:%(password)s", "does not know"),
        ("project_id:%(owner)d", "must name"),
        ("role:100%", "must name"),
    ],
)
def test_what_is_not_sure_to_mean_what_it_says_is_refused(text, rule):
    with pytest.raises(Misconfigured, match=f"artifact:get: .*{rule}"):
        Rulebook({"artifact:get": text})


def test_a_rule_may_not_ask_what_is_not_there_through_another_either():
    with pytest.raises(Misconfigured, match="artifact:list: does not know"):
        Rulebook({"artifact:list": "rule:admin_or_owner"})


@pytest.mark.parametrize("name", ["artifact:dellete", 3, None])
def test_a_name_that_the_service_does_not_ask_is_refused(name):
    with pytest.raises(Misconfigured, match=f"policy: {name}"):
        Rulebook({name: "!"})


def test_a_rule_that_nothing_asks_is_told(caplog):
    Rulebook({"context_is_amdin": "!", "helper": "role:x", "artifact:get": "rule:helper"})

    assert "nothing asks the rule context_is_amdin" in caplog.text
    assert "helper" not in caplog.text


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("@", "osanr"),
        ("", "osanr"),
        ("!", ""),
        ("not !", "osanr"),
        ("role:MEMBER", "os"),
        ("role:admin or project_id:%(owner)s", "oa"),
        ("is_admin:True", "a"),
        ("not is_admin:True and project_id:%(project_id)s", "o"),
        ("user_id:stranger", "s"),
        ("not read_only:True", "osan"),
        ("'samples':%(type_name)s and '1.0.0':%(version)s", "osanr"),
        ("roles:member", "os"),
    ],
)
def test_the_language_says_who_may(text, allowed):
    told = "".join(who for who, each in CALLERS.items() if rule_of({"artifact:get": text}, each))

    assert told == allowed


@pytest.mark.parametrize("caller", [NOBODY, ANONYMOUS])
@pytest.mark.parametrize("text", ["project_id:%(owner)s", "user_id:%(name)s"])
def test_nobody_is_not_the_project_or_the_user_named_none(caller, text):
    target = PRIVATE | {"owner": "None", "name": "None"}

    assert not rule_of({"artifact:get": text}, caller, target=target)


def test_who_may_only_read_is_no_admin_whatever_a_file_says():
    book = {"context_is_admin": "@", "artifact:get": "is_admin:True"}

    assert rule_of(book, NOBODY)
    assert not rule_of(book, ANONYMOUS)
    assert not rule_of(book, ANONYMOUS, "artifact:list_all_artifacts")


def test_a_decision_is_not_remembered_for_another_caller_or_another_artifact():
    book = Rulebook({"artifact:get": "project_id:%(owner)s or role:%(name)s"})
    others = [{**PRIVATE, "owner": "elsewhere"}, PRIVATE, {**PRIVATE, "name": "member"}]
    told = [
        [book.allows("artifact:get", each, it.__getitem__) for it in others]
        for each in (OWNER, STRANGER, ADMIN)
        for _ in range(2)
    ]

    assert told[::2] == told[1::2]
    assert told[::2] == [[False, True, True], [True, False, True], [False, False, False]]


def test_what_is_not_allowed_is_told_with_the_name_of_the_rule():
    with pytest.raises(PolicyForbids, match="policy: artifact:set_quotas does not allow this"):
        Policy().check("artifact:set_quotas", OWNER)


def test_the_names_in_a_target_that_is_too_long_to_remember_are_compared_all_the_same():
    name = "x" * 1000

    assert rule_of({"artifact:get": f"'{name}':%(name)s"}, OWNER, target=PRIVATE | {"name": name})
    assert not rule_of({"artifact:get": "'x':%(name)s"}, OWNER, target=PRIVATE | {"name": name})
