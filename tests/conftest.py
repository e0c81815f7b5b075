"""The ground under the tests: a fresh migrated database for each, on SQLite or on PostgreSQL, and the cast.

PostgreSQL is used where PORTAL_TEST_DATABASE_URL names a server on which databases may be created.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlmodel import Session
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager

from models import Base
from services import database as portal_database
from services.schema import migrate
from tests.factories import Cast, company_in, standing_company

MakeDatabase = Callable[[Path], str]

# a busy machine is no reason to fail: what is proved does not depend on how long it takes
hypothesis_settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("portal")


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test does, it never reaches the data of a portal that is used."""
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    monkeypatch.setenv("PORTAL_FILES_URL", f"file://{tmp_path / 'files'}")
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)


@pytest.fixture
def database(_fresh_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh, migrated, empty database that `reading()` and `writing()` use, with a data folder; its URL."""
    url = _fresh_database(tmp_path)
    monkeypatch.setenv("PORTAL_DATABASE_URL", url)
    yield url
    portal_database.engine_for(url).dispose()


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """An open session that may write. Commit before something else (a page, `writing()`) is to write or see it."""
    with Session(portal_database.engine(), expire_on_commit=False) as session:
        yield session


@pytest.fixture
def cast(database: str, _company: Callable[[str], Cast]) -> Cast:
    """The standing company, committed."""
    return _company(database)


@pytest.fixture(autouse=True)
def _no_pages_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never let AppTest run a page without the shell: it asks for a pages/ folder anew before every run."""
    make = PagesManager.__init__

    def make_and_shut(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", make_and_shut)


@pytest.fixture(autouse=True, scope="session")
def _components_looked_for_once() -> Iterator[None]:
    """Each AppTest would ask every installed package anew whether it brings components: more work than the page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session")
def _fresh_database(_new_database: MakeDatabase, tmp_path_factory: pytest.TempPathFactory) -> MakeDatabase:
    """Makes databases for one test each, all under one URL: so the engine keeps the statements it has compiled.

    On PostgreSQL, where a new one is dear, the one before is emptied.
    """
    if not _server():
        folder = tmp_path_factory.mktemp("database")

        def replace(_where: Path) -> str:
            portal_database.engine_for(f"sqlite:///{folder / 'portal.db'}").dispose()
            for left in folder.iterdir():
                left.unlink()
            return _new_database(folder)

        return replace
    used: list[tuple[str, str]] = []

    def make(where: Path) -> str:
        if not used or not _emptied(*used[-1]):
            url = _new_database(where)
            used.append((url, _shape(url)))
        return used[-1][0]

    return make


@pytest.fixture(scope="session")
def _company(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Cast]:
    """Puts the standing company into an empty database: on SQLite as a copy of the first that was made."""
    copy = tmp_path_factory.mktemp("company") / "portal.db"

    def put(url: str) -> Cast:
        engine = portal_database.engine_for(url)
        if not copy.exists():
            with portal_database.writing() as session:
                company = standing_company(session)
            if engine.dialect.name == "sqlite":
                engine.dispose()  # the last connection puts all that was written into the file
                shutil.copyfile(str(engine.url.database), copy)
            return company
        engine.dispose()
        shutil.copyfile(copy, str(engine.url.database))
        with portal_database.reading() as session:
            return company_in(session)

    return put


@pytest.fixture(scope="session")
def _new_database(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[MakeDatabase]:
    """Makes databases that last, out of a template that is migrated once a run (and worker)."""
    server = _server()
    made_on = _on_postgresql(server, worker_id) if server else _on_sqlite(tmp_path_factory.mktemp("template"))
    with made_on as make:
        yield make


def _server() -> str | None:
    return os.environ.get("PORTAL_TEST_DATABASE_URL")


@contextmanager
def _on_sqlite(folder: Path) -> Iterator[MakeDatabase]:
    template = folder / "template.db"
    migrate(f"sqlite:///{template}")

    def make(where: Path) -> str:
        shutil.copyfile(template, where / "portal.db")
        return f"sqlite:///{where / 'portal.db'}"

    yield make


@contextmanager
def _on_postgresql(server: str, worker: str) -> Iterator[MakeDatabase]:
    """Template and copies are named by process and worker, so that runs side by side do not meet; all are dropped."""
    prefix = f"portal_{os.getpid()}_{worker}"
    names = [f"{prefix}_template"]
    address = sa.make_url(server)

    def url_of(name: str) -> str:
        return address.set(database=name).render_as_string(hide_password=False)

    def make(_where: Path) -> str:
        names.append(f"{prefix}_{len(names)}")
        with _connected(server) as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{names[-1]}" TEMPLATE "{names[0]}" STRATEGY FILE_COPY')
        return url_of(names[-1])

    with _connected(server) as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{names[0]}"')
    try:
        migrate(url_of(names[0]))
        yield make
    finally:
        with _connected(server) as connection:
            for name in names:
                connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _emptied(url: str, shape: str) -> bool:
    """Empty a database after a test; False where the test changed more than rows."""
    with _connected(url) as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if _shape_seen_by(connection) != shape:
            return False
        tables = Base.metadata.sorted_tables
        connection.exec_driver_sql("SET session_replication_role = replica")  # no triggers: history goes as well
        connection.exec_driver_sql("; ".join(f'DELETE FROM "{table.name}"' for table in tables))
        connection.exec_driver_sql("SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences")
        return True


def _shape(url: str) -> str:
    with _connected(url) as connection:
        return _shape_seen_by(connection)


def _shape_seen_by(connection: sa.Connection) -> str:
    """Which tables, indexes and triggers there are; another one of the same name counts as another."""
    return str(
        connection.exec_driver_sql(
            "SELECT string_agg(oid::text, ' ' ORDER BY oid) FROM (SELECT oid FROM pg_class WHERE oid >= 16384 "
            "AND relnamespace = 'public'::regnamespace UNION ALL SELECT oid FROM pg_trigger) AS things"
        ).scalar_one()
    )


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection
