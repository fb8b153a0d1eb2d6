"""Commands that move bytes: upload, link, download, delete-blob."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from artifacts.cli.artifact import artifact_arguments, reach, slot_argument
from artifacts.cli.output import print_artifact, print_json, print_slot
from artifacts.cli.settings import Settings, client_command
from artifacts.client import ClientError
from artifacts.client.digests import ALGORITHMS
from artifacts.terminal.cells import human_size
from artifacts.terminal.names import default_target
from artifacts.terminal.progress import bar


def expected_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add one option for each digest that bytes can be held to."""
    for name in reversed(ALGORITHMS):
        text = f"Refuse bytes whose {name} is another."
        function = click.option(f"--{name}", metavar="HEX", help=text)(function)
    return function


@client_command("upload")
@artifact_arguments
@slot_argument
@click.argument("source", default="-", metavar="[FILE|-]")
@click.option(
    "--content-type",
    default="application/octet-stream",
    metavar="TYPE",
    help="Media type to keep with the bytes; else application/octet-stream.",
)
@expected_options
def upload(
    settings: Settings,
    type_name: str,
    artifact: str,
    slot: str,
    source: str,
    content_type: str,
    **digests: str | None,
) -> None:
    """Fill a slot with the bytes of FILE, or of standard input.

    \b
    artifacts upload images debian image debian.iso
    artifacts upload heat_templates web nested_templates/db.yaml db.yaml
    xzcat disk.raw.xz | artifacts upload images debian image
    """
    client, artifact_id = reach(settings, type_name, artifact)
    with bar(slot) as progress:
        document = client.upload(
            type_name,
            artifact_id,
            slot,
            sys.stdin.buffer if source == "-" else source,
            content_type=content_type,
            digests=_given(digests),
            progress=progress,
        )
    print_slot(settings, document, slot)


@client_command("link")
@artifact_arguments
@slot_argument
@click.argument("url")
@click.option("--size", type=click.IntRange(0), help="Refuse bytes of another size.")
@expected_options
@click.option("--copy", is_flag=True, help="Keep the bytes in the service too.")
def link(
    settings: Settings,
    type_name: str,
    artifact: str,
    slot: str,
    url: str,
    size: int | None,
    copy: bool,
    **digests: str | None,
) -> None:
    """Fill a slot with bytes that stay at a URL.

    The service fetches them once, to measure them and to refuse what is not expected.

    \b
    artifacts link images debian mirrors/eu https://cdn.example/debian.iso --sha256 9f86d0...
    """
    client, artifact_id = reach(settings, type_name, artifact)
    document = client.link(
        type_name, artifact_id, slot, url, size=size, digests=_given(digests), copy=copy
    )
    print_slot(settings, document, slot)


@client_command("download")
@artifact_arguments
@slot_argument
@click.option("-o", "--output", metavar="FILE|-", help="Where to; else the artifact's name.")
@click.option("--restart", is_flag=True, help="Do not go on with what an earlier download left.")
def download(
    settings: Settings,
    type_name: str,
    artifact: str,
    slot: str,
    output: str | None,
    restart: bool,
) -> None:
    """Save a slot's bytes, verified by size and sha256.

    What was interrupted goes on where it ended when the same command is given again.

    \b
    artifacts download images debian image
    artifacts download images debian mirrors/eu -o debian.iso
    artifacts download images debian image -o - | xz > debian.iso.xz
    """
    client, artifact_id = reach(settings, type_name, artifact)
    if output is None:
        output = default_target(client.show(type_name, artifact_id), slot)
        if os.path.lexists(output):
            raise ClientError(f"{output} exists; give --output {output} to replace it")
    target = sys.stdout.buffer if output == "-" else Path(output)
    with bar(slot) as progress:
        saved = client.download(
            type_name, artifact_id, slot, target, resume=not restart, progress=progress
        )
    if saved.path is None:
        return
    if settings.json:
        print_json({"path": str(saved.path), "size": saved.size, "sha256": saved.sha256})
    else:
        click.echo(f"{saved.path}: {human_size(saved.size)}, sha256 {saved.sha256} verified")


@client_command("delete-blob")
@artifact_arguments
@slot_argument
def delete_blob(settings: Settings, type_name: str, artifact: str, slot: str) -> None:
    """Empty a slot.

    A link's bytes stay where they are; uploaded bytes can be deleted in a draft alone.
    """
    client, artifact_id = reach(settings, type_name, artifact)
    print_artifact(settings, client.delete_blob(type_name, artifact_id, slot))


def _given(digests: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in digests.items() if value}
