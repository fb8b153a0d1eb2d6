"""A type that declares settings of its own."""

from typing import ClassVar

from artifacts.model import Artifact, Blob, Setting, field


class Configured(Artifact):
    """What operators may say something about."""

    type_name = "configured"
    type_display_name = "Configured Things"
    type_settings = (
        Setting("greeting", "What it is described as.", default="hello"),
        Setting("most", "A number.", type=int, default=5),
        Setting("loud", "Whether it shouts.", type=bool, default=False),
    )
    greeting: ClassVar[str]
    most: ClassVar[int]
    loud: ClassVar[bool]

    blob: Blob | None = field("Bytes.")

    def before_create(self):
        self.description = self.greeting.upper() if self.loud else f"{self.greeting} {self.most}"


class Demanding(Artifact):
    """What cannot be served before something is said."""

    type_name = "demanding"
    type_settings = (Setting("password", "Needed.", secret=True, required=True),)

    blob: Blob | None = field("Bytes.")
