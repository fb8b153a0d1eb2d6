"""Scrubber: runs the scrub once, or again and again until it is told to stop."""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from datetime import timedelta

import click

from artifacts.errors import ArtifactsError
from artifacts.service.scrub import Outcome, Scrub

logger = logging.getLogger(__name__)


def once(scrub: Scrub, *, age: float) -> bool:
    """Run it, say what came of it, and whether all of it succeeded."""
    outcome = scrub.run(age=timedelta(seconds=age), tell=_progress())
    click.echo(_told(outcome))
    return not outcome.failed


def again_and_again(scrub: Scrub, *, age: float, pause: float) -> None:
    """Run it every *pause* seconds, until SIGTERM or SIGINT, behind what is under way then."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    click.echo(f"Scrubbing every {pause:g} seconds.")
    while not stop.is_set():
        try:
            outcome = scrub.run(age=timedelta(seconds=age), stopped=stop.is_set)
        except ArtifactsError as error:  # such as a database that is away: it may come back
            logger.error("scrub: %s", error)
        else:
            if any(outcome):
                click.echo(_told(outcome))
        stop.wait(pause)
    click.echo("Stopped.")


def _told(outcome: Outcome) -> str:
    finished = outcome.finished
    told = "1 thing was finished." if finished == 1 else f"{finished} things were finished."
    if outcome.failed:
        told += f" {outcome.failed} failed, and wait for the next run."
    return told


def _progress() -> Callable[[Outcome], None]:
    if not sys.stderr.isatty():
        return lambda outcome: None
    return lambda outcome: click.echo(
        f"\r{outcome.finished} finished, {outcome.failed} failed ", nl=False, err=True
    )
