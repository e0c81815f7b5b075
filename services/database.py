"""Two ways to the database: `reading()` looks, `writing()` changes. Each is one transaction.

On SQLite a writer takes the file at once (BEGIN IMMEDIATE) behind a lock of this process, so that nobody is told
"database is locked"; a reader never waits. On PostgreSQL rows are locked by whoever takes them.
"""

import sqlite3
import threading
import zlib
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from services.config import database_url
from services.errors import Refused
from services.search import teach

Table = TypeVar("Table", bound=SQLModel)
Answer = TypeVar("Answer")
_ASKED = "asked"
_one_writer = threading.Lock()


@lru_cache(maxsize=8)
def engine_for(url: str) -> sa.Engine:
    """The engine behind a database URL, made once a process."""
    sqlite = url.startswith("sqlite")
    engine = sa.create_engine(url, pool_size=10, max_overflow=30, pool_pre_ping=not sqlite)
    if sqlite:
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def engine() -> sa.Engine:
    return engine_for(database_url())


@contextmanager
def reading() -> Iterator[Session]:
    """A look at the data. Whatever is changed in it is forgotten."""
    bind = engine().execution_options(read_only=True)
    with Session(bind, expire_on_commit=False, autoflush=False, info={_ASKED: {}}) as session:
        yield session


def is_look(session: Session) -> bool:
    """Is it a look at the data (`reading()`), in which no answer changes any more?"""
    return _ASKED in session.info


def asked_once(session: Session, question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """The answer to a question: in one look (`reading()`) it is asked once; in an act every time, for an act may change
    the answer.
    """
    asked = session.info.get(_ASKED)
    if asked is None:
        return ask()
    if question not in asked:
        asked[question] = ask()
    return cast(Answer, asked[question])


@contextmanager
def writing() -> Iterator[Session]:
    """One user's act: all of it is kept, or none. What a refusal leaves is written after it, on its own."""
    try:
        with _transaction() as session:
            yield session
    except Refused as refused:
        if refused.leaves is not None:
            with _transaction() as session:
                refused.leaves(session)
        raise


@contextmanager
def _transaction() -> Iterator[Session]:
    bind = engine()
    if bind.dialect.name != "sqlite":
        with Session(bind, expire_on_commit=False) as session, session.begin():
            yield session
        return
    with _one_writer, Session(bind, expire_on_commit=False) as session, session.begin():
        yield session


def rows(
    session: Session, statement: sa.Executable, values: Mapping[str, Any] | Sequence[Any] | None = None
) -> sa.Result[Any]:
    """Plain rows, with no object made of them: at a third of the cost. What waits to be written is written first.

    A statement made once, with its values apart, costs a third again: no act should put one together anew.
    """
    if session.autoflush:
        session.flush()
    return session.connection().execute(statement, values)


def fetch(session: Session, table: type[Table], key: int) -> Table | None:
    """`Session.get`, which puts its statement together anew each time it has to ask the database."""
    if session.identity_key(table, key) in session.identity_map:
        return session.get(table, key)
    found: Table | None = session.exec(_by_key(table), params={"key": key}).first()
    return found


def one_at_a_time(session: Session, what: str) -> None:
    """Wait until nobody else is in the middle of the same; holds until the end of the transaction.

    What is looked up in other papers from here on still holds when the own one is stored. SQLite's writers are
    alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(zlib.crc32(what.encode()))))


@cache
def _by_key(table: type[SQLModel]) -> Any:
    return select(table).where(sa.inspect(table).primary_key[0] == sa.bindparam("key"))


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    teach(connection)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "recursive_triggers=ON",  # else INSERT OR REPLACE gets round a trigger that forbids deletion
        "mmap_size=268435456",  # a look at all cases reads them where the system keeps them, without copying each page
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    reader = connection.get_execution_options().get("read_only")
    connection.exec_driver_sql("BEGIN" if reader else "BEGIN IMMEDIATE")
