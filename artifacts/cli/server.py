"""What `artifacts serve` and `artifacts-manage` share: where the data and the options are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from oslo_config.cfg import ConfigOpts

from artifacts import config
from artifacts.wsgi import CONFIG_FILE

DATA = "artifacts-data"

Command = Callable[..., Any]


def location_options(command: Command) -> Command:
    """Add --data and --config-file, which say where the service keeps what."""
    data = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help=f"Folder for the database and the blobs, unless options say otherwise "
        f"[default: {DATA}]",
    )
    files = click.option(
        "--config-file",
        "config_files",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=f"Configuration file; may be given again [default: {CONFIG_FILE}, if it is there]",
    )
    return data(files(command))


def configure(data: Path | None, config_files: tuple[Path, ...]) -> ConfigOpts:
    """Return the options; who is asking is nobody's question where no file says anything."""
    files = config_files or ((CONFIG_FILE,) if CONFIG_FILE.exists() else ())
    conf = config.load(str(path) for path in files)
    if conf.api.auth is None:
        conf.set_override("auth", "keystone" if files else "none", group="api")
    if data is not None or not conf.data:
        conf.set_override("data", str((data or Path(DATA)).absolute()))
    return conf
