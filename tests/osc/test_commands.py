"""What the plugin declares, and what its page says of it."""

import argparse
import re
from importlib.metadata import distribution
from pathlib import Path

import pytest

from artifacts.osc import plugin

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
