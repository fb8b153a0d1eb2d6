"""Commands about what projects may keep: quota list, show, set, delete."""

import argparse

from osc_lib.command.command import Lister

from artifacts.client.quotas import Values
from artifacts.logs import printable
from artifacts.osc.columns import Row, cells, row, titles
from artifacts.osc.command import ArtifactCommand, Parser
from artifacts.osc.projects import project_id
from artifacts.terminal.values import read_quotas


def own_project_argument(parser: Parser) -> None:
    parser.add_argument(
        "project", metavar="<project>", nargs="?", help="Project's ID or name; else your own"
    )


def project_argument(parser: Parser) -> None:
    parser.add_argument("project", metavar="<project>", help="Project's ID or name")


def quotas_argument(parser: Parser) -> None:
    parser.add_argument(
        "quotas", metavar="<quota>=<number>", nargs="+", help="Limit (repeat for more)"
    )


class QuotaCommand(ArtifactCommand, Lister):
    def quotas(self, project: str | None) -> tuple[Row, list[Row]]:
        names = ("quota_name", "quota_value", "usage")
        found = self.client.quotas(project)
        return titles(("quota", "limit", "used")), [row(each, names) for each in found]

    def replaced(self, written: str, values: Values) -> tuple[Row, list[Row]]:
        project = project_id(self.manager, written)
        self.client.set_quotas({project: values})
        columns, rows = self.quotas(project)
        if idle := [str(name) for name, _, used in rows if used is None]:
            self.log.warning("These limit nothing: %s", printable(", ".join(idle)))
        return columns, rows


class ListQuotas(ArtifactCommand, Lister):
    """List what was set for single projects; admins only."""

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        found = self.client.all_quotas()
        rows = [cells((owner, *each)) for owner, held in found.items() for each in held.items()]
        return titles(("project_id", "quota", "limit")), rows


class ShowQuotas(QuotaCommand):
    """Show what a project may keep and what it does keep; -1 is any number."""

    arguments = (own_project_argument,)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        project = parsed_args.project
        return self.quotas(project and project_id(self.manager, project))


class SetQuotas(QuotaCommand):
    """Set quotas of a project, in place of all that were set for it; admins only.

    <quota> is max_artifact_number or max_uploaded_data, in bytes; with :<type> behind it, it is for
    that type. -1 is any number. What is not given goes back to the default.
    """

    arguments = (project_argument, quotas_argument)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        return self.replaced(parsed_args.project, read_quotas(parsed_args.quotas))


class DeleteQuotas(QuotaCommand):
    """Give a project the default quotas again; admins only."""

    arguments = (project_argument,)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        return self.replaced(parsed_args.project, {})
