"""[tracing]: who hears of each request, step by step."""

from oslo_config import cfg

from artifacts.config.api import Network

OPTIONS: list[cfg.Opt] = [
    cfg.StrOpt(
        "endpoint",
        help="URL of a collector that takes traces by OTLP over HTTP, such as "
        "http://127.0.0.1:4318/v1/traces. Unset: there are none.",
    ),
    cfg.FloatOpt(
        "sample",
        default=1.0,
        min=0.0,
        max=1.0,
        help="The part of all traces that begin here which are sent.",
    ),
    cfg.ListOpt(
        "trusted_callers",
        default=[],
        item_type=Network(),
        help="CIDRs of the callers whose header `traceparent` says which trace a request belongs "
        "to, and whether it is sent. From others that header means nothing.",
    ),
]
