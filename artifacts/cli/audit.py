"""`artifacts-manage audit`: what an audit found, in lines for people or for programs."""

import json
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from artifacts.cli.operate import Place, parts
from artifacts.db.passes import Pass
from artifacts.logs import printable
from artifacts.service.audit import Audit, Finding, Pace, Stopped, Watch
from artifacts.terminal.cells import human_size

LEFT, STOPPED = 1, 3  # exit codes
UNITS = {"": 1, "B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
REDRAWN = 0.2  # seconds between two states of the progress


class Rate(click.ParamType[int]):
    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(r"(\d{1,15}) ?(|B|KiB|MiB|GiB)(/s)?", str(value))
        if found is None or int(found[1]) == 0:
            self.fail("must be bytes a second, such as 50MiB", param, ctx)
        return int(found[1]) * UNITS[found[2]]


@click.option("--repair", is_flag=True, help="Mend what can be mended without losing anything.")
@click.option(
    "--read",
    is_flag=True,
    help="Read every copy, too, and compare its digests; on from where the last reading stopped.",
)
@click.option("--rate", type=Rate(), help="Read at most so many bytes a second, such as 50MiB.")
@click.option("--restart", is_flag=True, help="Read from the first copy on.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Lines for people, or a JSON object a line; the last one is the summary.",
)
def audit(
    place: Place, *, repair: bool, read: bool, rate: int | None, restart: bool, form: str
) -> None:
    """Compare rows and bytes, both ways. Exit with 1 if anything is found that is not repaired.

    It can run beside the service, and be stopped at any moment: what is repaired stays so, and
    reading goes on from where it was.
    """
    if (rate or restart) and not read:
        raise click.UsageError("--rate and --restart belong to --read")
    with parts(place) as built, _stopping() as stop, _progress() as progress:
        watch = Watch(progress.tell, stop.is_set)
        auditing = Audit(built.database, built.pools, built.scrub, watch=watch)
        report = Report(form, progress)
        pace = Pace(rate, wait=stop.wait) if read else None
        try:
            for finding in auditing.run(repair=repair, read=pace, restart=restart):
                report.add(finding)
        except Stopped as stopped:
            report.stopped = str(stopped)
        report.end(auditing.passes() if read else [])
    sys.exit(report.code)


class Report:
    """What is said of each finding, and of all of them."""

    def __init__(self, form: str, progress: "Progress") -> None:
        self.stopped: str | None = None
        self._as_json = form == "json"
        self._progress = progress
        self._found: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._repaired = 0

    def add(self, finding: Finding) -> None:
        self._found[finding.kind] += 1
        self._bytes[finding.kind] += finding.size or 0
        self._repaired += finding.repaired
        self._say(_fields(finding) if self._as_json else line(finding))

    @property
    def code(self) -> int:
        if self.stopped is not None:
            return STOPPED
        return LEFT if self._found.total() > self._repaired else 0

    def end(self, passes: list[Pass]) -> None:
        if self._as_json:
            self._say(self._summary(passes))
            return
        for each in passes:
            self._say(_told(each))
        if self.stopped is not None:
            self._say(f"Stopped while {self.stopped}.")
        for kind, count in sorted(self._found.items()):
            size = f", {human_size(self._bytes[kind])}" if self._bytes[kind] else ""
            self._say(f"{kind}: {count}{size}")
        total = self._found.total()
        findings = "1 finding" if total == 1 else f"{total} findings"
        self._say(f"{findings}, {self._repaired} repaired." if total else "Nothing was found.")

    def _summary(self, passes: list[Pass]) -> dict[str, Any]:
        kinds = {
            kind: {"findings": count, "bytes": self._bytes[kind]}
            for kind, count in sorted(self._found.items())
        }
        total = self._found.total()
        return {
            "kind": "summary",
            "findings": total,
            "repaired": self._repaired,
            "left": total - self._repaired,
            "kinds": kinds,
            "stopped": self.stopped,
            "passes": [each._asdict() for each in passes],
        }

    def _say(self, said: str | dict[str, Any]) -> None:
        self._progress.clear()
        click.echo(said if isinstance(said, str) else json.dumps(said, default=datetime.isoformat))


def line(finding: Finding) -> str:
    """Return a finding in one line, in which nothing steers the terminal."""
    where = [f"store {finding.store}"] if finding.store else []
    where += [finding.key] if finding.key else []
    about = [", ".join(where) + f": {finding.text}" if where else finding.text]
    if finding.size is not None:
        about.append(human_size(finding.size))
    if finding.since is not None:
        about.append(f"{_age(finding.since)} old")
    if finding.project is not None:
        about.append(f"project {finding.project}")
    about += [f"artifact {each.id} {each.slot}".rstrip() for each in finding.artifacts]
    if more := finding.referring - len(finding.artifacts):
        about.append(f"and {more} more")
    repaired = " - repaired" if finding.repaired else ""
    return printable(f"{finding.kind}: {'; '.join(about)}{repaired}")


def _fields(finding: Finding) -> dict[str, Any]:
    artifacts = [
        {"id": each.id, "field": each.field, "key": each.key, "project": each.project}
        for each in finding.artifacts
    ]
    age = None if finding.since is None else int(_since(finding.since).total_seconds())
    return {**vars(finding), "age": age, "artifacts": artifacts}


def _told(at: Pass) -> str:
    read = f"store {at.store}: {at.copies} copies, {human_size(at.bytes)}, were read"
    begun = f"since {at.begun_at:%F %T}"
    if at.ended_at is not None:
        return f"{read} {begun}, which was all of them at {at.ended_at:%F %T}"
    return f"{read} {begun}; the next time goes on behind {at.position or 'the beginning'}"


def _since(moment: datetime) -> timedelta:
    return datetime.now(UTC) - moment


def _age(moment: datetime) -> str:
    seconds = max(0, int(_since(moment).total_seconds()))
    for name, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {name}"
    return f"{seconds} seconds"


class Progress:
    """Where an audit is, on a terminal and nowhere else."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._due = 0.0

    def tell(self, where: str, done: int) -> None:
        if self._shown and time.monotonic() > self._due:
            self._due = time.monotonic() + REDRAWN
            click.echo(f"\r\033[K{where}: {done:,}", nl=False, err=True)

    def clear(self) -> None:
        if self._shown:
            click.echo("\r\033[K", nl=False, err=True)


@contextmanager
def _progress() -> Iterator[Progress]:
    progress = Progress(shown=sys.stderr.isatty())
    try:
        yield progress
    finally:
        progress.clear()


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Let SIGTERM and SIGINT ask for the end; the second one is what it ever was."""
    stop = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in numbers}

    def ask(number: int, frame: object) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in numbers:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        for number in numbers:
            signal.signal(number, before[number])
