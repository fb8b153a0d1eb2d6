"""Other people's servers: the only place that connects to them on a caller's behalf."""

from artifacts.remote.body import Remote
from artifacts.remote.fetch import Fetcher

__all__ = ["Fetcher", "Remote"]
