"""Pools: the most specific takes a new artifact, and two that take the same stop the start."""

import pytest

from artifacts.errors import Misconfigured, StoreUnavailable
from artifacts.stores.memory import MemoryStore
from artifacts.stores.pools import Pool, Pools, pool_of_type


def pools(*more, default="default"):
    stores = {name: MemoryStore() for name in ("one", "two")}
    return Pools(stores, [Pool("default", "one"), *more], default)


def pool(name, types=(), projects=(), **more):
    return Pool(name, "two", frozenset(types), frozenset(projects), **more)


BOTH = pool("both", ["images"], ["bank"])
OF_BANK = pool("of-bank", (), ["bank"])
IMAGES = pool("images", ["images"])


@pytest.mark.parametrize(
    ("type_name", "project", "taker"),
    [
        ("images", "bank", "both"),
        ("secrets", "bank", "of-bank"),
        ("images", "school", "images"),
        ("secrets", "school", "default"),
    ],
)
def test_a_project_beats_a_type_and_both_together_beat_each(type_name, project, taker):
    for order in ([BOTH, OF_BANK, IMAGES], [IMAGES, OF_BANK, BOTH]):
        assert pools(*order).choose(type_name, project) == taker


def test_a_pool_takes_each_of_its_types_of_each_of_its_projects_and_no_other():
    several = pools(pool("several", ["images", "secrets"], ["bank", "school"]))
    taken = {
        (type_name, project)
        for type_name in ("images", "secrets", "samples")
        for project in ("bank", "school", "cinema")
        if several.choose(type_name, project) == "several"
    }

    assert taken == {
        (type_name, project)
        for type_name in ("images", "secrets")
        for project in ("bank", "school")
    }


def test_what_no_pool_takes_is_the_default_pool_s():
    chosen = pools(IMAGES, pool("general"), default="general")

    assert chosen.choose("secrets", "bank") == "general"
    assert chosen.default == "general"


def test_a_pool_that_names_nothing_takes_nothing_by_itself():
    assert pools(pool("one"), pool("other")).choose("images", "bank") == "default"


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        (IMAGES, pool("twins", ["secrets", "images"]), "artifacts of type images"),
        (OF_BANK, pool("twins", (), ["bank"]), "artifacts of project bank"),
        (BOTH, pool("twins", ["images"], ["bank"]), "artifacts of type images of project bank"),
    ],
)
def test_two_pools_that_take_the_same_stop_the_start(first, second, what):
    with pytest.raises(Misconfigured, match=rf"\[pool:{first.name}\].* both pools take {what};"):
        pools(first, second)


def test_a_pool_and_the_store_of_a_type_that_take_the_same_stop_the_start():
    with pytest.raises(Misconfigured, match=r"\[artifact_type:images\] default_store.* both"):
        pools(IMAGES, pool_of_type("images", "one"))


def test_a_store_that_is_not_there_stops_the_start():
    with pytest.raises(Misconfigured, match=r"^\[pool:x\] store: there is no store three$"):
        pools(Pool("x", "three"))


def test_a_default_pool_that_is_not_there_stops_the_start():
    with pytest.raises(Misconfigured, match=r"^default_pool: there is no pool general$"):
        pools(default="general")


def test_a_pool_that_is_gone_is_told_in_use():
    with pytest.raises(StoreUnavailable, match="pool that this artifact is in"):
        pools().store_of("images")


def test_the_store_that_a_type_once_had_is_the_default_again():
    assert pools(pool_of_type("images", "two")).store_of("type:images") == "two"
    assert pools().store_of("type:images") == "one"


def test_what_a_pool_allows_is_never_more_than_what_is_allowed_elsewhere():
    assert pool("x").limited(7) == 7
    assert pool("x", max_blob_size=5).limited(7) == 5
    assert pool("x", max_blob_size=5).limited(3) == 3
    assert pool("x", max_blob_size=0).limited(7) == 0
