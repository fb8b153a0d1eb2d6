"""The tables of docs/access.md, read as one: operation and state -> what each caller gets."""

import itertools
from collections.abc import Collection, Iterator
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
CALLERS = ("anonymous", "reader", "member", "service", "other", "admin")
FRIENDS = ("pending", "accepted", "accepted reader", "rejected")
LATER = ("active", "deactivated", "deleted")
VISIBILITIES = ("private", "shared", "community", "public")
STATES = ("private draft", *map(" ".join, itertools.product(VISIBILITIES, LATER)))
SHARES = tuple(state for state in STATES if state.startswith("shared"))
NO_STATE = "-"
ALL_ELSE = "all else"

Told = dict[tuple[str, str], dict[str, str]]  # by operation and state, what each caller gets


def told(callers: tuple[str, ...], operations: Collection[str]) -> Told:
    """Return what the tables say whose columns are these callers, each cell once.

    `all else` is all of *operations* of which nothing is said before.
    """
    found: Told = {}
    for heads, (names, states, *cells) in _lines(PAGE.read_text()):
        if tuple(heads[2:]) != callers:
            continue
        for state in _states(states, SHARES if callers == FRIENDS else STATES):
            said = {name for name, of in found if of == state}
            for name in names.split(", ") if names != ALL_ELSE else operations - said:
                assert name not in said, f"{name}, {state}: is there twice"
                found[name, state] = dict(zip(callers, cells, strict=True))
    return found


def _lines(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Return each line of a table with the heads of its columns."""
    heads: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            heads = []
        elif not heads:
            heads = cells
        elif set(cells) != {"---"}:
            yield heads, cells


def _states(text: str, known: Collection[str]) -> list[str]:
    """Return what a cell names: `private, public active/deleted` are each private one, and two."""
    if text == NO_STATE:
        return [NO_STATE]
    terms = [[set(word.split("/")) for word in term.split()] for term in text.split(", ")]
    found = [
        state
        for state in known
        if any(all(word & set(state.split()) for word in term) for term in terms)
    ]
    words = set(itertools.chain(*itertools.chain(*terms)))
    assert words <= {word for state in STATES for word in state.split()}, text
    return found
