"""The documents say what the code does: every option, URL, hook, command and error of it.

`python tests/test_docs.py` writes again what is generated: tables, and the samples in etc/.
"""

import configparser
import os
import re
import runpy
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote
from urllib.request import urlopen

import click
import pytest
import yaml
from oslo_config import cfg

from artifacts import config, errors, plugins
from artifacts.api import errors as api_errors
from artifacts.api import routes, versions
from artifacts.cli import main, manage, policy, sample, server
from artifacts.db import tables
from artifacts.model import kinds
from artifacts.model.declaration import RESERVED
from artifacts.model.fields import Options
from artifacts.model.handle import Handle
from artifacts.model.hooks import Hooks
from artifacts.policy import Rule, check_files, list_rules
from artifacts.policy.rulebook import Rulebook
from artifacts.service.audit import KINDS
from artifacts.watching.catalogue import METRICS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SAMPLE = ROOT / "etc" / "artifacts.conf.sample"
POLICY_SAMPLE = ROOT / "etc" / "policy.yaml.sample"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("README.md")])


def page(name: str) -> str:
    return (DOCS / name).read_text()


def rows(text: str, column: int = 0) -> set[str]:
    """Return what stands in code marks in one column of every table of a page."""
    lines = [re.split(r"(?<!\\)\|", line) for line in text.splitlines() if line.startswith("| ")]
    cells = [line[column + 1] for line in lines if len(line) > column + 2]
    return {found for cell in cells for found in re.findall(r"`([^`]+)`", cell)}


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next of its level or above."""
    level = heading.split()[0]
    _, _, rest = text.partition(f"\n{heading}\n")
    assert rest, f"there is no heading {heading!r}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.M)[0]


# What is generated.


def option_table() -> str:
    groups = {group or "DEFAULT": options for group, options in config.GROUPS.items()}
    groups["artifact_type:NAME"] = config.TYPE
    groups["pool:NAME"] = config.POOL
    groups["store:NAME"] = [config.KIND]
    for kind, store_class in sorted(plugins.find_stores().items()):
        if options := config.store_options(store_class):
            groups[f"store:NAME` with kind `{kind}"] = options
    return "\n\n".join(_section(group, options) for group, options in groups.items())


def _section(group: str, options: list[cfg.Opt]) -> str:
    head = f"`[{group}]`" if "`" not in group else "`[" + group.replace("`", "]`", 1) + "`"
    lines = [_option(option) for option in options]
    return "\n".join([f"{head}\n", "| option | default | means |", "|---|---|---|", *lines])


def _option(option: cfg.Opt) -> str:
    default = option.default
    if isinstance(default, list):
        default = ",".join(str(each) for each in default)
    shown = "unset" if default in (None, "") else f"`{str(default).lower()}`"
    choices = getattr(option.type, "choices", None) or {}
    told = "; ".join(f"`{name}`: {means}" for name, means in choices.items())
    return f"| `{option.name}` | {shown} | {_cell(f'{option.help} {told}')} |"


def command_table() -> str:
    lines = ["| command | does |", "|---|---|"]
    for name, found in [
        *_commands("artifacts", main.main),
        *_commands("artifacts-manage", manage.main),
    ]:
        words = [name, *(_word(each) for each in found.params if isinstance(each, click.Argument))]
        first = (found.help or "").strip().partition("\n\n")[0]
        lines.append(f"| `{_cell(' '.join(words))}` | {_cell(first)} |")
    return "\n".join(lines)


def _commands(name: str, group: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(group, click.Group):
        yield name, group
        return
    context = click.Context(group)
    for each in group.list_commands(context):
        found = group.get_command(context, each)
        assert found is not None
        yield from _commands(f"{name} {each}", found)


def rule_table() -> str:
    lines = ["| rule | default | means | asked by | about |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *(_rule(rule) for rule in list_rules())])


def _rule(rule: Rule) -> str:
    asked = ", ".join(f"`{each['method']} {each['path']}`" for each in rule.operations)
    about = "an artifact" if len(rule.about) > 1 else ", ".join(f"`{name}`" for name in rule.about)
    cells = [f"`{rule.name}`", f"`{rule.check_str}`", rule.description, asked, about or "nothing"]
    return f"| {' | '.join(_cell(each) for each in cells)} |"


def _word(argument: click.Argument) -> str:
    return argument.make_metavar(click.Context(click.Command("any")))


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", r"\|").strip()


def finding_table() -> str:
    lines = ["| finding | means | `--repair` |", "|---|---|---|"]
    found = (f"| `{name}` | {_cell(kind.means)} | {kind.repair} |" for name, kind in KINDS.items())
    return "\n".join([*lines, *found])


def metric_table() -> str:
    lines = ["| metric | is a | labels | means |", "|---|---|---|---|"]
    for each in METRICS:
        labels = ", ".join(f"`{label}`" for label in each.labels)
        lines.append(f"| `{each.name}` | {each.kind} | {labels} | {_cell(each.help)} |")
    return "\n".join(lines)


GENERATED = {
    "options": option_table,
    "commands": command_table,
    "rules": rule_table,
    "findings": finding_table,
    "metrics": metric_table,
}


def marked(text: str, name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)\n?<!-- /{name} -->", text, re.S)
    assert found, f"there are no marks for {name}"
    return found[1]


def generate() -> None:
    """Write the tables of docs/operating.md and the sample again."""
    path = DOCS / "operating.md"
    text = path.read_text()
    for name, make in GENERATED.items():
        old, new = marked(text, name), f"\n{make()}\n"
        text = text.replace(
            f"<!-- {name} -->\n{old}" + ("\n" if old else ""), f"<!-- {name} -->\n{new}\n"
        )
    path.write_text(text)
    SAMPLE.write_text(sample.render())
    POLICY_SAMPLE.write_text(policy.render())


@pytest.mark.parametrize("name", GENERATED)
def test_the_generated_tables_are_those_of_the_code(name):
    assert marked(page("operating.md"), name).strip() == GENERATED[name]()


def test_the_sample_of_the_configuration_is_the_one_that_the_code_generates():
    assert _ours(SAMPLE.read_text()) == _ours(sample.render())


def _ours(text: str) -> list[str]:
    """Return the sections but keystonemiddleware's, which is another in another release of it."""
    sections = re.split(r"^(?=\[)", text, flags=re.M)
    assert any(each.startswith("[keystone_authtoken]") for each in sections)
    return [each for each in sections if not each.startswith("[keystone_authtoken]")]


