"""The command about pools: pool list."""

import argparse

from osc_lib.command.command import Lister

from artifacts.osc.columns import Row, cells, titles
from artifacts.osc.command import ArtifactCommand
from artifacts.terminal.pools import POOL_TITLES, pool_rows


class ListPools(ArtifactCommand, Lister):
    """List the pools that take new artifacts of your project."""

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, list[Row]]:
        return titles(POOL_TITLES), [cells(each) for each in pool_rows(self.client.pools())]
