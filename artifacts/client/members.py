"""What can be asked about sharing: with whom, until when, and what they say to that."""

from typing import Any

from artifacts.client.answers import Document, documents
from artifacts.client.transport import Transport, artifact_path, segment


class MemberVerbs:
    """The verbs of a Client that concern the projects an artifact is shared with.

    A member is a document of `member`, `status`, `created_at` and `expires_at`.
    """

    _transport: Transport

    def members(self, type_name: str, artifact_id: str) -> list[Document]:
        """Return the members that the caller may know of: all of its own artifact, else itself."""
        return documents(self._transport.ask("GET", _path(type_name, artifact_id)), "members")

    def add_member(
        self, type_name: str, artifact_id: str, project: str, *, expires_at: str | None = None
    ) -> Document:
        """Share an artifact whose visibility is `shared` with one project more."""
        asked: dict[str, Any] = {"member": project}
        if expires_at is not None:
            asked["expires_at"] = expires_at
        return self._transport.ask("POST", _path(type_name, artifact_id), document=asked)

    def set_member_status(
        self, type_name: str, artifact_id: str, project: str, status: str
    ) -> Document:
        """Say as *project*, the caller's own: `accepted`, `rejected`, or again `pending`."""
        path = f"{_path(type_name, artifact_id)}/{segment(project)}"
        return self._transport.ask("PUT", path, document={"status": status})

    def delete_member(self, type_name: str, artifact_id: str, project: str) -> None:
        """No longer share an artifact with a project, from now on."""
        path = f"{_path(type_name, artifact_id)}/{segment(project)}"
        self._transport.ask("DELETE", path)


def _path(type_name: str, artifact_id: str) -> str:
    return f"{artifact_path(type_name, artifact_id)}/members"
