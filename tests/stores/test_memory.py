import pytest

from artifacts.stores.memory import MemoryStore
from artifacts.testing import StoreContract


class TestMemoryStore(StoreContract):
    """D33: any range it is asked for is just that range."""

    @pytest.fixture
    def store(self):
        return MemoryStore()
