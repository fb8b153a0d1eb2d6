"""Every URL, in one list."""

from typing import Any

import falcon

from artifacts.api.artifacts import Collection, Item
from artifacts.api.blobs import Slot
from artifacts.api.health import Health, Ready
from artifacts.api.members import AllMembers, OneMember
from artifacts.api.openapi.resource import Description, Document, Page
from artifacts.api.pools import AllPools
from artifacts.api.quotas import AllQuotas, ProjectQuotas
from artifacts.api.router import nowhere
from artifacts.api.schemas import Schemas
from artifacts.api.tags import AllTags, OneTag
from artifacts.api.versions import Versions


def install(
    app: falcon.App[Any, Any],
    *,
    ready: Ready,
    collection: Collection,
    item: Item,
    slot: Slot,
    members: AllMembers,
    member: OneMember,
    tags: AllTags,
    tag: OneTag,
    schemas: Schemas,
    description: Description,
    quotas: AllQuotas,
    project_quotas: ProjectQuotas,
    pools: AllPools,
) -> None:
    description.routes = (
        ("/", Versions()),
        ("/versions", Versions()),
        ("/healthcheck", Health()),
        ("/healthcheck/ready", ready),
        ("/openapi.json", Document(description)),
        ("/docs", Page(description)),
        ("/schemas", schemas),
        ("/schemas/{type_name}", schemas),
        ("/quotas", quotas),
        ("/project-quotas", project_quotas),
        ("/project-quotas/{project}", project_quotas),
        ("/pools", pools),
        ("/artifacts/{type_name}", collection),
        ("/artifacts/{type_name}/{id}", item),
        ("/artifacts/{type_name}/{id}/members", members),
        ("/artifacts/{type_name}/{id}/members/{project}", member),
        ("/artifacts/{type_name}/{id}/tags", tags),
        ("/artifacts/{type_name}/{id}/tags/{tag}", tag),
        ("/artifacts/{type_name}/{id}/{path:path}", slot),
    )
    for path, resource in description.routes:
        app.add_route(path, resource)
    app.add_sink(nowhere)
