"""Operations of tags."""

from artifacts.api.openapi.answers import answer, media
from artifacts.api.openapi.operation import body, operation
from artifacts.api.openapi.places import Place
from artifacts.api.openapi.schemas import Json, ref


def find(place: Place) -> Json:
    return operation("List the tags of an artifact", {200: _tags()}, (404,))


def set_all(place: Place) -> Json:
    given = body(media(ref("tags")))
    refused = (404, 409, 413, 415)
    return operation("Set the tags of an artifact", {200: _tags()}, refused, requestBody=given)


def delete_all(place: Place) -> Json:
    return operation("Delete all tags", {204: answer("There are none.")}, (404, 409))


def has(place: Place) -> Json:
    return operation("Tell whether there is a tag", {204: answer("There is.")}, (404,))


def add(place: Place) -> Json:
    answered = {
        201: answer("It is there now.", headers=["Location"]),
        204: answer("It was there already."),
    }
    return operation("Add a tag", answered, (404, 409))


def delete(place: Place) -> Json:
    answered = {} if place.of_all else {204: answer("It is gone.")}
    return operation("Delete a tag", answered, (404, 409))


def _tags() -> Json:
    return answer("The tags.", media(ref("tags")))
