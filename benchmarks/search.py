"""What it takes to search 100,000 complaints: the register's and the list's own calls, with rights, beside a scan."""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import sqlalchemy as sa
from sqlmodel import Session

from models import (
    Base,
    Complaint,
    ComplaintNature,
    Customer,
    Department,
    Document,
    Grant,
    Participant,
    Person,
    Product,
    Role,
    State,
    Verdict,
)
from services import search
from services.database import engine, reading, writing
from services.lists import Filters, Listing, listing
from services.reports.cases import CaseFilters, View
from services.reports.complaint_register import Register, register
from services.schema import migrate

_NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
_AT_ONCE = 5000
_READERS = (1, 2, 3)
_WORDS = ("啸叫", "漏风", "制动", "漏", "ZF-41", "202611-01", "复测 3", "没有这回事")
"""One case in a hundred, one in ten, every case; one character; Latin; what is nowhere."""
_PARTS = ("制动缸", "控制阀", "空压机", "干燥器", "夹钳", "闸片", "防滑阀", "受电弓", "风缸", "推杆")
_FAULTS = ("漏风", "卡滞", "异响", "发热", "磨损", "渗油", "断线", "误报警", "不动作", "松动")
_RARE = ("啸叫", "结冰", "击穿", "错装")
_WHEN = ("出库试验时", "早高峰运行中", "冬季停放一夜后", "跟车试验第二趟", "月检作业时", "更换配件之后")
_DONE = ("现场复测 3 次，数据超差", "更换密封圈后保压合格", "调取记录与客户描述相符", "返厂解体检查", "跟踪一周未复现")
_CITIES = ("西安", "成都", "武汉", "郑州", "广州", "沈阳", "兰州", "昆明", "青岛", "南昌")


