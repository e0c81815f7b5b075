"""What the engine's `act` costs: approvals, each beside a bare write of the very same rows, in one run.

python3 -m benchmarks.act [--papers N] [--where] [--data DIR]
"""

import argparse
import cProfile
import os
import pstats
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import select

from benchmarks.trips import send_trip
from models import Person
from seed.company import load_company
from services.database import engine, engine_for, writing
from services.engine import act
from services.schema import migrate

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
"""A Monday, 09:00 in Shanghai."""
HEAD = "chenliguo"
WARM_UP = 20
"""Approvals before anything counts: statements are compiled once a process."""
WRITES = ("INSERT", "UPDATE", "DELETE")

Written = list[tuple[str, Any]]


def bench(papers: int, *, profile: bool, folder: str | None) -> None:
    """Approve so many travel requests; print both rates and their ratio, or where the time of `act` goes."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-", dir=folder) as passing:
        os.environ |= {"PORTAL_DATA": passing, "PORTAL_FILES_URL": f"file://{passing}/files"}
        os.environ.pop("PORTAL_DATABASE_URL", None)
        ids, head = _prepare(papers + WARM_UP)
        for id in ids[:WARM_UP]:
            _approve(head, id)
        bare = Path(passing) / "bare.db"
        _copy(bare)
        if profile:
            _profile(head, ids[WARM_UP:])
        else:
            _beside_each_other(head, ids[WARM_UP:], bare)
        engine().dispose()


def _prepare(number: int) -> tuple[list[int], Person]:
    """Travel requests that wait for the head of the department, each of another engineer."""
    migrate()
    with writing() as session:
        load_company(session, NOW)
        head = session.exec(select(Person).where(Person.login == HEAD)).one()
        facts = {"department_id": head.department_id, "name": "工程师"}
        engineers = [Person(login=f"engineer{place}", **facts) for place in range(number)]
        session.add_all(engineers)
    day = NOW.date() + timedelta(days=7)
    return [send_trip(engineer, day, engineer.login, NOW).id for engineer in engineers], head


def _approve(head: Person, id: int) -> None:
    with writing() as session:
        act(session, head, id, "approve", now=NOW)


def _copy(to: Path) -> None:
    """The database as it is before the first approval that counts, for the bare writes."""
    with closing(sqlite3.connect(engine().url.database or "")) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)


# --- measuring


def _beside_each_other(head: Person, ids: list[int], bare: Path) -> None:
    """Each approval, then the same statements with the same values in the copy: whatever slows one slows the other."""
    took: dict[str, list[float]] = {"act": [], "bare": []}
    copy = engine_for(f"sqlite:///{bare}")
    with closing(copy.raw_connection()) as connection:
        for id in ids:
            with _recorded() as written:
                started = time.perf_counter()
                _approve(head, id)
                took["act"].append(time.perf_counter() - started)
            started = time.perf_counter()
            _write(connection.driver_connection, written)
            took["bare"].append(time.perf_counter() - started)
    if _end_of_chain(copy) != _end_of_chain(engine()):
        raise SystemExit("the bare write did not write the same")
    copy.dispose()
    rates = {name: len(times) / sum(times) for name, times in took.items()}
    print(f"{len(ids)} approvals of {len(written)} writing statements each; load {os.getloadavg()[0]:.1f}")
    for name, times in took.items():
        print(f"{name:<4} {rates[name]:7.1f} a second, median {statistics.median(times) * 1000:6.2f} ms")
    print(f"ratio {rates['act'] / rates['bare']:.2f}")


@contextmanager
def _recorded() -> Iterator[Written]:
    """Every writing statement with its values, as it goes to the database."""
    written: Written = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.startswith(WRITES):
            written.extend((statement, one) for one in (parameters if many else [parameters]))

    sa.event.listen(engine(), "before_cursor_execute", note)
    try:
        yield written
    finally:
        sa.event.remove(engine(), "before_cursor_execute", note)


def _write(connection: Any, written: Written) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statement, values in written:
        connection.execute(statement, values).fetchall()
    connection.execute("COMMIT")


def _end_of_chain(where: sa.Engine) -> str:
    with where.connect() as connection:
        return str(connection.execute(sa.text("SELECT hash FROM chainhead")).scalar_one())


def _profile(head: Person, ids: list[int]) -> None:
    """The functions of ours in which the time goes, all they call included."""
    profile = cProfile.Profile()
    with _counted() as asked:
        for id in ids:
            profile.runcall(_approve, head, id)
    print(f"{sum(asked.values()) / len(ids):.1f} statements an approval")
    for statement, times in sorted(asked.items(), key=lambda one: -one[1]):
        print(f"{times / len(ids):5.1f}  {' '.join(statement.split())[:150]}")
    pstats.Stats(profile).sort_stats("cumulative").print_stats(r"/(services|models)", 40)


@contextmanager
def _counted() -> Iterator[dict[str, int]]:
    counts: dict[str, int] = {}

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counts[statement] = counts.get(statement, 0) + 1

    sa.event.listen(engine(), "before_cursor_execute", note)
    yield counts
    sa.event.remove(engine(), "before_cursor_execute", note)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m benchmarks.act", description="What the engine's act costs.")
    parser.add_argument("--papers", type=int, default=200, help="how many are approved (200)")
    parser.add_argument("--where", dest="profile", action="store_true", help="say where the time goes instead")
    parser.add_argument("--data", metavar="DIR", help="folder on the disk that is meant (the system's passing one)")
    options = parser.parse_args()
    bench(options.papers, profile=options.profile, folder=options.data)


if __name__ == "__main__":
    main()
