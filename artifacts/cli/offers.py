"""The command that lists the pools which take what one creates: pools."""

from artifacts.cli.output import print_json, print_table
from artifacts.cli.settings import Settings, client_command
from artifacts.terminal.pools import POOL_TITLES, pool_rows


@client_command("pools")
def pools(settings: Settings) -> None:
    """List the pools that take new artifacts of your project."""
    found = settings.client().pools()
    if settings.json:
        print_json(found)
        return
    print_table(POOL_TITLES, pool_rows(found))
