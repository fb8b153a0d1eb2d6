"""enabled_pools: what is in other pools is not there for a process, and none is made there."""

import pytest

from artifacts.errors import ArtifactNotFound, Forbidden, Invalid, Misconfigured, NameTaken
from artifacts.model.query import Condition, Query, Sort
from artifacts.service.audit import Audit


@pytest.fixture(autouse=True)
def consistent(serve):
    """After every test here, rows and the bytes of both stores agree: promise 3."""
    yield
    parts = serve()

    assert list(Audit(parts.database, parts.pools, parts.scrub).run()) == []


@pytest.fixture
def serve(deploy, tmp_path):
    """Start a process that serves these pools, of one for images and one for the rest."""

    def serve(*names, **more):
        general = {"enabled_stores": "file, other", "enabled_pools": ", ".join(names), **more}
        return deploy(
            {
                "DEFAULT": general,
                "store:other": {"kind": "file", "path": tmp_path / "other"},
                "pool:images": {"store": "other", "types": "images"},
                "pool:general": {"store": "file"},
            }
        ).parts

    return serve


@pytest.fixture
def both(serve, live, caller):
    """An image, and something else, made where every pool is served."""
    parts = serve(default_pool="general")
    images, samples = live(parts, caller, "images"), live(parts, caller)
    image, sample = images.create("image"), samples.create("sample")
    images.upload(image, "image", b"bytes")
    samples.upload(sample, "blob", b"bytes")
    return image, sample


def listed(parts, caller, type_name, **query):
    found = parts.artifacts.find(caller, type_name, Query(**query))
    return sorted(each.name for each in found.artifacts), found.total


@pytest.fixture
def only(serve):
    return serve("images", default_pool="general")


def test_what_is_in_other_pools_is_not_there(only, both, live, caller, admin):
    image, sample = both
    samples = live(only, caller)
    for verb in (
        samples.show,
        samples.delete,
        lambda each: samples.change(each, description="other"),
        lambda each: samples.read(each, "blob"),
        lambda each: samples.upload(each, "folder/more", b"more"),
        live(only, admin).show,
        live(only, caller, "all").show,
    ):
        with pytest.raises(ArtifactNotFound):
            verb(sample)

    assert live(only, caller, "images").read(image, "image") == b"bytes"


LISTS = {
    "all": {},
    "latest": {"latest": True},
    "by a field": {"conditions": [Condition("string", "eq", ("red",))]},
    "by a tag": {"conditions": [Condition("tags", "eq", ("red",))]},
    "by either": {
        "conditions": [
            Condition("string", "eq", ("red",), alternative=True),
            Condition("number", "gt", (6,), alternative=True),
        ]
    },
    "by what is shared": {"members_only": True},
    "sorted": {"sorts": (Sort("number"), Sort("name"))},
}


@pytest.mark.parametrize("query", LISTS.values(), ids=LISTS)
def test_lists_and_counts_have_only_what_is_served(deploy, live, caller, other, admin, query):
    """By whatever table a list is led through, and for whatever reason something is seen."""
    options = {"pool:theirs": {"projects": other.project}}
    every = deploy(options).parts
    own, theirs, all_ = (live(every, each) for each in (caller, other, admin))
    made = [own.create("own", string="red", number=7)]
    made += [theirs.create(name, string="red", number=7) for name in ("public", "shared")]
    for each in made:
        all_.change(each, tags=["red"])
        all_.activate(each)
    all_.change(made[1], visibility="public")
    theirs.change(made[2], visibility="shared")
    where = ("samples", made[2].id, caller.project)
    every.members.add(other, *where, None)
    every.members.set_status(caller, *where, "accepted")
    shared, names = query.get("members_only"), ["own", "public", "shared"]
    seen = ["shared"] if shared else names

    assert listed(every, caller, "samples", **query) == (seen, len(seen))
    for pool, expected in (("default", ["own"]), ("theirs", names[1:])):
        served = deploy({"DEFAULT": {"enabled_pools": pool}, **options}).parts
        found = sorted(set(expected) & set(seen))
        assert listed(served, caller, "samples", **query) == (found, len(found))
        if not shared:
            assert listed(served, admin, "samples", **query) == (expected, len(expected))


def test_a_marker_of_another_pool_is_none(only, both, caller):
    with pytest.raises(ArtifactNotFound, match="marker"):
        listed(only, caller, "all", marker=both[1].id)


def test_a_link_to_what_is_in_another_pool_leads_nowhere(serve, both, live, caller):
    linking = live(serve("general", default_pool="general"), caller).create("linking")
    samples = live(serve("general", default_pool="general"), caller)
    with pytest.raises(Invalid, match="there is no artifact"):
        samples.change(linking, link=f"/artifacts/images/{both[0].id}")

    assert samples.change(linking, link=f"/artifacts/samples/{both[1].id}")


def test_what_would_go_to_another_pool_is_not_made(only, live, caller, other):
    with pytest.raises(Forbidden, match="samples: this endpoint takes no new ones"):
        live(only, caller).create("sample")

    assert live(only, caller, "images").create("image").name == "image"


def test_names_are_taken_in_every_pool_at_once(deploy, both, live, caller):
    elsewhere = live(deploy({"DEFAULT": {"enabled_pools": "default"}}).parts, caller, "images")
    with pytest.raises(ArtifactNotFound):
        elsewhere.show(both[0])
    with pytest.raises(NameTaken):
        elsewhere.create("image")


def test_several_pools_may_be_served(serve, both, caller):
    served = serve("images", "general", default_pool="general")

    assert listed(served, caller, "all") == (["image", "sample"], 2)


def test_what_was_a_type_s_pool_once_is_served_with_the_default(deploy, live, caller):
    stores = {"enabled_stores": "file, memory"}
    once = deploy({"DEFAULT": stores, "artifact_type:samples": {"default_store": "memory"}})
    live(once.parts, caller).create("sample")
    now = deploy({"DEFAULT": {"enabled_pools": "default"}})

    assert listed(now.parts, caller, "samples") == (["sample"], 1)


def test_stores_of_pools_that_are_not_served_need_not_be_there(deploy, both, live, caller):
    general = {"enabled_stores": "file", "enabled_pools": "general", "default_pool": "general"}
    pools = {"pool:images": {"store": "other"}, "pool:general": {"store": "file"}}
    parts = deploy({"DEFAULT": general, **pools}).parts

    assert live(parts, caller).read(both[1], "blob") == b"bytes"


def test_a_pool_that_is_not_there_stops_the_start(serve):
    with pytest.raises(Misconfigured, match=r"^enabled_pools: there is no pool pictures$"):
        serve("images", "pictures")
