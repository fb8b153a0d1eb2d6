"""Membership: what a project that an artifact is shared with may say to that."""

from dataclasses import dataclass
from datetime import datetime

PENDING, ACCEPTED, REJECTED = "pending", "accepted", "rejected"
STATUSES = (PENDING, ACCEPTED, REJECTED)
SEEING = (PENDING, ACCEPTED)  # who may read it by its id; lists show what was accepted


@dataclass(frozen=True)
class Member:
    """A project that an artifact is shared with, until when, and what it said to that."""

    project: str
    status: str
    created_at: datetime
    expires_at: datetime | None


def change_of(project: str) -> str:
    """Return the name under which a revision tells what became of a membership."""
    return f"members/{project}"
