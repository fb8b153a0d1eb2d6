"""The document: every route and method, for every enabled type, in OpenAPI 3.1."""

from collections.abc import Iterable

from artifacts import __version__
from artifacts.api.middleware import OPEN_PATHS
from artifacts.api.openapi import answers, members, operations, parameters, pools, quotas, schemas
from artifacts.api.openapi.operations import OPERATIONS
from artifacts.api.openapi.places import Place, Route, spread
from artifacts.api.openapi.schemas import Json
from artifacts.model import Artifact
from artifacts.model.limits import USUAL, Limits

DESCRIPTION = """\
A typed artifact repository. This describes what is answered under microversion 1.2, which a
request asks for by `OpenStack-API-Version: artifact 1.2`; without it, the answer is that of 1.0.
Values are described as they are stored: what can be made one of them, such as a number that is
given as text, is taken too. No text may contain NUL. Lists are filtered by the fields of a type, as
in `name=debian`, `min_ram=gte:512` or `name=in:debian,fedora`: without an operator it is `eq`. Of
all filters with `or:` in front, as in `name=or:like:deb%`, at least one must be fulfilled.
"""
TOKEN = {"type": "apiKey", "in": "header", "name": "X-Auth-Token", "description": "Keystone token."}


def build(
    routes: Iterable[Route],
    types: Iterable[type[Artifact]],
    limits: Limits = USUAL,
    *,
    tokens: bool,
    anonymous: bool,
) -> Json:
    """Describe what these routes answer; *tokens* says that Keystone is asked who the caller is."""
    known = list(types)
    paths: Json = {}
    for place in spread(routes, known):
        paths[place.path] = _path(place, known)
    components: Json = {
        "schemas": schemas.of_types(known, limits)
        | schemas.FIXED
        | quotas.SCHEMAS
        | pools.SCHEMAS
        | members.SCHEMAS,
        "headers": answers.HEADERS,
        "parameters": parameters.components(known, limits),
        "responses": answers.components() | answers.components(answers.HEAD),
    }
    secured: Json = {}
    if tokens:
        components["securitySchemes"] = {"token": TOKEN}
        secured["security"] = [{"token": []}, *([{}] if anonymous else [])]
    info = {"title": "Artifacts", "version": __version__, "description": DESCRIPTION}
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": "/"}],
        **secured,
        "paths": paths,
        "components": components,
    }


def _path(place: Place, types: Iterable[type[Artifact]]) -> Json:
    common = [parameters.in_path(name, types) for name in place.names]
    if place.path not in OPEN_PATHS:
        common += parameters.refs([parameters.MICROVERSION["name"]])
    methods = {method.lower(): _operation(place, method) for method in place.methods}
    return methods | ({"parameters": common} if common else {})


def _operation(place: Place, method: str) -> Json:
    """Describe a method: HEAD is what GET is, but for the body, and OPTIONS the same anywhere."""
    described = OPERATIONS.get((place.route, method))
    if described is None and method == "OPTIONS":
        described = operations.options
    told = described(place) if described else _head(place, method)
    words = [word.strip("{}") for word in place.path.split("/") if word]
    tag = place.artifact_type.type_name if place.artifact_type else "service"
    return told | {"operationId": "_".join([method.lower(), *words]), "tags": [tag]}


def _head(place: Place, method: str) -> Json:
    if method != "HEAD":
        raise LookupError(f"{method} {place.route}: nothing describes this")
    told = OPERATIONS[place.route, "GET"](place)
    return told | {
        "summary": f"{told['summary']}: the headers alone",
        "responses": answers.without_body(told["responses"]),
    }
