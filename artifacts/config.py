"""Every option of the service, each with what it means.

An option keeps Glare's name and section where Glare has it.
"""

import re
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from oslo_config import cfg, types

from artifacts.errors import Misconfigured
from artifacts.model import Artifact, Setting
from artifacts.stores.base import BlobStore

Options = cfg.ConfigOpts

LONGEST = 10**9  # seconds, some 30 years; a clock can go as far back, and a thread wait as long

DEFAULT = [
    cfg.StrOpt(
        "data",
        help="Folder for what has no other place: the database if [database] connection is "
        "unset, and each store whose path is. `--data` beats it.",
    ),
    cfg.ListOpt(
        "enabled_artifact_types",
        default=[],
        help="Names of the types to serve. Empty: every type that is found.",
    ),
    cfg.ListOpt(
        "custom_artifact_types_modules",
        default=[],
        help="Modules whose artifact types are found beside those that packages register.",
    ),
    cfg.IntOpt("default_api_limit", default=25, min=1, help="Length of a page of a list."),
    cfg.IntOpt("max_api_limit", default=1000, min=1, help="Length of the longest page."),
    cfg.BoolOpt(
        "allow_anonymous_access",
        default=False,
        help="Let everybody read what is public, without authentication.",
    ),
    cfg.IntOpt(
        "max_artifact_number", default=-1, min=-1, help="Artifacts of a project; -1: any number."
    ),
    cfg.IntOpt(
        "max_uploaded_data", default=-1, min=-1, help="Uploaded bytes of a project; -1: any number."
    ),
    cfg.IntOpt(
        "max_members", default=128, min=0, help="Projects that one artifact may be shared with."
    ),
    cfg.BoolOpt(
        "delayed_delete",
        default=False,
        help="Delete in name only, and erase when `artifacts-manage scrub` runs.",
    ),
    cfg.StrOpt("default_store", default="file", help="Name of the store that new bytes go to."),
    cfg.ListOpt(
        "enabled_stores",
        default=["file"],
        help="Names of the stores. Each has a section [store:NAME], whose `kind` says which "
        "plugin it is; a name that is a plugin's needs none.",
    ),
    cfg.StrOpt(
        "log_level",
        default="info",
        choices=[
            ("debug", "everything"),
            ("info", "what happens"),
            ("warning", "what may need somebody"),
            ("error", "faults alone"),
        ],
        help="Least weight of what is logged, to standard error.",
    ),
]

API = [
    cfg.StrOpt(
        "auth",
        choices=[
            ("keystone", "tokens, by keystonemiddleware"),
            ("headers", "identity headers, believed as they are sent: for tests alone"),
            ("none", "nobody: one local user, who is admin of the project `local`"),
        ],
        help="Who says who is asking. Unset: `none` where there is no configuration file, "
        "else `keystone`.",
    ),
    cfg.ListOpt(
        "allowed_hosts",
        default=[],
        help="Host names besides those of this machine's loopback that `none` and `headers` "
        "answer to. Naming one also lets `artifacts serve` bind to other addresses with them.",
    ),
    cfg.IntOpt(
        "threads",
        default=64,
        min=2,
        help="Requests that each worker process serves at once; a slow upload takes one.",
    ),
]

DATABASE = [
    cfg.StrOpt(
        "connection",
        secret=True,
        help="SQLAlchemy URL of the database. Unset: artifacts.db in the folder of `data`.",
    ),
    cfg.IntOpt("pool_size", default=20, min=1, help="Connections that each process may hold."),
]

BLOBS = [
    cfg.FloatOpt(
        "upload_lease",
        default=30.0,
        min=1.0,
        help="Seconds without a byte after which an upload is given up, and after which the "
        "slot and the quota of one whose process died are free again.",
    ),
    cfg.ListOpt(
        "digests",
        default=[],
        item_type=types.String(choices=["sha512"]),
        help="Digests of every blob besides md5, sha1 and sha256, which it always has: sha512.",
    ),
]

