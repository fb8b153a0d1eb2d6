"""Rules of members: what is done about the projects that artifacts are shared with."""

from artifacts.policy.artifacts import OWNER, WRITER
from artifacts.policy.rule import MEMBER, MEMBERS, Rule

RULES = (
    Rule(
        "artifact:get_members",
        "rule:admin_or_owner",
        "See all members of an artifact. A member sees itself without it. Who may not is not "
        "told: they are not there.",
        f"GET {MEMBERS}\nGET {MEMBER}\nPUT {MEMBER}",
    ),
    Rule("artifact:add_member", OWNER, "Share an artifact with a project.", f"POST {MEMBERS}"),
    Rule(
        "artifact:set_member_status",
        WRITER,
        "Accept or reject what is shared with the caller's project; nobody else may, whatever "
        "this says.",
        f"PUT {MEMBER}",
    ),
    Rule(
        "artifact:delete_member",
        OWNER,
        "No longer share an artifact with a project.",
        f"DELETE {MEMBER}",
    ),
)
