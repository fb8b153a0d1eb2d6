"""Who may do what: rules by Glare's names, in the language of oslo.policy.

What they say by default is in the code, one module for each noun. Files may put other rules in
their place; `files` reads them, `soundness` refuses what is not sure to mean what it says.
"""

from artifacts.policy.policy import Policy, Target, check_files
from artifacts.policy.rule import Rule
from artifacts.policy.rulebook import list_rules

__all__ = ["Policy", "Rule", "Target", "check_files", "list_rules"]
