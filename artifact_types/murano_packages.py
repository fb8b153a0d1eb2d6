"""Murano packages: applications, and libraries that applications share."""

from typing import Literal

from artifacts.model import Artifact, Blob, Link, field


class MuranoPackage(Artifact):
    """An application from a catalogue, or a library of classes."""

    type_name = "murano_packages"
    type_display_name = "Murano packages"

    package: Blob | None = field("The package, as an archive.", max_size=104_857_600)
    type: Literal["Application", "Library"] = field("What the package is.", default="Application")
    display_name: str = field("Name to show to people.", mutable=True)
    categories: list[str] = field("Categories of the catalogue.", mutable=True, default=[])
    class_definitions: list[str] = field(
        "Names of the classes that the package defines.", unique=True, default=[]
    )
    inherits: dict[str, str] = field("Classes, and what each of them inherits.", default={})
    keywords: list[str] = field("Words to find it by.", mutable=True, default=[])
    dependencies: list[Link] | None = field("Packages that this one needs.", default=[])
