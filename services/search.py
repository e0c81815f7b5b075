"""Searching texts at any size, in Chinese from two characters on: an index of all pairs of neighbouring characters.

It is the database's own and changes with every row, whoever writes it: FTS5 and triggers on SQLite, an index over an
expression on PostgreSQL. What it finds is what a look at every text would find.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models import Base

INDEXED: Mapping[str, tuple[str, ...]] = {
    "document": ("number", "title"),
    "complaint": (
        "content",
        "contact",
        "serial",
        "finding",
        "cause",
        "countermeasure",
        "plan",
        "work_done",
        "result_report",
    ),
}
"""The searched columns, by table; titles say of whom and what. Another one needs a migration that indexes anew."""
_BETWEEN = "\x1f"
"""Stands between two columns and after the last; no text that is typed or sought holds it."""


def ids_holding(
    session: Session, tables: Sequence[type[Base]], word: str, *, besides: sa.Select[Any] | None = None
) -> sa.CompoundSelect[Any]:
    """Ids of documents of which a searched text holds the word, taken letter by letter; Latin letters count alike in
    both cases. `besides` chooses documents that hold it elsewhere.
    """
    found: list[Any] = [_rows_holding(session, table, word) for table in tables]
    return sa.union_all(*found, *([] if besides is None else [besides]))


_COMMON = 3
"""A word that stands in more than one of so many rows leads nowhere."""
_NEWEST = 300


def is_common(session: Session, tables: Sequence[type[Base]], word: str) -> bool:
    """Do so many rows hold the word that it leads nowhere? Then whatever else is asked leads to them, and each is
    looked at (`holds_somewhere`). The index of SQLite knows at once; on PostgreSQL the newest rows tell.
    """
    if session.get_bind().dialect.name != "sqlite":
        return any(_is_common_lately(session, table, word) for table in tables)
    for table in tables:
        holding = _rows_holding(session, table, word).with_only_columns(sa.func.count())
        last = sa.select(sa.func.max(sa.inspect(table).primary_key[0]))
        if session.execute(holding).scalar_one() * _COMMON > (session.execute(last).scalar_one() or 0):
            return True
    return False


def _is_common_lately(session: Session, table: type[Base], word: str) -> bool:
    newest = sa.select(holds_somewhere(session, [table], word)).order_by(sa.inspect(table).primary_key[0].desc())
    found = session.execute(newest.limit(_NEWEST)).scalars().all()
    return sum(map(bool, found)) * _COMMON > len(found)


def holds(session: Session, column: Any, word: str) -> sa.ColumnElement[bool]:
    """Does a column hold a word? Asked of its text, without an index.

    SQLite takes Latin letters alike by itself; to ask it for lower case would take it three times as long.
    """
    if session.get_bind().dialect.name == "sqlite":
        return column.contains(word, autoescape=True)  # type: ignore[no-any-return]
    return column.icontains(word, autoescape=True)  # type: ignore[no-any-return]


def holds_somewhere(session: Session, tables: Sequence[type[Base]], word: str) -> sa.ColumnElement[bool]:
    """Does any of the searched texts of these tables' rows hold the word? By looking, which is quick where most do."""
    texts = (getattr(table, name) for table in tables for name in INDEXED[str(table.__tablename__)])
    return sa.or_(*(holds(session, one, word) for one in texts))


def index_texts(table: str, key: str, columns: Sequence[str], dialect: str) -> Iterator[str]:
    """Statements for a migration that index these columns of a table, with the rows that are there.

    On SQLite a migration that recreates the table (alembic's batch mode) loses its triggers and has to call this again.
    """
    index = f"{table}_pairs"
    if dialect != "sqlite":
        yield _PAIRS
        yield f"DROP INDEX IF EXISTS {index}"
        yield f"CREATE INDEX {index} ON {table} USING gin ({_pairs_of(columns, 'chr')})"
        return
    old, new = (_pairs_of([f"{row}.{column}" for column in columns]) for row in ("old", "new"))
    forget = f"INSERT INTO {index}({index}, rowid, pairs) VALUES ('delete', old.{key}, {old});"
    learn = f"INSERT INTO {index}(rowid, pairs) VALUES (new.{key}, {new});"
    yield f"DROP TABLE IF EXISTS {index}"
    yield f"CREATE VIRTUAL TABLE {index} USING fts5(pairs, content='', columnsize=0, tokenize='ascii')"
    yield f"INSERT INTO {index}(rowid, pairs) SELECT {key}, {_pairs_of(columns)} FROM {table}"
    for act, does in (
        ("INSERT", learn),
        ("DELETE", forget),
        (f"UPDATE OF {key}, {', '.join(columns)}", forget + learn),
    ):
        name = f"{index}_{act.split()[0].lower()}"
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield f"CREATE TRIGGER {name} AFTER {act} ON {table} BEGIN {does} END"


