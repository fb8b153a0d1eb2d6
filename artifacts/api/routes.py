"""Every URL, in one list."""

from typing import Any

import falcon

from artifacts.api.artifacts import Collection, Item
from artifacts.api.blobs import Slot
from artifacts.api.health import Health
from artifacts.api.schemas import Schemas
from artifacts.api.versions import Versions


def install(
    app: falcon.App[Any, Any], *, collection: Collection, item: Item, slot: Slot, schemas: Schemas
) -> None:
    for path, resource in (
        ("/", Versions()),
        ("/versions", Versions()),
        ("/healthcheck", Health()),
        ("/schemas", schemas),
        ("/schemas/{type_name}", schemas),
        ("/artifacts/{type_name}", collection),
        ("/artifacts/{type_name}/{id}", item),
        ("/artifacts/{type_name}/{id}/{path:path}", slot),
    ):
        app.add_route(path, resource)
