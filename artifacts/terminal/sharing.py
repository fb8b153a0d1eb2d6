"""Sharing in one step, where the service's API takes two."""

from collections.abc import Iterable

from artifacts.client import Client
from artifacts.client.answers import part
from artifacts.terminal.errors import Unclear

MEMBER_TITLES = ("member", "status", "created_at", "expires_at")


def share(
    client: Client, type_name: str, artifact_id: str, projects: Iterable[str], until: str | None
) -> None:
    """Show an artifact to projects, and to members alone if it was not before."""
    if part(client.show(type_name, artifact_id), "visibility", str) != "shared":
        client.share(type_name, artifact_id)
    for project in projects:
        client.add_member(type_name, artifact_id, project, expires_at=until)


def answer(
    client: Client, type_name: str, artifact_id: str, project: str | None, status: str
) -> None:
    """Say *status* to a share: as *project*, or as the one that the caller is."""
    if project is None:
        project = _own(client, type_name, artifact_id)
    client.set_member_status(type_name, artifact_id, project, status)


def _own(client: Client, type_name: str, artifact_id: str) -> str:
    """Return the one member that the service tells of: who is one knows of no other."""
    found = client.members(type_name, artifact_id)
    if len(found) != 1:
        raise Unclear("Say as which PROJECT: the service tells of several, or of none.")
    return part(found[0], "member", str)
