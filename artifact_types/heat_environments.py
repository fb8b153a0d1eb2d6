"""Heat environments: values and resource mappings for orchestration templates."""

from artifacts.model import Artifact, Blob, MiB, field


class HeatEnvironment(Artifact):
    """An environment to run an orchestration template in."""

    type_name = "heat_environments"

    environment: Blob = field("The environment itself.", max_size=10 * MiB)
