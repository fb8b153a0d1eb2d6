import pytest

from artifacts.stores.memory import MemoryStore
from artifacts.testing import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self):
        return MemoryStore()
