"""[DEFAULT]: what is served, where it is kept, and how much of it."""

from oslo_config import cfg

OPTIONS = [
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
        "use_keystone_limits",
        default=False,
        help="Let Keystone's unified limits say what projects may keep, instead of "
        "`max_artifact_number`, `max_uploaded_data` and what the API set. [oslo_limit] says how "
        "they are asked for.",
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
    cfg.StrOpt(
        "default_pool",
        default="default",
        help="Name of the pool of new artifacts that no other pool takes. The pool `default` is "
        "always there; every other has a section [pool:NAME].",
    ),
    cfg.ListOpt(
        "enabled_stores",
        default=["file"],
        help="Names of the stores. Each has a section [store:NAME], whose `kind` says which "
        "plugin it is; a name that is a plugin's needs none.",
    ),
    cfg.ListOpt(
        "enabled_pools",
        default=[],
        help="Names of the pools that this process serves: what is in others is not there for it. "
        "Empty: every pool.",
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
    cfg.StrOpt(
        "log_format",
        default="text",
        choices=[
            ("text", "a line for people"),
            ("json", "a JSON object on a line, with the fields of oslo.log"),
        ],
        help="How an event of the log is written.",
    ),
]
