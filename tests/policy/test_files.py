"""Policy files: which are read, when they are read again, and what a mistake in one does."""

import re

import pytest

from artifacts import config
from artifacts.caller import Caller
from artifacts.errors import Misconfigured, Unavailable
from artifacts.policy import Policy, check_files, policy

OWNER = Caller("user", "project", frozenset({"member"}))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "artifacts.conf").touch()
    return tmp_path


@pytest.fixture
def write(folder):
    """Put a file of rules beside the configuration file, which is another than was there."""

    def write(text, name="policy.yaml"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        written = path.with_name(f".{path.name}")
        written.write_text(text)
        written.replace(path)  # the time alone may be the same, if the machine is quick

    return write


@pytest.fixture
def policy_of(folder):
    """The policy that the configuration file beside the policy files leads to."""

    def make(section=""):
        (folder / "artifacts.conf").write_text(f"[oslo_policy]\n{section}")
        conf = config.load([str(folder / "artifacts.conf")])
        check_files(config.policy_files(conf))
        return Policy(lambda: config.policy_files(conf))

    return make


@pytest.fixture
def impatient(monkeypatch):
    """Let files be looked at each time, and count as rested."""
    monkeypatch.setattr(policy, "PAUSE", 0.0)


@pytest.fixture
def unhurried(monkeypatch):
    """Let no test take longer than what the policy waits for."""
    monkeypatch.setattr(policy, "PAUSE", 3600.0)


def may_get(found):
    return found.allows("artifact:list", OWNER)


def test_without_a_file_the_code_s_rules_hold(policy_of):
    assert may_get(policy_of())


def test_a_file_puts_other_rules_in_their_place(write, policy_of):
    write('"artifact:list": "!"')

    assert not may_get(policy_of())


def test_a_folder_s_files_beat_it_in_the_order_of_their_names(write, policy_of):
    write('"artifact:list": "@"\n"artifact:type_list": "!"')
    write('"artifact:list": "!"', "policy.d/20.yaml")
    write('"artifact:list": "@"', "policy.d/10.yml")
    write('"artifact:list": "@"', "policy.d/.30.yaml.swp")
    found = policy_of()

    assert not may_get(found)
    assert not found.allows("artifact:type_list", OWNER)


def test_other_places_can_be_named(write, policy_of):
    write('"artifact:list": "!"', "rules/any.yaml")

    assert not may_get(policy_of("policy_file = rules/any.yaml"))
    assert not may_get(policy_of("policy_dirs = nothing\npolicy_dirs = rules"))


def test_a_file_that_is_named_must_be_there(policy_of):
    with pytest.raises(Misconfigured, match=r"policy_file: there is no file other\.yaml"):
        policy_of("policy_file = other.yaml")


WRONG = {
    "[": "must be YAML, which ends at line 1, column 2$",
    '"artifact:list": "!"\na: b: c': "must be YAML, which ends at line 2, column 5$",
    "- artifact:list": "must be a mapping",
    "text": "must be a mapping",
    '"artifact:list":': "must be a text",
    '"artifact:lst": "!"': "no such rule",
    "artifact:list: '\x00'": "must be YAML$",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_stops_the_start(write, policy_of, text):
    write(text)

    with pytest.raises(Misconfigured, match=WRONG[text]):
        policy_of()


@pytest.mark.parametrize("name", ["10.yaml~", "README", "10.yaml.bak"])
def test_a_file_of_a_folder_that_may_be_an_editor_s_copy_stops_the_start(write, policy_of, name):
    write('"artifact:list": "@"', f"policy.d/{name}")

    with pytest.raises(Misconfigured, match="must end in"):
        policy_of()


def test_a_file_that_is_not_utf8_stops_the_start(folder, policy_of):
    (folder / "policy.yaml").write_bytes(b'"artifact:list": "role:\xff"')

    with pytest.raises(Misconfigured, match="must be YAML"):
        policy_of()


def test_a_file_that_cannot_be_read_stops_the_start(folder, policy_of):
    (folder / "policy.yaml").symlink_to("/proc/self/mem")  # where not even root may read

    with pytest.raises(Misconfigured, match="cannot be read"):
        policy_of()


@pytest.mark.usefixtures("impatient")
def test_a_changed_file_is_read_again(write, policy_of):
    found = policy_of()
    told = [may_get(found)]
    for rule in ("!", "@", "role:other"):
        write(f'"artifact:list": "{rule}"')
        told.append(may_get(found))

    assert told == [True, False, True, False]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("text", WRONG)
def test_a_file_that_became_wrong_changes_nothing_and_is_told_once(write, policy_of, caplog, text):
    write('"artifact:list": "!"')
    found = policy_of()
    write(text)
    told = [may_get(found) for _ in range(3)]

    assert told == [False] * 3
    assert len(re.findall(f"the rules stay as they were: .*{WRONG[text]}", caplog.text)) == 1

    write('"artifact:list": "@"')

    assert may_get(found)


@pytest.mark.usefixtures("impatient")
def test_a_file_that_is_gone_changes_nothing_until_it_is_back(folder, write, policy_of, caplog):
    write('"artifact:list": "!"')
    write('"artifact:type_list": "!"', "policy.d/more.yaml")
    found = policy_of()
    (folder / "policy.yaml").unlink()
    write('"artifact:type_list": "@"', "policy.d/more.yaml")
    told = [may_get(found) for _ in range(3)]

    assert told == [False] * 3
    assert not found.allows("artifact:type_list", OWNER)
    assert caplog.text.count("policy.yaml: it is gone") == 1

    write('"artifact:list": "@"')

    assert may_get(found)
    assert found.allows("artifact:type_list", OWNER)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("text", WRONG)
def test_a_process_that_begins_with_a_wrong_file_answers_nothing_until_it_is_mended(
    folder, write, text
):
    write(text)
    found = Policy(lambda: [folder / "policy.yaml"])
    for _ in range(2):
        with pytest.raises(Unavailable):
            may_get(found)
    write('"artifact:list": "!"')

    assert not may_get(found)


@pytest.mark.usefixtures("unhurried")
def test_a_file_that_is_just_being_written_waits_until_it_has_rested(write, policy_of, monkeypatch):
    write('"artifact:list": "!"\n"artifact:type_list": "!"')
    found = policy_of()
    write('"artifact:list": "!"\n')  # and the rest is on its way
    monkeypatch.setattr(found, "_next_look", 0.0)

    assert not found.allows("artifact:type_list", OWNER)


@pytest.mark.usefixtures("unhurried")
def test_between_two_looks_no_file_is_asked_for(write, folder, policy_of, monkeypatch):
    write('"artifact:list": "!"')
    found = policy_of()
    looks = []
    monkeypatch.setattr(found, "_find", lambda: looks.append(1) or [folder / "policy.yaml"])
    for _ in range(1000):
        may_get(found)

    assert len(looks) <= 1
