"""Offers: which pools take what a caller creates, and what each allows."""

from dataclasses import dataclass

from artifacts import errors
from artifacts.caller import Caller
from artifacts.service.access import Access
from artifacts.stores.pools import UNLIMITED, Pools


@dataclass(frozen=True)
class Offer:
    """A pool, as those may know it whose artifacts it takes: never where bytes are, or whose."""

    name: str
    types: list[str]
    is_default: bool
    max_blob_size: int | None


class Offers:
    def __init__(self, access: Access, pools: Pools) -> None:
        self._access = access
        self._pools = pools

    def find(self, caller: Caller) -> list[Offer]:
        """Return the pools that take new artifacts of the caller's project here, by name."""
        self._access.policy.check("artifact:list_pools", caller)
        if caller.project is None:
            raise errors.Forbidden("only who acts for a project has pools")
        types: dict[str, list[str]] = {}
        for each in sorted(self._access.types):
            types.setdefault(self._pools.choose(each, caller.project), []).append(each)
        served = filter(self._pools.serves, sorted(types))
        return [self._offer(name, types[name]) for name in served]

    def _offer(self, name: str, types: list[str]) -> Offer:
        most = self._pools.pool(name).max_blob_size
        limit = None if most == UNLIMITED else most
        return Offer(name, types, name == self._pools.default, limit)
