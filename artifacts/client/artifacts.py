"""What can be asked about artifacts and their types: find, show, create, change, delete."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias
from urllib.parse import urlencode

from artifacts.client.answers import Document, documents, documents_by_name, part
from artifacts.client.errors import Ambiguous, NotFound, NotUnderstood
from artifacts.client.transport import Transport, artifact_path, segment

Filters: TypeAlias = Mapping[str, str] | Iterable[tuple[str, str]]

JSON_PATCH = "application/json-patch+json"
PAGE = 200


class ArtifactVerbs:
    """The verbs of a Client that concern whole artifacts and their fields."""

    _transport: Transport

    def types(self) -> dict[str, Document]:
        """Return the schema of every type, by name."""
        return documents_by_name(self._transport.ask("GET", "/schemas"), "schemas")

    def schema(self, type_name: str) -> Document:
        """Return one type's schema."""
        answer = self._transport.ask("GET", f"/schemas/{segment(type_name)}")
        schema: Document = part(part(answer, "schemas", dict), type_name, dict)
        documents_by_name(schema, "properties")
        return schema

    def create(self, type_name: str, /, **fields: Any) -> Document:
        """Create a draft; `name` is required, `version` is 0.0.0 unless it is given."""
        return self._transport.ask("POST", artifact_path(type_name), document=fields)

    def list(
        self,
        type_name: str,
        filters: Filters = (),
        *,
        sort: str | Sequence[str] | None = None,
        limit: int | None = None,
        latest: bool = False,
    ) -> Iterator[Document]:
        """Iterate over the artifacts that satisfy all *filters*, page by page as they are taken.

        A filter is a field and `[operator:]value`, as in `("min_ram", "gte:512")`; the field may be
        the key of a dict, as in `("metadata.team", "red")`. *sort* is `field:asc` or `field:desc`,
        or several of them; *limit* ends the iteration. *latest* keeps the highest version of each
        name alone.
        """
        pairs = _pairs(filters, latest)
        if sort:
            pairs.append(("sort", sort if isinstance(sort, str) else ",".join(sort)))
        page = PAGE if limit is None else min(limit, PAGE)
        query = urlencode([*pairs, ("limit", page)])
        return islice(self._pages(f"{artifact_path(type_name)}?{query}"), limit)

    def count(self, type_name: str, filters: Filters = (), *, latest: bool = False) -> int:
        """Return how many artifacts satisfy all *filters*."""
        query = urlencode([*_pairs(filters, latest), ("limit", 0), ("with_count", "true")])
        answer = self._transport.ask("GET", f"{artifact_path(type_name)}?{query}")
        return part(answer, "total_count", int)

    def find(self, type_name: str, name: str) -> Document:
        """Return the latest version with this name; Ambiguous when several artifacts are it."""
        filters = [("name", f"eq:{name}")]
        found = [*self.list(type_name, filters, limit=100, latest=True)]
        ids = [part(item, "id", str) for item in found]
        if not found:
            raise NotFound(f"{type_name} has no artifact named {name!r}", status=404)
        if len(found) > 1:
            raise Ambiguous(f"several {type_name} are named {name!r}: {', '.join(ids)}", ids)
        return found[0]

    def show(self, type_name: str, artifact_id: str) -> Document:
        """Return one artifact."""
        return self._transport.ask("GET", artifact_path(type_name, artifact_id))

    def change(
        self, type_name: str, artifact_id: str, operations: Sequence[Mapping[str, Any]]
    ) -> Document:
        """Apply JSON Patch *operations*, all or none of them, and return the artifact."""
        path = artifact_path(type_name, artifact_id)
        return self._transport.ask("PATCH", path, document=[*operations], media_type=JSON_PATCH)

    def set(self, type_name: str, artifact_id: str, /, **fields: Any) -> Document:
        """Give fields new values; None sets a field back to its default."""
        return self.change(
            type_name,
            artifact_id,
            [{"op": "replace", "path": f"/{name}", "value": fields[name]} for name in fields],
        )

    def activate(self, type_name: str, artifact_id: str) -> Document:
        """Make a complete draft active: what is not mutable can no longer change."""
        return self.set(type_name, artifact_id, status="active")

    def deactivate(self, type_name: str, artifact_id: str) -> Document:
        """Keep the bytes of an active artifact from everybody but administrators."""
        return self.set(type_name, artifact_id, status="deactivated")

    def reactivate(self, type_name: str, artifact_id: str) -> Document:
        """Make a deactivated artifact active again."""
        return self.set(type_name, artifact_id, status="active")

    def publish(self, type_name: str, artifact_id: str) -> Document:
        """Show an active artifact to every project; it cannot be undone."""
        return self.set(type_name, artifact_id, visibility="public")

    def share(self, type_name: str, artifact_id: str) -> Document:
        """Show an active artifact to its members, which are added one by one."""
        return self.set(type_name, artifact_id, visibility="shared")

    def withdraw(self, type_name: str, artifact_id: str) -> Document:
        """Show an artifact to its own project alone again; its members are gone with that."""
        return self.set(type_name, artifact_id, visibility="private")

    def add_tag(self, type_name: str, artifact_id: str, *tags: str) -> Document:
        """Add *tags*; those that are there already stay as they are."""
        operations = [{"op": "add", "path": "/tags/-", "value": tag} for tag in tags]
        return self.change(type_name, artifact_id, operations)

    def delete_tag(self, type_name: str, artifact_id: str, *tags: str) -> Document:
        """Delete *tags*; Invalid if somebody else changes the tags at the same moment."""
        held = part(self.show(type_name, artifact_id), "tags", list)
        unchanged = {"op": "test", "path": "/tags", "value": held}
        deletions = [
            {"op": "remove", "path": f"/tags/{place}"}
            for place in reversed(range(len(held)))
            if held[place] in tags
        ]
        return self.change(type_name, artifact_id, [unchanged, *deletions])

    def delete(self, type_name: str, artifact_id: str) -> None:
        """Delete an artifact and the bytes that the service keeps for it."""
        self._transport.ask("DELETE", artifact_path(type_name, artifact_id))

    def _pages(self, path: str) -> Iterator[Document]:
        following: str | None = path
        while following:
            answer = self._transport.ask("GET", following)
            found = documents(answer, "artifacts")
            yield from found
            following = _next_page(answer, after=following)
            if not found:  # else empty pages could go on for ever
                return


def _pairs(filters: Filters, latest: bool) -> list[tuple[str, str]]:
    pairs = [*(filters.items() if isinstance(filters, Mapping) else filters)]
    return [*pairs, ("version", "latest")] if latest else pairs


def _next_page(answer: Document, *, after: str) -> str | None:
    """Where the list goes on: below the same endpoint, and not where it already was."""
    following = answer.get("next")
    if not following:
        return None
    if not isinstance(following, str) or not following.startswith("/artifacts/"):
        raise NotUnderstood(f"the next page is said to be at {following!r}")
    if following == after:
        raise NotUnderstood("the next page is said to be the page that was just read")
    return following
