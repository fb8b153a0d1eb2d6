"""[api]: who asks, and how many at once."""

from ipaddress import ip_network
from typing import Any

from oslo_config import cfg, types


class Network(types.String):
    """A CIDR."""

    def __call__(self, value: Any) -> Any:
        return ip_network(str(value))


UNPROVEN = ("none", "headers")  # ways of `auth` in which nobody proves who they are

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
    cfg.FloatOpt(
        "ready_timeout",
        default=2.0,
        min=0.1,
        max=60.0,
        help="Seconds that the database, each store and Keystone have to answer, when "
        "/healthcheck/ready is asked for, before they are told to be silent.",
    ),
    cfg.BoolOpt(
        "access_log",
        default=True,
        help="Log a line for each time that somebody asked for a blob's bytes, whatever log_level "
        "is: who got what, and how much of it.",
    ),
    cfg.ListOpt(
        "trusted_proxies",
        default=[],
        item_type=Network(),
        help="CIDRs of the proxies whose X-Forwarded-For says, in the access log, from where a "
        "request came. Empty: it came from who is connected.",
    ),
    cfg.Opt(
        "accel_location",
        type=types.String(regex=r"/([A-Za-z0-9_-]+/)+$"),
        help="Internal location of the nginx in front, such as /accel/, that has the folders of "
        "the stores by their names, for pools whose `download` is `accel`. Only one of "
        "`trusted_proxies` that names it in X-Accel-Location is told of files.",
    ),
]
