"""Caller: who is asking."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """Who is asking, as authentication alone has said it.

    `project` is None for somebody who acts for no project, and so may only read what is public.
    """

    user: str | None
    project: str | None
    roles: frozenset[str] = frozenset()
    request_id: str = ""
    read_only: bool = False

    @property
    def admin(self) -> bool:
        return any(role.lower() == "admin" for role in self.roles)


@dataclass(frozen=True)
class Viewer:
    """Whose eyes a SELECT looks through: a project's, nobody's, or everybody's at once."""

    project: str | None
    everything: bool = False
