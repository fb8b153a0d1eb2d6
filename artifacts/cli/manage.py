"""`artifacts-manage`: what operators do to the database and the stores."""

import sys
from pathlib import Path

import click

from artifacts import config
from artifacts.cli import audit, policy, pools, projects, sample, scrubber
from artifacts.cli.location import location_options
from artifacts.cli.operate import Commands, Place, parts, subcommand
from artifacts.db import schema
from artifacts.db.database import check_exists, connect
from artifacts.db.patience import Patience
from artifacts.parts import check_policy, make_folder
from artifacts.service.reindex import reindex as reindex_type


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@location_options
@click.version_option(package_name="artifacts", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context, data: Path | None, config_files: tuple[Path, ...]) -> None:
    """Look after the database and the stores of the service."""
    context.obj = Place()
    context.obj.note(data, config_files)


@main.group()
def db() -> None:
    """The schema of the database."""


@subcommand(db, "upgrade")
def upgrade(place: Place) -> None:
    """Bring the schema up to date. Processes that try at once take turns."""
    conf = place.conf()
    make_folder(conf)
    # An index of a large table takes as long as it takes.
    engine = connect(config.database_url(conf), pool_size=1, patience=Patience(statement=None))
    schema.upgrade(engine)
    click.echo(f"The schema is {schema.current(engine)}.")


@subcommand(db, "check")
def check(place: Place) -> None:
    """Exit with 1 unless the schema serves this version."""
    url = config.database_url(place.conf())
    check_exists(url)
    engine = connect(url, pool_size=1)
    schema.check(engine)
    click.echo(f"The schema is {schema.current(engine)}, which serves.")


subcommand(main, "audit")(audit.audit)


@subcommand(main, "scrub")
@click.option("--daemon", is_flag=True, help="Go on until stopped, every `wakeup_time` seconds.")
def scrub(place: Place, daemon: bool) -> None:
    """Free uploads that died, erase what was deleted, and delete bytes that are nobody's."""
    with parts(place) as built:
        options = built.conf.scrubber
        if daemon:
            scrubber.again_and_again(built.scrub, age=options.scrub_time, pause=options.wakeup_time)
        elif not scrubber.once(built.scrub, age=options.scrub_time):
            sys.exit(1)


@subcommand(main, "reindex")
@click.argument("type_name", metavar="TYPE")
def reindex(place: Place, type_name: str) -> None:
    """Write again what lists search artifacts of TYPE by, after the type has changed."""
    with parts(place) as built:
        name = built.artifacts.type(type_name).type_name
        done = reindex_type(built.database, name, lambda count: click.echo(".", nl=False))
        click.echo(f"\nArtifacts that are indexed: {done}.")


@main.group("config")
def config_group() -> None:
    """The configuration file."""


@subcommand(config_group, "sample")
def config_sample(place: Place) -> None:
    """Print a configuration file that sets nothing, and says what could be set."""
    click.echo(sample.render(), nl=False)


main.add_command(projects.project)
main.add_command(pools.pool)


@main.group("policy")
def policy_group() -> None:
    """The rules that say who may do what."""


@subcommand(policy_group, "sample")
def policy_sample(place: Place) -> None:
    """Print a policy file that changes nothing, and says what could be changed."""
    click.echo(policy.render(), nl=False)


@subcommand(policy_group, "check")
def policy_check(place: Place) -> None:
    """Exit with 1 unless what the policy files and `[protection] file` say is sure."""
    check_policy(place.conf())
    click.echo("The rules are as they should be.")
