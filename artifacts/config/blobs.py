"""[blobs]: how bytes come."""

from oslo_config import cfg, types

OPTIONS = [
    cfg.FloatOpt(
        "upload_lease",
        default=30.0,
        min=1.0,
        help="Seconds without a byte after which an upload is given up, and after which the "
        "slot and the quota of one whose process died are free again.",
    ),
    cfg.IntOpt(
        "token_grace",
        default=86400,
        min=0,
        help="Seconds for which an upload, or the fetch of a link, goes on after the token that "
        "began it has expired.",
    ),
    cfg.IntOpt(
        "link_seconds",
        default=60,
        min=1,
        max=3600,
        help="Seconds within which a download by a signed link must begin, where a pool's "
        "`download` is `redirect`. What revokes the right to read ends no link that was given.",
    ),
    cfg.ListOpt(
        "digests",
        default=[],
        item_type=types.String(choices=["sha512"]),
        help="Digests of every blob besides md5, sha1 and sha256, which it always has: sha512.",
    ),
]
