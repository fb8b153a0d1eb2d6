"""A bar with rate and time left while bytes flow: on a terminal, and nowhere else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from artifacts.client import Progress
from artifacts.logs import printable


@contextmanager
def bar(label: str, *, quiet: bool = False) -> Iterator[Progress | None]:
    """Draw on stderr what the yielded function is told; None when no terminal would show it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    look = {"unit": "B", "unit_scale": True, "unit_divisor": 1024, "dynamic_ncols": True}
    with tqdm(desc=printable(label), **look) as drawn:

        def show(done: int, total: int | None) -> None:
            if drawn.n == 0:  # what an earlier download left says nothing about the rate of this
                drawn.total, drawn.initial = total, done
            drawn.update(done - drawn.n)

        yield show
