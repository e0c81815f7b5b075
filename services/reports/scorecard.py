"""Scorecards: what departments and people are measured by, computed from the records (P1-7.1, P2-6.1, P2-7.2).

Nobody types a figure. What there was nothing of is not measured, and its weight goes to what was.
"""

import calendar
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Assessed,
    Attendee,
    Balance,
    Complaint,
    Document,
    Event,
    Grant,
    Indicator,
    IndicatorRuleForm,
    LedgerEntry,
    PaperClock,
    Person,
    Posting,
    SatisfactionSurvey,
    Span,
    State,
    SurveyKind,
    Training,
    TrainingResult,
)
from services.database import rows
from services.documents.complaint_clocks import ANSWER, VERIFICATION
from services.engine.action import REOPEN
from services.months import months_before
from services.reports.cases import day_begins
from services.reports.training_due import SERVICE_STAFF
from services.settings import setting
from services.warranty import months_later

FULL = Decimal(100)
LOWER_IS_BETTER = frozenset({Indicator.TURNAROUND, Indicator.REOPENED, Indicator.COST_PER_CASE, Indicator.BUDGET})
_CENT = Decimal("0.01")
MOST_SPENDING = 30
"""Papers that spent the most, behind the figure of the budget."""


@dataclass(frozen=True)
class Period:
    """A month or a quarter, both days included."""

    span: Span
    first: date
    last: date

    @property
    def key(self) -> str:
        """202610, or 2026Q3."""
        month = self.first.month
        return f"{self.first:%Y%m}" if self.span == Span.MONTH else f"{self.first:%Y}Q{(month + 2) // 3}"

    @property
    def months(self) -> list[str]:
        count = 1 if self.span == Span.MONTH else 3
        return [f"{self.first.year}{self.first.month + place:02d}" for place in range(count)]

    @property
    def before(self) -> "Period":
        return period_of(self.span, months_before(self.months[0]))

    def moments(self) -> tuple[datetime, datetime]:
        return day_begins(self.first), day_begins(self.last + timedelta(days=1))


@dataclass(frozen=True)
class Subject:
    """Whose scorecard it is: a department's, or a person's."""

    assessed: Assessed
    id: int
    name: str
    department_id: int


@dataclass(frozen=True)
class Behind:
    """A paper behind a figure: what it says of it, and whether it is as it ought to be."""

    document_id: int
    number: str
    kind: str
    title: str
    value: Decimal | None
    good: bool


@dataclass(frozen=True)
class Figure:
    """One indicator of a scorecard: what was reached, the goal, its weight and the score of a hundred."""

    indicator: Indicator
    reached: Decimal | None
    goal: Decimal
    weight: int
    good: int
    """How many of those that count were as they ought to be."""
    of: int
    behind: tuple[Behind, ...]

    @property
    def score(self) -> Decimal | None:
        return None if self.reached is None else score_of(self.indicator, self.reached, self.goal)

    @property
    def short(self) -> list[Behind]:
        """The papers that fell short."""
        return [one for one in self.behind if not one.good]


@dataclass(frozen=True)
class Scorecard:
    """All figures of one subject in a period."""

    subject: Subject
    period: Period
    figures: tuple[Figure, ...]

    @property
    def total(self) -> Decimal | None:
        """The weighted mean of what could be measured; None where nothing could."""
        return weighted((one.score, one.weight) for one in self.figures)

    def figure(self, indicator: Indicator) -> Figure | None:
        return next((one for one in self.figures if one.indicator == indicator), None)


