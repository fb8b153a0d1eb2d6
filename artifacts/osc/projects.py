"""Projects as people write them: by id, or by name where Keystone tells them the id."""

from typing import Any

from openstack.exceptions import ForbiddenException

from artifacts.terminal.errors import Unclear


def project_id(manager: Any, project: str) -> str:
    """Return a project's id; what was written, where Keystone does not let us look."""
    if manager.auth_ref is None:
        return project
    try:
        found = manager.sdk_connection.identity.find_project(project)
    except ForbiddenException:
        return project
    if found is None:
        raise Unclear(f"there is no project {project!r}")
    return str(found.id)
