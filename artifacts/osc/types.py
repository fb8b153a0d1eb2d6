"""Commands about types: type list, type show."""

import argparse

from osc_lib.command.command import Lister

from artifacts.osc.columns import Row, cells, titles
from artifacts.osc.command import ArtifactCommand, type_argument
from artifacts.terminal.schemas import FIELD_TITLES, TYPE_TITLES, field_rows, type_rows


class ListTypes(ArtifactCommand, Lister):
    """List the types that the service keeps."""

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        return titles(TYPE_TITLES), [cells(each) for each in type_rows(self.client.types())]


class ShowType(ArtifactCommand, Lister):
    """Show the fields of a type."""

    arguments = (type_argument,)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        rows = field_rows(self.client.schema(parsed_args.type))
        return titles(FIELD_TITLES), [cells(each) for each in rows]
