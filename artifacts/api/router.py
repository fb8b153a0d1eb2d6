"""Routing: Falcon's, where it leaves odd methods and empty names to chance."""

from typing import Any

import falcon
from falcon import inspect
from falcon.routing import CompiledRouter

USUAL = frozenset(falcon.HTTP_METHODS)
# Defined by no resource, so its responder is the one for whatever a resource does not define.
UNDEFINED = "TRACE"
MAY_BE_EMPTY = "path"  # of a slot: that it names none is for the slot's resource to say


class Methods(dict[str, Any]):
    """What a resource does by method; one that HTTP itself does not know is 405 like any other."""

    def __missing__(self, method: str) -> Any:
        return self[UNDEFINED]


class Routes(CompiledRouter):
    """Routes that answer every method, be it with 405."""

    def __init__(self) -> None:
        super().__init__()
        self.options.default_to_on_request = True

    def map_http_methods(self, resource: object, **kwargs: Any) -> Any:
        return Methods(super().map_http_methods(resource, **kwargs))


class Router(Routes):
    """Finds no resource where a part of the path is empty, as behind a trailing slash.

    A resource may say `since` which microversion it is there; before, its path is that of others.
    """

    def __init__(self) -> None:
        super().__init__()
        self._before = Routes()

    def add_route(self, uri_template: str, resource: Any, **kwargs: Any) -> None:
        super().add_route(uri_template, resource, **kwargs)
        if not hasattr(resource, "since"):
            self._before.add_route(uri_template, resource, **kwargs)

    def find(self, uri: str, req: Any = None) -> Any:
        found = super().find(uri, req)
        if found is None or uri.startswith("//"):  # Falcon takes any number of slashes for one
            return None
        since = getattr(found[0], "since", None)
        if since is not None and req is not None and req.context.version < since:
            found = self._before.find(uri, req)
        if found is None:
            return None
        _, _, parameters, _ = found
        named = (value for name, value in parameters.items() if name != MAY_BE_EMPTY)
        return found if all(named) else None


# Falcon asks by the very class, and what it knows of its own router holds for this one.
inspect.register_router(Router)(inspect.inspect_compiled_router)


def nowhere(req: falcon.Request, resp: falcon.Response, **anything: Any) -> None:
    """Answer for every path that is none of ours."""
    if req.method in USUAL:
        raise falcon.HTTPNotFound(description="path: there is nothing here")
    raise falcon.HTTPNotImplemented(description="method: is not known")
