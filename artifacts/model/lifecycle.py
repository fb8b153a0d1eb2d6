"""The life of an artifact: which moves there are, and what each status forbids.

drafted ──activate──> active ──deactivate──> deactivated
                         ^────reactivate────────┘
any of them ──delete──> deleted
"""

from artifacts.errors import Forbidden, Invalid

DRAFTED, ACTIVE, DEACTIVATED, DELETED = "drafted", "active", "deactivated", "deleted"
PRIVATE, PUBLIC = "private", "public"

_MOVES = {
    (DRAFTED, ACTIVE): "activate",
    (ACTIVE, DEACTIVATED): "deactivate",
    (DEACTIVATED, ACTIVE): "reactivate",
}


def move_between(before: str, after: object) -> str | None:
    """Name the move from one status to another; None when they are the same."""
    if before == DELETED:
        raise Forbidden("status: a deleted artifact cannot be changed")
    if after not in (DRAFTED, ACTIVE, DEACTIVATED, DELETED):
        raise Invalid("status: must be drafted, active or deactivated")
    if before == after:
        return None
    move = _MOVES.get((before, str(after)))
    if move is None:
        raise Forbidden(f"status: cannot change from {before} to {after}")
    return move


def showing(status: str, before: str, after: object) -> str | None:
    """Name the change from one visibility to another; None when they are the same."""
    if after not in (PRIVATE, PUBLIC):
        raise Invalid("visibility: must be private or public")
    if after == PRIVATE:
        if before == PUBLIC:
            raise Forbidden("visibility: what is public stays public")
        return None
    if status != ACTIVE:
        raise Forbidden("visibility: only an active artifact can be public")
    return "publish" if before == PRIVATE else None


def check_changeable(status: str) -> None:
    if status in (DEACTIVATED, DELETED):
        raise Forbidden(f"status: an artifact that is {status} cannot be changed")
