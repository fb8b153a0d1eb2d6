"""Options that every command takes, before or after its name, and the client they make."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from artifacts.client import Client


@dataclass
class Settings:
    """How to reach the service, and how to answer."""

    endpoint: str = "http://127.0.0.1:9494"
    token: str | None = None
    ca_file: str | None = None
    json: bool = False

    def client(self) -> Client:
        return Client(self.endpoint, token=self.token, ca_file=self.ca_file)


def client_command(
    name: str, text: str | None = None
) -> Callable[[Callable[..., None]], click.Command]:
    """Declare a subcommand of `artifacts`, with *text* or the function's docstring for its help.

    The function gets the Settings first.
    """

    def declare(function: Callable[..., None]) -> click.Command:
        declared = click.command(name, help=text or function.__doc__)(click.pass_obj(function))
        declared.params += shared_options()
        return declared

    return declare


def shared_options(*, from_environment: bool = False) -> list[click.Parameter]:
    """Make the options; the group alone reads the environment, which is never to beat an option."""

    def option(flag: str, text: str, **more: Any) -> click.Option:
        variable = f"ARTIFACTS_{flag[2:].replace('-', '_').upper()}"
        return _option(
            flag,
            help=f"{text}  [env: {variable}]",
            envvar=variable if from_environment else None,
            **more,
        )

    return [
        _option("--json", help="Answer in JSON.", is_flag=True),
        option("--endpoint", "Where the service is; else http://127.0.0.1:9494.", metavar="URL"),
        option("--token", "Token to send; the variable keeps it out of sight.", metavar="TEXT"),
        option(
            "--ca-file",
            "Authorities to trust instead of the system's.",
            type=click.Path(exists=True, dir_okay=False),
        ),
    ]


def _option(flag: str, **more: Any) -> click.Option:
    return click.Option([flag], callback=_keep, expose_value=False, **more)


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    settings = context.ensure_object(Settings)
    if value not in (None, False) and parameter.name:
        setattr(settings, parameter.name, value)
