"""[oslo_policy]: the files that say who may do what."""

from pathlib import Path

from oslo_config import cfg

from artifacts.errors import Misconfigured

OPTIONS = [
    cfg.StrOpt(
        "policy_file",
        default="policy.yaml",
        help="File that puts other rules in the place of the service's own. A relative one is "
        "beside the configuration file; it must be there if this is set.",
    ),
    cfg.MultiStrOpt(
        "policy_dirs",
        default=["policy.d"],
        help="Folders of more such files, read after it in the order of their names.",
    ),
]


def policy_files(conf: cfg.ConfigOpts) -> list[Path]:
    """Return the policy file and folders that are there; raise Misconfigured if one is named only.

    What a file says beats what those before it say.
    """
    section = conf.oslo_policy
    found = [conf.find_file(name) for name in (section.policy_file, *section.policy_dirs)]
    default = OPTIONS[0].default
    if found[0] is None and section.policy_file != default:
        raise Misconfigured(f"[oslo_policy] policy_file: there is no file {section.policy_file}")
    return [Path(path) for path in found if path is not None]
