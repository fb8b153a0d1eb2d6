"""Commands about whole artifacts and their fields: list, show, create, set, unset, delete."""

import argparse

from osc_lib.command.command import Lister, ShowOne
from osc_lib.exceptions import CommandError

from artifacts.client import ClientError
from artifacts.logs import printable
from artifacts.osc.columns import Row, one, row, titles
from artifacts.osc.command import ARTIFACT, ArtifactCommand, Parser, type_argument
from artifacts.terminal.lists import columns
from artifacts.terminal.names import find_id
from artifacts.terminal.values import read_changes, read_fields, read_resets, split_pair


def tag_option(parser: Parser, means: str) -> None:
    parser.add_argument(
        "--tag",
        dest="tags",
        action="append",
        default=[],
        metavar="<tag>",
        help=f"{means} (repeat for more)",
    )


def property_option(parser: Parser) -> None:
    parser.add_argument(
        "--property",
        dest="properties",
        action="append",
        default=[],
        metavar="<field>[/<key>]=<value>",
        help="Value of a field, or of a key in one that is a dict (repeat for more); "
        "'openstack artifact type show' tells which fields there are",
    )


class List(ArtifactCommand, Lister):
    """List artifacts of a type, the newest first; "all" is every type.

    They fulfil every filter; of those whose <op> has "or:" in front, at least one. "in:" takes
    values with commas between them. "like:" knows the wildcards of SQL. "artifact type show" tells
    which <op> each field takes, and which fields are sortable.
    """

    arguments = (type_argument,)

    def get_parser(self, prog_name: str) -> Parser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--filter",
            dest="filters",
            action="append",
            default=[],
            metavar="<field>=[<op>:]<value>",
            help="Only these (repeat for more); <field> may be <dict>.<key>; "
            "<op> is one of eq neq in gt gte lt lte like",
        )
        parser.add_argument(
            "--sort",
            dest="sorts",
            action="append",
            metavar="<field>:asc|desc",
            help="Order (repeat for more)",
        )
        parser.add_argument(
            "--latest", action="store_true", help="Only the highest version of each name"
        )
        parser.add_argument("--limit", type=int, metavar="<n>", help="At most so many; else all")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        args = parsed_args
        found = self.client.list(
            args.type,
            [split_pair(written) for written in args.filters],
            sort=args.sorts,
            limit=args.limit,
            latest=args.latest,
        )
        names = columns(args.type)
        return titles(names), [row(each, names) for each in found]


class Show(ArtifactCommand, ShowOne):
    """Show one artifact."""

    arguments = ARTIFACT

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, Row]:
        return one(self.client.show(*self.meant(parsed_args)))


class Create(ArtifactCommand, ShowOne):
    """Create a draft, whose fields may all change until it is activated."""

    arguments = (type_argument, property_option)

    def get_parser(self, prog_name: str) -> Parser:
        parser = super().get_parser(prog_name)
        parser.add_argument("name", metavar="<name>", help="Name of the new artifact")
        # OpenStackClient takes --version for its own, wherever it stands.
        parser.add_argument("--artifact-version", metavar="<version>", help="As 1.2.3; else 0.0.0")
        tag_option(parser, "Tag")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, Row]:
        args = parsed_args
        schema = self.client.schema(args.type) if args.properties else {}
        fields = read_fields(args.properties, schema)
        own = {"name": args.name, "version": args.artifact_version, "tags": args.tags or None}
        given = {name: value for name, value in own.items() if value is not None}
        return one(self.client.create(args.type, **(fields | given)))


class Set(ArtifactCommand, ShowOne):
    """Give fields, or keys of a dict, new values; all of them or none."""

    arguments = (*ARTIFACT, property_option)

    def get_parser(self, prog_name: str) -> Parser:
        parser = super().get_parser(prog_name)
        tag_option(parser, "Tag to add")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, Row]:
        args = parsed_args
        schema = self.client.schema(args.type) if args.properties else {}
        changes = read_changes(args.properties, schema)
        tags = [{"op": "add", "path": "/tags/-", "value": tag} for tag in args.tags]
        return one(self.client.change(*self.meant(args), [*changes, *tags]))


class Unset(ArtifactCommand, ShowOne):
    """Set fields back to their defaults, or delete keys of a dict, or tags."""

    arguments = ARTIFACT

    def get_parser(self, prog_name: str) -> Parser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--property",
            dest="properties",
            action="append",
            default=[],
            metavar="<field>[/<key>]",
            help="Field or key (repeat for more)",
        )
        tag_option(parser, "Tag to delete")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, Row]:
        meant = self.meant(parsed_args)
        changed = self.client.change(*meant, read_resets(parsed_args.properties))
        if parsed_args.tags:
            changed = self.client.delete_tag(*meant, *parsed_args.tags)
        return one(changed)


class Delete(ArtifactCommand):
    """Delete artifacts, and the bytes that the service keeps for them."""

    arguments = (type_argument,)

    def get_parser(self, prog_name: str) -> Parser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "artifacts",
            metavar="<artifact>",
            nargs="+",
            help="ID, or name to mean the latest version (repeat for more)",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        failed = 0
        for artifact in parsed_args.artifacts:
            try:
                meant = find_id(self.client, parsed_args.type, artifact)
                self.client.delete(parsed_args.type, meant)
            except ClientError as error:
                failed += 1
                self.log.error("%s: %s", printable(artifact), printable(str(error)))
        if failed:
            raise CommandError(f"{failed} of {len(parsed_args.artifacts)} could not be deleted")
