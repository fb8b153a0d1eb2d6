"""Plugins: types and stores are found, chosen, and told in a sentence when they are wrong."""

from importlib.metadata import EntryPoint

import pytest

from artifacts import plugins
from artifacts.errors import Misconfigured
from artifacts.model import Artifact
from artifacts.stores.filesystem import FilesystemStore
from artifacts.stores.memory import MemoryStore

BUILT_IN = {
    "heat_environments",
    "heat_templates",
    "images",
    "murano_packages",
    "secrets",
    "tosca_templates",
}


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module of types, and return its name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(
            f"from artifacts.model import Artifact, Blob, field\n{text}"
        )
        return name

    return write


@pytest.fixture
def registered(monkeypatch):
    """Let only these be registered, by name and place."""

    def register(group, **places):
        found = [EntryPoint(name, place, group) for name, place in places.items()]
        monkeypatch.setattr(
            plugins, "entry_points", lambda group: [each for each in found if each.group == group]
        )

    return register


def test_the_types_that_come_along_are_found():
    assert set(plugins.find_types()) == BUILT_IN


def test_types_of_modules_come_beside_them(module):
    name = module("more_types", 'class Book(Artifact):\n    type_name = "books"\n')
    found = plugins.find_types([name])

    assert set(found) == BUILT_IN | {"books"}
    assert issubclass(found["books"], Artifact)


def test_what_a_module_only_imports_is_not_its_own(module):
    name = module("importing_types", "from artifact_types.images import Image\n")

    assert set(plugins.find_types([name])) == BUILT_IN


def test_only_enabled_types_are_served():
    assert list(plugins.find_types(enabled=["secrets", "images"])) == ["secrets", "images"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('class Book(Artifact):\n    type_name = "images"\n', "images: two plugins declare it"),
        ("import nothing_of_that_name\n", "cannot be imported"),
        ('class Book(Artifact):\n    title: str = field("Title.")\n', "type_name"),
        (
            'class Book(Artifact):\n    type_name = "books"\n    tags: Blob = field("Reserved.")\n',
            "books.*tags",
        ),
    ],
)
def test_a_module_that_is_wrong_stops_the_start(module, request, text, said):
    name = module(f"wrong_types_{abs(hash(text))}", text)
    with pytest.raises(Misconfigured, match=said):
        plugins.find_types([name])


def test_a_module_that_is_not_there_stops_the_start():
    with pytest.raises(Misconfigured, match="custom_artifact_types_modules: nowhere_to_be_found"):
        plugins.find_types(["nowhere_to_be_found"])


def test_an_enabled_type_that_nobody_declares_stops_the_start():
    with pytest.raises(Misconfigured, match="enabled_artifact_types: no plugin declares books"):
        plugins.find_types(enabled=["books"])


def test_a_type_registered_under_another_name_stops_the_start(registered):
    registered("artifacts.types", pictures="artifact_types.images:Image")
    with pytest.raises(Misconfigured, match="type pictures: its class is named images"):
        plugins.find_types()


@pytest.mark.parametrize("place", ["nowhere_to_be_found:Image", "artifact_types.images:Nothing"])
def test_a_registered_plugin_that_is_not_there_stops_the_start(registered, place):
    registered("artifacts.types", images=place)
    with pytest.raises(Misconfigured, match="plugin images"):
        plugins.find_types()


@pytest.mark.parametrize("place", ["artifacts.errors:Invalid", "artifact_types.images:MOST"])
def test_a_registered_plugin_that_is_no_type_stops_the_start(registered, place):
    registered("artifacts.types", images=place)
    with pytest.raises(Misconfigured, match="images"):
        plugins.find_types()


def test_a_fault_inside_a_store_is_not_told_as_one_of_the_configuration(deploy, monkeypatch):
    class Faulty(MemoryStore):
        def __init__(self):
            raise TypeError("a fault of its own")

    monkeypatch.setattr(plugins, "find_store", lambda kind: Faulty)
    with pytest.raises(TypeError, match="a fault of its own"):
        deploy()


def test_stores_are_found_by_kind():
    assert plugins.find_store("file") is FilesystemStore
    with pytest.raises(Misconfigured, match="store bucket: no plugin declares it"):
        plugins.find_store("bucket")


def test_a_store_whose_library_is_not_installed_says_what_to_install(registered):
    registered("artifacts.stores", s3="library_that_is_not_there:Store [objects]")

    assert plugins.find_stores() == {}
    with pytest.raises(Misconfigured, match=r"needs library_that_is_not_there; .*\[objects\]"):
        plugins.find_store("s3")
