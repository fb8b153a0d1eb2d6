"""What the commands have in common: how they are told what is meant, and how they fail."""

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from osc_lib.command.command import Command
from osc_lib.exceptions import CommandError

from artifacts.client import Client, ClientError
from artifacts.logs import printable
from artifacts.terminal.errors import Unclear
from artifacts.terminal.names import find_id

Parser = argparse.ArgumentParser


class ArtifactCommand(Command):
    """A command that speaks to the service, and tells what goes wrong in one line."""

    arguments: Sequence[Callable[[Parser], Any]] = ()

    def get_parser(self, prog_name: str) -> Parser:
        parser = super().get_parser(prog_name)
        for add in self.arguments:
            add(parser)
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        try:
            return super().run(parsed_args)
        except (ClientError, Unclear, OSError) as error:
            raise CommandError(printable(" ".join(str(error).split()))) from error

    @property
    def manager(self) -> Any:
        return self.app.client_manager

    @property
    def client(self) -> Client:
        client: Client = self.manager.artifacts
        return client

    @property
    def quiet(self) -> bool:
        return bool(self.app.options.verbose_level == 0)

    def meant(self, args: argparse.Namespace) -> tuple[str, str]:
        """Return the type and the id of the artifact that is meant."""
        return args.type, find_id(self.client, args.type, args.artifact)


def type_argument(parser: Parser) -> None:
    parser.add_argument("type", metavar="<type>", help="Type of artifacts, such as images")


def artifact_argument(parser: Parser) -> None:
    parser.add_argument(
        "artifact",
        metavar="<artifact>",
        help="The artifact's ID, or its name to mean the latest version",
    )


def slot_argument(parser: Parser) -> None:
    parser.add_argument(
        "slot", metavar="<slot>", help="Where the bytes are: a field, or <field>/<key> in a folder"
    )


ARTIFACT = (type_argument, artifact_argument)
SLOT = (*ARTIFACT, slot_argument)
