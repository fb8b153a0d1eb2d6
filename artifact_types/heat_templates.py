"""Heat templates: orchestration templates, with the templates and environments they use."""

from artifacts.model import Artifact, Blob, Link, MiB, field


class HeatTemplate(Artifact):
    """An orchestration template, and all that it is made of."""

    type_name = "heat_templates"

    environments: dict[str, Link] = field(
        "Environments to use with the template, by name.", mutable=True, default={}
    )
    template: Blob = field("The template itself.", max_size=10 * MiB)
    nested_templates: dict[str, Blob] = field(
        "Templates that the template includes, by path.", max_size=10 * MiB, max_total=2550 * MiB
    )
    default_envs: dict[str, str] = field(
        "Values for parameters that nobody gives.", mutable=True, default={}
    )
