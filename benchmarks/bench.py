"""How fast the pages answer: one server, one data set, one and several sessions, each page against an empty one."""

import asyncio
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from sqlmodel import Session, col

from benchmarks.client import Browser, Drawn, browse, cookie_for
from benchmarks.server import portal
from models import Document, Person
from services.access import visible_documents
from services.accounts.demonstration import demo_accounts, demo_ticket
from services.database import writing
from services.inbox import tally

PAGES = {
    "empty page": "blank",
    "inbox": "inbox",
    "list": "travel_requests",
    "document": "travel_requests?number={number}",
}
"""What is measured: name -> address. The first is what the others are compared with."""
PAUSE = 0.5
"""Seconds a session thinks between two acts, on average: ten people at work, not ten machines."""


@dataclass(frozen=True)
class Visitor:
    """Who is at work, and what he may open."""

    login: str
    cookie: str
    number: str


def bench(sessions: Sequence[int], runs: int, *, rows: int, port: int, folder: str | None) -> int:
    """Measure every page for each number of sessions, print a table. In a folder that is named the data stay."""
    with portal(rows, port, folder) as (address, papers):
        visitors = _visitors(address, max(sessions))
        print(f"\n{papers} papers, {runs} runs a page and session, {os.cpu_count()} cores; milliseconds\n")
        for number in sessions:
            _print(number, asyncio.run(_measure(address, visitors[:number], runs)))
    return 0


def _visitors(address: str, number: int) -> list[Visitor]:
    """The people with the fullest inboxes, signed in; where there are too few they come again."""
    now = datetime.now(UTC)
    with writing() as session:
        people = [session.get_one(Person, account.person_id) for account in demo_accounts(session, now)]
        people.sort(key=lambda person: -tally(session, person, now).count)
        wanted = [people[place % len(people)] for place in range(number)]
        tickets = [demo_ticket(session, person.id or 0, "/", now) for person in wanted]
        numbers = [_newest(session, person, now) for person in wanted]
    return [
        Visitor(person.login, cookie_for(address, ticket), paper)
        for person, ticket, paper in zip(wanted, tickets, numbers, strict=True)
    ]


def _newest(session: Session, person: Person, now: datetime) -> str:
    """A travel request that the person may open."""
    mine = visible_documents(session, person, now).where(Document.kind == "TR", col(Document.number).is_not(None))
    paper = session.exec(mine.order_by(col(Document.id).desc()).limit(1)).first()
    return (paper and paper.number) or ""


# --- measuring


async def _measure(address: str, visitors: Sequence[Visitor], runs: int) -> dict[str, list[Drawn]]:
    """All visitors at the same page at the same time, page by page; each opens it once before it counts."""
    measured: dict[str, list[Drawn]] = {}
    for name, page in PAGES.items():
        drawn = await asyncio.gather(*(_draw(address, visitor, page, runs, len(visitors)) for visitor in visitors))
        measured[name] = [one for some in drawn for one in some]
    return measured


async def _draw(address: str, visitor: Visitor, page: str, runs: int, sessions: int) -> list[Drawn]:
    path, _, query = page.format(number=visitor.number).partition("?")
    random = Random(f"{visitor.login}{page}")
    async with browse(address, visitor.cookie) as connection:
        browser = Browser(connection)
        await browser.open(path, query)
        drawn = []
        for _ in range(runs):
            await asyncio.sleep(random.uniform(0, 2 * PAUSE) if sessions > 1 else 0.02)
            drawn.append(await browser.rerun(query))
        return drawn


def _print(sessions: int, measured: dict[str, list[Drawn]]) -> None:
    first = statistics.median(one.seconds for one in next(iter(measured.values())))
    print(f"{sessions} session{'s' if sessions > 1 else ''}")
    print(f"| {'page':<12} | median | p95   | ratio | kB  |")
    print(f"|{'-' * 14}|-------:|------:|------:|----:|")
    for name, drawn in measured.items():
        times = sorted(one.seconds for one in drawn)
        median, slow = statistics.median(times), times[int(len(times) * 0.95)]
        size = statistics.median(one.size for one in drawn) / 1000
        print(f"| {name:<12} | {median * 1000:6.1f} | {slow * 1000:5.1f} | {median / first:5.2f} | {size:3.0f} |")
    print(flush=True)
