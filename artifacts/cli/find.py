"""Commands that only look: types, schema, list, show."""

from collections.abc import Sequence
from itertools import islice

import click

from artifacts.cli.artifact import artifact_arguments, reach, type_argument
from artifacts.cli.output import print_artifact, print_json, print_table
from artifacts.cli.settings import Settings, client_command
from artifacts.terminal.lists import columns
from artifacts.terminal.schemas import FIELD_TITLES, TYPE_TITLES, field_rows, type_rows
from artifacts.terminal.values import split_pair


@client_command("types")
def types(settings: Settings) -> None:
    """List the types that the service keeps."""
    found = settings.client().types()
    if settings.json:
        print_json(found)
        return
    print_table(TYPE_TITLES, type_rows(found))


@client_command("schema")
@type_argument
def schema(settings: Settings, type_name: str) -> None:
    """Show the fields of a type; with --json its JSON Schema."""
    document = settings.client().schema(type_name)
    if settings.json:
        print_json(document)
        return
    print_table(FIELD_TITLES, field_rows(document))


@client_command("list")
@type_argument
@click.option(
    "filters",
    "--filter",
    "-f",
    multiple=True,
    metavar="FIELD=[OP:]VALUE",
    help="Only those; may repeat. FIELD may be DICT.KEY; OP: eq neq in gt gte lt lte like.",
)
@click.option("sorts", "--sort", multiple=True, metavar="FIELD:asc|desc", help="Order; may repeat.")
@click.option("--latest", is_flag=True, help="Only the highest version of each name.")
@click.option("--count", is_flag=True, help="Only tell how many there are.")
@click.option(
    "--limit", type=click.IntRange(1), default=25, metavar="N", help="At most N; else 25."
)
@click.option("everything", "--all", is_flag=True, help="All of them, however many.")
def list_artifacts(
    settings: Settings,
    type_name: str,
    filters: Sequence[str],
    sorts: Sequence[str],
    latest: bool,
    count: bool,
    limit: int,
    everything: bool,
) -> None:
    """List artifacts of a type, the newest first; `all` is every type.

    They fulfil every filter; of those whose OP has `or:` in front, at least one. `in:` takes
    values with commas between them; one that has a comma itself stands in double quotes. `like:`
    knows % and _. All of `tags` must be there, and one of `tags-any`. `artifacts schema TYPE` tells
    which OP each field takes, and which fields are sortable.

    \b
    artifacts list images
    artifacts list images -f status=active -f name=like:debian% --sort name:asc
    artifacts list images -f tags=linux,stable -f metadata.team=red
    artifacts list images --latest --sort status:asc --sort name:asc
    artifacts list images -f min_ram=gte:512 --count
    artifacts list images -f 'name=in:debian,"plan 9, the fourth"'
    artifacts list images -f os_distro=or:debian -f min_ram=or:lt:512
    artifacts list images -f 'name=eq:with:colons' --all --json
    """
    pairs = [split_pair(written) for written in filters]
    if count:
        click.echo(settings.client().count(type_name, pairs, latest=latest))
        return
    most = None if everything else limit
    one_more = None if most is None else most + 1
    listing = settings.client().list(type_name, pairs, sort=sorts, limit=one_more, latest=latest)
    found = [*listing]
    if settings.json:
        print_json(found[:most])
        return
    titles = columns(type_name)
    print_table(titles, ([item.get(title) for title in titles] for item in islice(found, most)))
    if most is not None and len(found) > most:
        click.echo(f"There are more than these {most}; --all lists them.", err=True)


@client_command("show")
@artifact_arguments
def show(settings: Settings, type_name: str, artifact: str) -> None:
    """Show one artifact, by id or by name."""
    client, artifact_id = reach(settings, type_name, artifact)
    print_artifact(settings, client.show(type_name, artifact_id))
