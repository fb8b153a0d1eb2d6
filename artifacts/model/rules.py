"""Rules: what a declaration may demand of a field's values or bytes."""

from dataclasses import dataclass
from typing import Literal

from artifacts.model.blob import MiB
from artifacts.model.limits import USUAL


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Lengths, bounds, pattern and choices of a list or dict are those of what it holds."""

    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    choices: tuple[object, ...] = ()
    unique: bool | Literal["drop"] = False
    keys: tuple[str, ...] = ()
    max_items: int = USUAL.items
    max_size: int = 10 * MiB
    max_total: int = 2550 * MiB
