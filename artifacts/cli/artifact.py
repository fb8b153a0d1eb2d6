"""How commands are told which artifact is meant: by TYPE, and by id or name."""

from collections.abc import Callable
from typing import Any

import click

from artifacts.cli.settings import Settings
from artifacts.client import Client
from artifacts.terminal.names import find_id

type_argument = click.argument("type_name", metavar="TYPE")
slot_argument = click.argument("slot", metavar="FIELD[/KEY]")


def artifact_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the arguments TYPE and ARTIFACT."""
    return type_argument(click.argument("artifact", metavar="ARTIFACT")(function))


def reach(settings: Settings, type_name: str, artifact: str) -> tuple[Client, str]:
    """Return a client and the id of the artifact with this id, or of its latest with this name."""
    client = settings.client()
    return client, find_id(client, type_name, artifact)
