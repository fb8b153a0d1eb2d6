"""The command `artifacts`: a group that imports a subcommand only when it is called."""

import errno
import sys
from importlib import import_module
from typing import Any

import click

from artifacts.cli.settings import shared_options
from artifacts.client.errors import ClientError
from artifacts.logs import printable

SECTIONS = {
    "Find": {
        "types": "artifacts.cli.find:types",
        "pools": "artifacts.cli.offers:pools",
        "schema": "artifacts.cli.find:schema",
        "list": "artifacts.cli.find:list_artifacts",
        "show": "artifacts.cli.find:show",
    },
    "Create and change": {
        "create": "artifacts.cli.change:create",
        "set": "artifacts.cli.change:set_fields",
        "unset": "artifacts.cli.change:unset",
        "add-tag": "artifacts.cli.change:add_tag",
        "delete-tag": "artifacts.cli.change:delete_tag",
        "delete": "artifacts.cli.change:delete",
    },
    "Bytes": {
        "upload": "artifacts.cli.blobs:upload",
        "link": "artifacts.cli.blobs:link",
        "download": "artifacts.cli.blobs:download",
        "delete-blob": "artifacts.cli.blobs:delete_blob",
    },
    "Life": {
        "activate": "artifacts.cli.life:activate",
        "deactivate": "artifacts.cli.life:deactivate",
        "reactivate": "artifacts.cli.life:reactivate",
        "publish": "artifacts.cli.life:publish",
    },
    "Sharing": {
        "share": "artifacts.cli.members:share",
        "unshare": "artifacts.cli.members:unshare",
        "members": "artifacts.cli.members:members",
        "accept": "artifacts.cli.members:accept",
        "reject": "artifacts.cli.members:reject",
    },
    "Quotas": {
        "quotas": "artifacts.cli.quotas:quotas",
        "set-quotas": "artifacts.cli.quotas:set_quotas",
        "delete-quotas": "artifacts.cli.quotas:delete_quotas",
    },
    "Server": {"serve": "artifacts.cli.serve:serve"},
}
HOMES = {name: home for section in SECTIONS.values() for name, home in section.items()}


class Sentence(click.ClickException):
    """An error told as one line, without a traceback or anything that steers the terminal."""

    def show(self, file: Any = None) -> None:
        sentence = printable(" ".join(self.message.split()))
        click.echo(f"artifacts: {sentence}", file=file or sys.stderr)


class Interrupted(Sentence):
    """Somebody pressed Ctrl-C; the shell wants 128 and the signal's number."""

    exit_code = 130


class Commands(click.Group):
    """A group whose commands stay unknown, and unimported, until they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in HOMES:
            return None
        module, _, attribute = HOMES[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, homes in SECTIONS.items():
            commands = [(name, self.get_command(ctx, name)) for name in homes]
            with formatter.section(title):
                formatter.write_dl(
                    [(name, found.get_short_help_str(80)) for name, found in commands if found]
                )

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ClientError as error:
            raise Sentence(str(error)) from error
        except click.UsageError as error:
            raise click.UsageError(printable(error.format_message()), error.ctx) from error
        except click.ClickException as error:
            raise Sentence(error.message) from error
        except KeyboardInterrupt as error:
            raise Interrupted("interrupted") from error
        except RecursionError as error:
            raise Sentence("JSON that is nested too deep was given or met") from error
        except UnicodeEncodeError as error:
            raise Sentence(f"text that is no {error.encoding} was given or met") from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read our output has seen enough
                raise
            where = f"{error.filename}: " if error.filename else ""
            raise Sentence(f"{where}{error.strerror or error}") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="artifacts", message="%(prog)s %(version)s")
def main() -> None:
    """Keep typed artifacts, and get their bytes back verified.

    An artifact has a TYPE, such as images, fields that the type declares, and slots for bytes.
    Wherever an ARTIFACT is asked for, give its id, or its name to mean the latest version; `list`
    tells the ids of the others, as in `artifacts list images -f name=debian`.

    \b
    artifacts serve --data ~/artifacts
    artifacts create images debian --version 12.1.0 disk_format=iso container_format=bare
    artifacts upload images debian image debian.iso
    artifacts activate images debian
    artifacts download images debian image -o copy.iso
    """


main.params += shared_options(from_environment=True)
