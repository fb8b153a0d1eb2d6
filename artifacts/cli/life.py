"""Commands that move an artifact through its life: draft, active, deactivated; private, public.

drafted ── activate ──> active ── deactivate ──> deactivated
                           └─<── reactivate ──<──────┘
"""

from collections.abc import Callable

import click

from artifacts.cli.artifact import artifact_arguments, reach
from artifacts.cli.output import print_artifact
from artifacts.cli.settings import Settings, client_command
from artifacts.client import Client, Document


def _moving(name: str, move: Callable[[Client, str, str], Document], text: str) -> click.Command:
    """Make the command that asks the service for one move; *text* is its help."""

    @client_command(name, text)
    @artifact_arguments
    def run(settings: Settings, type_name: str, artifact: str) -> None:
        client, artifact_id = reach(settings, type_name, artifact)
        print_artifact(settings, move(client, type_name, artifact_id))

    return run


activate = _moving(
    "activate",
    Client.activate,
    """Make a draft active.

    What the type requires must be there; what is not mutable can no longer change.
    """,
)
deactivate = _moving(
    "deactivate", Client.deactivate, "Keep an active artifact's bytes to administrators."
)
reactivate = _moving("reactivate", Client.reactivate, "Make a deactivated artifact active again.")
publish = _moving(
    "publish", Client.publish, "Show an active artifact to every project; it cannot be undone."
)
