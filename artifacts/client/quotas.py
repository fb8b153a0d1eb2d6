"""What can be asked about quotas: show them with their usage, and set them."""

from collections.abc import Mapping
from typing import TypeAlias

from artifacts.client.answers import Document, documents, part
from artifacts.client.errors import NotUnderstood
from artifacts.client.transport import Transport, segment

Values: TypeAlias = Mapping[str, int]  # of quotas, by name; -1 is any number


class QuotaVerbs:
    """The verbs of a Client that concern what projects may keep."""

    _transport: Transport

    def quotas(self, project: str | None = None) -> list[Document]:
        """Return what holds for a project, the caller's by default.

        Each is a document of `quota_name`, `quota_value` and `usage`.
        """
        path = "/project-quotas" if project is None else f"/project-quotas/{segment(project)}"
        found = self._transport.list(path)
        if len(found) != 1:
            raise NotUnderstood("the answer is not about one project; is this an artifact service?")
        return documents(found[0], "project_quotas")

    def all_quotas(self) -> dict[str, Values]:
        """Return what was set for single projects, by project and by name."""
        found = documents(self._transport.ask("GET", "/quotas"), "quotas")
        return {part(each, "project_id", str): _values(each) for each in found}

    def set_quotas(self, quotas: Mapping[str, Values]) -> None:
        """Let each project have those quotas, and the defaults for all others."""
        listed = [
            {
                "project_id": project,
                "project_quotas": [
                    {"quota_name": name, "quota_value": value} for name, value in values.items()
                ],
            }
            for project, values in quotas.items()
        ]
        self._transport.ask("PUT", "/quotas", document=listed)


def _values(project: Document) -> Values:
    items = documents(project, "project_quotas")
    return {part(item, "quota_name", str): part(item, "quota_value", int) for item in items}
