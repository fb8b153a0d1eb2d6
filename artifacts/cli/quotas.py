"""Commands about what projects may keep: quotas, set-quotas, delete-quotas."""

from collections.abc import Iterable

import click

from artifacts.cli.output import print_json, print_table
from artifacts.cli.settings import Settings, client_command
from artifacts.client.answers import is_size
from artifacts.logs import printable
from artifacts.terminal.cells import human_size
from artifacts.terminal.values import read_quotas

_BYTES = "max_uploaded_data"

project_argument = click.argument("project", metavar="PROJECT")


@client_command("quotas")
@click.argument("project", metavar="[PROJECT]", required=False)
@click.option("everything", "--all", is_flag=True, help="What was set for single projects.")
def quotas(settings: Settings, project: str | None, everything: bool) -> None:
    """Show what a project may keep and what it does keep; else your own.

    \b
    artifacts quotas
    artifacts quotas 3f1c5e0d9a --json
    artifacts quotas --all
    """
    if not everything:
        _print_quotas(settings, project)
        return
    if project is not None:
        raise click.UsageError("Give a PROJECT or --all, not both.")
    found = settings.client().all_quotas()
    if settings.json:
        print_json(found)
        return
    rows = [
        (owner, name, _amount(name, value))
        for owner, values in found.items()
        for name, value in values.items()
    ]
    print_table(("project", "quota", "limit"), rows)


@client_command("set-quotas")
@project_argument
@click.argument("quotas", metavar="QUOTA=NUMBER...", nargs=-1, required=True)
def set_quotas(settings: Settings, project: str, quotas: Iterable[str]) -> None:
    """Set quotas of a project, in place of all that were set for it; admins only.

    QUOTA is max_artifact_number or max_uploaded_data, in bytes; with :TYPE behind it, it is for
    that type. -1 is any number. What is not given goes back to the default. PROJECT is an id:
    nobody checks that it is one.

    \b
    artifacts set-quotas 3f1c5e0d9a max_uploaded_data=1099511627776 max_artifact_number:images=100
    """
    settings.client().set_quotas({project: read_quotas(quotas)})
    idle = [name for name, used in _print_quotas(settings, project) if used is None]
    if idle:
        click.echo(f"These limit nothing: {printable(', '.join(idle))}.", err=True)


@client_command("delete-quotas")
@project_argument
def delete_quotas(settings: Settings, project: str) -> None:
    """Give a project the default quotas again; admins only."""
    settings.client().set_quotas({project: {}})
    _print_quotas(settings, project)


def _print_quotas(settings: Settings, project: str | None) -> list[tuple[str, object]]:
    """Print the quotas of a project; return what is used of each, None of what is no quota."""
    found = settings.client().quotas(project)
    used = [(str(item.get("quota_name")), item.get("usage")) for item in found]
    if settings.json:
        print_json(found)
        return used
    rows = [
        (name, _amount(name, item.get("quota_value")), _amount(name, item.get("usage")))
        for item in found
        for name in [str(item.get("quota_name"))]
    ]
    print_table(("quota", "limit", "used"), rows)
    return used


def _amount(name: str, value: object) -> object:
    """Say bytes in a unit, and a limit that is none in words."""
    if value == -1:
        return "any number"
    sized = name.partition(":")[0] == _BYTES and is_size(value)
    return human_size(value) if sized else value  # type: ignore[arg-type]