def forget_texts(dialect: str) -> Iterator[str]:
    """Statements that drop the indexes, which on SQLite are tables that hold tables."""
    yield from (f"DROP TABLE IF EXISTS {table}_pairs" for table in INDEXED if dialect == "sqlite")


def is_index(name: str | None) -> bool:
    """Is this table or index a part of a text index? No model speaks of it."""
    return name is not None and any(name.startswith(f"{table}_pairs") for table in INDEXED)


def teach(connection: sqlite3.Connection) -> None:
    """Every connection to SQLite that writes has to know how the texts are taken apart."""
    connection.create_function("text_pairs", 1, _pairs, deterministic=True)


def _pairs(text: str) -> str:
    """All pairs of neighbouring characters, one after the other, as words that FTS5 takes as they are. Of Latin
    letters there is but one case, as with SQLite's LIKE.
    """
    return " ".join(f"{a}{b}".encode().hex() for a, b in pairwise(_one_case(text)))


def _one_case(text: str) -> str:
    return text.encode().lower().decode()


_PAIRS = (
    "CREATE OR REPLACE FUNCTION text_pairs(text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ "
    "SELECT coalesce(array_agg(DISTINCT pair), '{}') FROM (SELECT one || lead(one) OVER () AS pair "
    "FROM unnest(string_to_array(lower($1), NULL)) AS one) AS found WHERE pair IS NOT NULL $$"
)


def _pairs_of(columns: Sequence[str], character: str = "char") -> str:
    """The pairs of all these columns, in SQL."""
    between = f"{character}({ord(_BETWEEN)})"
    return "text_pairs(" + " || ".join(f"coalesce({column}, '') || {between}" for column in columns) + ")"


def is_among(session: Session, key: Any, tables: Sequence[type[Base]], word: str) -> sa.ColumnElement[bool]:
    """Is this id among those holding the word, as a condition on rows that something else leads to?

    SQLite makes the list of the second table's only for rows that the first one's has not; PostgreSQL joins one list,
    and is kept for the rest of the look from taking all rows' texts apart anew instead of asking its index.
    """
    if session.get_bind().dialect.name == "sqlite":
        return sa.or_(*(key.in_(_rows_holding(session, table, word)) for table in tables))
    session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    return key.in_(ids_holding(session, tables, word))  # type: ignore[no-any-return]


def _rows_holding(session: Session, table: type[Base], word: str) -> sa.Select[Any]:
    """The ids of the rows of a table that hold the word: on SQLite the index knows them."""
    name, key = str(table.__tablename__), sa.inspect(table).primary_key[0]
    if session.get_bind().dialect.name == "sqlite":
        index: Any = sa.literal_column(f"{name}_pairs")
        sought = f'"{_pairs(word)}"' if len(word) > 1 else f"{_one_case(word).encode().hex()}*"
        return (
            sa.select(sa.literal_column("rowid", sa.Integer))
            .select_from(sa.table(index.name))
            .where(index.op("MATCH")(sought))
        )
    found = sa.select(key)
    if len(word) >= 2:
        pairs: Any = sa.literal_column(_pairs_of([f"{name}.{one}" for one in INDEXED[name]], "chr"))
        found = found.where(pairs.op("@>")(sa.func.text_pairs(word)))
    if len(word) == len(word.lower()) == 2:  # a pair is in the index as it is: no text has to be looked at
        return found
    return found.where(holds_somewhere(session, [table], word))
