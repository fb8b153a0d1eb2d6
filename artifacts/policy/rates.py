"""Rules of rates: who may send how many requests."""

from artifacts.policy.artifacts import ADMIN
from artifacts.policy.people import ANY
from artifacts.policy.rule import NOTHING, Rule

RULES = (
    Rule(
        "artifact:unlimited_requests",
        f"{ADMIN} or role:service",
        "Send any number of requests, whatever [rate_limit] says.",
        ANY,
        NOTHING,
    ),
)