def period_of(span: Span, month: str) -> Period:
    """The month, or the quarter it lies in."""
    year, number = int(month[:4]), int(month[4:])
    first = number if span == Span.MONTH else (number - 1) // 3 * 3 + 1
    last = first if span == Span.MONTH else first + 2
    return Period(span, date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


def score_of(indicator: Indicator, reached: Decimal, goal: Decimal) -> Decimal:
    """A hundred where the goal is reached, else the part of it that is; of costs and times, how often it would fit."""
    if indicator in LOWER_IS_BETTER:
        part = Decimal(1) if reached <= goal else goal / reached
    else:
        part = min(Decimal(1), reached / goal)
    return _rounded(part * FULL)


def weighted(scores: Iterable[tuple[Decimal | None, int]]) -> Decimal | None:
    """The mean of scores by their weights, without those that there are none of."""
    measured = [(score, weight) for score, weight in scores if score is not None]
    whole = sum(weight for _, weight in measured)
    return _rounded(sum((score * weight for score, weight in measured), Decimal(0)) / whole) if whole else None


def scorecard(session: Session, subject: Subject, period: Period, now: datetime) -> Scorecard:
    """What the records say of the subject in the period, by the goals and weights that hold."""
    rules: tuple[IndicatorRuleForm, ...] = setting(session, "assessment.indicators", now)
    months = setting(session, "training.refresher_months", now)
    measure = _Measure(session, subject, period, months, now)
    own = [rule for rule in rules if rule.assessed == subject.assessed]
    order = list(Indicator)
    figures = (measure.figure(rule) for rule in sorted(own, key=lambda rule: order.index(rule.indicator)))
    return Scorecard(subject, period, tuple(figures))


class _Measure:
    """Reads the records of one subject and period, each kind once."""

    def __init__(self, session: Session, subject: Subject, period: Period, months: int, now: datetime) -> None:
        self.session, self.subject, self.period, self.now = session, subject, period, now
        self.trained_since = months_later(period.last, -months)
        self.cases = [_Case(*row) for row in session.execute(self._cases())]
        self.by_id = {case.id: case for case in self.cases}

    def figure(self, rule: IndicatorRuleForm) -> Figure:
        measures: dict[Indicator, Callable[[IndicatorRuleForm], Figure]] = {
            Indicator.ANSWER: lambda rule: self._promise(rule, ANSWER),
            Indicator.VERIFICATION: lambda rule: self._promise(rule, VERIFICATION),
            Indicator.TURNAROUND: self._turnaround,
            Indicator.SATISFACTION: self._satisfaction,
            Indicator.REOPENED: self._reopened,
            Indicator.COST_PER_CASE: self._cost,
            Indicator.BUDGET: self._budget,
            Indicator.TRAINING: self._training,
            Indicator.TECHNICAL: self._technical,
        }
        return measures[rule.indicator](rule)

    # --- complaints

    def _cases(self) -> Any:
        """Cases of the subject: a department handles them, a person is their handler."""
        whose = (
            Complaint.handling_department_id if self.subject.assessed == Assessed.DEPARTMENT else Complaint.handler_id
        )
        begins, ends = self.period.moments()
        return (
            sa.select(
                col(Document.id),
                col(Document.number),
                col(Document.title),
                col(Document.state),
                col(Document.closed_at),
                col(Complaint.received_at),
                col(Complaint.surveyed_at),
                col(Complaint.score_overall),
                col(Complaint.case_cost),
            )
            .join(Complaint, col(Complaint.document_id) == Document.id)
            .where(col(whose) == self.subject.id, col(Document.state).in_([State.RUNNING, State.DONE]))
            .where(col(Complaint.received_at) < ends)
            .where(sa.or_(col(Document.closed_at).is_(None), col(Document.closed_at) >= begins))
            .order_by(col(Document.id))
        )

    def _within(self, moment: datetime | None) -> bool:
        begins, ends = self.period.moments()
        return moment is not None and begins <= moment < ends

    @property
    def _closed(self) -> list["_Case"]:
        return [case for case in self.cases if case.state == State.DONE and self._within(case.closed_at)]

    def _promise(self, rule: IndicatorRuleForm, key: str) -> Figure:
        """Those that fell due within the period, or were kept in it before they did (P1-6.1, P1-4.2a)."""
        found = []
        for row in _in_parts(self.session, _CLOCKS, list(self.by_id), key=key):
            due = min(row.due_at, row.kept_at or row.due_at)
            if self._within(due) and (row.kept_at or row.due_at < self.now):
                good = bool(row.kept_at and row.kept_at <= row.due_at)
                found.append(self.by_id[row.document_id].behind(None, good))
        return _share(rule, found)

    def _turnaround(self, rule: IndicatorRuleForm) -> Figure:
        found = [case.behind(case.days, case.days <= rule.goal) for case in self._closed]
        days = [one.value for one in found if one.value is not None]
        return _figure(rule, _rounded(Decimal(median(days))) if days else None, found)

    def _satisfaction(self, rule: IndicatorRuleForm) -> Figure:
        """What customers said after cases and, of a department, what its customers said in rounds (P3-1.5)."""
        found = [
            case.behind(Decimal(case.score), case.score >= rule.goal)
            for case in self.cases
            if case.score is not None and self._within(case.surveyed_at)
        ]
        found += [
            Behind(row.id, row.number, "SS", row.title, Decimal(row.score), row.score >= rule.goal)
            for row in self._rounds()
        ]
        return _figure(rule, _mean(found), found)

    def _rounds(self) -> list[Any]:
        """Periodic surveys of the department's customers; a survey after a case is counted with its case."""
        if self.subject.assessed == Assessed.PERSON:
            return []
        where = {"department": self.subject.id, "first": self.period.first, "last": self.period.last}
        return list(rows(self.session, _ROUNDS, where))

    def _reopened(self, rule: IndicatorRuleForm) -> Figure:
        """Cases that were taken up again within the period, of those closed in it or taken up again."""
        again = {row.document_id for row in _in_parts(self.session, _REOPENED, list(self.by_id), action=REOPEN)
                 if self._within(row.at)}  # fmt: skip
        ids = {case.id for case in self._closed} | again
        found = [case.behind(None, case.id not in again) for case in self.cases if case.id in ids]
        figure = _share(rule, found)
        return figure if figure.reached is None else replace(figure, reached=FULL - figure.reached)

    def _cost(self, rule: IndicatorRuleForm) -> Figure:
        found = [case.behind(case.cost, case.cost <= rule.goal) for case in self._closed if case.cost is not None]
        return _figure(rule, _mean(found), found)

    # --- money

    def _budget(self, rule: IndicatorRuleForm) -> Figure:
        """Spent in the months of the period, of what was planned for them (P2-5.1a)."""
        where = {"department": self.subject.department_id, "months": self.period.months}
        sums: Any = rows(self.session, _BALANCES, where).one()
        plan, spent = sums
        papers = [
            Behind(row.id, row.number, row.kind, row.title, row.amount, True)
            for row in rows(self.session, _SPENDING, where | {"most": MOST_SPENDING})
        ]
        reached = _rounded(FULL * Decimal(spent) / Decimal(plan)) if plan else None
        kept = reached is not None and reached <= rule.goal
        return Figure(rule.indicator, reached, rule.goal, rule.weight, int(kept), int(reached is not None),
                      tuple(papers if kept else [replace(one, good=False) for one in papers]))  # fmt: skip

    # --- trainings

    def _staff(self) -> list[int]:
        """Of a department its service staff, or where it has none everybody; of a person himself."""
        if self.subject.assessed == Assessed.PERSON:
            return [self.subject.id]
        people = list(rows(self.session, _STAFF, {"department": self.subject.id}))
        return [one.id for one in people if one.serves] or [one.id for one in people]

    def _attended(self) -> list[Any]:
        """Trainings of theirs that were held between two refreshers up to the period's end."""
        facts = {"people": self._staff(), "since": self.trained_since, "until": self.period.last}
        return list(rows(self.session, _ATTENDED, facts))

    def _training(self, rule: IndicatorRuleForm) -> Figure:
        attended, staff = self._attended(), self._staff()
        passed = {row.person_id for row in attended if row.result == TrainingResult.PASSED}
        found = [
            Behind(row.id, row.number, "TN", row.title, None, row.result == TrainingResult.PASSED) for row in attended
        ]
        reached = _rounded(FULL * len(passed) / len(staff)) if staff else None
        return Figure(
            rule.indicator, reached, rule.goal, rule.weight, len(passed), len(staff), tuple(dict.fromkeys(found))
        )

    def _technical(self, rule: IndicatorRuleForm) -> Figure:
        found = [
            Behind(row.id, row.number, "TN", row.title, Decimal(row.score), row.score >= rule.goal)
            for row in self._attended()
            if row.score is not None
        ]
        return _figure(rule, _mean(found), found)


@dataclass(frozen=True)
class _Case:
    id: int
    number: str
    title: str
    state: State
    closed_at: datetime | None
    received_at: datetime
    surveyed_at: datetime | None
    score: int | None
    cost: Decimal | None

    @property
    def days(self) -> Decimal:
        """From receipt to the end, in days of the calendar."""
        assert self.closed_at
        return _rounded(Decimal((self.closed_at - self.received_at).total_seconds()) / 86_400)

    def behind(self, value: Decimal | None, good: bool) -> Behind:
        return Behind(self.id, self.number, "CP", self.title, value, good)


def people_of(session: Session, department_ids: Iterable[int] | None) -> list[Subject]:
    """Service staff of departments, or of all; each is measured."""
    found = rows(session, _SERVICE_STAFF)
    return [
        Subject(Assessed.PERSON, row.id, row.name, row.department_id)
        for row in found
        if department_ids is None or row.department_id in set(department_ids)
    ]


def _figure(rule: IndicatorRuleForm, reached: Decimal | None, found: list[Behind]) -> Figure:
    good = sum(1 for one in found if one.good)
    return Figure(rule.indicator, reached, rule.goal, rule.weight, good, len(found), tuple(found))


def _share(rule: IndicatorRuleForm, found: list[Behind]) -> Figure:
    good = sum(1 for one in found if one.good)
    return _figure(rule, _rounded(FULL * good / len(found)) if found else None, found)


def _mean(found: list[Behind]) -> Decimal | None:
    values = [one.value for one in found if one.value is not None]
    return _rounded(sum(values, Decimal(0)) / len(values)) if values else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP)


