"""A rule as the code declares it, and what the language may name: the asked and the asking."""

from oslo_policy.policy import DocumentedRuleDefault

NOTHING: frozenset[str] = frozenset()
PROJECT = frozenset({"project_id"})
ARTIFACT = PROJECT | {"id", "type_name", "name", "version", "owner", "status", "visibility"}

# What is known of who asks, which the language compares with texts and with the asked.
CREDENTIALS = frozenset({"user_id", "project_id", "roles", "is_admin", "read_only", "system_scope"})

TYPE = "/artifacts/{type}"
ITEM = "/artifacts/{type}/{id}"
SLOT = "/artifacts/{type}/{id}/{slot}"
MEMBERS = "/artifacts/{type}/{id}/members"
MEMBER = "/artifacts/{type}/{id}/members/{project}"


class Rule(DocumentedRuleDefault):
    """A rule with its default, and the names of what it may ask of its target."""

    def __init__(
        self,
        name: str,
        check: str,
        description: str,
        operations: str,
        about: frozenset[str] = ARTIFACT,
    ) -> None:
        """Take the operations as `METHOD PATH`, one a line."""
        pairs = [line.split() for line in operations.splitlines()]
        super().__init__(
            name, check, description, [{"method": method, "path": path} for method, path in pairs]
        )
        self.about = about
