"""Commands that move bytes: upload, link, download, blob delete."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from osc_lib.command.command import ShowOne

from artifacts.client import ClientError
from artifacts.client.answers import blob_in
from artifacts.client.digests import ALGORITHMS
from artifacts.osc.columns import Row, one
from artifacts.osc.command import SLOT, ArtifactCommand, Parser
from artifacts.terminal.names import default_target
from artifacts.terminal.progress import bar


def digest_options(parser: Parser) -> None:
    for name in ALGORITHMS:
        parser.add_argument(
            f"--{name}", metavar="<hex>", help=f"Refuse bytes whose {name} is another"
        )


def _digests(args: argparse.Namespace) -> dict[str, str]:
    return {name: value for name in ALGORITHMS if (value := getattr(args, name))}


class Upload(ArtifactCommand, ShowOne):
    """Fill a slot with the bytes of a file, or of standard input."""

    arguments = (*SLOT, digest_options)

    def get_parser(self, prog_name: str) -> Parser:
        parser = super().get_parser(prog_name)
        parser.add_argument("--file", metavar="<file>", help="File; else standard input")
        parser.add_argument(
            "--content-type",
            metavar="<media-type>",
            default="application/octet-stream",
            help="Media type to keep with the bytes; else application/octet-stream",
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, Row]:
        args = parsed_args
        meant = self.meant(args)
        with bar(args.slot, quiet=self.quiet) as progress:
            document = self.client.upload(
                *meant,
                args.slot,
                sys.stdin.buffer if args.file in (None, "-") else args.file,
                content_type=args.content_type,
                digests=_digests(args),
                progress=progress,
            )
        return one(blob_in(document, args.slot))


class Link(ArtifactCommand, ShowOne):
    """Fill a slot with bytes that stay at a URL.

    The service fetches them once, to measure them and to refuse what is not expected.
    """

    arguments = (*SLOT, digest_options)

    def get_parser(self, prog_name: str) -> Parser:
        parser = super().get_parser(prog_name)
        parser.add_argument("url", metavar="<url>", help="Where the bytes are")
        parser.add_argument(
            "--size", type=int, metavar="<bytes>", help="Refuse bytes of another size"
        )
        parser.add_argument("--copy", action="store_true", help="Keep the bytes in the service too")
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, Row]:
        args = parsed_args
        more = {"size": args.size, "digests": _digests(args), "copy": args.copy}
        document = self.client.link(*self.meant(args), args.slot, args.url, **more)
        return one(blob_in(document, args.slot))


class Download(ArtifactCommand, ShowOne):
    """Save a slot's bytes, verified by size and sha256.

    What was interrupted goes on where it ended when the same command is given again.
    """

    arguments = SLOT

    def get_parser(self, prog_name: str) -> Parser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--file",
            metavar="<file>",
            help="Where to, - for standard output; else the artifact's name, if that is free",
        )
        parser.add_argument(
            "--restart", action="store_true", help="Do not go on with an earlier download"
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, Row]:
        args = parsed_args
        meant = self.meant(args)
        file = args.file or self._free_name(meant, args.slot)
        with bar(args.slot, quiet=self.quiet) as progress:
            saved = self.client.download(
                *meant,
                args.slot,
                sys.stdout.buffer if file == "-" else Path(file),
                resume=not args.restart,
                progress=progress,
            )
        return one({"path": str(saved.path), "size": saved.size, "sha256": saved.sha256})

    def produce_output(self, parsed_args: argparse.Namespace, *output: Any) -> int:
        """Say nothing behind the bytes where these went to standard output."""
        return 0 if parsed_args.file == "-" else super().produce_output(parsed_args, *output)

    def _free_name(self, meant: tuple[str, str], slot: str) -> str:
        name = default_target(self.client.show(*meant), slot)
        if os.path.lexists(name):
            raise ClientError(f"{name} exists; give --file {name} to replace it")
        return name


class DeleteBlob(ArtifactCommand, ShowOne):
    """Empty a slot: a link's record, or in a draft also uploaded bytes."""

    arguments = SLOT

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, Row]:
        return one(self.client.delete_blob(*self.meant(parsed_args), parsed_args.slot))