def test_the_sample_of_the_policy_is_the_one_that_the_code_generates():
    assert POLICY_SAMPLE.read_text() == policy.render()


def test_the_example_of_a_policy_is_sound():
    example = re.sub(r"```\w*", "", marked(page("operating.md"), "example policy"))

    assert Rulebook(yaml.safe_load(example))


def test_the_examples_of_protections_are_sound(tmp_path):
    sample = (ROOT / "etc" / "protection.conf.sample").read_text()
    sections = "\n".join(re.findall(r"^#(\[.*|(?:read|write) = .*)", sample, re.M))
    page_example = re.sub(r"```\w*", "", marked(page("operating.md"), "example protection"))
    for number, text in enumerate((sections, page_example)):
        path = tmp_path / str(number)
        path.write_text(text)
        check_files([], [path], plugins.find_types())

        assert text.count("[") > 1


def test_every_option_has_a_sentence_of_help():
    options = [option for group in config.GROUPS.values() for option in group]

    assert [option.name for option in options if not (option.help or "").endswith(".")] == []


def test_gunicorn_s_settings_are_those_of_artifacts_serve():
    conf = config.load()
    conf.set_override("auth", "keystone", group="api")
    wanted = server.settings(conf, "127.0.0.1", 9494, os.cpu_count() or 1)

    settings = runpy.run_path(str(ROOT / "etc" / "gunicorn.conf.py"))

    del wanted["when_ready"]  # what to try next is for a person who has just begun
    assert {name: settings.get(name) for name in wanted} == wanted


def test_gunicorn_serves_the_application_with_the_settings_of_etc(tmp_path):
    configured = tmp_path / "artifacts.conf"
    configured.write_text(f"[DEFAULT]\ndata = {tmp_path / 'data'}\n[api]\nauth = none\n")
    settings = ["--config", str(ROOT / "etc" / "gunicorn.conf.py")]
    here = ["--bind", "127.0.0.1:0", "--workers", "1", "artifacts.wsgi:application"]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *settings, *here],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "ARTIFACTS_CONFIG_FILE": str(configured)},
    )
    with ended(process):
        url = told_url(process.stderr, re.compile(r"Listening at: (http://\S+)"))
        with urlopen(f"{url}/schemas/images", timeout=60) as answer:
            assert answer.status == 200


# What each page must name.


class Recorder:
    """Takes the routes as an application would."""

    def __init__(self) -> None:
        self.routes: dict[str, Any] = {}

    def add_route(self, path: str, resource: Any) -> None:
        self.routes[path] = resource

    def add_sink(self, sink: Any) -> None: ...


