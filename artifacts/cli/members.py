"""Commands about sharing: share, unshare, members, accept, reject."""

from collections.abc import Sequence

import click

from artifacts.cli.artifact import artifact_arguments, reach
from artifacts.cli.output import print_json, print_table
from artifacts.cli.settings import Settings, client_command
from artifacts.client import Client
from artifacts.terminal import sharing

projects_argument = click.argument("projects", metavar="[PROJECT]...", nargs=-1)


@client_command("share")
@artifact_arguments
@projects_argument
@click.option("--until", metavar="TIME", help="When the share ends, as 2026-01-31T12:00:00Z.")
def share(
    settings: Settings,
    type_name: str,
    artifact: str,
    projects: Sequence[str],
    until: str | None,
) -> None:
    """Share an active artifact with projects.

    They can read it at once by its id, and find it in lists when they have accepted it. A PROJECT
    is named by its id: nobody checks that it is one.

    \b
    artifacts share images debian 3f1c5e0d9a
    artifacts share images debian 3f1c5e0d9a 77b2c8a1e4 --until 2027-01-01T00:00:00Z
    """
    client, artifact_id = reach(settings, type_name, artifact)
    sharing.share(client, type_name, artifact_id, projects, until)
    _print(settings, client, type_name, artifact_id)


@client_command("unshare")
@artifact_arguments
@projects_argument
def unshare(settings: Settings, type_name: str, artifact: str, projects: Sequence[str]) -> None:
    """Take a share back from projects; from all of them if none is given."""
    client, artifact_id = reach(settings, type_name, artifact)
    if not projects:
        client.withdraw(type_name, artifact_id)
    for project in projects:
        client.delete_member(type_name, artifact_id, project)
    _print(settings, client, type_name, artifact_id)


@client_command("members")
@artifact_arguments
def members(settings: Settings, type_name: str, artifact: str) -> None:
    """Show the projects that an artifact is shared with."""
    client, artifact_id = reach(settings, type_name, artifact)
    _print(settings, client, type_name, artifact_id)


def _answering(name: str, status: str, text: str) -> click.Command:
    """Make the command that says *status* to a share; *text* is its help."""

    @client_command(name, text)
    @artifact_arguments
    @click.argument("project", metavar="[PROJECT]", required=False)
    def run(settings: Settings, type_name: str, artifact: str, project: str | None) -> None:
        client, artifact_id = reach(settings, type_name, artifact)
        sharing.answer(client, type_name, artifact_id, project, status)
        _print(settings, client, type_name, artifact_id)

    return run


accept = _answering(
    "accept",
    "accepted",
    """Accept what is shared with your project, so that lists show it.

    What was not accepted yet is in no list by its name: give its id.
    """,
)
reject = _answering(
    "reject", "rejected", "Reject what is shared with your project, so that it is not there."
)


def _print(settings: Settings, client: Client, type_name: str, artifact_id: str) -> None:
    found = client.members(type_name, artifact_id)
    if settings.json:
        print_json(found)
        return
    names = sharing.MEMBER_TITLES
    print_table(names, [tuple(each.get(name) for name in names) for each in found])
