"""Operations of artifacts."""

from artifacts.api.openapi import parameters
from artifacts.api.openapi.answers import answer, media
from artifacts.api.openapi.operation import body, operation, whole
from artifacts.api.openapi.places import Place
from artifacts.api.openapi.schemas import ARTIFACT, LIST, NEW, PATCH, Json, ref
from artifacts.model.every_type import EveryType


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
    return operation("Show an artifact", {200: whole(place)}, (404,))


def change(place: Place) -> Json:
    return operation(
        "Change an artifact",
        {200: whole(place)},
        (404, 409, 413, 415),
        requestBody=body(
            media(ref(PATCH.format(place.of.type_name)), "application/json-patch+json")
        ),
    )


def delete(place: Place) -> Json:
    if place.of_all:
        return operation("Delete nothing: this type is a view", {}, (404, 409))
    return operation("Delete an artifact", {204: answer("It is deleted.")}, (404, 409))