SCRUBBER: list[cfg.Opt] = [
    cfg.IntOpt(
        "scrub_time",
        default=0,
        min=0,
        max=LONGEST,
        help="Seconds for which what was deleted in name only is kept before it is erased.",
    ),
    cfg.IntOpt(
        "wakeup_time",
        default=300,
        min=1,
        max=LONGEST,
        help="Seconds between two turns of `scrub --daemon`.",
    ),
]

REMOTE = [
    cfg.ListOpt(
        "allowed_networks",
        default=[],
        help="CIDRs that external blobs may be fetched from although they are not public.",
    ),
    cfg.ListOpt(
        "allowed_ports",
        default=[80, 443],
        item_type=types.Port(),
        help="Ports that external blobs may be fetched from.",
    ),
    cfg.FloatOpt(
        "connect_timeout",
        default=5.0,
        min=0.1,
        help="Seconds for a name to resolve, a server to be connected to and to send headers.",
    ),
    cfg.IntOpt(
        "max_fetches",
        default=16,
        min=1,
        help="Fetches that each process runs at once, and a project half of them. Each takes "
        "one of its threads.",
    ),
    cfg.FloatOpt("idle_timeout", default=30.0, min=0.1, help="Seconds without a byte."),
    cfg.FloatOpt("total_timeout", default=3600.0, min=1.0, help="Seconds for a whole fetch."),
    cfg.IntOpt("min_rate", default=1024, min=0, help="Bytes a second that a fetch must keep up."),
    cfg.IntOpt("max_redirects", default=3, min=0, max=20, help="Redirects that are followed."),
    cfg.IntOpt("max_size", default=1000 * 1024**3, min=1, help="Bytes of the largest body."),
    cfg.StrOpt("ca_file", help="Certificates to trust, instead of the system's."),
    cfg.StrOpt("proxy", help="URL of an HTTP proxy that every fetch goes through."),
]

