"""Operations: what each method of each route takes and answers.

`OPERATIONS` has one entry for each; a route or a method without one is not described, and no
document is made.
"""

from collections.abc import Callable
from typing import Any

from artifacts.api.blobs import LOCATION
from artifacts.api.middleware import OPEN_PATHS
from artifacts.api.openapi import answers, parameters
from artifacts.api.openapi.answers import answer, media, plain, refusals
from artifacts.api.openapi.places import NAMED, Place
from artifacts.api.openapi.schemas import ARTIFACT, LIST, NEW, PATCH, TEXT, Json, ref
from artifacts.model.blob import OCTETS
from artifacts.model.every_type import EveryType

SCHEMA = "application/schema+json"
BYTES = media({"type": "string", "format": "binary"}, OCTETS)
ITEM, SLOT = "/artifacts/{type_name}/{id}", "/artifacts/{type_name}/{id}/{path:path}"
COLLECTION = "/artifacts/{type_name}"
TAGS, TAG = f"{ITEM}/tags", f"{ITEM}/tags/{{tag}}"
MEMBERS, MEMBER = f"{ITEM}/members", f"{ITEM}/members/{{project}}"

# What any request may be refused with, and what besides if it must be known who asks.
ANY, KNOWN = (400, 500), (401, 403, 406, 429, 503)


def operation(
    summary: str,
    answered: dict[int, Json],
    refused: tuple[int, ...] = (),
    **more: Any,
) -> Json:
    """Describe what a caller who is known may ask for."""
    return _described(summary, answered, (*ANY, *KNOWN, *refused), **more)


def opened(summary: str, answered: dict[int, Json], **more: Any) -> Json:
    """Describe what anybody may ask for."""
    return _described(summary, answered, ANY, **more) | {"security": []}


def _described(
    summary: str, answered: dict[int, Json], refused: tuple[int, ...], **more: Any
) -> Json:
    known = {str(status): each for status, each in answered.items()}
    return {"summary": summary, **more, "responses": known | refusals(*sorted(refused))}


def body(content: Json) -> Json:
    return {"required": True, "content": content}


def versions(place: Place) -> Json:
    told = plain("The microversions.", media(ref("versions")))
    return opened("List the microversions", {300: told})


def health(place: Place) -> Json:
    told = plain("It answers.", media({"const": "OK"}, "text/plain"))
    return opened("Tell whether this process answers", {200: told})


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


def find(place: Place) -> Json:
    name = place.of.type_name
    told = answer("A page.", media(ref(LIST.format(name))))
    more = parameters.refs(parameters.of_listing(place.of))
    return operation("List artifacts", {200: told}, (404,), parameters=more)


def create(place: Place) -> Json:
    if place.of_all:
        given = body(media(ref(NEW.format(EveryType.type_name))))
        refused = (409, 413, 415)
        return operation("Create nothing: this type is a view", {}, refused, requestBody=given)
    name = place.of.type_name
    told = answer("The artifact.", media(ref(ARTIFACT.format(name))), ["Location"])
    return operation(
        "Create a draft",
        {201: told | {"links": _links(name)}},
        (404, 409, 413, 415),
        requestBody=body(media(ref(NEW.format(name)))),
    )


def _links(name: str) -> Json:
    """Say where the new artifact is shown, changed and deleted."""
    follow = {"id": "$response.body#/id"}
    verbs = {"show": "get", "change": "patch", "delete": "delete"}
    return {
        verb: {"operationId": f"{method}_artifacts_{name}_id", "parameters": follow}
        for verb, method in verbs.items()
    }


def show(place: Place) -> Json:
    return operation("Show an artifact", {200: _whole(place)}, (404,))


def change(place: Place) -> Json:
    return operation(
        "Change an artifact",
        {200: _whole(place)},
        (404, 409, 413, 415),
        requestBody=body(
            media(ref(PATCH.format(place.of.type_name)), "application/json-patch+json")
        ),
    )


def delete(place: Place) -> Json:
    if place.of_all:
        return operation("Delete nothing: this type is a view", {}, (404, 409))
    return operation("Delete an artifact", {204: answer("It is deleted.")}, (404, 409))


def read(place: Place) -> Json:
    bytes_of: Json = BYTES | {"*/*": {}}
    answered = {
        200: answer("The bytes.", bytes_of, answers.OF_BYTES),
        206: answer("Some of the bytes.", bytes_of, (*answers.OF_BYTES, "Content-Range")),
        302: answer("The blob is external.", headers=(*answers.DIGESTS, "Location")),
        304: answer("They are still what the caller knows.", headers=["ETag"]),
    }
    return operation(
        "Read a blob", answered, (404, 409, 416), parameters=_headers(parameters.OF_READING)
    )


def fill(place: Place) -> Json:
    """Any media type but the one of links is bytes, so that one is named first."""
    content = media(ref("link"), LOCATION) | BYTES | {"*/*": {}}
    return operation(
        "Upload a blob, or link it to a URL",
        {200: _whole(place)},
        (404, 409, 413, 507),
        requestBody={"content": content},  # which may have no bytes
        parameters=_headers(parameters.OF_UPLOADING),
    )


