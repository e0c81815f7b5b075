"""Which complaints a reader looks at: what the filters leave of those he may see, for the register and for managers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    CauseCategory,
    Channel,
    Complaint,
    ComplaintNature,
    Document,
    Person,
    Severity,
    State,
    Verdict,
    Warranty,
)
from services.access import visible_documents
from services.addresses import day_in, whole_in
from services.database import asked_once
from services.documents import KINDS
from services.documents.filling import visible
from services.people import SHANGHAI
from services.search import holds_somewhere, ids_holding, is_common


class View(StrEnum):
    """Which of them at all."""

    OPEN = "open"
    LATE = "late"
    """Something of it is late: what quality inspection chases (P3-2.5)."""
    CLOSED = "closed"
    ALL = "all"


SCORES = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class CaseFilters:
    """What the cases are narrowed down to. All of it stands in the page's address."""

    view: View = View.OPEN
    text: str = ""
    step: str | None = None
    department_id: int | None = None
    """The department that handles it."""
    customer_id: int | None = None
    product_id: int | None = None
    handler_id: int | None = None
    severity: Severity | None = None
    channel: Channel | None = None
    verdict: Verdict | None = None
    cause: CauseCategory | None = None
    warranty: Warranty | None = None
    nature: ComplaintNature | None = None
    responsible_id: int | None = None
    """The department that is responsible for it (P5-6c)."""
    score: int | None = None
    """What the customer said of the whole afterwards, 1 to 5."""
    start: date | None = None
    end: date | None = None
    """Days of receipt, both included."""
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "CaseFilters":
        """From the parameters of an address; what makes no sense is left out."""
        steps = {step.key for step in KINDS["CP"].route}
        return cls(
            view=_one(View, query.get("view")) or View.OPEN,
            text=query.get("q", "")[:100],
            step=query["step"] if query.get("step") in steps else None,
            department_id=whole_in(query.get("department")),
            customer_id=whole_in(query.get("customer")),
            product_id=whole_in(query.get("product")),
            handler_id=whole_in(query.get("handler")),
            channel=_one(Channel, query.get("channel")),
            severity=_one(Severity, query.get("severity")),
            verdict=_one(Verdict, query.get("verdict")),
            cause=_one(CauseCategory, query.get("cause")),
            warranty=_one(Warranty, query.get("warranty")),
            nature=_one(ComplaintNature, query.get("nature")),
            responsible_id=whole_in(query.get("responsible")),
            score=int(query["score"]) if query.get("score") in SCORES else None,
            start=day_in(query.get("from")),
            end=day_in(query.get("to")),
            page=whole_in(query.get("page")) or 1,
        )

    def query(self) -> dict[str, str]:
        """The parameters that say the same again."""
        said = {
            "view": "" if self.view == View.OPEN else self.view,
            "q": self.text,
            "step": self.step,
            "department": self.department_id,
            "customer": self.customer_id,
            "product": self.product_id,
            "handler": self.handler_id,
            "channel": self.channel,
            "severity": self.severity,
            "verdict": self.verdict,
            "cause": self.cause,
            "warranty": self.warranty,
            "nature": self.nature,
            "responsible": self.responsible_id,
            "score": self.score,
            "from": self.start,
            "to": self.end,
            "page": None if self.page == 1 else self.page,
        }
        return {key: str(value) for key, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Does anything beside the view narrow it down?"""
        return self.cleared() != replace(self, page=1)

    def cleared(self) -> "CaseFilters":
        return CaseFilters(view=self.view)


def chosen(session: Session, user: Person, filters: CaseFilters, now: datetime) -> Any:
    """Documents and complaints that the filters leave of what the user may see, as a select over both."""
    found: Any = visible_documents(session, user, now).join(Complaint, col(Complaint.document_id) == Document.id)
    found = found.where(col(Document.number).is_not(None), *_of_document(filters, now), *_of_complaint(filters))
    word = _sought(filters)
    if word and _is_common(session, word):  # a look at the first texts finds a page of them
        return found.where(holds_somewhere(session, _SEARCHED, word))
    return found.where(col(Complaint.document_id).in_(ids_holding(session, _SEARCHED, word))) if word else found


def headers(session: Session, user: Person, filters: CaseFilters, now: datetime) -> Any:
    """The same documents alone, to be counted: complaints are looked at only where a filter asks something of them."""
    word, detail = _sought(filters), _of_complaint(filters)
    common = bool(word) and _is_common(session, word)
    if common and filters.view in (View.OPEN, View.LATE):  # few, whatever the word: they are looked at one by one
        return chosen(session, user, filters, now)
    leads = bool(word) and not common
    kind, key = (col(Document.kind) + "", col(Document.id)) if leads else (col(Document.kind), col(Document.id) + 0)
    found: Any = visible_documents(session, user, now)
    found = found.where(col(Document.number).is_not(None), kind == "CP", *_of_document(filters, now))
    if leads:
        found = found.where(key.in_(ids_holding(session, _SEARCHED, word)))
    elif word:  # what nearly all cases' own texts hold is not sought in their titles any more
        found = found.where(sa.or_(*(key.in_(ids_holding(session, [table], word)) for table in _SEARCHED[::-1])))
    return found.join(Complaint, col(Complaint.document_id) == Document.id).where(*detail) if detail else found


def _of_document(filters: CaseFilters, now: datetime) -> list[sa.ColumnElement[bool]]:
    running = col(Document.state) == State.RUNNING
    views = {
        View.OPEN: running,
        View.LATE: sa.and_(running, col(Document.due_at) < now),
        View.CLOSED: col(Document.state) == State.DONE,
        View.ALL: col(Document.state).in_([State.RUNNING, State.DONE]),
    }
    found = [views[filters.view]]
    if filters.step:
        found.append(sa.and_(running, col(Document.step) == filters.step))
    return found


def _of_complaint(filters: CaseFilters) -> list[sa.ColumnElement[bool]]:
    same = (
        (Complaint.handling_department_id, filters.department_id),
        (Complaint.customer_id, filters.customer_id),
        (Complaint.product_id, filters.product_id),
        (Complaint.handler_id, filters.handler_id),
        (Complaint.channel, filters.channel),
        (Complaint.severity, filters.severity),
        (Complaint.verdict, filters.verdict),
        (Complaint.cause_category, filters.cause),
        (Complaint.warranty, filters.warranty),
        (Complaint.nature, filters.nature),
        (Complaint.responsible_department_id, filters.responsible_id),
        (Complaint.score_overall, filters.score),
    )
    found = [col(column) == value for column, value in same if value is not None]
    if filters.start:
        found.append(col(Complaint.received_at) >= day_begins(filters.start))
    if filters.end:
        found.append(col(Complaint.received_at) < day_begins(filters.end + timedelta(days=1)))
    return found


def _sought(filters: CaseFilters) -> str:
    return visible(filters.text).strip()


def _is_common(session: Session, word: str) -> bool:
    return asked_once(session, ("common", word), lambda: is_common(session, _SEARCHED, word))


_SEARCHED = (Document, Complaint)


def day_begins(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _one(options: type[Any], said: str | None) -> Any:
    return options(said) if said in {one.value for one in options} else None
