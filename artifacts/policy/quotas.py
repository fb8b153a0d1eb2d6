"""Rules of quotas: what projects may keep."""

from artifacts.policy.artifacts import ADMIN
from artifacts.policy.rule import NOTHING, PROJECT, Rule

RULES = (
    Rule("artifact:set_quotas", ADMIN, "Set the quotas of projects.", "PUT /quotas", NOTHING),
    Rule(
        "artifact:list_all_quotas",
        ADMIN,
        "See the quotas of every project.",
        "GET /quotas",
        NOTHING,
    ),
    Rule(
        "artifact:list_project_quotas",
        f"project_id:%(project_id)s or {ADMIN}",
        "See the quotas of one project.",
        "GET /project-quotas\nGET /project-quotas/{project}",
        PROJECT,
    ),
)
