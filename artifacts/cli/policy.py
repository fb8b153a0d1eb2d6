"""Policy for oslo.policy's own commands, and the sample of a policy file that they make."""

import contextlib
import io

from oslo_config import cfg
from oslo_policy import generator, policy

from artifacts.policy import list_rules

HEADING = """\
# Every rule of the service, each with its default. Made by `artifacts-manage policy sample`.
# A policy file needs only the rules that are to be others.

"""


def enforcer() -> policy.Enforcer:
    """Return what checks our rules by the global configuration, which those commands have read."""
    found = policy.Enforcer(cfg.CONF)
    found.register_defaults(list_rules())
    return found


def render() -> str:
    """Return a policy file that changes nothing, and says what could be changed."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        generator.generate_sample(["--namespace", "artifacts"], conf=cfg.ConfigOpts())
    return f"{HEADING}{text.getvalue().rstrip()}\n"
