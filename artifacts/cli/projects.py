"""Commands for projects that are gone: project show, transfer and purge."""

import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

import click

from artifacts.caller import Caller
from artifacts.cli.operate import Commands, Place, parts, subcommand
from artifacts.cli.output import print_json, print_table
from artifacts.logs import printable
from artifacts.model.every_type import EveryType
from artifacts.model.text import keepable
from artifacts.parts import Parts
from artifacts.service import projects
from artifacts.service.projects import Handled, Holding
from artifacts.service.purge import Purge
from artifacts.service.transfer import Transfer
from artifacts.terminal.cells import human_size

LONGEST = 255  # characters of a project's name, as the database keeps it


def _name(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not (1 <= len(value) <= LONGEST and keepable(value)):
        raise click.BadParameter(f"a project's name has 1 to {LONGEST} characters")
    return value


@click.group(cls=Commands)
def project() -> None:
    """What a project keeps: for projects that are gone from Keystone."""


@subcommand(project, "show")
@click.argument("name", metavar="PROJECT", callback=_name)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def show(place: Place, name: str, as_json: bool) -> None:
    """Show what PROJECT keeps."""
    with parts(place) as built:
        found = projects.show(built.database, name)
    if as_json:
        kinds = [kind._asdict() for kind in found.artifacts]
        print_json({**asdict(found), "artifacts": kinds})
    else:
        _print(found)


@subcommand(project, "transfer")
@click.argument("giver", metavar="FROM", callback=_name)
@click.argument("receiver", metavar="TO", callback=_name)
@click.option("--type", "type_name", metavar="TYPE", help="Only artifacts of this type.")
@click.option("--ignore-quota", is_flag=True, help="Give also what no quota of TO allows.")
@click.option("--dry-run", is_flag=True, help="Change nothing, and say what would stay.")
def transfer(
    place: Place,
    giver: str,
    receiver: str,
    type_name: str | None,
    ignore_quota: bool,
    dry_run: bool,
) -> None:
    """Give the artifacts of FROM to TO. Exit with 1 if any stays with FROM."""
    with parts(place) as built:
        only = _only(built, type_name)
        giving = Transfer(
            built.database, built.quotas, built.scrub, _operator(), limited=not ignore_quota
        )
        go = giving.preview if dry_run else giving.run
        done = "that would go to" if dry_run else "that went to"
        counted = _given(go(giver, receiver, only), f"{done} {printable(receiver)}")
        asked = dry_run and not ignore_quota
        lacking = built.quotas.lacking(giver, receiver, only) if asked else []
    click.echo(f"Artifacts that stay with {printable(giver)}: {counted[False]}.")
    for each in lacking:
        click.echo(f"quota: {printable(each)}")
    sys.exit(1 if counted[False] or lacking else 0)


def _only(built: Parts, type_name: str | None) -> str | None:
    """Return the enabled type of this name; None for every type."""
    chosen = built.artifacts.type(type_name) if type_name else EveryType
    return None if chosen is EveryType else chosen.type_name


def _given(handled: Iterator[Handled], done: str) -> Counter[bool]:
    """Count what is given and what is left, and say the first also where something stops it."""
    counted: Counter[bool] = Counter()
    try:
        return _follow(handled, counted)
    finally:
        click.echo(f"Artifacts {done}: {counted[True]}.")


@subcommand(project, "purge")
@click.argument("name", metavar="PROJECT", callback=_name)
@click.option("--yes", is_flag=True, help="Do not ask whether to go on.")
@click.option("--dry-run", is_flag=True, help="Change nothing, and say what would go.")
def purge(place: Place, name: str, yes: bool, dry_run: bool) -> None:
    """Delete all that PROJECT keeps, for ever. Exit with 1 if anything is left."""
    with parts(place) as built:
        _tell_what_goes(projects.show(built.database, name))
        if dry_run:
            return
        if not yes:
            _ask(name)
        clean = _purge(built, name)
    sys.exit(0 if clean else 1)


def _purge(built: Parts, name: str) -> bool:
    """Delete, say what came of it, and whether nothing is left."""
    purging = Purge(built.database, built.scrub, _operator())
    artifacts = _follow(purging.artifacts(name), Counter())
    memberships = _follow(purging.memberships(name), Counter())
    purging.quotas(name)
    left = purging.left(name) + memberships[False]
    click.echo(f"Artifacts that were deleted: {artifacts[True]}.")
    click.echo(f"Memberships that were ended: {memberships[True]}.")
    click.echo(f"Left: {left}.")
    return left == 0


def _operator() -> Caller:
    return projects.operator(f"req-{uuid.uuid4()}")


def _follow(handled: Iterator[Handled], counted: Counter[bool]) -> Counter[bool]:
    """Name each artifact that is left, and why; count those that are done, and those left."""
    live = sys.stderr.isatty()
    for each in handled:
        counted[each.left is None] += 1
        if each.left is not None:
            what = " ".join(filter(None, (each.type_name, each.id, each.name, each.version)))
            click.echo(f"left: {printable(what)}: {each.left}")
        if live:
            click.echo(f"\r{counted[True]} done, {counted[False]} left ", nl=False, err=True)
    if live:
        click.echo(err=True)
    return counted


def _tell_what_goes(found: Holding) -> None:
    living = [kind for kind in found.artifacts if kind.status != "deleted"]
    public = sum(kind.artifacts for kind in living if kind.visibility == "public")
    artifacts = sum(kind.artifacts for kind in found.artifacts)
    click.echo(
        f"Project {printable(found.project)}: {artifacts} artifacts, {public} of them public, with "
        f"{human_size(found.bytes)}; {found.uploads} uploads, {found.memberships} memberships."
    )


def _ask(name: str) -> None:
    """Go on only if somebody who sees the question says so."""
    if not _sees_questions():
        raise click.ClickException("nobody is there to be asked: give --yes")
    click.confirm(f"Delete all of project {printable(name)} for ever?", abort=True)


def _sees_questions() -> bool:
    return sys.stdin.isatty()


def _print(found: Holding) -> None:
    print_table(("type", "status", "visibility", "artifacts"), found.artifacts)
    click.echo()
    rest = {
        "bytes": human_size(found.bytes),
        "reserved bytes": human_size(found.reserved_bytes),
        "external blobs": found.external_blobs,
        "uploads under way": found.uploads,
        "memberships in others' artifacts": found.memberships,
        "shares with others": found.shares,
    }
    quotas = {f"quota {name}": value for name, value in found.quotas.items()}
    print_table(("in all", ""), (rest | quotas).items())
