"""Migrations: up from every version with what it kept, beside a service that runs, and again."""

import ast
import io
import json
import re
import threading
import time
import uuid
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from artifacts.migrations import steps
from sqlalchemy import DateTime, MetaData, event, insert, text

from artifacts.db import schema, tables
from artifacts.db.database import connect
from artifacts.service.audit import Audit

BOUND = 60.0  # seconds that anything here may take, on a machine that is busy
VERSIONS = [
    step.revision for step in ScriptDirectory.from_config(schema.migrations()).walk_revisions()
][::-1]
FOLDER = Path(schema.migrations().get_main_option("script_location")) / "versions"
# What the service kept when 0006 was the newest; older versions had no columns that it has not.
ROWS = json.loads((Path(__file__).parent / "rows_of_0006.json").read_text())
# PostgreSQL counts only those rows that it numbered itself.
COUNTED = """
SELECT setval(sequence, (SELECT max(number) FROM {0}))
FROM pg_get_serial_sequence('{0}', 'number') sequence WHERE sequence IS NOT NULL
"""
IMAGES = "/artifacts/images"
PATCH = {"Content-Type": "application/json-patch+json"}
# Whatever may be done while processes of the version before run.
EXPANDING = {"create_table", "create_index", "add_column", "drop_index", "f"}


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request, tmp_path, empty_database):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / uuid.uuid4().hex}"
    return empty_database(request.param)


@pytest.fixture
def engine(url):
    engine = connect(url, pool_size=5)
    yield engine
    engine.dispose()


@pytest.fixture
def upgrade_to(engine, monkeypatch):
    """Upgrade to a version that once was the newest."""
    upgrade = command.upgrade

    def run(version):
        with monkeypatch.context() as patch:
            patch.setattr(command, "upgrade", lambda config, newest: upgrade(config, version))
            schema.upgrade(engine)

    return run


def keep_rows(engine):
    """Fill the tables as a service of that time has left them."""
    known = MetaData()
    known.reflect(engine)
    with engine.begin() as connection:
        for name, rows in ROWS.items():
            if name in known.tables:
                table = known.tables[name]
                connection.execute(insert(table), [_row(table, row) for row in rows])
                if engine.dialect.name == "postgresql" and "number" in table.c and rows:
                    connection.execute(text(COUNTED.format(name)))


def _row(table, row):
    """Return a row as drivers want it, without columns that the table did not have yet."""
    return {name: _value(table.c[name], row[name]) for name in row if name in table.c}


def _value(column, value):
    if value is None:
        return None
    if column.name == "scope":
        return bytes.fromhex(value)
    return datetime.fromisoformat(value) if isinstance(column.type, DateTime) else value


def differences(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, tables.metadata)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_every_version_kept_is_read_changed_and_deleted(
    url, engine, upgrade_to, version, deploy
):
    upgrade_to(version)
    keep_rows(engine)
    schema.upgrade(engine)
    service = deploy({"database": {"connection": url}})
    for key, content in ROWS["bytes"].items():
        service.parts.pools.store("file").save(key, io.BytesIO(content.encode()))
    service.parts.scrub.run()  # frees the upload that had died
    audit = Audit(service.parts.database, service.parts.pools, service.parts.scrub)
    assert list(audit.run()) == []

    owner, other = service.client("one"), service.client("två-\U0001f600")
    found = {each["name"]: each for each in owner.simulate_get(IMAGES).json["artifacts"]}
    assert list(found) == ["shared", "public", "draft \U0001f600 ", "active"]
    assert [each["name"] for each in other.simulate_get(IMAGES).json["artifacts"]] == [
        "shared",
        "public",
    ]
    active, draft = (f"{IMAGES}/{found[name]['id']}" for name in ("active", "draft \U0001f600 "))
    assert owner.simulate_get(f"{active}/image").content == b"bytes of an image"
    tagged = owner.simulate_get(f"{IMAGES}?tags=ünïcode&min_ram=gt:511").json["artifacts"]
    assert [each["name"] for each in tagged] == ["active"]

    changes = [{"op": "replace", "path": "/name", "value": "changed"}]
    changed = owner.simulate_patch(draft, body=json.dumps(changes), headers=PATCH)
    assert changed.status_code == 200, changed.text
    octets = {"Content-Type": "application/octet-stream"}
    uploaded = owner.simulate_put(f"{draft}/image", body=b"other bytes", headers=octets)
    assert uploaded.status_code == 200, uploaded.text
    assert owner.simulate_delete(active).status_code == 204
    assert owner.simulate_get(f"{draft}/image").content == b"other bytes"
    service.parts.scrub.run()
    assert list(audit.run()) == []