POLICY = [
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

TYPE = [
    cfg.IntOpt(
        "max_artifact_number", default=-1, min=-1, help="Artifacts of the type in a project."
    ),
    cfg.IntOpt("max_uploaded_data", default=-1, min=-1, help="Bytes of the type in a project."),
    cfg.BoolOpt("delayed_delete", help="As in [DEFAULT], for this type. Unset: as there."),
    cfg.StrOpt(
        "default_store",
        help="Store that the bytes of new artifacts of the type go to. Unset: as in [DEFAULT].",
    ),
]

KIND = cfg.StrOpt("kind", help="Plugin that this store is. Unset: the store's own name.")

GROUPS: Mapping[str | None, list[cfg.Opt]] = {
    None: DEFAULT,
    "api": API,
    "database": DATABASE,
    "blobs": BLOBS,
    "scrubber": SCRUBBER,
    "remote": REMOTE,
    "oslo_policy": POLICY,
}
TYPE_SECTION = "artifact_type:"
_LOCATION = re.compile(r"from LocationInfo\(.*detail='([^']*)'\)")
OPTION_TYPES = {str: cfg.StrOpt, int: cfg.IntOpt, float: cfg.FloatOpt, bool: cfg.BoolOpt}


def load(files: Iterable[str] = ()) -> Options:
    """Return the options, as *files* set them; raise Misconfigured if one cannot be read."""
    conf = Options()
    for group, options in GROUPS.items():
        conf.register_opts(options, group=group)
    try:
        conf(args=[], project="artifacts", default_config_files=list(files))
        for group, options in GROUPS.items():  # a wrong value is told at the start, not in use
            for option in options:
                _ = (conf[group] if group else conf)[option.dest]
    except cfg.Error as error:
        raise Misconfigured(_sentence(error)) from error
    return conf


def _sentence(error: cfg.Error) -> str:
    """Say where a wrong value is by the file alone, without oslo's own words for it."""
    return "configuration: " + _LOCATION.sub(r"in \1", str(error))


def unserved_types(conf: Options, served: Container[str]) -> list[str]:
    """Return the types that have a section and are not served, which may be misspelt."""
    sections = [each for each in conf.list_all_sections() if each.startswith(TYPE_SECTION)]
    return [name for each in sections if (name := each.removeprefix(TYPE_SECTION)) not in served]


def type_options(conf: Options, type_name: str) -> Any:
    """Return the options of [artifact_type:NAME] that every type has."""
    return _section(conf, f"{TYPE_SECTION}{type_name}", TYPE)


def type_settings(conf: Options, artifact_type: type[Artifact]) -> dict[str, Any]:
    """Return what is set of a type's own settings; raise Misconfigured if one lacks."""
    return _settings(conf, TYPE_SECTION + artifact_type.type_name, artifact_type.type_settings)


def store_kind(conf: Options, name: str) -> str:
    """Return the plugin that [store:NAME] says it is; a store named as a plugin is that one."""
    return str(_section(conf, f"store:{name}", [KIND]).kind or name)


def store_settings(conf: Options, name: str, store_class: type[BlobStore]) -> dict[str, Any]:
    """Return what [store:NAME] sets of the plugin's settings; raise Misconfigured if one lacks."""
    in_data = {"path": str(Path(conf.data) / "blobs" / name)} if conf.data else {}
    values = _settings(conf, f"store:{name}", store_class.settings, in_data)
    return {name: value for name, value in values.items() if value is not None}


def _settings(
    conf: Options, section_name: str, settings: Iterable[Setting], unset: Mapping[str, Any] = {}
) -> dict[str, Any]:
    """Return what a section sets of a plugin's settings, and *unset* says of those it does not."""
    section = _section(conf, section_name, options_of(settings))
    values = {setting.name: section[setting.name] for setting in settings}
    values |= {name: value for name, value in unset.items() if values.get(name) in ("", None)}
    for setting in settings:
        if setting.required and values[setting.name] is None:
            raise Misconfigured(f"[{section_name}] {setting.name}: must be set")
    return {setting.name: values[setting.name] for setting in settings}


def _section(conf: Options, name: str, options: list[cfg.Opt]) -> Any:
    """Register and return a section; what cannot be read of it is told now, not in use."""
    try:
        conf.register_group(cfg.OptGroup(name))  # which nothing else does where it has no options
        conf.register_opts(options, group=name)
        for option in options:
            _ = conf[name][option.dest]
    except cfg.Error as error:
        raise Misconfigured(_sentence(error)) from error
    return conf[name]


def database_url(conf: Options) -> str:
    """Return where the database is; raise Misconfigured if nothing says it."""
    if conf.database.connection:
        return str(conf.database.connection)
    if not conf.data:
        raise Misconfigured("[database] connection: must be set, or `data`")
    return f"sqlite:///{Path(conf.data) / 'artifacts.db'}"


def policy_files(conf: Options) -> list[Path]:
    """Return the policy file and folders that are there; raise Misconfigured if one is named only.

    What a file says beats what those before it say.
    """
    section = conf.oslo_policy
    found = [conf.find_file(name) for name in (section.policy_file, *section.policy_dirs)]
    default = POLICY[0].default
    if found[0] is None and section.policy_file != default:
        raise Misconfigured("[oslo_policy] policy_file: there is no such file")
    return [Path(path) for path in found if path is not None]


def store_options(store_class: type[BlobStore]) -> list[cfg.Opt]:
    return options_of(store_class.settings)


def options_of(settings: Iterable[Setting]) -> list[cfg.Opt]:
    return [_option(setting) for setting in settings]


def _option(setting: Setting) -> cfg.Opt:
    option: type[cfg.Opt] = OPTION_TYPES[setting.type]
    return option(setting.name, default=setting.default, secret=setting.secret, help=setting.help)
