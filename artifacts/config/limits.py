"""[limits]: how much one request may ask for, and one artifact hold."""

from oslo_config import cfg

from artifacts.model.limits import USUAL, Limits

FEWEST_PARAMETERS = 8  # what lists take besides filters, and a few of these


def _most(
    name: str, default: int, help: str, *, least: int = 1, most: int | None = None
) -> cfg.Opt:
    """Make an option that can only be lowered, unless it says up to where it can be raised."""
    return cfg.IntOpt(f"max_{name}", default=default, min=least, max=most or default, help=help)


OPTIONS = [
    _most(
        "json_size",
        USUAL.json_size,
        "Bytes of a JSON document that a request sends. Each request may take some ten times "
        "as much memory.",
        least=64 * 1024,
        most=16 * 1024 * 1024,
    ),
    _most("operations", USUAL.operations, "Operations of a JSON Patch.", most=1000),
    _most("parameters", USUAL.parameters, "Parameters of a list's query.", least=FEWEST_PARAMETERS),
    _most("values", USUAL.values, "Values in all conditions of a list together."),
    _most("sort_keys", USUAL.sort_keys, "Fields that a list is sorted by."),
    _most("tags", USUAL.tags, "Tags of an artifact.", least=0),
    _most(
        "items",
        USUAL.items,
        "Items of a list, keys of a dict and blobs of a folder, in every field for which its "
        "type does not say it.",
    ),
    _most("request_line", 8190, "Bytes of a request's first line.", least=1024),
    _most("headers", 64, "Headers of a request.", least=16, most=1000),
    _most("header_size", 8190, "Bytes of one header.", least=1024),
]


def limits_of(conf: cfg.ConfigOpts) -> Limits:
    """Return those that are not the server's, which reads lines and headers before us."""
    section = conf.limits
    return Limits(
        json_size=section.max_json_size,
        operations=section.max_operations,
        parameters=section.max_parameters,
        values=section.max_values,
        sort_keys=section.max_sort_keys,
        tags=section.max_tags,
        items=section.max_items,
    )
