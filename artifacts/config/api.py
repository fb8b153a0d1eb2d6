"""[api]: who asks, and how many at once."""

from oslo_config import cfg

OPTIONS = [
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
