"""The ground under the tests: a fresh migrated database for each, on SQLite or on PostgreSQL, and the cast.

PostgreSQL is used where PORTAL_TEST_DATABASE_URL names a server on which databases may be created.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session
from streamlit.runtime.pages_manager import PagesManager

from services import database as portal_database
from services.schema import migrate
from tests.factories import Cast, standing_company

MakeDatabase = Callable[[Path], str]


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test does, it never reaches the data of a portal that is used."""
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    monkeypatch.setenv("PORTAL_FILES_URL", f"file://{tmp_path / 'files'}")
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)


@pytest.fixture
def database(_new_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A fresh, migrated, empty database that `reading()` and `writing()` use, with a data folder; its URL."""
    url = _new_database(tmp_path)
    monkeypatch.setenv("PORTAL_DATABASE_URL", url)
    yield url
    portal_database.engine_for(url).dispose()


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """An open session that may write. Commit before something else (a page, `writing()`) is to write or see it."""
    with Session(portal_database.engine(), expire_on_commit=False) as session:
        yield session


@pytest.fixture
def cast(database: str) -> Cast:
    """The standing company, committed."""
    with portal_database.writing() as session:
        return standing_company(session)


@pytest.fixture(autouse=True)
def _no_pages_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never let AppTest run a page without the shell: it asks for a pages/ folder anew before every run."""
    make = PagesManager.__init__

    def make_and_shut(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", make_and_shut)


@pytest.fixture(scope="session")
def _new_database(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[MakeDatabase]:
    """Makes databases out of a template that is migrated once a run (and worker)."""
    server = os.environ.get("PORTAL_TEST_DATABASE_URL")
    made_on = _on_postgresql(server, worker_id) if server else _on_sqlite(tmp_path_factory.mktemp("template"))
    with made_on as make:
        yield make


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
    address = sa.make_url(server)
    prefix = f"portal_{os.getpid()}_{worker}"
    numbers = itertools.count(1)
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def run(statement: str) -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def url_of(name: str) -> str:
        return address.set(database=name).render_as_string(hide_password=False)

    def make(_where: Path) -> str:
        number = next(numbers)
        if number > 1:  # the test before is over: its database goes, so that the disk does not fill up
            run(f'DROP DATABASE "{prefix}_{number - 1}" WITH (FORCE)')
        run(f'CREATE DATABASE "{prefix}_{number}" TEMPLATE "{prefix}_template" STRATEGY FILE_COPY')
        return url_of(f"{prefix}_{number}")

    run(f'CREATE DATABASE "{prefix}_template"')
    try:
        migrate(url_of(f"{prefix}_template"))
        yield make
    finally:
        with engine.connect() as connection:
            made = connection.execute(
                sa.text("SELECT datname FROM pg_database WHERE datname LIKE :prefix"), {"prefix": f"{prefix}\\_%"}
            )
            for (name,) in made.all():
                connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
