"""Eight who may decide go for the same papers in the same instant: one decides each, seven read who was first.

PORTAL_LONG_TESTS=1 races for 1,000 papers, the ordinary run for a few; on PostgreSQL by `manage.py test --postgres`.
"""

import os
import threading
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from models import Document, Event, Person, Role, State, Task, TaskState
from services.audit import verify_chain
from services.database import reading, writing
from services.documents import KINDS
from services.engine import act
from services.errors import Refused
from services.texts import languages, text
from tests import factories
from tests.factories import NOW, Cast
from tests.story import do, draft, hold, trip_form

PAPERS = 1000 if os.environ.get("PORTAL_LONG_TESTS") else 25
PATIENCE = 60
"""Seconds until a race that hangs is given up."""


def test_of_eight_who_decide_in_the_same_instant_one_does_and_seven_read_who(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3, "Bad input": two people deciding in the same instant"""
    monkeypatch.setitem(KINDS, "TR", replace(KINDS["TR"], checks=()))  # one person on many trips at once
    heads = [cast.department_head, *_seven_more(cast)]
    papers = [do(cast.engineer, draft(cast.engineer, "TR", trip_form(cast)), "submit") for _ in range(PAPERS)]
    began = time.perf_counter()
    outcomes = _race(heads, papers)
    took = time.perf_counter() - began
    wins: Counter[str] = Counter()
    for paper in papers:
        results = [by_paper[paper.id] for by_paper in outcomes]
        winners = [head for head, result in zip(heads, results, strict=True) if isinstance(result, Document)]
        assert len(winners) == 1, results
        wins[winners[0].login] += 1
        _seven_know(winners[0], [result for result in results if not isinstance(result, Document)])
    _each_was_decided_once(papers)
    print(f"{len(papers)} papers x {len(heads)} people in {took:.1f} s; papers won by each: {sorted(wins.values())}")


def _seven_more(cast: Cast) -> list[Person]:
    with writing() as session:
        people = [factories.person(session, f"head{number}", cast.service, f"部长{number}") for number in range(7)]
    for person in people:
        hold(person, Role.DEPARTMENT_HEAD, cast.service)
    return people


def _race(heads: list[Person], papers: list[Document]) -> list[dict[int, Any]]:
    """All start on each paper together; what it came to for each, by paper: the paper, or why not."""
    outcomes: list[dict[int, Any]] = [{} for _ in heads]
    line = threading.Barrier(len(heads))

    def run(head: Person, found: dict[int, Any]) -> None:
        for paper in papers:
            line.wait(PATIENCE)
            try:
                with writing() as session:
                    found[paper.id] = act(session, head, paper.id, "approve", seen=paper.version, now=NOW)
            except Exception as failure:  # noqa: BLE001 - whatever it is, the test looks at it
                found[paper.id] = failure

    threads = [threading.Thread(target=run, args=one) for one in zip(heads, outcomes, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _seven_know(winner: Person, refusals: list[Any]) -> None:
    assert len(refusals) == 7
    for refusal in refusals:
        assert isinstance(refusal, Refused), repr(refusal)
        assert (refusal.key, refusal.facts["who"]) == ("action.someone_acted_first", winner.name)
        for language in languages():
            said = text(language, refusal.key, **refusal.facts)
            assert winner.name in said and "lock" not in said.lower()


def _each_was_decided_once(papers: list[Document]) -> None:
    with reading() as session:
        approvals = Counter(session.exec(select(Event.document_id).where(Event.action == "approve")).all())
        done = select(Task.document_id).where(Task.step == "department_head", Task.state == TaskState.DONE)
        signatures = Counter(session.exec(done).all())
        waiting = Counter(session.exec(select(Task.document_id).where(Task.state == TaskState.OPEN)).all())
        states = set(session.exec(select(Document.state, Document.step, Document.version)).all())
        assert verify_chain(session) == []
    once = dict.fromkeys((paper.id for paper in papers), 1)
    assert dict(approvals) == dict(signatures) == dict(waiting) == once
    assert states == {(State.RUNNING, "office_director", papers[0].version + 1)}
