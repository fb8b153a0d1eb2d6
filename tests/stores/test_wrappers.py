"""Stores around stores: whatever can be asked of one is asked of the one inside."""

import inspect

import pytest

from artifacts.stores.base import BlobStore
from artifacts.stores.guard import Guard
from artifacts.stores.watched import Watched

VERBS = [name for name, _ in inspect.getmembers(BlobStore, inspect.isfunction) if name[0] != "_"]


@pytest.mark.parametrize("wrapper", [Guard, Watched])
@pytest.mark.parametrize("verb", VERBS)
def test_a_wrapper_passes_every_verb_on(wrapper, verb):
    """Else it would say what the interface does: that there is no link, and no file."""
    assert verb in vars(wrapper)
    told = inspect.signature(vars(wrapper)[verb]).parameters
    assert list(told) == list(inspect.signature(getattr(BlobStore, verb)).parameters)
