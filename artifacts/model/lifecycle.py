"""The life of an artifact: which moves there are, and what each status forbids.

drafted ──activate──> active ──deactivate──> deactivated
                         ^────reactivate────────┘
any of them ──delete──> deleted

While it is active, its owner shows it to more or fewer, and an admin to everybody:

private ──share──> shared ──communitize──> community, and between all three in any direction;
                                           `withdraw` leads back to private
any of them ──publish──> public
"""

from artifacts.errors import Forbidden, Invalid

DRAFTED, ACTIVE, DEACTIVATED, DELETED = "drafted", "active", "deactivated", "deleted"
PRIVATE, PUBLIC = "private", "public"
SHARED, COMMUNITY = "shared", "community"
GLARES = (PRIVATE, PUBLIC)  # the visibilities that Glare's clients know

_MOVES = {
    (DRAFTED, ACTIVE): "activate",
    (ACTIVE, DEACTIVATED): "deactivate",
    (DEACTIVATED, ACTIVE): "reactivate",
}

_SHOWN = {PRIVATE: "withdraw", PUBLIC: "publish", SHARED: "share", COMMUNITY: "communitize"}


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
    if after not in list(_SHOWN):
        raise Invalid("visibility: must be private, public, shared or community")
    if before == PUBLIC and after != PUBLIC:
        raise Forbidden("visibility: what is public stays public")
    if before == after == PRIVATE:
        return None
    # What is taken back from others may be so also while its bytes are kept to admins.
    if status not in ((ACTIVE, DEACTIVATED) if after == PRIVATE else (ACTIVE,)):
        raise Forbidden(f"visibility: an artifact that is {status} cannot become {after}")
    return None if before == after else _SHOWN[str(after)]


def as_glare_knows(visibility: str) -> str:
    """Return what clients are told that know of no sharing."""
    return visibility if visibility in GLARES else PRIVATE


def check_changeable(status: str) -> None:
    if status in (DEACTIVATED, DELETED):
        raise Forbidden(f"status: an artifact that is {status} cannot be changed")
