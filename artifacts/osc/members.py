"""Commands about the projects that an artifact is shared with."""

import argparse

from osc_lib.command.command import Lister

from artifacts.osc.columns import Row, row, titles
from artifacts.osc.command import ARTIFACT, ArtifactCommand, Parser
from artifacts.osc.projects import project_id
from artifacts.terminal import sharing

ANSWERS = {"accept": "accepted", "reject": "rejected", "pending": "pending"}


def projects_argument(parser: Parser) -> None:
    parser.add_argument(
        "projects",
        metavar="<project>",
        nargs="+",
        help="Project's ID, or its name if you may look it up (repeat for more)",
    )


class MemberCommand(ArtifactCommand, Lister):
    def members(self, type_name: str, artifact_id: str) -> tuple[Row, list[Row]]:
        names = sharing.MEMBER_TITLES
        found = self.client.members(type_name, artifact_id)
        return titles(names), [row(each, names) for each in found]


class ListMembers(MemberCommand):
    """List the projects that an artifact is shared with."""

    arguments = ARTIFACT

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        return self.members(*self.meant(parsed_args))


class AddMember(MemberCommand):
    """Share an active artifact with projects.

    They can read it at once by its ID, and find it in lists when they have accepted it.
    """

    arguments = (*ARTIFACT, projects_argument)

    def get_parser(self, prog_name: str) -> Parser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "--until", metavar="<time>", help="When the share ends, as 2026-01-31T12:00:00Z"
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        meant = self.meant(parsed_args)
        projects = [project_id(self.manager, project) for project in parsed_args.projects]
        sharing.share(self.client, *meant, projects, parsed_args.until)
        return self.members(*meant)


class SetMember(MemberCommand):
    """Say what your project thinks of a share: only what it accepts is in its lists.

    What was not accepted yet is in no list by its name: give its ID.
    """

    arguments = ARTIFACT

    def get_parser(self, prog_name: str) -> Parser:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            "project", metavar="<project>", nargs="?", help="Your project; else as the token says"
        )
        answers = parser.add_mutually_exclusive_group(required=True)
        for flag, status in ANSWERS.items():
            answers.add_argument(
                f"--{flag}", dest="status", action="store_const", const=status, help=f"Say {status}"
            )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        meant = self.meant(parsed_args)
        named = parsed_args.project and project_id(self.manager, parsed_args.project)
        sharing.answer(self.client, *meant, named, parsed_args.status)
        return self.members(*meant)


class RemoveMember(MemberCommand):
    """Take a share back from projects."""

    arguments = (*ARTIFACT, projects_argument)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        meant = self.meant(parsed_args)
        for project in parsed_args.projects:
            self.client.delete_member(*meant, project_id(self.manager, project))
        return self.members(*meant)