def measure(rows: int, runs: int) -> None:
    """For each word how many cases hold it, and median milliseconds of each call, with the index and without."""
    readers = _prepare(rows)
    print("| word | cases | register: all | a department's | an engineer's | list | register, by a scan |")
    print("|---|---:|---:|---:|---:|---:|---:|", flush=True)
    for word in ("", *_WORDS):
        filters = CaseFilters(view=View.ALL, text=word)
        calls: list[Callable[[Session], Any]] = [partial(_register, who, filters) for who in readers]
        calls.append(partial(_listing, readers[0], Filters(kind="CP", text=word)))
        times = [_median(runs, call) for call in calls]
        found, shown = _found(calls[0])
        with _without_index():
            assert (found, shown) == _found(calls[0])
            times.append(_median(max(1, runs // 4), calls[0]))
        print(f"| {word or '(none)'} | {found:,} | {' | '.join(f'{one:.0f}' for one in times)} |", flush=True)


def _register(who: Person, filters: CaseFilters, session: Session) -> Register:
    return register(session, who, filters, _NOW)


def _listing(who: Person, filters: Filters, session: Session) -> Listing:
    return listing(session, who, filters, _NOW)


def _found(ask: Callable[[Session], Register]) -> tuple[int, list[int]]:
    with reading() as session:
        found = ask(session)
    return found.count, [one.id for one in found.cases]


@contextmanager
def _without_index() -> Iterator[None]:
    with mock.patch.object(search, "_rows_holding", _by_looking):
        yield


def _by_looking(session: Session, table: type[Base], word: str) -> sa.Select[Any]:
    columns = (getattr(table, name) for name in search.INDEXED[str(table.__tablename__)])
    key = sa.inspect(table).primary_key[0]
    return sa.select(key).where(sa.or_(*(search.holds(session, column, word) for column in columns)))


def _prepare(rows: int) -> list[Person]:
    """So many cases in a fresh database; who reads all of them, a department's, and those he handled."""
    migrate()
    with reading() as session:
        if session.get(Document, rows):  # kept from the last time
            return [session.get_one(Person, id) for id in _READERS]
    begun = time.perf_counter()
    with writing() as session:
        readers = _people(session)
        _fill(session, rows)
    print(f"{rows:,} cases written in {time.perf_counter() - begun:.0f} s\n")
    return readers


def _median(runs: int, ask: Callable[[Session], Any]) -> float:
    """On SQLite of the processor's time, which other work on the machine does not lengthen much."""
    clock = time.process_time if engine().dialect.name == "sqlite" else time.perf_counter
    found = []
    for _ in range(runs + 1):
        with reading() as session:
            begun = clock()
            ask(session)
            found.append((clock() - begun) * 1000)
    return statistics.median(found[1:])  # the first compiles the statements


def _people(session: Session) -> list[Person]:
    session.add_all([Department(code=f"d{number}", name=f"售后{number}室") for number in range(8)])
    session.flush()
    session.add_all(
        [Person(login=f"p{number}", name=f"工程师{number}", department_id=number % 8 + 1) for number in range(40)]
    )
    session.add_all(
        [
            Product(code=f"p{n}", name=f"{part}单元", model=f"ZF-{n}1", warranty_months=24)
            for n, part in enumerate(_PARTS)
        ]
    )
    session.flush()
    session.add_all(
        [Customer(code=f"c{n}", name=f"{city}机务段", department_id=n % 8 + 1) for n, city in enumerate(_CITIES)]
    )
    session.add_all(
        [
            Grant(person_id=1, role=Role.QUALITY_INSPECTOR, granted_at=_NOW),
            Grant(person_id=2, role=Role.DEPARTMENT_HEAD, department_id=2, granted_at=_NOW),
        ]
    )
    session.flush()
    return [session.get_one(Person, id) for id in _READERS]


def _fill(session: Session, rows: int) -> None:
    tables: list[Any] = [Document, Complaint, Participant]
    cases = _cases(rows)
    while some := list(islice(cases, _AT_ONCE)):
        for table, of_table in zip(tables, zip(*some, strict=True), strict=True):
            session.execute(sa.insert(table.__table__), list(of_table))


def _cases(rows: int) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    random = Random(rows)
    for id in range(1, rows + 1):
        at = _NOW - timedelta(days=1800) + timedelta(days=1800) * id / rows
        customer, product = random.randrange(10), random.randrange(10)
        rare = random.choice(_RARE) if random.random() < 0.04 else "异常"
        fault = random.choice(_WHEN) + random.choice(_FAULTS)
        said = f"{id % 97} 号{_PARTS[product]}{fault}，制动有{rare}，编号 {id * 7919 % 10**6:06}。"
        done = [random.choice(_DONE) + "；" + random.choice(_DONE) for _ in range(5)]
        engineer = id % 40 + 1
        yield (
            {
                "id": id,
                "kind": "CP",
                "number": f"CP-{at:%Y%m}-{id % 10_000:04}",
                "state": State.RUNNING if id % 50 == 0 else State.DONE,
                "step": "verify" if id % 50 == 0 else None,
                "applicant_id": engineer,
                "created_by_id": engineer,
                "department_id": (engineer - 1) % 8 + 1,
                "title": f"{_CITIES[customer]}机务段 {_PARTS[product]}单元 ZF-{product}1 {said}"[:120],
                "created_at": at,
                "submitted_at": at,
                "due_at": _NOW + timedelta(minutes=id % 9000 - 2000) if id % 50 == 0 else None,
                "reached": [],
                "round": 1,
                "version": 9,
                "client_token": f"case-{id}",
                "custom": {},
            },
            {
                "document_id": id,
                "customer_id": customer + 1,
                "contact": f"王{id % 13}工",
                "channel": "phone",
                "severity": "normal",
                "received_at": at,
                "serial": f"ZF{id:07}",
                "product_id": product + 1,
                "warranty": "running",
                "content": said,
                "finding": done[0],
                "cause": done[1],
                "countermeasure": done[2],
                "plan": done[3],
                "work_done": done[4],
                "result_report": "故障消除，客户认可",
                "verdict": Verdict.QUALITY,
                "nature": ComplaintNature.QUALITY,
                "handling_department_id": customer % 8 + 1,
                "handler_id": engineer,
            },
            {"document_id": id, "person_id": engineer % 40 + 1, "part": "handler_id"},
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--url", help="of an empty database, on PostgreSQL say; otherwise a passing one of SQLite")
    parser.add_argument("--data", help="a folder that keeps the data for the next time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = os.environ["PORTAL_DATA"] = options.data or passing
        Path(folder).mkdir(exist_ok=True)
        os.environ["PORTAL_DATABASE_URL"] = options.url or f"sqlite:///{Path(folder) / 'p.db'}"
        measure(options.rows, options.runs)
