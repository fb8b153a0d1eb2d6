"""[cors]: which web pages of other origins may use the service; the names are oslo.middleware's."""

from oslo_config import cfg, types

from artifacts.config.api import UNPROVEN
from artifacts.errors import Misconfigured

ANY = "*"
_ORIGIN = types.String(regex=r"^(\*|https?://[a-z0-9.\-\[\]:]+)$")
_HEADER = types.String(regex=r"^[A-Za-z0-9-]+$")
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

OPTIONS = [
    cfg.ListOpt(
        "allowed_origin",
        default=[],
        item_type=_ORIGIN,
        help="Origins whose pages may use the service from a browser, such as "
        "https://console.example, in lower case and with a port that is not the usual one; "
        "`*`: every page there is. Empty: no page but the service's own.",
    ),
    cfg.BoolOpt(
        "allow_credentials",
        default=False,
        help="Let browsers send cookies and client certificates, which a proxy in front may want. "
        "Tokens are no such credentials.",
    ),
    cfg.ListOpt(
        "expose_headers",
        default=[
            *("X-Openstack-Request-Id", "OpenStack-API-Version", "Location", "Allow"),
            *("Retry-After", "WWW-Authenticate", "ETag", "Accept-Ranges", "Content-Range"),
            *("Content-Disposition", "Content-MD5", "Repr-Digest"),
            *("X-Openstack-Glare-Content-SHA1", "X-Openstack-Glare-Content-SHA256"),
        ],
        item_type=_HEADER,
        help="Headers of answers that pages may read, besides those that they always may.",
    ),
    cfg.IntOpt(
        "max_age",
        default=3600,
        min=0,
        max=86400,
        help="Seconds for which a browser need not ask again what it may send.",
    ),
    cfg.ListOpt(
        "allow_methods",
        default=_METHODS,
        item_type=types.String(choices=_METHODS),
        help="Methods that pages may use.",
    ),
    cfg.ListOpt(
        "allow_headers",
        default=[
            *("X-Auth-Token", "X-Openstack-Request-Id", "OpenStack-API-Version"),
            *("Content-Type", "Content-MD5", "Content-Digest", "Repr-Digest"),
            *("Want-Repr-Digest", "Range", "If-Range", "If-None-Match"),
        ],
        item_type=_HEADER,
        help="Headers that pages may send, besides those that they always may.",
    ),
]


def check_cors(conf: cfg.ConfigOpts) -> None:
    """Raise Misconfigured if every page in every browser would act for whoever looks at it."""
    if ANY not in conf.cors.allowed_origin:
        return
    if conf.cors.allow_credentials:
        raise Misconfigured("[cors] allowed_origin: must not be * with allow_credentials")
    if conf.api.auth in UNPROVEN:
        raise Misconfigured(
            f"[cors] allowed_origin: must not be * with [api] auth = {conf.api.auth}: every web "
            "page would be believed"
        )
