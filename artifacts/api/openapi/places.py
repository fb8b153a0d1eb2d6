"""Places: the routes, spread over the types and their slots."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import falcon

from artifacts.model import Artifact, Field
from artifacts.model.every_type import EveryType

Route = tuple[str, object]  # a path template, and its resource

TYPE, SLOT = "{type_name}", "{path:path}"
BY_TYPE = "/artifacts/"
# All that OpenAPI has a name for, of the many that a resource for any method answers.
NAMED = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})


class Place(NamedTuple):
    """One path of the document: the route behind it, the type and the slot that it is for."""

    route: str
    resource: object
    path: str
    artifact_type: type[Artifact] | None = None
    slot: Field | None = None

    @property
    def of(self) -> type[Artifact]:
        """The type, where the path is certain to be for one."""
        if self.artifact_type is None:
            raise LookupError(f"{self.path}: is for no type")
        return self.artifact_type

    @property
    def of_all(self) -> bool:
        """Whether it is for the type that is a view of every type."""
        return issubclass(self.of, EveryType)

    @property
    def names(self) -> list[str]:
        """The names in braces, in their order."""
        return [part.partition("}")[0] for part in self.path.split("{")[1:]]

    @property
    def methods(self) -> list[str]:
        """The methods that the resource answers, and OPTIONS, which every route does."""
        if hasattr(self.resource, "on_request"):
            return sorted(NAMED)
        return sorted({*falcon.routing.map_http_methods(self.resource), "OPTIONS"})


def spread(routes: Iterable[Route], types: Iterable[type[Artifact]]) -> Iterator[Place]:
    known = list(types)
    for route, resource in routes:
        if not route.startswith(BY_TYPE):
            yield Place(route, resource, route)
            continue
        for each in known:
            path = route.replace(TYPE, each.type_name)
            if SLOT not in path:
                yield Place(route, resource, path, each)
                continue
            for field in each.fields.values():
                if field.holds_blobs:
                    slot = f"{field.name}/{{key}}" if field.is_folder else field.name
                    yield Place(route, resource, path.replace(SLOT, slot), each, field)
