"""Ways to measure a rule by the records: kept in time, signed by all, filled in, due and done."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models import Document, Grant, Person, Role, TaskState
from services.compliance.found import Found, Measure, of
from services.compliance.records import Records
from services.documents import KINDS
from services.people import local_day

Asked = Callable[[Document, Any], bool]
Moment = str
"""Which papers of the month: `sent`, `approved` or `finished` in it."""


def in_time(kind: str, *steps: str) -> Measure:
    """Was each task of these steps that fell due in the month done in time? Open ones are at risk from 80 % on."""

    def measure(records: Records) -> Found:
        tasks = [task for task in records.due(kind) if not steps or task.step in steps]
        over = [task for task in tasks if task.state == TaskState.DONE or _past(task.due_at, records.now)]
        return of(
            ((task.document_id, _by(task.closed_at, task.due_at)) for task in over),
            (task.document_id for task in tasks if task.state != TaskState.DONE and _past(task.warn_at, records.now)),
        )

    return measure


def promised(key: str) -> Measure:
    """Was each promise of a sort that fell due in the month kept in time?"""

    def measure(records: Records) -> Found:
        every = records.promises(key)
        over = [one for one in every if one.kept_at or _past(one.due_at, records.now)]
        return of(
            ((one.document_id, one.on_time) for one in over),
            (one.document_id for one in every if not one.kept_at and _past(one.warn_at, records.now)),
        )

    return measure


def signed(kind: str, *steps: str, when: Asked | None = None, at: Moment = "approved") -> Measure:
    """Does each paper of the month carry the signatures of these steps? Without any named: of all that always sign."""

    def measure(records: Records) -> Found:
        papers = _asked(records, kind, at, when)
        done = records.steps_done(papers)
        needed = set(steps or _always(kind))
        return of((paper.id, needed <= done[paper.id]) for paper in papers)

    return measure


def filled(kind: str, *fields: str, when: Asked | None = None, at: Moment = "finished") -> Measure:
    """Does each paper of the month say all of these?"""
    return holds(kind, lambda _, form: all(_said(getattr(form, name)) for name in fields), when=when, at=at)


def holds(kind: str, kept: Asked, *, when: Asked | None = None, at: Moment = "finished") -> Measure:
    """Is it true of each paper of the month?"""

    def measure(records: Records) -> Found:
        forms = records.forms(getattr(records, at)(kind))
        return of((paper.id, kept(paper, form)) for paper, form in forms if when is None or when(paper, form))

    return measure


def has_holder(*roles: Role) -> Measure:
    """Does somebody who may sign in hold each of these roles?"""

    def measure(records: Records) -> Found:
        statement = (
            select(Grant.role)
            .join(Person, col(Person.id) == Grant.person_id)
            .where(Person.active, col(Grant.ended_at).is_(None))
        )
        held = set(records.once("roles", lambda: set(records.session.exec(statement))))
        return Found(len(roles), others=tuple((role,) for role in roles if role not in held))

    return measure


def all_of(*measures: Measure) -> Measure:
    """Several measures as one."""

    def measure(records: Records) -> Found:
        found = [one(records) for one in measures]
        return Found(
            sum(one.applied for one in found),
            tuple(id for one in found for id in one.broken),
            tuple(id for one in found for id in one.at_risk),
            tuple(other for one in found for other in one.others),
            sum(one.near for one in found),
            tuple(open_ for one in found for open_ in one.pending),
            min((one.due for one in found if one.due), default=None),
        )

    return measure


def _asked(records: Records, kind: str, at: Moment, when: Asked | None) -> list[Document]:
    papers: list[Document] = getattr(records, at)(kind)
    if when is None:
        return papers
    return [paper for paper, form in records.forms(papers) if when(paper, form)]


def _always(kind: str) -> list[str]:
    return [step.key for step in KINDS[kind].route if step.decides and not step.conditions]


def _by(done: datetime | None, due: datetime | None) -> bool:
    return done is not None and due is not None and done <= due


def _past(at: datetime | None, now: datetime) -> bool:
    return at is not None and at < now


def _said(value: Any) -> bool:
    return value is not None and value != "" and value != []


def day(at: datetime | None) -> Any:
    """The day of a moment as people here call it."""
    return local_day(at) if at else None
