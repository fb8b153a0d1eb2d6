"""What the plugin declares, and what its page says of it."""

import argparse
import re
from importlib.metadata import distribution
from pathlib import Path
from types import SimpleNamespace

import pytest
from cliff.columns import FormattableColumn

from artifacts.osc import life, plugin, quotas, types

PAGE = Path(__file__).parents[2] / "docs" / "openstackclient.md"
COMMANDS = [
    each
    for each in distribution("artifacts").entry_points
    if each.group == "openstack.extension" and each.value.startswith("artifacts.osc.")
]


def command(entry_point):
    return entry_point.load()(None, None)


def test_the_page_lists_every_command_with_its_first_sentence():
    table = PAGE.read_text().partition("<!-- commands -->")[2].partition("<!-- /commands -->")[0]
    listed = dict(re.findall(r"^\| `openstack (.*?)` \| (.*) \|$", table, re.M))

    assert listed == {
        each.name.replace("_", " "): command(each).get_description().partition("\n")[0]
        for each in COMMANDS
    }


@pytest.mark.parametrize("entry_point", COMMANDS, ids=lambda each: each.name)
def test_every_argument_is_explained(entry_point):
    parser = command(entry_point).get_parser("openstack")

    parser.format_help()  # a percent sign in a text would break it
    assert [each.dest for each in parser._actions if not each.help] == []


def test_an_option_that_glares_plugin_declared_is_left_to_it(monkeypatch):
    alone = plugin.build_option_parser(argparse.ArgumentParser())
    monkeypatch.setitem(plugin.sys.modules, "glareclient.osc.plugin", plugin)
    beside = plugin.build_option_parser(argparse.ArgumentParser())

    assert "--os-artifact-api-version" in alone._option_string_actions
    assert "--os-artifact-api-version" not in beside._option_string_actions


STEERING = "\x1b[2J\u202e"


def shown(value):
    return value.human_readable() if isinstance(value, FormattableColumn) else str(value)


@pytest.mark.parametrize(
    ("shows", "method", "told"),
    [
        (types.ListTypes, "types", {STEERING: {"description": STEERING, "version": STEERING}}),
        (types.ShowType, "schema", {"properties": {STEERING: {"description": STEERING}}}),
        (quotas.ListQuotas, "all_quotas", {STEERING: {STEERING: 1}}),
        (life.Activate, "activate", {STEERING: STEERING, "folder": {STEERING: STEERING}}),
    ],
)
def test_no_name_that_a_service_tells_steers_the_terminal(monkeypatch, shows, method, told):
    client = SimpleNamespace(**{method: lambda *_: told})
    app = SimpleNamespace(client_manager=SimpleNamespace(artifacts=client))
    monkeypatch.setattr(shows, "meant", lambda self, args: ("images", "1"))

    names, values = shows(app, None).take_action(argparse.Namespace(type="images"))

    rows = [row if isinstance(row, tuple) else (row,) for row in values]
    written = [shown(each) for row in (names, *rows) for each in row]
    assert any("x1b[2J" in each for each in written)
    assert all(each.isprintable() for each in written), written
