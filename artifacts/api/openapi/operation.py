"""An operation: what one method of a route takes and answers, and may refuse."""

from typing import Any

from artifacts.api.openapi.answers import answer, media, refusals
from artifacts.api.openapi.places import Place
from artifacts.api.openapi.schemas import ARTIFACT, Json, ref

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


def whole(place: Place) -> Json:
    """Describe an answer that is an artifact."""
    return answer("The artifact.", media(ref(ARTIFACT.format(place.of.type_name))))
