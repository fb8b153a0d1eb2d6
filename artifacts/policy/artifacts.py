"""Rules of artifacts: their types, and what is done to them as a whole."""

from artifacts.policy.rule import ITEM, NOTHING, SLOT, TYPE, Rule

ADMIN = "rule:context_is_admin"
WRITER = "rule:writer"
OWNER = f"{WRITER} and rule:admin_or_owner"
CHANGE = f"PATCH {ITEM}"

RULES = (
    Rule(
        "artifact:type_list",
        "@",
        "See which types there are, and their schemas.",
        "GET /schemas\nGET /schemas/{type}",
        NOTHING,
    ),
    Rule(
        "artifact:create",
        WRITER,
        "Draft an artifact. Asked about what the request says of it, and its project.",
        f"POST {TYPE}",
    ),
    Rule(
        "artifact:get",
        "@",
        "See one artifact. What answers with an artifact of before, a change or an upload, "
        "needs it too.",
        f"GET {ITEM}\n{CHANGE}\nPUT {SLOT}\nDELETE {SLOT}",
    ),
    Rule(
        "artifact:get_any_artifact",
        ADMIN,
        "See, and link to, the artifacts of every project. Who may not is not told: they are "
        "not there.",
        f"GET {ITEM}\n{CHANGE}\nDELETE {ITEM}\nPUT {SLOT}\nDELETE {SLOT}",
        NOTHING,
    ),
    Rule("artifact:list", "@", "List artifacts.", f"GET {TYPE}", NOTHING),
    Rule(
        "artifact:list_all_artifacts",
        ADMIN,
        "List the artifacts of every project. Who may not is not told: they are not there.",
        f"GET {TYPE}",
        NOTHING,
    ),
    Rule(
        "artifact:update_public",
        f"{ADMIN} or not 'public':%(visibility)s",
        "Change what everybody sees. A part of artifact:update.",
        CHANGE,
    ),
    Rule(
        "artifact:update",
        f"{OWNER} and rule:artifact:update_public",
        "Change an artifact, in whatever way.",
        CHANGE,
    ),
    Rule("artifact:activate", OWNER, "Make a draft active.", CHANGE),
    Rule("artifact:reactivate", ADMIN, "Make a deactivated artifact active again.", CHANGE),
    Rule("artifact:deactivate", ADMIN, "Keep an active artifact's bytes to admins.", CHANGE),
    Rule("artifact:publish", ADMIN, "Show an artifact to every project.", CHANGE),
    Rule("artifact:share", OWNER, "Show an artifact to its members.", CHANGE),
    Rule("artifact:communitize", OWNER, "Show an artifact to who knows its id.", CHANGE),
    Rule("artifact:withdraw", OWNER, "Show what others see to its project alone.", CHANGE),
    Rule(
        "artifact:delete_public",
        f"{ADMIN} or not 'public':%(visibility)s",
        "Delete what everybody sees. A part of artifact:delete.",
        f"DELETE {ITEM}",
    ),
    Rule(
        "artifact:delete_deactivated",
        f"{ADMIN} or not 'deactivated':%(status)s",
        "Delete what is deactivated. A part of artifact:delete.",
        f"DELETE {ITEM}",
    ),
    Rule(
        "artifact:delete",
        f"{OWNER} and rule:artifact:delete_public and rule:artifact:delete_deactivated",
        "Delete an artifact, and its bytes.",
        f"DELETE {ITEM}",
    ),
)
