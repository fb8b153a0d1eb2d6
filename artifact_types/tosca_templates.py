"""TOSCA templates: topologies of cloud applications."""

from artifacts.model import Artifact, Blob, MiB, field


class ToscaTemplate(Artifact):
    """A topology in the TOSCA language."""

    type_name = "tosca_templates"
    type_display_name = "TOSCA Templates"

    template: Blob = field("The template itself.", max_size=10 * MiB)
    template_format: str = field("Dialect of TOSCA that the template is written in.")
