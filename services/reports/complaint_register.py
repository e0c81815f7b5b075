"""The complaint register and tracking table (客户投诉登记追踪表): every case with stage, clocks and owner (P5-5.1b)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    Complaint,
    Customer,
    Department,
    Document,
    PaperClock,
    Person,
    Product,
    Role,
    State,
    Task,
    TaskState,
)
from services.documents.lookups import names
from services.durations import kept_words
from services.engine.promises import clocks_of
from services.people import holders, local_day
from services.prints.sheet import FormSheet, SheetColumn, to_form
from services.reports.cases import CaseFilters, View, chosen, headers
from services.settings import setting
from services.texts import said, text

PAGE = 50
CLOCKS = ("answer", "verification", "solution", "survey")


@dataclass(frozen=True)
class Case:
    """A line of the register."""

    id: int
    number: str
    title: str
    state: State
    step: str | None
    due_at: datetime | None
    closed_at: datetime | None
    complaint: Complaint
    customer: str
    product: str
    department: str
    """That handles it."""
    handler: str
    owners: tuple[str, ...] = ()
    """Who is asked now."""
    clocks: dict[str, PaperClock] = field(default_factory=dict)


@dataclass(frozen=True)
class Register:
    """A page of cases, those due first on top; how many there are in all, and at which stage."""

    cases: list[Case]
    count: int
    page: int
    pages: int
    stages: dict[str, int]
    """Open cases by step, whatever the step that was chosen."""
    views: dict[View, int]


def register(session: Session, user: Person, filters: CaseFilters, now: datetime, *, whole: bool = False) -> Register:
    """The cases the user may see under these filters; `whole` takes all pages at once."""
    counts = [] if whole else _counted(session, user, replace(filters, step=None), now)
    views = {view: sum(one.number for one in counts if _is_in(view, one)) for view in View}
    stages = Counter[str]()
    for one in counts:
        if one.step:
            stages[one.step] += one.number
    of_step = [one for one in counts if filters.step in (None, one.step)]
    count = sum(one.number for one in of_step if _is_in(filters.view, one))
    pages = max(1, -(-count // PAGE))
    page = min(max(filters.page, 1), pages)
    found = chosen(session, user, filters, now).order_by(*_order(filters.view))
    if not whole:
        found = _page(found, page).order_by(*_order(filters.view))
    rows = [_case(row) for row in session.execute(_columns(found))]
    return Register(_with_owners(session, rows), len(rows) if whole else count, page, pages, dict(stages), views)


def handlers_of(session: Session) -> dict[int, str]:
    """Whoever has handled a case, by name."""
    found = sa.select(col(Person.id), col(Person.name)).where(col(Person.id).in_(sa.select(col(Complaint.handler_id))))
    return {row.id: row.name for row in session.execute(found.order_by(col(Person.id)))}


def clock_words(clock: PaperClock | None, now: datetime, language: str) -> str:
    """A promise in words: so much time left, in time, late by so much."""
    if clock is None:
        return ""
    key, facts = kept_words(clock.due_at, clock.kept_at, now)
    return text(language, key, **facts)


def is_late(clock: PaperClock | None, now: datetime) -> bool:
    return clock is not None and (not clock.on_time if clock.kept_at else clock.due_at < now)


def stage(case: Case, language: str) -> str:
    """Where a case stands, in words."""
    if case.state != State.RUNNING or case.step is None:
        return text(language, f"state.{case.state}")
    return text(language, f"step.{case.step}.doing")


def register_to_excel(session: Session, user: Person, filters: CaseFilters, now: datetime, *, language: str) -> bytes:
    """The register as on paper: all cases under these filters."""
    found = register(session, user, filters, now, whole=True)
    ids = [case.complaint.responsible_department_id for case in found.cases]
    responsible = names(session, "department", ids, language)
    rows = [
        _line(place, case, responsible.get(case.complaint.responsible_department_id or 0, ""), now, language)
        for place, case in enumerate(found.cases, start=1)
    ]
    company = setting(session, "company.name_en" if language == "en" else "company.name", now)
    sheet = FormSheet(
        company=company or setting(session, "company.name", now),
        title=text(language, "menu.complaint_register"),
        facts=(text(language, "register.as_of", day=local_day(now)), text(language, f"register.view.{filters.view}")),
        columns=tuple(SheetColumn(text(language, f"register.{name}"), width) for name, width in _COLUMNS),
        rows=rows,
        total=text(language, "register.count", count=len(rows)),
        signatures=(text(language, "register.signs", role=text(language, f"role.{Role.SERVICE_ADMINISTRATOR}")),),
    )
    return to_form(sheet, language)


_COLUMNS = (
    ("line", 5.0),
    ("number", 15.0),
    ("received_at", 15.0),
    ("customer", 20.0),
    ("contact", 16.0),
    ("product", 18.0),
    ("serial", 14.0),
    ("content", 32.0),
    ("severity", 7.0),
    ("department", 11.0),
    ("handler", 9.0),
    ("answer", 12.0),
    ("verification", 12.0),
    ("verdict", 14.0),
    ("cause", 20.0),
    ("responsible", 11.0),
    ("solution", 9.0),
    ("promised_on", 11.0),
    ("executed_on", 11.0),
    ("result", 20.0),
    ("satisfaction", 7.0),
    ("cost", 11.0),
    ("stage", 12.0),
)


def _line(place: int, case: Case, responsible: str, now: datetime, language: str) -> list[Any]:
    own = case.complaint
    return [
        place,
        case.number,
        said(language, own.received_at),
        case.customer,
        " ".join(filter(None, (own.contact, own.contact_phone))),
        case.product,
        own.serial,
        own.content[:500],
        said(language, own.severity),
        case.department,
        case.handler,
        clock_words(case.clocks.get("answer"), now, language),
        clock_words(case.clocks.get("verification"), now, language),
        said(language, own.verdict),
        own.cause,
        responsible,
        said(language, own.solution),
        own.promised_on,
        own.executed_on,
        own.result_report,
        own.score_overall,
        own.case_cost,
        stage(case, language),
    ]


def _page(found: Any, page: int) -> Any:
    """The cases of a page: all are put in order by what orders them alone, and only these are read whole."""
    ids = found.with_only_columns(col(Document.id)).limit(PAGE).offset((page - 1) * PAGE)
    cases = select(Document).join(Complaint, col(Complaint.document_id) == Document.id)
    return cases.where(col(Document.id).in_(ids))


def _columns(found: Any) -> Any:
    handling = sa.orm.aliased(Department)
    return (
        found.join(Customer, col(Customer.id) == Complaint.customer_id)
        .outerjoin(Product, col(Product.id) == Complaint.product_id)
        .outerjoin(handling, handling.id == Complaint.handling_department_id)
        .outerjoin(Person, col(Person.id) == Complaint.handler_id)
        .with_only_columns(
            Document,
            Complaint,
            col(Customer.name).label("customer"),
            (col(Product.name) + " " + col(Product.model)).label("product"),
            col(handling.name).label("department"),
            col(Person.name).label("handler"),
        )
    )


def _order(view: View) -> tuple[Any, ...]:
    if view in (View.CLOSED, View.ALL):
        return col(Complaint.received_at).desc(), col(Complaint.document_id).desc()
    return col(Document.due_at).asc().nulls_last(), col(Document.id)


def _case(row: Any) -> Case:
    document, complaint = row[0], row[1]
    return Case(
        document.id,
        document.number,
        document.title,
        document.state,
        document.step,
        document.due_at,
        document.closed_at,
        complaint,
        row.customer,
        row.product or "",
        row.department or "",
        row.handler or "",
    )


@dataclass(frozen=True)
class _Count:
    """How many cases stand at a step (None: closed), late or not."""

    step: str | None
    late: bool
    number: int


def _counted(session: Session, user: Person, filters: CaseFilters, now: datetime) -> list[_Count]:
    """All that a page counts: the closed ones, which are nearly all, as a sum, the open ones by what they wait for."""
    closed = headers(session, user, replace(filters, view=View.CLOSED), now)
    closed = session.execute(closed.with_only_columns(sa.func.count(col(Document.id)))).scalar_one()
    found = headers(session, user, replace(filters, view=View.OPEN), now)
    step, late = col(Document.step), sa.func.coalesce(sa.case((col(Document.due_at) < now, 1)), 0)
    counted = found.with_only_columns(step.label("step"), late.label("late"), sa.func.count().label("number"))
    rows = session.execute(counted.group_by(step, late))
    return [_Count(None, False, closed), *(_Count(row.step, bool(row.late), row._mapping["number"]) for row in rows)]


def _is_in(view: View, one: _Count) -> bool:
    return {
        View.OPEN: one.step is not None,
        View.LATE: one.late,
        View.CLOSED: one.step is None,
        View.ALL: True,
    }[view]


def _with_owners(session: Session, cases: list[Case]) -> list[Case]:
    ids = [case.id for case in cases]
    owners, clocks = _owners(session, ids), defaultdict[int, dict[str, PaperClock]](dict)
    for part in _parts(ids):
        for clock in clocks_of(session, part):
            clocks[clock.document_id][clock.key] = clock
    return [replace(case, owners=tuple(owners.get(case.id, ())), clocks=clocks[case.id]) for case in cases]


def _owners(session: Session, ids: list[int]) -> dict[int, list[str]]:
    """Who is asked now, by case: a person, or whoever holds the role."""
    known: dict[tuple[Role, int | None], list[str]] = {}
    found: dict[int, list[str]] = defaultdict(list)
    for part in _parts(ids):
        tasks = select(Task).where(col(Task.document_id).in_(part), Task.state == TaskState.OPEN).order_by(col(Task.id))
        for task in session.exec(tasks):
            if task.person_id:
                person = session.get(Person, task.person_id)
                found[task.document_id].append(person.name if person else "")
            elif task.role:
                seat = (task.role, task.department_id)
                if seat not in known:
                    known[seat] = [person.name for person in holders(session, *seat)]
                found[task.document_id] += known[seat]
    return {id: list(dict.fromkeys(people)) for id, people in found.items()}


def _parts(ids: list[int]) -> Iterable[list[int]]:
    """As many as a database takes in one list."""
    return (ids[start : start + 500] for start in range(0, len(ids), 500))
