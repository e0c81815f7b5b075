"""What it takes to bring in customers, products and sold items by Excel: looked through, written, and once more."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl

from models import Department, Grant, Person, Role
from services.database import reading, writing
from services.master_data import MASTERS, Master
from services.master_files import Brought, bring, headings, look_through
from services.schema import migrate

_NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def measure(rows: int) -> None:
    """For each table the seconds of the dry run, of bringing all rows in, and of the same file again."""
    migrate()
    with writing() as session:
        place = Department(code="service", name="售后一室")
        session.add(place)
        session.flush()
        keeper = Person(login="keeper", name="管理员", department_id=place.id)
        session.add(keeper)
        session.flush()
        session.add(Grant(person_id=keeper.id, role=Role.ADMINISTRATOR, granted_at=_NOW))
    print("| table | dry run: s | written: s | same file again: s |")
    print("|---|---:|---:|---:|")
    for key, lines in (("customers", _customers), ("products", _products), ("sold_items", _sold_items)):
        master, data = MASTERS[key], _book(MASTERS[key], lines(rows))
        looked, dry = _timed(lambda master=master, data=data: _look(keeper, master, data))
        written, took = _timed(lambda master=master, data=data: _bring(keeper, master, data))
        again, once_more = _timed(lambda master=master, data=data: _bring(keeper, master, data))
        assert len(looked.new) == len(written.new) == again.same == rows, looked.faults[:3]
        print(f"| {key}, {rows:,} rows | {dry:.1f} | {took:.1f} | {once_more:.1f} |", flush=True)


def _look(keeper: Person, master: Master, data: bytes) -> Brought:
    with reading() as session:
        return look_through(session, keeper, master, data)


def _bring(keeper: Person, master: Master, data: bytes) -> Brought:
    with writing() as session:
        return bring(session, keeper, master, data, _NOW)


def _timed(does: Callable[[], Brought]) -> tuple[Brought, float]:
    begun = time.perf_counter()
    return does(), time.perf_counter() - begun


def _customers(rows: int) -> Iterator[list[Any]]:
    for n in range(rows):
        yield [
            f"K{n:05}",
            f"第{n}机务段",
            "service",
            "是" if n % 9 == 0 else "否",
            n % 12 + 1,
            f"李{n}",
            f"029-{n:08}",
            "西安",
        ]


def _products(rows: int) -> Iterator[list[Any]]:
    for n in range(rows):
        yield [f"P{n:05}", "制动单元", f"ZD-{n}", 24]


def _sold_items(rows: int) -> Iterator[list[Any]]:
    for n in range(rows):
        yield [f"S{n:06}", f"P{n % rows:05}", f"K{n % rows:05}", date(2024, 1, 1) + timedelta(days=n % 900), None]


def _book(master: Master, rows: Iterator[list[Any]]) -> bytes:
    made = openpyxl.Workbook(write_only=True)
    sheet = made.create_sheet()
    sheet.append(list(headings(master, "zh").values()))
    for row in rows:
        sheet.append(row)
    target = BytesIO()
    made.save(target)
    return target.getvalue()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--url", help="of an empty database, on PostgreSQL say; otherwise a passing one of SQLite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PORTAL_DATA"] = folder
        os.environ["PORTAL_DATABASE_URL"] = options.url or f"sqlite:///{Path(folder) / 'p.db'}"
        measure(options.rows)
