"""Caller: who is asking."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Caller:
    """Who is asking, as authentication alone has said it.

    `project` is None for somebody who acts for no project, and so may only read what is public.
    `system_scope` is `all` where the roles are those of the whole cloud, and of no project.
    `valid_until` is when the token expires that has said it; None where there is no such end.
    """

    user: str | None
    project: str | None
    roles: frozenset[str] = frozenset()
    request_id: str = ""
    read_only: bool = False
    system_scope: str | None = None
    valid_until: datetime | None = None


NOBODY = Caller(None, None)


@dataclass(frozen=True)
class Viewer:
    """Whose eyes a SELECT looks through: a project's, nobody's, or everybody's at once.

    Where a process serves some *pools* only, nobody sees there what is in others.
    """

    project: str | None
    everything: bool = False
    pools: frozenset[str] | None = None
