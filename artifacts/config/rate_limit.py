"""[rate_limit]: how many requests each project may send."""

from oslo_config import cfg

OPTIONS = [
    cfg.FloatOpt(
        "requests",
        default=0.0,
        min=0.0,
        max=1e6,
        help="Requests a second that a project may send in the long run; 0.1 is one in ten "
        "seconds, 0.001 the least, and 0 any number. What is beyond is refused with 429.",
    ),
    cfg.IntOpt(
        "burst",
        default=100,
        min=1,
        max=10**6,
        help="Requests that a project may send at once, when it has sent none for a while.",
    ),
]
