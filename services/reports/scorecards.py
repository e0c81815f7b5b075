"""Which scorecards a reader sees: his own, those of his departments and their people, or all (P1-7.2, P4-1.4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models import Assessed, Complaint, Department, Document, Indicator, Person, Role, Span, State
from services.access import DEPARTMENT_READERS, READS_ALL
from services.export import Column, to_excel
from services.money.ledger import month_of
from services.people import local_day, standing
from services.reports.scorecard import Period, Scorecard, Subject, people_of, period_of, scorecard
from services.reports.training_due import SERVICE_STAFF
from services.settings import setting
from services.texts import term_of, text

PERIODS = {Span.MONTH: 12, Span.QUARTER: 6}
"""How many of either may be looked at, the newest first."""
SEES_ALL = READS_ALL | {Role.BUDGET_SUPERVISOR}


@dataclass(frozen=True)
class Scope:
    """What the page is narrowed down to. It stands in its address."""

    assessed: Assessed
    period: Period

    @classmethod
    def read(cls, query: Mapping[str, str], now: datetime, *, default: Assessed = Assessed.DEPARTMENT) -> "Scope":
        """From the parameters of an address; what makes no sense is left out. Else the period that is over."""
        view, span, month = (query.get(name, "") for name in ("view", "span", "month"))
        assessed = Assessed(view) if view in set(Assessed) else default
        chosen = Span(span) if span in set(Span) else Span.QUARTER
        offered = periods(chosen, now)
        fits = re.fullmatch("20[0-9]{2}(0[1-9]|1[0-2])", month)
        wanted = period_of(chosen, month) if fits else offered[1]
        return cls(assessed, wanted if wanted in offered else offered[1])


def periods(span: Span, now: datetime) -> list[Period]:
    """The one that runs and those before it, the newest first."""
    found = [period_of(span, month_of(local_day(now)))]
    while len(found) < PERIODS[span]:
        found.append(found[-1].before)
    return found


def has_scorecard(session: Session, reader: Person) -> bool:
    """Whoever serves customers has one; whoever looks after a department sees those of its people."""
    return bool(standing(session, reader).roles & (SEES_ALL | DEPARTMENT_READERS | frozenset(SERVICE_STAFF)))


def sees_others(session: Session, reader: Person) -> bool:
    """Does he look at any but his own?"""
    return bool(standing(session, reader).roles & (SEES_ALL | DEPARTMENT_READERS))


def subjects(session: Session, reader: Person, assessed: Assessed) -> list[Subject]:
    """Whose scorecards the reader sees: of people his own in any case."""
    me = standing(session, reader)
    every = bool(me.roles & SEES_ALL)
    kept = me.departments(DEPARTMENT_READERS)
    if assessed == Assessed.DEPARTMENT:
        return departments_measured(session, None if every else kept)
    found = people_of(session, None if every else kept)
    if reader.id not in {one.id for one in found} and Role.ADMINISTRATOR not in me.roles:
        found.insert(0, Subject(Assessed.PERSON, reader.id, reader.name, reader.department_id))
    return found


def scorecards(session: Session, reader: Person, scope: Scope, now: datetime) -> list[Scorecard]:
    """One for each, those of departments in their order; of a department that handles nothing there is none."""
    cards = (scorecard(session, one, scope.period, now) for one in subjects(session, reader, scope.assessed))
    return [card for card in cards if any(one.reached is not None for one in card.figures)]


def indicators_of(session: Session, assessed: Assessed, now: datetime) -> list[Indicator]:
    """By what they are measured, in their order."""
    used = {rule.indicator for rule in setting(session, "assessment.indicators", now) if rule.assessed == assessed}
    return [one for one in Indicator if one in used]


def scorecards_to_excel(session: Session, reader: Person, scope: Scope, now: datetime, *, language: str) -> bytes:
    """What the page shows: a row for each, reached and score by indicator."""
    used = indicators_of(session, scope.assessed, now)
    columns: list[Any] = [
        Column(text(language, "scorecards.name"), "text"),
        Column(text(language, "scorecards.total"), "money"),
    ]
    for one in used:
        said = text(language, term_of(one).key)
        columns += [Column(said, "money"), Column(f"{said} {text(language, 'scorecards.score')}", "money")]
    rows = []
    for card in scorecards(session, reader, scope, now):
        figures = [card.figure(one) for one in used]
        cells = [value for one in figures for value in ((one.reached, one.score) if one else (None, None))]
        rows.append([card.subject.name, card.total, *cells])
    title = f"{text(language, 'menu.scorecards')} {scope.period.key}"
    return to_excel(columns, rows, title=title, language=language)


def departments_measured(session: Session, ids: list[int] | None = None) -> list[Subject]:
    """Those that handle complaints, with whatever else they do."""
    handling = select(Complaint.handling_department_id).join(Document, col(Document.id) == Complaint.document_id)
    handling = handling.where(col(Document.state).in_([State.RUNNING, State.DONE]))
    found = select(Department).where(col(Department.active), col(Department.id).in_(handling))
    if ids is not None:
        found = found.where(col(Department.id).in_(ids))
    return [
        Subject(Assessed.DEPARTMENT, one.id, one.name, one.id)
        for one in session.exec(found.order_by(col(Department.id)))
    ]