def served() -> dict[str, Any]:
    """Return every URL as the pages write it, with its resource."""
    app: Any = Recorder()
    nobody: Any = None
    routes.install(
        app,
        ready=routes.Ready(nobody),
        collection=routes.Collection(nobody, default_limit=1, most=1),
        item=routes.Item(nobody),
        slot=routes.Slot(nobody, nobody, patience=1),
        schemas=routes.Schemas(nobody),
        description=routes.Description([]),
        members=routes.AllMembers(nobody),
        member=routes.OneMember(nobody),
        tags=routes.AllTags(nobody),
        tag=routes.OneTag(nobody),
        quotas=routes.AllQuotas(nobody),
        project_quotas=routes.ProjectQuotas(nobody),
        pools=routes.AllPools(nobody),
    )
    spelt = {"{type_name}": "{type}", "{path:path}": "{slot}"}
    found = {}
    for path, resource in app.routes.items():
        for ours, theirs in spelt.items():
            path = path.replace(ours, theirs)
        found[path] = resource
    return found


def test_every_url_has_a_heading_and_every_method_is_told_below_it():
    text = page("api.md")
    headings = re.findall(r"^### (.*/.*)$", text, re.M)
    untold = []
    for path, resource in served().items():
        [heading] = [each for each in headings if f"`{path}`" in each]
        below = section(text, f"### {heading}")
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            if hasattr(resource, f"on_{method.lower()}") and path not in ("/", "/versions"):
                untold += [] if re.search(rf"\b{method}\b", below) else [f"{method} {path}"]

    assert untold == []


def test_every_error_is_told_with_its_status_and_type():
    table = section(page("api.md"), "### Errors")
    told = {
        (int(status), name) for status, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", table, re.M)
    }
    ours = {(status.value, name) for status, name in api_errors.STATUS.values()}
    routers = {(405, "MethodNotAllowed"), (500, "InternalServerError"), (501, "NotImplemented")}

    assert told == ours | routers


def test_every_error_that_can_be_answered_has_a_row_of_its_own_or_its_base_s():
    tree = [errors.ArtifactsError]
    for each in tree:
        tree += each.__subclasses__()
    ours = [each for each in tree if each.__module__ == errors.__name__]
    answered = [each for each in ours if any(base in api_errors.STATUS for base in each.__mro__)]

    never = {errors.ArtifactsError, errors.Misconfigured, errors.Unlistable}
    assert set(ours) - set(answered) == never


def test_every_microversion_is_told():
    told = section(page("api.md"), "### Microversions")

    assert all(versions.text(version) in told for version in versions.STATUS)


def test_every_hook_is_told_and_no_other():
    told = {name.partition("(")[0] for name in rows(section(page("writing-a-type.md"), "## Hooks"))}

    assert told == {name for name in vars(Hooks) if not name.startswith("_")} - {"handle"}


def test_every_verb_of_the_handle_is_told_and_no_other():
    told = rows(section(page("writing-a-type.md"), "## The handle"))

    assert {name.partition("(")[0] for name in told} == {
        name for name in vars(Handle) if not name.startswith("_")
    }


def test_every_option_of_a_field_is_told_and_no_other():
    assert rows(section(page("writing-a-type.md"), "## Options of fields")) == set(
        Options.__annotations__
    )


def test_every_kind_of_field_is_told_and_no_other():
    table = section(page("writing-a-type.md"), "## Kinds of fields")
    told = {
        row[2].strip() for row in (line.split("|") for line in table.splitlines()) if len(row) > 4
    }
    named = {each.name for each in _below(kinds.Kind) if "name" in vars(each)}

    assert told - {"kind", "---"} == named


def _below(base: type[Any]) -> Iterator[type[Any]]:
    for each in base.__subclasses__():
        yield each
        yield from _below(each)


def test_every_reserved_name_is_told():
    told = page("writing-a-type.md")

    assert [name for name in RESERVED if f"`{name}`" not in told] == []


def test_every_table_is_told_and_no_other():
    told = rows(section(page("architecture.md"), "## Tables"))

    assert told == set(tables.metadata.tables)


def test_the_rooms_are_those_that_import_linter_keeps():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    kept = setup["importlinter:contract:rooms"]["layers"].split("\n")
    drawn = marked(page("architecture.md"), "rooms").splitlines()[1:-1]  # in a fence
    described = rows(section(page("architecture.md"), "## Rooms"))

    assert drawn == [line.strip() for line in kept if line.strip()]
    assert {room for line in drawn for room in line.split(" | ")} <= described


