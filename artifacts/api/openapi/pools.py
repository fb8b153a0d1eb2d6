"""Pools: their schema, and the operation that lists them."""

from artifacts.api.openapi.answers import answer, media
from artifacts.api.openapi.operation import operation
from artifacts.api.openapi.places import Place
from artifacts.api.openapi.schemas import Json, ref

TYPES = {"type": "array", "items": {"type": "string"}, "minItems": 1}
POOL = {
    "name": {"type": "string"},
    "types": TYPES | {"description": "Types whose new artifacts of the project it takes."},
    "is_default": {"type": "boolean", "description": "It takes what no other pool does."},
    "max_blob_size": {
        "type": ["integer", "null"],
        "minimum": 0,
        "description": "Bytes of the largest blob; null where the types alone limit it.",
    },
}
ONE = {
    "type": "object",
    "properties": POOL,
    "required": [*POOL],
    "additionalProperties": False,
}
SCHEMAS = {
    "pools": {
        "type": "object",
        "properties": {"pools": {"type": "array", "items": ONE}},
        "required": ["pools"],
        "additionalProperties": False,
    }
}


def find(place: Place) -> Json:
    told = answer("The pools that take new artifacts of the project.", media(ref("pools")))
    return operation("List the pools", {200: told}, (404,))
