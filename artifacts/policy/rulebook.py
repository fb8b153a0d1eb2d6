"""A rulebook: one complete set of rules, those of the code and what files put in their place."""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from oslo_config import cfg
from oslo_policy import policy

from artifacts.caller import Caller
from artifacts.errors import Misconfigured
from artifacts.policy import artifacts, blobs, members, people, pools, quotas, rates, soundness
from artifacts.policy.protections import NO_PROTECTIONS, Protections
from artifacts.policy.rule import ARTIFACT, Rule

logger = logging.getLogger(__name__)

ADMIN = "context_is_admin"
OURS = "artifact:"  # begins the name of what only the service asks, so others are misspelt
DECISIONS = 4096  # that are remembered
LONGEST = 255  # characters of what a decision was about, for it to be remembered

Identity = tuple[str | None, str | None, frozenset[str], bool, str | None]


def list_rules() -> list[Rule]:
    """Return every rule with its default; oslo.policy's commands find this by its entry point."""
    return [
        *people.RULES,
        *artifacts.RULES,
        *blobs.RULES,
        *members.RULES,
        *quotas.RULES,
        *pools.RULES,
        *rates.RULES,
    ]


class Rulebook:
    """Decides. What was decided is remembered: the same question has the same answer."""

    def __init__(
        self, written: Mapping[Any, Any], protections: Protections = NO_PROTECTIONS
    ) -> None:
        """Take what files say, and what is protected; raise Misconfigured if it is not sound."""
        rules = {rule.name: rule.about for rule in list_rules()}
        for name in written:
            if name not in rules and str(name).startswith(OURS):
                raise Misconfigured(f"policy: {name}: there is no such rule")
        checks: dict[str, Any] = {rule.name: rule.check for rule in list_rules()}
        said = {**written, **protections.rules}
        checks |= {name: soundness.parse(name, text) for name, text in said.items()}
        rules |= dict.fromkeys(protections.rules, ARTIFACT)
        known = {name: soundness.asked(name, checks) for name in checks}
        for name, about in rules.items():
            if unknown := sorted(known[name] - about):
                raise Misconfigured(f"policy: {name}: does not know %({unknown[0]})s")
        _warn_of_unused(checks, rules)
        reader = soundness.parse(ADMIN, "not read_only:True")
        checks[ADMIN] = policy.AndCheck([reader, checks[ADMIN]])
        self._asked = {name: tuple(sorted(known[name])) for name in rules}
        self._enforcer = policy.Enforcer(cfg.ConfigOpts(), use_conf=False)
        self._enforcer.set_rules(checks, use_conf=False)
        self._decide = lru_cache(DECISIONS)(self._enforce)
        self.protections = protections.by_type

    def allows(self, rule: str, caller: Caller, ask: Callable[[str], str]) -> bool:
        """Decide; *ask* tells what the rule wants to know of its target, by name."""
        about = tuple((name, ask(name)) for name in self._asked[rule])
        who = (caller.user, caller.project, caller.roles, caller.read_only, caller.system_scope)
        if any(len(value) > LONGEST for _, value in about):  # not worth the memory
            return self._enforce(rule, who, about)
        return self._decide(rule, who, about)

    def asks(self, rule: str) -> bool:
        """Whether the rule wants to know anything of its target."""
        return bool(self._asked[rule])

    def _enforce(self, rule: str, who: Identity, about: tuple[tuple[str, str], ...]) -> bool:
        creds = _credentials(who)
        if rule != ADMIN:
            creds["is_admin"] = self._decide(ADMIN, who, ())
        return bool(self._enforcer.enforce(rule, dict(about), creds))


def _credentials(who: Identity) -> dict[str, Any]:
    """Return what the language knows of a caller; None would be the text `None` to it."""
    user, project, roles, read_only, system_scope = who
    known = {"user_id": user, "project_id": project, "read_only": read_only, "roles": sorted(roles)}
    known["system_scope"] = system_scope
    return {name: value for name, value in known.items() if value is not None}


def _warn_of_unused(checks: Mapping[str, Any], rules: Iterable[str]) -> None:
    """Say which rules of a file nothing asks: their names may be misspelt."""
    used = {
        leaf.match
        for check in checks.values()
        for leaf in soundness.leaves(check)
        if isinstance(leaf, policy.RuleCheck)
    }
    for name in sorted(checks.keys() - set(rules) - used):
        logger.warning("policy: nothing asks the rule %s", name)
