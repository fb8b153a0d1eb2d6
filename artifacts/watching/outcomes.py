"""Outcomes: what came of something, in a word."""

from artifacts import errors

DONE, FAULT = "done", "Fault"


def outcome_of(error: BaseException) -> str:
    """Name an error, by our own names alone: of others there is no end."""
    return type(error).__name__ if isinstance(error, errors.ArtifactsError) else FAULT