class Killed(Exception):
    """The process that migrates is no more."""


def test_an_upgrade_that_is_killed_behind_any_step_goes_on_when_it_is_run_again(engine):
    """On a server each step stays done; on SQLite the whole upgrade is undone.

    Of the first tables only every seventh step is the last of a life; of the rest, every one.
    """
    done, lives = [], []

    @event.listens_for(engine, "after_cursor_execute")
    def kill(connection, cursor, statement, *more):
        if re.match(r"\s*(CREATE|ALTER|DROP|INSERT|UPDATE)", statement):
            done.append(statement)
            if len(done) == lives[-1]:
                raise Killed

    atomic = engine.dialect.name == "sqlite"
    while schema.current(engine) != schema.head():
        first = schema.current(engine) is None
        lives.append(7 * len(lives) + 7 if atomic else 7 if first else 1)
        done.clear()
        try:
            schema.upgrade(engine)
        except Killed:
            assert not atomic or schema.current(engine) is None

    assert len(lives) > 8
    assert differences(engine) == []


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_an_index_that_was_never_finished_is_built_anew(engine, upgrade_to):
    """PostgreSQL keeps a torso of an index whose building was stopped, and never uses it."""
    upgrade_to("0005")
    keep_rows(engine)
    built = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    name = {"name": "ix_artifacts_owner_type_order_key"}
    with engine.begin() as connection:
        connection.execute(
            text(f"CREATE INDEX {name['name']} ON artifacts (owner, type, order_key)")
        )
        connection.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(:name)"),
            name,
        )
    schema.upgrade(engine)

    with engine.connect() as connection:
        assert connection.scalar(built, name) is True


@pytest.mark.parametrize("url", ["postgresql", "mariadb"], indirect=True)
def test_a_migration_that_waits_for_a_table_keeps_others_waiting_for_a_moment_alone(
    engine, upgrade_to, monkeypatch
):
    """Who reads a table for long keeps the migration away, and not those that come after it."""
    monkeypatch.setattr(steps, "MOMENT", 1)
    monkeypatch.setattr(steps, "PAUSE", 0.5)
    monkeypatch.setattr(steps, "TURNS", 10**6)
    upgrade_to("0006")
    keep_rows(engine)
    upgrading = threading.Thread(target=schema.upgrade, args=[engine], daemon=True)
    with engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM placements"))
        upgrading.start()
        for _ in range(5):
            with engine.begin() as writer:  # whose own patience is ten times as long
                writer.execute(text("UPDATE placements SET state = state"))
            time.sleep(0.1)
        assert upgrading.is_alive()
    upgrading.join(BOUND)

    assert not upgrading.is_alive()
    assert schema.current(engine) == schema.head()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migration_takes_nothing_away_unless_it_says_who_can_do_without(version):
    """`0012-0009` may: processes that know no more than 0008 are refused from there on."""
    (path,) = FOLDER.glob(f"{version.partition('-')[0]}_*.py")
    calls = [
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "op"
    ]
    number = VERSIONS.index(version)
    floor = schema._parts(version)[1]
    before = schema._parts(VERSIONS[number - 1])[1] if number else 0

    assert calls
    assert floor > before or (floor == before and set(calls) <= EXPANDING), set(calls) - EXPANDING
    assert schema._parts(version)[0] == number + 1
    assert floor <= number


@pytest.mark.parametrize("version", VERSIONS)
def test_a_new_column_may_be_left_out_by_processes_that_do_not_know_it(version):
    (path,) = FOLDER.glob(f"{version.partition('-')[0]}_*.py")
    added = re.findall(r"op\.add_column\((.*?)\n?\s*\)\n", path.read_text(), re.DOTALL)

    assert not [each for each in added if "nullable=False" in each and "server_default" not in each]
