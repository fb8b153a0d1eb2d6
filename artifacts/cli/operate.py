"""What every command of `artifacts-manage` is made with: where the service is, and its parts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from oslo_config.cfg import ConfigOpts

from artifacts import errors
from artifacts.cli.location import location_options
from artifacts.cli.server import configure
from artifacts.parts import Parts, build

Command = Callable[..., Any]


class Place:
    """Where --data and --config-file say that the service is, before or after the subcommand."""

    def __init__(self) -> None:
        self.data: Path | None = None
        self.config_files: tuple[Path, ...] = ()

    def note(self, data: Path | None, config_files: tuple[Path, ...]) -> None:
        self.data = data or self.data
        self.config_files = config_files or self.config_files

    def conf(self) -> ConfigOpts:
        return configure(self.data, self.config_files)


def subcommand(
    group: click.Group, name: str, **settings: Any
) -> Callable[[Command], click.Command]:
    """Declare a subcommand that is handed the Place, noted from its own options too."""

    def declare(function: Command) -> click.Command:
        @click.pass_obj
        def run(
            place: Place, /, data: Path | None, config_files: tuple[Path, ...], **arguments: Any
        ) -> Any:
            place.note(data, config_files)
            with told_in_a_sentence():
                return function(place, **arguments)

        run.__doc__ = function.__doc__
        run.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        return group.command(name, **settings)(location_options(run))

    return declare


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    try:
        yield
    except errors.ArtifactsError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def parts(place: Place) -> Iterator[Parts]:
    built = build(place.conf(), create=False)
    try:
        yield built
    finally:
        built.database.close()


class Commands(click.Group):
    """A group whose help has each command's whole first sentence; so have the groups in it."""

    group_class = type

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            commands = sorted(self.commands.items())
            formatter.write_dl([(name, each.get_short_help_str(200)) for name, each in commands])
