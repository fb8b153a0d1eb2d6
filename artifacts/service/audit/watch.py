"""Watch: says how far an audit is, and lets it be stopped between two steps."""

from collections.abc import Callable


class Stopped(Exception):
    """An audit ended before its end; the text says where."""


class Watch:
    def __init__(
        self,
        tell: Callable[[str, int], object] = lambda where, done: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._tell = tell
        self._stopped = stopped

    def at(self, where: str, done: int = 0) -> None:
        """Say what is compared now, and how much of it is done; raise Stopped if that is asked."""
        if self._stopped():
            raise Stopped(where)
        self._tell(where, done)