def _headers(listed: list[Json]) -> list[Json]:
    return parameters.refs(each["name"] for each in listed)


def empty(place: Place) -> Json:
    return operation("Empty a slot", {200: _whole(place)}, (404, 409))


def _whole(place: Place) -> Json:
    return answer("The artifact.", media(ref(ARTIFACT.format(place.of.type_name))))


def find_members(place: Place) -> Json:
    told = answer("Those that the caller may know of.", media(ref("members")))
    return operation("List the members of an artifact", {200: told}, (404,))


def add_member(place: Place) -> Json:
    answered = {201: answer("The member.", media(ref("member")), ["Location"])}
    return operation(
        "Share an artifact with a project",
        {} if place.of_all else answered,
        (404, 409, 413, 415),
        requestBody=body(media(ref("member-new"))),
    )


def show_member(place: Place) -> Json:
    return operation("Show a member", {200: _member()}, (404,))


def set_member_status(place: Place) -> Json:
    return operation(
        "Accept or reject what is shared",
        {} if place.of_all else {200: _member()},
        (404, 413, 415),
        requestBody=body(media(ref("member-status"))),
    )


def delete_member(place: Place) -> Json:
    answered = {204: answer("It is shared with that project no longer.")}
    return operation("Delete a member", {} if place.of_all else answered, (404,))


def _member() -> Json:
    return answer("The member.", media(ref("member")))


def find_tags(place: Place) -> Json:
    return operation("List the tags of an artifact", {200: _tags()}, (404,))


def set_tags(place: Place) -> Json:
    given = body(media(ref("tags")))
    refused = (404, 409, 413, 415)
    return operation("Set the tags of an artifact", {200: _tags()}, refused, requestBody=given)


def delete_tags(place: Place) -> Json:
    return operation("Delete all tags", {204: answer("There are none.")}, (404, 409))


def has_tag(place: Place) -> Json:
    return operation("Tell whether there is a tag", {204: answer("There is.")}, (404,))


def add_tag(place: Place) -> Json:
    answered = {
        201: answer("It is there now.", headers=["Location"]),
        204: answer("It was there already."),
    }
    return operation("Add a tag", answered, (404, 409))


def delete_tag(place: Place) -> Json:
    answered = {} if place.of_all else {204: answer("It is gone.")}
    return operation("Delete a tag", answered, (404, 409))


def _tags() -> Json:
    return answer("The tags.", media(ref("tags")))


def set_quotas(place: Place) -> Json:
    return operation(
        "Set the quotas of projects",
        {200: answer("They are set.", media({"type": "null"}))},
        (413, 415),
        requestBody=body(media(ref("quotas-new"))),
    )


def find_quotas(place: Place) -> Json:
    told = answer("What was set, and what holds for all others.", media(ref("quotas")))
    return operation("List the quotas of projects", {200: told})


def show_quotas(place: Place) -> Json:
    told = answer("What holds, and what of it is used.", media(ref("project-quotas")))
    return operation("Show the quotas of one project", {200: told})


def options(place: Place) -> Json:
    summary, told = "Tell which methods there are", "Which methods this URL takes."
    if place.path in OPEN_PATHS:
        return opened(summary, {200: plain(told, headers=["Allow"])})
    return operation(summary, {200: answer(told, headers=["Allow"])})


OPERATIONS: dict[tuple[str, str], Callable[[Place], Json]] = {
    ("/healthcheck", "GET"): health,
    ("/openapi.json", "GET"): document,
    ("/docs", "GET"): page,
    ("/schemas", "GET"): schemas,
    ("/schemas/{type_name}", "GET"): schemas,
    ("/quotas", "PUT"): set_quotas,
    ("/quotas", "GET"): find_quotas,
    ("/project-quotas", "GET"): show_quotas,
    ("/project-quotas/{project}", "GET"): show_quotas,
    (COLLECTION, "GET"): find,
    (COLLECTION, "POST"): create,
    (ITEM, "GET"): show,
    (ITEM, "PATCH"): change,
    (ITEM, "DELETE"): delete,
    (MEMBERS, "GET"): find_members,
    (MEMBERS, "POST"): add_member,
    (MEMBER, "GET"): show_member,
    (MEMBER, "PUT"): set_member_status,
    (MEMBER, "DELETE"): delete_member,
    (TAGS, "GET"): find_tags,
    (TAGS, "PUT"): set_tags,
    (TAGS, "DELETE"): delete_tags,
    (TAG, "GET"): has_tag,
    (TAG, "PUT"): add_tag,
    (TAG, "DELETE"): delete_tag,
    (SLOT, "GET"): read,
    (SLOT, "PUT"): fill,
    (SLOT, "DELETE"): empty,
    **{(route, method): versions for route in ("/", "/versions") for method in NAMED - {"HEAD"}},
}