def test_the_options_of_serve_are_told():
    told = rows(section(page("operating.md"), "## Run"))
    command = main.main.get_command(click.Context(main.main), "serve")

    assert {option for each in command.params for option in each.opts} <= told


def test_every_decision_has_the_number_of_its_file_and_no_other_has_it():
    numbers = {
        path.name: path.read_text().partition(". ")[0]
        for path in sorted((DOCS / "decisions").glob("*.md"))
    }

    assert list(numbers.values()) == [f"# {int(name[:4])}" for name in numbers]
    assert len(set(numbers.values())) == len(numbers)


def test_every_change_is_told_in_one_sentence_first():
    first = {
        path.name: path.read_text().split("\n", 2)[:2]
        for path in (DOCS / "changes").glob("*.md")
        if path.name != "README.md"
    }

    assert [name for name, (told, _) in first.items() if len(told) >= 80 or told[:1] == "#"] == []
    assert [name for name, (_, empty) in first.items() if empty] == []


# Links.


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.S)
    broken = []
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / unquote(file)).resolve() if file else path
        if not found.exists() or (anchor and anchor not in _anchors(found)):
            broken.append(target)

    assert broken == []


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


# Examples.


def examples(text: str) -> list[tuple[str, list[str]]]:
    """Return each command of the blocks that are a console, with the lines it is said to print."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.M | re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


@contextmanager
def mirror(folder: Path) -> Iterator[str]:
    """Serve a folder from an address that is not the service's."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    origin = ThreadingHTTPServer(("127.0.0.2", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=origin.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.2:{origin.server_port}"
    finally:
        origin.shutdown()
        origin.server_close()


@contextmanager
def serving(folder: Path, origin: str) -> Iterator[str]:
    """Run `artifacts serve` until it says that it is ready, and stop it in the end."""
    port = origin.partition(":")[2]
    configured = folder / "artifacts.conf"
    configured.write_text(
        f"[api]\nauth = none\n[remote]\nallowed_networks = 127.0.0.2/32\nallowed_ports = {port}\n"
    )
    run = "from artifacts.cli.main import main; main()"
    options = ["serve", "--port", "0", "--workers", "1", "--config-file", str(configured)]
    process = subprocess.Popen(
        [sys.executable, "-c", run, *options], stdout=subprocess.PIPE, text=True, cwd=folder
    )
    with ended(process):
        yield told_url(process.stdout, re.compile(r"ready on (http://\S+?),"))


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        process.communicate(timeout=60)


def told_url(output: IO[str] | None, sentence: re.Pattern[str]) -> str:
    """Read what a server says until it says where it is."""
    said = []
    for line in output or ():
        said.append(line)
        if found := sentence.search(line):
            return found[1]
    pytest.fail("".join(said) or "the server said nothing")


def as_pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("…"))


@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="bash or curl is not installed"
)
def test_the_examples_of_the_api_answer_what_the_page_says(tmp_path):
    environment = dict(os.environ)
    with mirror(tmp_path) as origin, serving(tmp_path, origin) as url:

        def here(text: str) -> str:
            return text.replace("http://127.0.0.1:9494", url).replace("mirror.example", origin)

        for written, printed in examples(page("api.md")):
            command = here(written)
            name = re.match(r"(\w+)=", command)
            if name:
                command += f'; printf %s "${name[1]}"'
            done = subprocess.run(
                ["bash", "-c", command],
                capture_output=True,
                text=True,
                cwd=tmp_path,
                env=environment,
                timeout=60,
            )
            if name:
                environment[name[1]] = done.stdout

            assert done.returncode == 0, f"{written}\n{done.stderr}"
            for line in printed:
                assert re.search(as_pattern(here(line)), done.stdout), f"{written}\n{done.stdout}"


def test_the_examples_show_every_url():
    shown = " ".join(command for command, _ in examples(page("api.md")))
    spelt = {
        "{type}": r"\w+",
        "{id}": r"\$ID",
        "{slot}": r"\w+",
        "{project}": r"\w+",
        "{tag}": r"\w+",
    }
    missing = []
    for path in served():
        pattern = path
        for ours, theirs in spelt.items():
            pattern = pattern.replace(ours, theirs)
        if not re.search(rf"9494{pattern}[\s'?/]?", f"{shown} "):
            missing.append(path)

    assert set(missing) <= {"/versions", "/schemas"}


if __name__ == "__main__":
    generate()
