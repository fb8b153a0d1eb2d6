"""`artifacts serve`: the service on this machine."""

from pathlib import Path

import click

from artifacts.cli.location import location_options


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=9494,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on.",
)
@click.option("--workers", type=click.IntRange(1, 64), help="Processes [default: one a CPU, to 4]")
@location_options
def serve(
    host: str, port: int, workers: int | None, data: Path | None, config_files: tuple[Path, ...]
) -> None:
    """Run the service. Ctrl-C stops it, SIGHUP reads the configuration again.

    Without a configuration file it serves you alone: on this machine, with no passwords, and
    with all data in one folder.
    """
    # Imported here, since it is the whole service, which no other command waits for.
    from artifacts.cli import server
    from artifacts.errors import ArtifactsError

    try:
        server.run(host, port, workers, data, config_files)
    except ArtifactsError as error:
        raise click.ClickException(str(error)) from error
