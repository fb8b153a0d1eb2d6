"""Commands for pools: pool list, and pool move."""

import signal
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from artifacts.cli.operate import Commands, Place, parts, subcommand
from artifacts.cli.output import print_json, print_table
from artifacts.client import Progress
from artifacts.db.pools import Share
from artifacts.errors import StoreUnavailable
from artifacts.logs import printable
from artifacts.parts import Parts
from artifacts.service.copying import Copying, Stopped
from artifacts.service.move import Move
from artifacts.stores.pools import UNLIMITED, Pool
from artifacts.terminal.cells import human_size
from artifacts.terminal.progress import bar

HEADINGS = ("pool", "store", "takes", "largest blob", "download", "artifacts", "bytes")
LONGEST = 10**9  # seconds
STOPPED = 3  # exit code


@click.group(cls=Commands)
def pool() -> None:
    """The pools, and what is in each."""


@subcommand(pool, "list")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def list_pools(place: Place, as_json: bool) -> None:
    """List the pools, with how much is in each."""
    with parts(place) as built:
        with built.database.reading() as tx:
            shares = {share.pool: share for share in tx.pools.shares()}
        names = sorted({each.name for each in built.pools.every} | shares.keys())
        found = [(shares.get(name, Share(name, 0, 0)), _configured(built, name)) for name in names]
        default = built.pools.default
    if as_json:
        print_json([_document(share, known, default) for share, known in found])
    else:
        print_table(HEADINGS, [_row(share, known, default) for share, known in found])


def _configured(built: Parts, name: str) -> Pool | None:
    try:
        return built.pools.pool(name)
    except StoreUnavailable:
        return None


def _document(share: Share, known: Pool | None, default: str) -> dict[str, object]:
    kept: dict[str, object] = {
        "name": share.pool,
        "artifacts": share.artifacts,
        "bytes": share.bytes,
        "configured": known is not None,
    }
    if known is None:
        return kept
    return kept | {
        "store": known.store,
        "types": sorted(known.types),
        "projects": sorted(known.projects),
        "default": share.pool == default,
        "max_blob_size": known.max_blob_size,
        "download": known.download,
    }


def _row(share: Share, known: Pool | None, default: str) -> tuple[object, ...]:
    kept = (share.artifacts, human_size(share.bytes))
    if known is None:
        return (share.pool, None, "not configured", None, None, *kept)
    largest = None if known.max_blob_size == UNLIMITED else human_size(known.max_blob_size)
    takes = _takes(known, default=share.pool == default)
    return (share.pool, known.store, takes, largest, known.download, *kept)


def _takes(known: Pool, *, default: bool) -> str:
    types, projects = (", ".join(sorted(names)) for names in (known.types, known.projects))
    claimed = types + (" of " if types and projects else "of " if projects else "") + projects
    others = "all others" if default else ""
    return "; ".join(filter(None, (claimed, others))) or "nothing new"


@subcommand(pool, "move")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--type", "type_name", metavar="TYPE", help="Only artifacts of this type.")
@click.option("--project", metavar="PROJECT", help="Only artifacts of this project.")
@click.option(
    "--grace",
    metavar="SECONDS",
    type=click.FloatRange(0, LONGEST),
    default=86400.0,
    show_default=True,
    help="How long old copies stay for those who are reading them.",
)
def move(
    place: Place, source: str, target: str, type_name: str | None, project: str | None, grace: float
) -> None:
    """Move what is in pool FROM to pool TO. Exit with 1 if anything stays; it can be run again.

    With FROM and TO the same, bytes go to the store that the pool has now.
    """
    stop = Stop()
    with parts(place) as built, stop.on_signals(), bar(f"{source} to {target}") as progress:
        tally = Tally(progress)
        moving = _moving(built, stop, tally, grace)
        only = built.artifacts.type(type_name).type_name if type_name else None
        tally.total = moving.size(source, only, project)
        try:
            for each, size in moving.run(source, target, only, project):
                tally.count(size, left=each.left is not None)
                if each.left is not None:
                    what = " ".join((each.type_name, each.id, each.name, each.version))
                    click.echo(f"left: {printable(what)}: {printable(each.left)}")
        except Stopped:
            click.echo("Stopped; run it again to go on.")
        finally:
            click.echo(f"Artifacts that moved: {tally.moved}; copied: {human_size(tally.copied)}.")
    click.echo(f"Artifacts that stay in {printable(source)}: {tally.left}.")
    sys.exit(STOPPED if stop.asked() else min(tally.left, 1))


def _moving(built: Parts, stop: "Stop", tally: "Tally", grace: float) -> Move:
    base = (built.database, built.pools, built.scrub)
    copying = Copying(*base, new_key=lambda: uuid.uuid4().hex, stopped=stop.asked, tell=tally.more)
    longest_link = built.conf.blobs.link_seconds
    return Move(*base, copying, grace=max(grace, longest_link), stopped=stop.asked)


class Stop:
    """Whether SIGTERM or SIGINT came."""

    def __init__(self) -> None:
        self._came = False

    def asked(self) -> bool:
        return self._came

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        def stop(number: int, frame: FrameType | None) -> None:
            self._came = True

        numbers = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, stop) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Tally:
    """What became of how much, told to a bar as it goes."""

    def __init__(self, progress: Progress | None) -> None:
        self.total = self.moved = self.left = self.copied = 0
        self._progress = progress
        self._behind = 0  # bytes of the artifacts that are done
        self._of_one = 0  # bytes that were copied since

    def more(self, number: int) -> None:
        self.copied += number
        self._of_one += number
        self._show()

    def count(self, size: int, *, left: bool) -> None:
        self.moved += not left
        self.left += left
        self._behind += size
        self._of_one = 0
        self._show()

    def _show(self) -> None:
        if self._progress:
            self._progress(min(self._behind + self._of_one, self.total), self.total)
