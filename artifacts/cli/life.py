"""Commands that move an artifact through its life: draft, active, deactivated; private, public.

drafted ── activate ──> active ── deactivate ──> deactivated
                           └─<── reactivate ──<──────┘
"""

from artifacts.cli.artifact import artifact_arguments, reach
from artifacts.cli.output import print_artifact
from artifacts.cli.settings import Settings, command


@command("activate")
@artifact_arguments
def activate(settings: Settings, type_name: str, artifact: str) -> None:
    """Make a draft active.

    What the type requires must be there; what is not mutable can no longer change.
    """
    client, artifact_id = reach(settings, type_name, artifact)
    print_artifact(settings, client.activate(type_name, artifact_id))


@command("deactivate")
@artifact_arguments
def deactivate(settings: Settings, type_name: str, artifact: str) -> None:
    """Keep an active artifact's bytes to administrators."""
    client, artifact_id = reach(settings, type_name, artifact)
    print_artifact(settings, client.deactivate(type_name, artifact_id))


@command("reactivate")
@artifact_arguments
def reactivate(settings: Settings, type_name: str, artifact: str) -> None:
    """Make a deactivated artifact active again."""
    client, artifact_id = reach(settings, type_name, artifact)
    print_artifact(settings, client.reactivate(type_name, artifact_id))


@command("publish")
@artifact_arguments
def publish(settings: Settings, type_name: str, artifact: str) -> None:
    """Show an active artifact to every project; it cannot be undone."""
    client, artifact_id = reach(settings, type_name, artifact)
    print_artifact(settings, client.publish(type_name, artifact_id))
