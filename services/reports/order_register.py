"""The repair call register (叫修登记簿): every call with who went, what came of it and where its voucher lies (P6-8a,
P6-9b).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Customer, Document, Person, Product, Role, ServiceCategory, ServiceOrder, State
from services.access import DEPARTMENT_READERS, READS_ALL, visible_documents
from services.addresses import month_in
from services.documents import KINDS
from services.documents.filling import visible
from services.people import local_day
from services.prints.sheet import FormSheet, SheetColumn, to_form
from services.reports.cases import day_begins
from services.settings import setting
from services.texts import said, text

PAGE = 50
CALL_READERS = KINDS["SO"].readers | DEPARTMENT_READERS | READS_ALL
"""Whose menu has it; it shows each of them the calls that he may read."""


class Calls(StrEnum):
    """Which calls at all."""

    OPEN = "open"
    LATE = "late"
    CLOSED = "closed"
    ALL = "all"


@dataclass(frozen=True)
class CallFilters:
    """What the calls are narrowed down to. All of it stands in the page's address."""

    view: Calls = Calls.OPEN
    text: str = ""
    step: str | None = None
    category: ServiceCategory | None = None
    technician_id: int | None = None
    month: str | None = None
    """Of the call, as 2026-11."""
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "CallFilters":
        """From the parameters of an address; what makes no sense is left out."""
        steps = {step.key for step in KINDS["SO"].route}
        view, category = query.get("view"), query.get("category")
        return cls(
            view=Calls(view) if view and view in {*Calls} else Calls.OPEN,
            text=query.get("q", "")[:100],
            step=query["step"] if query.get("step") in steps else None,
            category=ServiceCategory(category) if category and category in {*ServiceCategory} else None,
            technician_id=_whole(query.get("technician")),
            month=query.get("month") if month_in(query.get("month")) else None,
            page=_whole(query.get("page")) or 1,
        )

    def query(self) -> dict[str, str]:
        """The parameters that say the same again."""
        said_ = {
            "view": "" if self.view == Calls.OPEN else self.view,
            "q": self.text,
            "step": self.step,
            "category": self.category,
            "technician": self.technician_id,
            "month": self.month,
            "page": None if self.page == 1 else self.page,
        }
        return {key: str(value) for key, value in said_.items() if value}


@dataclass(frozen=True)
class Call:
    """A line of the register."""

    number: str
    state: State
    step: str | None
    due_at: datetime | None
    closed_at: datetime | None
    order: ServiceOrder
    customer: str
    product: str
    technician: str


@dataclass(frozen=True)
class CallRegister:
    """A page of calls, and how many there are in all."""

    calls: list[Call]
    count: int
    page: int
    pages: int


