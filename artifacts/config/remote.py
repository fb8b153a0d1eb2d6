"""[remote]: what may be fetched from elsewhere."""

from oslo_config import cfg, types

OPTIONS = [
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
