"""[metrics]: who can read what the service counts."""

import ipaddress

from oslo_config import cfg

from artifacts.errors import Misconfigured

OPTIONS: list[cfg.Opt] = [
    cfg.StrOpt(
        "listen",
        help="Address and port, such as 127.0.0.1:9495, where whoever reaches it gets /metrics, "
        "and nothing else of the service. Unset: nothing is counted.",
    ),
]


def metrics_address(conf: cfg.ConfigOpts) -> tuple[str, int] | None:
    """Return where metrics are read, if they are; raise Misconfigured if that is no address."""
    text = conf.metrics.listen
    if not text:
        return None
    host, _, port = text.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        if not 0 < int(port) < 65536:
            raise ValueError(port)
    except ValueError as error:
        raise Misconfigured(
            "[metrics] listen: must be an IP address and a port, such as 127.0.0.1:9495"
        ) from error
    return str(address), int(port)
