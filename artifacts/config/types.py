"""[artifact_type:NAME]: what is set of one type."""

from collections.abc import Container
from typing import Any

from oslo_config import cfg

from artifacts.config import sections
from artifacts.model import Artifact

PREFIX = "artifact_type:"

OPTIONS = [
    cfg.IntOpt(
        "max_artifact_number", default=-1, min=-1, help="Artifacts of the type in a project."
    ),
    cfg.IntOpt("max_uploaded_data", default=-1, min=-1, help="Bytes of the type in a project."),
    cfg.BoolOpt("delayed_delete", help="As in [DEFAULT], for this type. Unset: as there."),
    cfg.StrOpt(
        "default_store",
        help="Store that the bytes of new artifacts of the type go to. Unset: as in [DEFAULT].",
    ),
]


def unserved_types(conf: cfg.ConfigOpts, served: Container[str]) -> list[str]:
    """Return the types that have a section and are not served, which may be misspelt."""
    sections = [each for each in conf.list_all_sections() if each.startswith(PREFIX)]
    return [name for each in sections if (name := each.removeprefix(PREFIX)) not in served]


def type_options(conf: cfg.ConfigOpts, type_name: str) -> Any:
    """Return the options of [artifact_type:NAME] that every type has."""
    return sections.read(conf, f"{PREFIX}{type_name}", OPTIONS)


def type_settings(conf: cfg.ConfigOpts, artifact_type: type[Artifact]) -> dict[str, Any]:
    """Return what is set of a type's own settings; raise Misconfigured if one lacks."""
    return sections.settings_of(conf, PREFIX + artifact_type.type_name, artifact_type.type_settings)
