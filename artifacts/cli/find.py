"""Commands that only look: types, schema, list, show."""

from collections.abc import Sequence
from itertools import islice

import click

from artifacts.cli.artifact import artifact_arguments, reach, type_argument
from artifacts.cli.output import print_artifact, print_json, print_table
from artifacts.cli.settings import Settings, client_command
from artifacts.cli.values import listed, split_pair
from artifacts.client import Document

COLUMNS = ("id", "name", "version", "status", "visibility", "owner")


@client_command("types")
def types(settings: Settings) -> None:
    """List the types that the service keeps."""
    found = settings.client().types()
    if settings.json:
        print_json(found)
        return
    rows = [(name, *map(found[name].get, ("display_name", "version"))) for name in sorted(found)]
    print_table(("type", "title", "version"), rows)


@client_command("schema")
@type_argument
def schema(settings: Settings, type_name: str) -> None:
    """Show the fields of a type; with --json its JSON Schema."""
    document = settings.client().schema(type_name)
    if settings.json:
        print_json(document)
        return
    always = listed(document, "required")
    rows = [
        (name, declared.get("glareType"), _rules(declared, name in always), _meaning(declared))
        for name, declared in document["properties"].items()
    ]
    print_table(("field", "kind", "rules", "meaning"), rows)


@client_command("list")
@type_argument
@click.option(
    "filters",
    "--filter",
    "-f",
    multiple=True,
    metavar="FIELD=[OP:]VALUE",
    help="Only those; may repeat. OP is eq, neq, in, gt, gte, lt, lte or like.",
)
@click.option("--sort", metavar="FIELD:asc|desc", help="Order; several with commas between.")
@click.option(
    "--limit", type=click.IntRange(1), default=25, metavar="N", help="At most N; else 25."
)
@click.option("everything", "--all", is_flag=True, help="All of them, however many.")
def list_artifacts(
    settings: Settings,
    type_name: str,
    filters: Sequence[str],
    sort: str | None,
    limit: int,
    everything: bool,
) -> None:
    """List artifacts of a type, the newest first; `all` is every type.

    \b
    artifacts list images
    artifacts list images -f status=active -f name=like:debian% --sort name:asc
    artifacts list images -f tags=linux,stable
    artifacts list images -f 'name=eq:with:colons' --all --json
    """
    pairs = [split_pair(written) for written in filters]
    most = None if everything else limit
    one_more = None if most is None else most + 1
    found = [*settings.client().list(type_name, pairs, sort=sort, limit=one_more)]
    if settings.json:
        print_json(found[:most])
        return
    titles = ("type_name", *COLUMNS) if type_name == "all" else COLUMNS
    print_table(titles, ([item.get(title) for title in titles] for item in islice(found, most)))
    if most is not None and len(found) > most:
        click.echo(f"There are more than these {most}; --all lists them.", err=True)


@client_command("show")
@artifact_arguments
def show(settings: Settings, type_name: str, artifact: str) -> None:
    """Show one artifact, by id or by name."""
    client, artifact_id = reach(settings, type_name, artifact)
    print_artifact(settings, client.show(type_name, artifact_id))


def _rules(declared: Document, always: bool) -> str:
    """Say who changes a field and when, in the words that the documents use."""
    if declared.get("readOnly"):
        return "system"
    required = always or declared.get("required_on_activate", True)
    words = ["required" if required else "optional"]
    return " ".join(words + ["mutable"] * bool(declared.get("mutable")))


def _meaning(declared: Document) -> str:
    choices = ", ".join(str(choice) for choice in listed(declared, "enum") if choice is not None)
    description = str(declared.get("description", ""))
    return " ".join([description, *([f"One of {choices}."] if choices else [])])
