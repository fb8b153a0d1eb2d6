"""Operations of blobs."""

from artifacts.api.blobs import LOCATION
from artifacts.api.openapi import answers, parameters
from artifacts.api.openapi.answers import answer, media
from artifacts.api.openapi.operation import operation, whole
from artifacts.api.openapi.places import Place
from artifacts.api.openapi.schemas import Json, ref
from artifacts.model.blob import OCTETS

BYTES = media({"type": "string", "format": "binary"}, OCTETS)


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
        {200: whole(place)},
        (404, 409, 413, 507),
        requestBody={"content": content},  # which may have no bytes
        parameters=_headers(parameters.OF_UPLOADING),
    )


def _headers(listed: list[Json]) -> list[Json]:
    return parameters.refs(each["name"] for each in listed)


def empty(place: Place) -> Json:
    return operation("Empty a slot", {200: whole(place)}, (404, 409))
