"""The shape of the database: brought up to date by migrations, with tables that only grow guarded by triggers."""

import io
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from models import Base
from services.config import ROOT, data_folder, database_url
from services.errors import Refused
from services.search import forget_texts, is_index, teach

_ONE_MIGRATION = 0x70_6F_72_74  # the advisory lock's number; any constant does that nothing else uses


def migrate(url: str | None = None) -> None:
    """Bring a database to the newest version; on one that is there already nothing happens.

    May be called by several processes at once: one migrates, the others wait.
    """
    url = url or database_url()
    if version(url) != newest():
        command.upgrade(_alembic(url), "head")


def version(url: str | None = None) -> str | None:
    """The version a database is at; None where it is empty."""
    engine = migration_engine(url or database_url())
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The version this code works with."""
    return ScriptDirectory.from_config(_alembic("")).get_current_head()


def must_be_current() -> None:
    """Raise `Refused` where there is no portal's database yet, or one that has to be migrated first."""
    if version() is None:
        raise Refused("console.no_portal", folder=data_folder())
    if version() != newest():
        raise Refused("console.old_version", version=version())


def is_known(revision: str | None) -> bool:
    """Is this a version of the database that this code can bring up to date?"""
    return revision in {script.revision for script in ScriptDirectory.from_config(_alembic("")).walk_revisions()}


def drop_everything(url: str | None = None) -> None:
    """Throw away all tables with what is in them. Whoever calls has made sure that nobody will miss them."""
    with migration_engine(url or database_url()).begin() as connection:
        for statement in forget_texts(connection.dialect.name):
            connection.exec_driver_sql(statement)
        tables = sa.MetaData()
        tables.reflect(connection)
        tables.drop_all(connection)


def new_migration(title: str, url: str | None = None) -> str:
    """Write the file of the next migration: what the models have and the database has not. Answers with its path."""
    config = _alembic(url or database_url())
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    script = command.revision(config, title, autogenerate=True, rev_id=f"{number:04d}")
    assert script is not None and not isinstance(script, list)
    return str(script.path)


def differences(url: str | None = None) -> list[Any]:
    """Where the database and the models do not agree; empty once all migrations ran."""
    engine = migration_engine(url or database_url())
    with engine.connect() as connection:
        options = {"compare_type": True, "target_metadata": Base.metadata, "include_name": modelled}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, Base.metadata))


def modelled(name: str | None, _kind: str, _parents: Any) -> bool:
    """Is a thing of the database one that the models speak of, as far as its name tells?"""
    return not is_index(name)


def append_only(table: str, dialect: str) -> list[str]:
    """Statements that make a table one that only grows: changing and deleting rows is refused by the database itself.

    On SQLite a migration that recreates the table (alembic's batch mode) loses its triggers and has to call this again.
    """
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            for act in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE OR REPLACE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME; END $$",
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION only_grows()",
    ]


def missing_triggers(connection: sa.Connection, table: str) -> list[str]:
    """The triggers of a table that only grows which are not there, or do not fire."""
    if connection.dialect.name == "sqlite":
        wanted = [f"{table}_no_update", f"{table}_no_delete"]
        there = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'"
    else:
        wanted = [f"{table}_only_grows"]
        there = "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
    found = set(connection.execute(sa.text(there)).scalars())
    return [name for name in wanted if name not in found]


def migration_engine(url: str) -> sa.Engine:
    """An engine for migrations alone.

    On SQLite foreign keys stay off, since batch mode drops and recreates tables that others point to; `check_links`
    looks afterwards. DDL is part of the transaction, so a migration happens whole or not at all.
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _plain_sqlite)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def alone(connection: sa.Connection) -> None:
    """Wait until no other process migrates. On SQLite beginning has already seen to that."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:number)"), {"number": _ONE_MIGRATION})


def check_links(connection: sa.Connection) -> None:
    """Raise where a migration on SQLite left a row that points to nothing."""
    if connection.dialect.name == "sqlite" and (broken := _broken_links(connection)):
        raise RuntimeError(f"rows that point to nothing in {', '.join(sorted(set(broken)))}")


def _broken_links(connection: sa.Connection) -> Iterable[str]:
    return [row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]


def _plain_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    teach(connection)
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA busy_timeout=60000")


def _alembic(url: str) -> Config:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config
