"""[scrubber]: how what was deleted in name goes."""

from oslo_config import cfg

LONGEST = 10**9  # seconds, some 30 years; a clock can go as far back, and a thread wait as long

OPTIONS: list[cfg.Opt] = [
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
