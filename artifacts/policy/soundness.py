"""Soundness: refuses rules that are not sure to mean what they say.

oslo.policy takes what it cannot read for "nobody", and what it cannot look up for "no". Behind a
`not` both open what was meant to be closed, so nothing of that kind is let in.
"""

import ast
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from oslo_policy import policy

from artifacts.errors import Misconfigured
from artifacts.policy.rule import CREDENTIALS

NOBODY = "!"

# What cannot be read is refused here, in a sentence; the parser would log a traceback as well.
logging.getLogger("oslo_policy._parser").disabled = True


def parse(name: object, text: object) -> policy.Check:
    """Return the check that a file gives a rule, or raise Misconfigured."""
    if not isinstance(name, str) or not isinstance(text, str):
        raise Misconfigured(f"policy: {name}: a rule must be a text, in quotes")
    check: Any = policy.RuleDefault(name, text).check
    said = [word.strip("()") for word in text.split()].count(NOBODY)
    if [str(leaf) for leaf in leaves(check)].count(NOBODY) != said:
        raise Misconfigured(f"policy: {name}: cannot be read as a rule")
    return check  # type: ignore[no-any-return]


def leaves(check: Any) -> Iterator[Any]:
    """Give every check that is not made of others."""
    parts = getattr(check, "rules", None) or [getattr(check, "rule", None)]
    if parts == [None]:
        yield check
        return
    for part in parts:
        yield from leaves(part)


def asked(name: str, checks: Mapping[str, Any], above: tuple[str, ...] = ()) -> frozenset[str]:
    """Return what a rule asks of its target, itself or through others; refuse what is unsound."""
    if name in above:
        raise Misconfigured(f"policy: {name}: leads back to itself")
    found: frozenset[str] = frozenset()
    for leaf in leaves(checks[name]):
        if isinstance(leaf, policy.RuleCheck):
            if leaf.match not in checks:
                raise Misconfigured(f"policy: {name}: there is no rule {leaf.match}")
            found |= asked(leaf.match, checks, (*above, name))
        elif isinstance(leaf, policy.Check):
            _check_kind(name, leaf)
            found |= _Names.of(name, leaf.match)
    return found


def _check_kind(name: str, leaf: policy.Check) -> None:
    if leaf.kind == "role" or leaf.kind in CREDENTIALS:
        return
    try:
        ast.literal_eval(leaf.kind)
    except (ValueError, SyntaxError) as error:
        known = ", ".join(sorted(CREDENTIALS))
        raise Misconfigured(
            f"policy: {name}: {leaf.kind} must be role, rule, a text in quotes, or one of {known}"
        ) from error


class _Names(dict[str, str]):
    """Notes which names a text would have put into it."""

    @classmethod
    def of(cls, name: str, text: str) -> frozenset[str]:
        names = cls()
        try:
            _ = text % names
        except (TypeError, ValueError) as error:
            raise Misconfigured(
                f"policy: {name}: {text} must name what it asks as %(name)s"
            ) from error
        return frozenset(names)

    def __missing__(self, key: str) -> str:
        self[key] = ""
        return ""
