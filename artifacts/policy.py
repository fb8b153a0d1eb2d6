"""Who may do what: rules by name, as Glare names them."""

from collections.abc import Callable

from artifacts import errors
from artifacts.caller import Caller
from artifacts.model import Artifact

Rule = Callable[[Caller, Artifact | None], bool]


def everyone(caller: Caller, artifact: Artifact | None) -> bool:
    return True


def admin(caller: Caller, artifact: Artifact | None) -> bool:
    return caller.admin


def owner(caller: Caller, artifact: Artifact | None) -> bool:
    """The project that owns the artifact, or an admin, unless they may only read."""
    owns = artifact is not None and caller.project is not None and caller.project == artifact.owner
    return (caller.admin or owns) and not caller.read_only


def owner_unless_public(caller: Caller, artifact: Artifact | None) -> bool:
    public = artifact is not None and artifact.visibility == "public"
    return caller.admin or (owner(caller, artifact) and not public)


def owner_unless_settled(caller: Caller, artifact: Artifact | None) -> bool:
    """The owner, as long as the artifact is neither public nor deactivated."""
    deactivated = artifact is not None and artifact.status == "deactivated"
    return caller.admin or (owner_unless_public(caller, artifact) and not deactivated)


def viewer_unless_deactivated(caller: Caller, artifact: Artifact | None) -> bool:
    """Who may see it (that was asked before), as long as it is not deactivated."""
    return caller.admin or (artifact is not None and artifact.status != "deactivated")


# Each is asked after it is known that the caller may see the artifact, and, of what changes it,
# that the caller is its `owner`; so a rule need only say what it demands beyond that.
RULES: dict[str, Rule] = {
    "artifact:type_list": everyone,
    "artifact:create": everyone,
    "artifact:get": everyone,
    "artifact:list": everyone,
    "artifact:get_any_artifact": admin,
    "artifact:list_all_artifacts": admin,
    "artifact:update": owner_unless_public,
    "artifact:activate": owner,
    "artifact:reactivate": admin,
    "artifact:deactivate": admin,
    "artifact:publish": admin,
    "artifact:delete": owner_unless_settled,
    "artifact:upload": owner,
    "artifact:set_location": owner,
    "artifact:set_internal_location": owner,
    "artifact:delete_blob": owner,
    "artifact:download": viewer_unless_deactivated,
    "artifact:download_from_any_artifact": admin,
}


class Policy:
    """Answers whether a caller may do something to an artifact that it may see."""

    def allows(self, rule: str, caller: Caller, artifact: Artifact | None = None) -> bool:
        return RULES[rule](caller, artifact)

    def check(self, rule: str, caller: Caller, artifact: Artifact | None = None) -> None:
        """Raise PolicyForbids unless the rule allows it."""
        if not self.allows(rule, caller, artifact):
            raise errors.PolicyForbids(f"policy: {rule} does not allow this")
