"""Operations: what each method of each route takes and answers.

`OPERATIONS` has one entry for each; a route or a method without one is not described, and no
document is made.
"""

from collections.abc import Callable

from artifacts.api.middleware import OPEN_PATHS
from artifacts.api.openapi import artifacts, blobs, members, parameters, pools, quotas, tags
from artifacts.api.openapi.answers import answer, media, plain
from artifacts.api.openapi.operation import opened, operation
from artifacts.api.openapi.places import NAMED, Place
from artifacts.api.openapi.schemas import TEXT, Json, ref

SCHEMA = "application/schema+json"
ITEM, SLOT = "/artifacts/{type_name}/{id}", "/artifacts/{type_name}/{id}/{path:path}"
COLLECTION = "/artifacts/{type_name}"
TAGS, TAG = f"{ITEM}/tags", f"{ITEM}/tags/{{tag}}"
MEMBERS, MEMBER = f"{ITEM}/members", f"{ITEM}/members/{{project}}"


def versions(place: Place) -> Json:
    told = plain("The microversions.", media(ref("versions")))
    return opened("List the microversions", {300: told})


def health(place: Place) -> Json:
    told = plain("It answers.", media({"const": "OK"}, "text/plain"))
    return opened("Tell whether this process answers", {200: told})


def ready(place: Place) -> Json:
    content = media(ref("readiness"))
    answered = {
        200: plain("All that the service needs answers.", content),
        503: plain("Something does not.", content),
    }
    return opened("Tell whether the database, the stores and Keystone answer", answered)


def document(place: Place) -> Json:
    return _page("Describe this API in OpenAPI 3.1", media({"type": "object"}))


def page(place: Place) -> Json:
    return _page("Describe this API to people", media(TEXT, "text/html"))


def _page(summary: str, content: Json) -> Json:
    answered = {
        200: plain("The whole.", content, ["ETag"]),
        304: plain("It is still what the caller knows.", headers=["ETag"]),
    }
    return opened(summary, answered, parameters=parameters.refs(["If-None-Match"]))


def schemas(place: Place) -> Json:
    told = answer("Each under its name.", media(ref("type-documents"), SCHEMA))
    return operation("Show the schemas of types", {200: told}, (404,))


def options(place: Place) -> Json:
    summary, told = "Tell which methods there are", "Which methods this URL takes."
    if place.path in OPEN_PATHS:
        return opened(summary, {200: plain(told, headers=["Allow"])})
    return operation(summary, {200: answer(told, headers=["Allow"])})


OPERATIONS: dict[tuple[str, str], Callable[[Place], Json]] = {
    ("/healthcheck", "GET"): health,
    ("/healthcheck/ready", "GET"): ready,
    ("/openapi.json", "GET"): document,
    ("/docs", "GET"): page,
    ("/schemas", "GET"): schemas,
    ("/schemas/{type_name}", "GET"): schemas,
    ("/quotas", "PUT"): quotas.set_all,
    ("/quotas", "GET"): quotas.find,
    ("/project-quotas", "GET"): quotas.show,
    ("/project-quotas/{project}", "GET"): quotas.show,
    ("/pools", "GET"): pools.find,
    (COLLECTION, "GET"): artifacts.find,
    (COLLECTION, "POST"): artifacts.create,
    (ITEM, "GET"): artifacts.show,
    (ITEM, "PATCH"): artifacts.change,
    (ITEM, "DELETE"): artifacts.delete,
    (MEMBERS, "GET"): members.find,
    (MEMBERS, "POST"): members.add,
    (MEMBER, "GET"): members.show,
    (MEMBER, "PUT"): members.set_status,
    (MEMBER, "DELETE"): members.delete,
    (TAGS, "GET"): tags.find,
    (TAGS, "PUT"): tags.set_all,
    (TAGS, "DELETE"): tags.delete_all,
    (TAG, "GET"): tags.has,
    (TAG, "PUT"): tags.add,
    (TAG, "DELETE"): tags.delete,
    (SLOT, "GET"): blobs.read,
    (SLOT, "PUT"): blobs.fill,
    (SLOT, "DELETE"): blobs.empty,
    **{(route, method): versions for route in ("/", "/versions") for method in NAMED - {"HEAD"}},
}
