"""How many fetches run at once."""

import pytest

from artifacts import errors
from artifacts.service.fetches import Fetches


def test_a_project_takes_half_of_the_places_and_leaves_the_rest_to_others():
    fetches = Fetches(4)

    with fetches.one_more("greedy"), fetches.one_more("greedy"):
        with pytest.raises(errors.Crowded), fetches.one_more("greedy"):
            pytest.fail("there was a third place")
        with (
            fetches.one_more("other"),
            fetches.one_more(None),
            pytest.raises(errors.Crowded),
            fetches.one_more("late"),
        ):
            pytest.fail("there was a fifth place")


def test_a_place_is_free_again_when_the_fetch_ends_however_it_does():
    fetches = Fetches(1)

    with pytest.raises(errors.Unfetchable), fetches.one_more("project"):
        raise errors.Unfetchable("url: is no more")
    with fetches.one_more("project"):
        pass
