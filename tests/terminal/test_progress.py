"""The bar is for a terminal, and for who has not asked for quiet."""

import io
import sys

import pytest

from artifacts.terminal.progress import bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("screen", "quiet", "drawn"),
    [(Terminal(), False, True), (Terminal(), True, False), (io.StringIO(), False, False)],
)
def test_a_bar_is_drawn_where_somebody_looks_and_wants_it(monkeypatch, screen, quiet, drawn):
    monkeypatch.setattr(sys, "stderr", screen)

    with bar("image", quiet=quiet) as progress:
        assert (progress is not None) == drawn

    assert ("image" in screen.getvalue()) == drawn
