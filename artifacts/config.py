"""Every option of the service, each with what it means.

An option keeps Glare's name and section where Glare has it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from oslo_config import cfg, types

from artifacts.errors import Misconfigured
from artifacts.stores.base import BlobStore, Setting

Options = cfg.ConfigOpts

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

TYPE = [
    cfg.IntOpt(
        "max_artifact_number", default=-1, min=-1, help="Artifacts of the type in a project."
    ),
    cfg.IntOpt("max_uploaded_data", default=-1, min=-1, help="Bytes of the type in a project."),
    cfg.BoolOpt("delayed_delete", help="As in [DEFAULT], for this type. Unset: as there."),
]

KIND = cfg.StrOpt("kind", help="Plugin that this store is. Unset: the store's own name.")

GROUPS: Mapping[str | None, list[cfg.Opt]] = {
    None: DEFAULT,
    "api": API,
    "database": DATABASE,
    "blobs": BLOBS,
    "remote": REMOTE,
}
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
        raise Misconfigured(f"configuration: {error}") from error
    return conf


def type_options(conf: Options, type_name: str) -> Any:
    """Return the options of [artifact_type:NAME]."""
    group = f"artifact_type:{type_name}"
    conf.register_opts(TYPE, group=group)
    return conf[group]


def store_kind(conf: Options, name: str) -> str:
    """Return the plugin that [store:NAME] says it is; a store named as a plugin is that one."""
    conf.register_opts([KIND], group=f"store:{name}")
    return str(conf[f"store:{name}"].kind or name)


def store_settings(conf: Options, name: str, store_class: type[BlobStore]) -> dict[str, Any]:
    """Return what [store:NAME] sets of the plugin's settings; raise Misconfigured if one lacks."""
    conf.register_opts([KIND, *store_options(store_class)], group=f"store:{name}")
    section = conf[f"store:{name}"]
    values = {setting.name: section[setting.name] for setting in store_class.settings}
    if "path" in values and conf.data:
        values["path"] = values["path"] or str(Path(conf.data) / "blobs" / name)
    for setting in store_class.settings:
        if setting.required and values[setting.name] is None:
            raise Misconfigured(f"[store:{name}] {setting.name}: must be set")
    return {name: value for name, value in values.items() if value is not None}


def database_url(conf: Options) -> str:
    """Return where the database is; raise Misconfigured if nothing says it."""
    if conf.database.connection:
        return str(conf.database.connection)
    if not conf.data:
        raise Misconfigured("[database] connection: must be set, or `data`")
    return f"sqlite:///{Path(conf.data) / 'artifacts.db'}"


def store_options(store_class: type[BlobStore]) -> list[cfg.Opt]:
    return [_store_option(setting) for setting in store_class.settings]


def _store_option(setting: Setting) -> cfg.Opt:
    option: type[cfg.Opt] = OPTION_TYPES[setting.type]
    return option(setting.name, default=setting.default, secret=setting.secret, help=setting.help)
