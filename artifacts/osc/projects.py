"""Projects as people write them: by id, or by name where Keystone tells them the id."""

import logging
import re
from typing import Any

from openstack.exceptions import ForbiddenException

from artifacts.terminal.errors import Unclear

logger = logging.getLogger(__name__)

_ID = re.compile(r"[0-9a-f]{32}")  # as Keystone makes them


def project_id(manager: Any, project: str) -> str:
    """Return a project's id; what was written, where Keystone does not let us look."""
    if manager.auth_ref is None:
        return project
    try:
        found = manager.sdk_connection.identity.find_project(project)
    except ForbiddenException:
        if not _ID.fullmatch(project):
            logger.warning("You may not look up projects: %r is taken for an id.", project)
        return project
    if found is None:
        raise Unclear(f"there is no project {project!r}")
    return str(found.id)