def _in_parts(session: Session, statement: Any, ids: list[int], **facts: Any) -> Iterator[Any]:
    for start in range(0, len(ids), 500):
        yield from rows(session, statement, facts | {"ids": ids[start : start + 500]})


_CLOCKS = sa.select(col(PaperClock.document_id), col(PaperClock.due_at), col(PaperClock.kept_at)).where(
    col(PaperClock.document_id).in_(sa.bindparam("ids", expanding=True)), col(PaperClock.key) == sa.bindparam("key")
)
_REOPENED = sa.select(col(Event.document_id), col(Event.at)).where(
    col(Event.document_id).in_(sa.bindparam("ids", expanding=True)), col(Event.action) == sa.bindparam("action")
)
_ROUNDS: Any = (
    sa.select(
        col(Document.id),
        col(Document.number),
        col(Document.title),
        col(SatisfactionSurvey.score_overall).label("score"),
    )
    .join(SatisfactionSurvey, col(SatisfactionSurvey.document_id) == Document.id)
    .where(col(Document.state).in_([State.RUNNING, State.DONE]))
    .where(col(SatisfactionSurvey.survey_kind) == SurveyKind.PERIODIC)
    .where(col(SatisfactionSurvey.handling_department_id) == sa.bindparam("department"))
    .where(col(SatisfactionSurvey.surveyed_on).between(sa.bindparam("first"), sa.bindparam("last")))
    .order_by(col(SatisfactionSurvey.surveyed_on), col(Document.id))
)
_BALANCES = sa.select(sa.func.coalesce(sa.func.sum(Balance.budget), 0), sa.func.coalesce(sa.func.sum(Balance.spent), 0)
).where(
    col(Balance.department_id) == sa.bindparam("department"),
    col(Balance.month).in_(sa.bindparam("months", expanding=True)),
)  # fmt: skip
_SPENDING: Any = (
    sa.select(
        col(Document.id),
        col(Document.number),
        col(Document.kind),
        col(Document.title),
        sa.func.sum(LedgerEntry.amount).label("amount"),
    )
    .join(LedgerEntry, col(LedgerEntry.document_id) == Document.id)
    .where(col(LedgerEntry.posting) == Posting.SPENT, col(LedgerEntry.department_id) == sa.bindparam("department"))
    .where(col(LedgerEntry.month).in_(sa.bindparam("months", expanding=True)))
    .group_by(col(Document.id), col(Document.number), col(Document.kind), col(Document.title))
    .order_by(sa.func.sum(LedgerEntry.amount).desc(), col(Document.id))
    .limit(sa.bindparam("most"))
)
_SERVES = sa.exists().where(
    col(Grant.person_id) == Person.id, col(Grant.ended_at).is_(None), col(Grant.role).in_(SERVICE_STAFF)
)
_STAFF: Any = (
    sa.select(col(Person.id), _SERVES.label("serves"))
    .where(col(Person.active), col(Person.department_id) == sa.bindparam("department"))
    .order_by(col(Person.id))
)
_SERVICE_STAFF: Any = (
    sa.select(col(Person.id), col(Person.name), col(Person.department_id))
    .where(col(Person.active), _SERVES)
    .order_by(col(Person.department_id), col(Person.id))
)
_ATTENDED: Any = (
    sa.select(
        col(Document.id),
        col(Document.number),
        col(Document.title),
        col(Attendee.person_id),
        col(Attendee.result),
        col(Attendee.score),
    )
    .join(Training, col(Training.document_id) == Document.id)
    .join(Attendee, col(Attendee.document_id) == Document.id)
    .where(col(Document.state) == State.DONE, col(Attendee.person_id).in_(sa.bindparam("people", expanding=True)))
    .where(col(Training.held_on) > sa.bindparam("since"), col(Training.held_on) <= sa.bindparam("until"))
    .order_by(col(Training.held_on), col(Document.id))
)
