"""Options that every command takes, before or after its name, and the client they make."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from artifacts.client import Client
from artifacts.terminal.errors import Unclear

ENDPOINT = "http://127.0.0.1:9494"
# Each of these says that there is a Keystone to ask, or another way to authenticate.
CLOUD = ("OS_AUTH_URL", "OS_AUTH_TYPE")


@dataclass
class Settings:
    """How to reach the service, and how to answer."""

    endpoint: str | None = None
    token: str | None = None
    os_cloud: str | None = None
    ca_file: str | None = None
    json: bool = False

    def client(self) -> Client:
        if self.token is None and (self.os_cloud or any(map(os.environ.get, CLOUD))):
            from artifacts.cli import cloud  # takes half a second

            return cloud.connect(self.os_cloud, endpoint=self.endpoint, ca_file=self.ca_file)
        return Client(self.endpoint or ENDPOINT, token=self.token, ca_file=self.ca_file)


class ClientCommand(click.Command):
    """A subcommand that explains its usage to who gave it what cannot be meant."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Unclear as error:
            raise click.UsageError(str(error), ctx) from error


def client_command(
    name: str, text: str | None = None
) -> Callable[[Callable[..., None]], click.Command]:
    """Declare a subcommand of `artifacts`, with *text* or the function's docstring for its help.

    The function gets the Settings first.
    """

    def declare(function: Callable[..., None]) -> click.Command:
        make = click.command(name, cls=ClientCommand, help=text or function.__doc__)
        declared = make(click.pass_obj(function))
        declared.params += shared_options()
        return declared

    return declare


def shared_options(*, from_environment: bool = False) -> list[click.Parameter]:
    """Make the options; the group alone reads the environment, which is never to beat an option."""

    def option(flag: str, text: str, *, owner: str = "ARTIFACTS_", **more: Any) -> click.Option:
        variable = owner + flag[2:].replace("-", "_").upper()
        return _option(
            flag,
            help=f"{text}  [env: {variable}]",
            envvar=variable if from_environment else None,
            **more,
        )

    return [
        _option("--json", help="Answer in JSON.", is_flag=True),
        option(
            "--endpoint",
            f"Where the service is; else as the cloud says, or {ENDPOINT}.",
            metavar="URL",
        ),
        option(
            "--os-cloud",
            "Cloud in clouds.yaml to ask for a token; OS_AUTH_URL and the like do without.",
            owner="",
            metavar="NAME",
        ),
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
