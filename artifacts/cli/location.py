"""The options that say where the service keeps its data, and is told how."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

DATA = "artifacts-data"

Command = Callable[..., Any]


def location_options(command: Command) -> Command:
    """Add --data and --config-file to a command."""
    data = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for the database and the blobs; beats the option `data`, but neither "
        f"[database] connection nor the path of a store [default: {DATA}]",
    )
    files = click.option(
        "--config-file",
        "config_files",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Configuration file; may be given again "
        "[default: artifacts.conf in /etc/artifacts, if it is there]",
    )
    return data(files(command))
