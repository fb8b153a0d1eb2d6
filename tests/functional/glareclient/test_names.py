"""Artifacts by their names, which the library and the tool ask for by `version=latest`."""

import uuid

import pytest


def test_get_by_name(library, images, draft):
    name = draft["name"]
    newest = images("create", name=name, version="1.10")

    assert images("get_by_name", name=name)["id"] == newest["id"]
    assert library("get_by_name", name=name, type_name="all")["id"] == newest["id"]
    refused = library.refusal("get_by_name", name=name + "x", type_name="images")
    assert refused == "BadRequest"


def test_a_name_that_several_have(library, images, draft):
    """The error of the library lists them by owner, visibility and type."""
    library("create", name=draft["name"], version="1.5", type_name="tosca_templates")

    said = library.said("artifacts.get_by_name", name=draft["name"], type_name="all")
    assert said["error"] == "BadRequest"
    assert f"{draft['id']}, owner: local, visibility: private, type: images" in said["text"]


@pytest.mark.parametrize(
    ("said", "type_name"),
    [
        ("image", "images"),
        ("heat-template", "heat_templates"),
        ("heat-environment", "heat_environments"),
        ("tosca-template", "tosca_templates"),
        ("murano-package", "murano_packages"),
        ("secrets", "secrets"),
    ],
)
def test_every_type_can_be_created_shown_and_deleted(glare, shown, said, type_name):
    name = f"named-{uuid.uuid4().hex}"
    made = glare("create", said, name).fields

    again = glare("show", said, name).fields
    assert again == made
    assert shown(made, type_name)["name"] == name
    glare("delete", said, name)
    assert "code" in shown(made, type_name)


def test_show_by_name_takes_the_latest(glare, draft):
    name = draft["name"]
    newest = glare("create", "image", name, "-V", "1.10").fields

    assert glare("show", "image", name).fields["id"] == newest["id"]
    assert glare("show", "all", name).fields["type_name"] == "images"
    glare("show", "image", "nobody-has-this-name", fails=True)


def test_update(glare, draft, shown):
    name = draft["name"]
    changes = ["-p", "min_ram=512", "-d", "properties=a:1,b:2", "-l", "tags=x"]
    glare("update", "image", name, *changes)
    glare("update", "image", name, "-r", "min_ram", "-r", "properties/a", "-p", "min_disk=3")

    now = shown(draft)
    assert (now["min_ram"], now["min_disk"]) == (None, 3)
    assert (now["properties"], now["tags"]) == ({"b": "2"}, ["x"])