def calls_under(
    session: Session, user: Person, filters: CallFilters, now: datetime, *, whole: bool = False
) -> CallRegister:
    """The calls the user may see under these filters; `whole` takes all pages at once."""
    found = _chosen(session, user, filters, now)
    count = int(session.execute(found.with_only_columns(sa.func.count())).scalar_one())
    pages = max(1, -(-count // PAGE))
    page = min(max(filters.page, 1), pages)
    listed = _columns(found).order_by(*_order(filters.view))
    if not whole:
        listed = listed.limit(PAGE).offset((page - 1) * PAGE)
    return CallRegister([_call(row) for row in session.execute(listed)], count, page, pages)


def stage(call: Call, language: str) -> str:
    """Where a call stands, in words."""
    if call.state != State.RUNNING or call.step is None:
        return text(language, f"state.{call.state}")
    return text(language, f"step.{call.step}.doing")


def calls_to_excel(session: Session, user: Person, filters: CallFilters, now: datetime, *, language: str) -> bytes:
    """The register as on paper (P6-7): all calls under these filters."""
    found = calls_under(session, user, filters, now, whole=True)
    company = setting(session, "company.name_en" if language == "en" else "company.name", now)
    sheet = FormSheet(
        company=company or setting(session, "company.name", now),
        title=text(language, "menu.call_register"),
        facts=(text(language, "register.as_of", day=local_day(now)), text(language, f"calls.view.{filters.view}")),
        columns=tuple(SheetColumn(text(language, f"calls.{name}"), width) for name, width in _COLUMNS),
        rows=[_line(place, call, language) for place, call in enumerate(found.calls, start=1)],
        total=text(language, "calls.count", count=found.count),
        signatures=tuple(
            text(language, "register.signs", role=text(language, f"role.{role}"))
            for role in (Role.SERVICE_CLERK, Role.DISPATCHER)
        ),
    )
    return to_form(sheet, language)


_COLUMNS = (
    ("line", 5.0),
    ("number", 15.0),
    ("received_at", 15.0),
    ("customer", 20.0),
    ("address", 22.0),
    ("contact", 16.0),
    ("product", 18.0),
    ("serial", 14.0),
    ("fault", 30.0),
    ("category", 12.0),
    ("technician", 9.0),
    ("planned_from", 15.0),
    ("worked_on", 11.0),
    ("work_done", 28.0),
    ("hours", 7.0),
    ("fee", 10.0),
    ("signed_by", 9.0),
    ("stage", 10.0),
    ("archived_as", 14.0),
)


def _line(place: int, call: Call, language: str) -> list[Any]:
    own = call.order
    return [
        place,
        call.number,
        said(language, own.received_at),
        call.customer,
        own.address,
        " ".join(filter(None, (own.contact, own.contact_phone))),
        call.product,
        own.serial,
        own.fault[:300],
        said(language, own.category),
        call.technician,
        said(language, own.planned_from),
        own.worked_on,
        (own.work_done or "")[:300],
        own.work_hours,
        own.fee,
        own.signed_by,
        stage(call, language),
        own.archived_as,
    ]


def _chosen(session: Session, user: Person, filters: CallFilters, now: datetime) -> Any:
    found: Any = visible_documents(session, user, now)
    running = col(Document.state) == State.RUNNING
    views = {
        Calls.OPEN: running,
        Calls.LATE: sa.and_(running, col(Document.due_at) < now),
        Calls.CLOSED: col(Document.state) == State.DONE,
        Calls.ALL: col(Document.number).is_not(None),
    }
    found = found.join(ServiceOrder, col(ServiceOrder.document_id) == Document.id).where(views[filters.view])
    if filters.step:
        found = found.where(running, col(Document.step) == filters.step)
    if filters.category:
        found = found.where(col(ServiceOrder.category) == filters.category)
    if filters.technician_id:
        found = found.where(col(ServiceOrder.technician_id) == filters.technician_id)
    if first := month_in(filters.month):
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        found = found.where(
            col(ServiceOrder.received_at) >= day_begins(first), col(ServiceOrder.received_at) < day_begins(after)
        )
    for word in visible(filters.text).split():
        columns = (Document.number, Document.title, ServiceOrder.serial, ServiceOrder.contact, ServiceOrder.fault)
        phone = (ServiceOrder.contact_phone, ServiceOrder.address)
        found = found.where(sa.or_(*(col(one).icontains(word, autoescape=True) for one in (*columns, *phone))))
    return found


def _columns(found: Any) -> Any:
    return (
        found.join(Customer, col(Customer.id) == ServiceOrder.customer_id)
        .outerjoin(Product, col(Product.id) == ServiceOrder.product_id)
        .outerjoin(Person, col(Person.id) == ServiceOrder.technician_id)
        .with_only_columns(
            Document,
            ServiceOrder,
            col(Customer.name).label("customer"),
            (col(Product.name) + " " + col(Product.model)).label("product"),
            col(Person.name).label("technician"),
        )
    )


def _order(view: Calls) -> tuple[Any, ...]:
    if view in (Calls.OPEN, Calls.LATE):
        return col(Document.due_at).asc().nulls_last(), col(Document.id)
    return col(ServiceOrder.received_at).desc(), col(Document.id).desc()


def _call(row: Any) -> Call:
    document = row[0]
    facts = (document.number, document.state, document.step, document.due_at, document.closed_at)
    return Call(*facts, row[1], row.customer, row.product or "", row.technician or "")


def _whole(typed: str | None) -> int | None:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 10 else None
