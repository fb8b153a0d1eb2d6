"""Commands that create artifacts, change their fields and tags, and delete them."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from artifacts.cli.artifact import artifact_arguments, reach, type_argument
from artifacts.cli.output import print_artifact, print_json
from artifacts.cli.settings import Settings, client_command
from artifacts.client import Client, Document
from artifacts.terminal.values import read_changes, read_fields, read_resets


@client_command("create")
@type_argument
@click.argument("name")
@click.argument("pairs", nargs=-1, metavar="[FIELD[/KEY]=VALUE]...")
@click.option("--version", help="Version, as 1.2.3; else 0.0.0.")
def create(
    settings: Settings, type_name: str, name: str, pairs: Sequence[str], version: str | None
) -> None:
    """Create a draft.

    `artifacts schema TYPE` tells which fields there are.

    \b
    artifacts create images debian --version 12.1.0 disk_format=iso container_format=bare
    artifacts create images tiny min_ram=64 tags=small,test properties/hw_machine_type=q35
    artifacts create images tiny --version 2 'metadata={"team": "red"}'
    """
    client = settings.client()
    fields: dict[str, Any] = read_fields(pairs, client.schema(type_name)) if pairs else {}
    fields["name"] = name
    if version is not None:
        fields["version"] = version
    print_artifact(settings, client.create(type_name, **fields))


@client_command("set")
@artifact_arguments
@click.argument("pairs", nargs=-1, required=True, metavar="FIELD[/KEY]=VALUE...")
def set_fields(settings: Settings, type_name: str, artifact: str, pairs: Sequence[str]) -> None:
    """Give fields, or keys of a dict, new values; all of them or none.

    \b
    artifacts set images debian description='the stable one' min_ram=512
    artifacts set images debian properties/hw_machine_type=q35
    """
    client, artifact_id = reach(settings, type_name, artifact)
    operations = read_changes(pairs, client.schema(type_name))
    print_artifact(settings, client.change(type_name, artifact_id, operations))


@client_command("unset")
@artifact_arguments
@click.argument("fields", nargs=-1, required=True, metavar="FIELD[/KEY]...")
def unset(settings: Settings, type_name: str, artifact: str, fields: Sequence[str]) -> None:
    """Set fields back to their defaults, or delete keys of a dict.

    \b
    artifacts unset images debian min_ram
    artifacts unset images debian properties/hw_machine_type
    """
    operations = read_resets(fields)
    client, artifact_id = reach(settings, type_name, artifact)
    print_artifact(settings, client.change(type_name, artifact_id, operations))


def _changing_tags(name: str, change: Callable[..., Document], text: str) -> click.Command:
    """Make a command that is given tags; *text* is its help."""

    @client_command(name, text)
    @artifact_arguments
    @click.argument("tags", nargs=-1, required=True, metavar="TAG...")
    def run(settings: Settings, type_name: str, artifact: str, tags: Sequence[str]) -> None:
        client, artifact_id = reach(settings, type_name, artifact)
        print_artifact(settings, change(client, type_name, artifact_id, *tags))

    return run


add_tag = _changing_tags("add-tag", Client.add_tag, "Add tags to an artifact.")
delete_tag = _changing_tags("delete-tag", Client.delete_tag, "Delete tags of an artifact.")


@client_command("delete")
@artifact_arguments
def delete(settings: Settings, type_name: str, artifact: str) -> None:
    """Delete an artifact, and the bytes that the service keeps for it."""
    client, artifact_id = reach(settings, type_name, artifact)
    client.delete(type_name, artifact_id)
    if settings.json:
        print_json({"deleted": artifact_id})
