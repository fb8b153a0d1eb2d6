"""Rules of pools: where new artifacts go."""

from artifacts.policy.rule import NOTHING, Rule

RULES = (
    Rule(
        "artifact:list_pools",
        "@",
        "See which pools take the new artifacts of one's own project.",
        "GET /pools",
        NOTHING,
    ),
)
