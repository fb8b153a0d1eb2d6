"""Rules of people: who is an admin, who writes, who owns what. Others are made of these."""

from artifacts.policy.rule import ARTIFACT, NOTHING, Rule

ANY = "ANY /"

RULES = (
    Rule(
        "context_is_admin",
        "role:admin",
        "Who is an admin. Never who may only read, whatever this says.",
        ANY,
        NOTHING,
    ),
    Rule(
        "writer",
        "not read_only:True and (rule:context_is_admin or role:member or role:manager "
        "or role:service or not role:reader)",
        "Who may change what it owns: everybody but who has the role reader and none beside it "
        "that writes.",
        ANY,
        NOTHING,
    ),
    Rule(
        "admin_or_owner",
        "rule:context_is_admin or project_id:%(owner)s",
        "Admins, and the project that an artifact belongs to.",
        ANY,
        ARTIFACT,
    ),
)
