"""Caller: who is asking."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """Who is asking, as authentication alone has said it.

    `project` is None for somebody who acts for no project, and so may only read what is public.
    `system_scope` is `all` where the roles are those of the whole cloud, and of no project.
    """

    user: str | None
    project: str | None
    roles: frozenset[str] = frozenset()
    request_id: str = ""
    read_only: bool = False
    system_scope: str | None = None


@dataclass(frozen=True)
class Viewer:
    """Whose eyes a SELECT looks through: a project's, nobody's, or everybody's at once."""

    project: str | None
    everything: bool = False
