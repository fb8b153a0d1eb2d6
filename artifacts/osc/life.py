"""Commands that move an artifact through its life: draft, active, deactivated; private, public.

drafted ── activate ──> active ── deactivate ──> deactivated
                           └─<── reactivate ──<──────┘
"""

import argparse
from abc import abstractmethod

from osc_lib.command.command import ShowOne

from artifacts.client import Document
from artifacts.osc.columns import Row, one
from artifacts.osc.command import ARTIFACT, ArtifactCommand


class Move(ArtifactCommand, ShowOne):
    arguments = ARTIFACT

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Row, Row]:
        return one(self.moved(*self.meant(parsed_args)))

    @abstractmethod
    def moved(self, type_name: str, artifact_id: str) -> Document:
        """Ask the service for the move, and return the artifact."""


class Activate(Move):
    """Make a draft active.

    What the type requires must be there; what is not mutable can no longer change.
    """

    def moved(self, type_name: str, artifact_id: str) -> Document:
        return self.client.activate(type_name, artifact_id)


class Deactivate(Move):
    """Keep an active artifact's bytes to administrators."""

    def moved(self, type_name: str, artifact_id: str) -> Document:
        return self.client.deactivate(type_name, artifact_id)


class Reactivate(Move):
    """Make a deactivated artifact active again."""

    def moved(self, type_name: str, artifact_id: str) -> Document:
        return self.client.reactivate(type_name, artifact_id)


class Publish(Move):
    """Show an active artifact to every project; it cannot be undone."""

    def moved(self, type_name: str, artifact_id: str) -> Document:
        return self.client.publish(type_name, artifact_id)
