"""Lists of documents: what the filters leave of all a person may see, fifty a page, with count and total of all."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Department, Document, Person, State
from services.access import visible_documents
from services.addresses import day_in, whole_in
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.filling import visible
from services.documents.kind import DocumentType
from services.documents.lookups import names
from services.documents.marks import marks_of
from services.documents.payable import payable_column
from services.documents.served import served_or_serving
from services.months import month_said
from services.people import SHANGHAI
from services.search import holds, ids_holding
from services.texts import text

PAGE = 50
SORTS = {
    "created": col(Document.submitted_at),
    "number": col(Document.number),
    "amount": payable_column(),
    "due": col(Document.due_at),
}
"""Between them lies what a list may be narrowed down to by date."""
CLAIMED = "claimed"
"""What was claimed, beside what is paid: only where a kind tells the two apart."""
HEADER = ("number", "state", "title", "applicant", "department", "amount", "submitted_at", "due_at")


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed down to. All of it stands in the page's address."""

    kind: str | None = None
    text: str = ""
    states: tuple[State, ...] = ()
    department_id: int | None = None
    start: date | None = None
    end: date | None = None
    mine: bool = False
    sort: str = "created"
    ascending: bool = False
    page: int = 1

    @classmethod
    def read(cls, kind: str | None, query: Mapping[str, str]) -> "Filters":
        """From the parameters of an address. What makes no sense is left out: an address is typed by anyone."""
        known = {state.value for state in State}
        states = tuple(State(one) for one in query.get("state", "").split(",") if one in known)
        sort = query.get("sort", "created")
        return cls(
            kind=kind,
            text=query.get("q", "")[:100],
            states=states,
            department_id=whole_in(query.get("department")),
            start=day_in(query.get("from")),
            end=day_in(query.get("to")),
            mine=query.get("mine") == "1",
            sort=sort if sort in SORTS else "created",
            ascending=query.get("order") == "asc",
            page=whole_in(query.get("page")) or 1,
        )

    def cleared(self) -> "Filters":
        """The list with nothing left out."""
        return Filters(kind=self.kind, mine=self.always_mine, sort=self.sort, ascending=self.ascending)

    @property
    def active(self) -> bool:
        """Does anything narrow the list down?"""
        own = self.mine and not self.always_mine
        return bool(self.text or self.states or self.department_id or self.start or self.end or own)

    @property
    def always_mine(self) -> bool:
        """The list of one's own papers, of every kind, is that without a filter."""
        return self.mine and self.kind is None

    def query(self) -> dict[str, str]:
        """The parameters that say the same again."""
        said = {
            "q": self.text,
            "state": ",".join(self.states),
            "department": str(self.department_id or ""),
            "from": self.start.isoformat() if self.start else "",
            "to": self.end.isoformat() if self.end else "",
            "mine": "1" if self.mine else "",
            "sort": "" if self.sort == "created" else self.sort,
            "order": "asc" if self.ascending else "",
            "page": "" if self.page == 1 else str(self.page),
        }
        return {key: value for key, value in said.items() if value}


@dataclass
class Listing:
    """A page of rows, and count and total of everything the filters leave."""

    rows: list[dict[str, Any]]
    count: int
    total: Decimal
    page: int
    pages: int
    columns: tuple[str, ...] = field(default=())


def listing(
    session: Session, user: Person, filters: Filters, now: datetime, *, language: str = "zh", whole: bool = False
) -> Listing:
    """The rows the user may see. `whole` takes all pages at once, for Excel."""
    chosen: Any = visible_documents(session, user, now, kind=filters.kind).where(*_conditions(session, user, filters))
    count, total = session.execute(_summed(chosen, filters)).one()
    pages = max(1, -(-count // PAGE))
    page = min(max(filters.page, 1), pages)
    statement = _shown(chosen, filters).order_by(*_order(filters))
    if not whole:
        statement = statement.limit(PAGE).offset((page - 1) * PAGE)
    rows = [dict(row) for row in session.execute(statement).mappings()]
    kind = KINDS[filters.kind] if filters.kind else None
    if kind:
        _add_own_columns(session, kind, rows, language)
    _mark(session, rows, now, language)
    return Listing(rows, count, total or Decimal("0.00"), page, pages, columns_of(kind))


def columns_of(kind: DocumentType | None) -> tuple[str, ...]:
    """The columns of a list: the header's, with the kind's own after the title."""
    claimed = (CLAIMED,) if kind and kind.payable else ()
    amount = ("amount", *claimed) if kind is None or kind.has_amount else ()
    return (*HEADER[:4], *(kind.columns if kind else ("kind",)), "department", *amount, *HEADER[6:])


def _summed(chosen: Any, filters: Filters) -> Any:
    """Count and total of all that is chosen."""
    return chosen.with_only_columns(sa.func.count(), sa.func.sum(payable_column(filters.kind)))


def _shown(chosen: Any, filters: Filters) -> Any:
    statement = chosen.with_only_columns(
        col(Document.id),
        col(Document.kind),
        col(Document.number),
        col(Document.title),
        col(Person.name).label("applicant"),
        col(Department.name).label("department"),
        payable_column(filters.kind).label("amount"),
        col(Document.amount).label(CLAIMED),
        col(Document.state),
        col(Document.step),
        col(Document.submitted_at),
        col(Document.due_at),
    )
    statement = statement.join(*_APPLICANT)
    return statement.join(Department, col(Department.id) == Document.department_id)


_APPLICANT = (Person, col(Person.id) == Document.applicant_id)


def _conditions(session: Session, user: Person, filters: Filters) -> list[sa.ColumnElement[bool]]:
    never_sent = sa.and_(col(Document.number).is_(None), col(Document.state) == State.CANCELLED)
    conditions: list[sa.ColumnElement[bool]] = [~never_sent]
    if word := visible(filters.text).strip():
        conditions.append(_holding(session, word))
    if filters.states:
        conditions.append(col(Document.state).in_(filters.states))
    if filters.department_id:
        conditions.append(col(Document.department_id) == filters.department_id)
    if filters.start:
        conditions.append(col(Document.submitted_at) >= datetime.combine(filters.start, time.min, SHANGHAI))
    if filters.end:
        conditions.append(col(Document.submitted_at) <= datetime.combine(filters.end, time.max, SHANGHAI))
    if filters.mine:
        conditions.append(col(Document.applicant_id) == user.id)
    return conditions


def _holding(session: Session, word: str) -> sa.ColumnElement[bool]:
    """Number, title or applicant's name holds the word."""
    called = sa.select(col(Person.id)).where(holds(session, col(Person.name), word))
    his = sa.select(col(Document.id)).where(col(Document.applicant_id).in_(called))
    return col(Document.id).in_(ids_holding(session, (Document,), word, besides=his))


def _order(filters: Filters) -> tuple[Any, ...]:
    column = SORTS[filters.sort]
    first = column.asc().nulls_last() if filters.ascending else column.desc()
    first = first if filters.ascending or filters.sort == "created" else first.nulls_last()
    return (first.nulls_first() if filters.sort == "created" and not filters.ascending else first), col(
        Document.id
    ).desc()


def _add_own_columns(session: Session, kind: DocumentType, rows: list[dict[str, Any]], language: str) -> None:
    """The kind's own fields beside each header, links, links read as names."""
    table: Any = kind.table
    details: dict[int, Any] = {}
    for ids in batched([row["id"] for row in rows]):
        found = session.execute(sa.select(table).where(table.document_id.in_(ids))).scalars()
        details |= {detail.document_id: detail for detail in found}
    for name in kind.columns:
        values = {id: getattr(detail, name) for id, detail in details.items()}
        field_spec = spec(kind.table, name)
        if field_spec.kind == Type.LINK and field_spec.table:
            said = names(session, field_spec.table, values.values(), language)
            values = {id: said.get(value) for id, value in values.items()}
        elif field_spec.kind == Type.MONTH:
            values = {id: month_said(value) for id, value in values.items()}
        for row in rows:
            row[name] = values.get(row["id"])


def _mark(session: Session, rows: list[dict[str, Any]], now: datetime, language: str) -> None:
    """What has to be known of a paper at once stands before its title."""
    marks = marks_of(session, ((row["kind"], row["id"]) for row in rows), now)
    for row in rows:
        said = "".join(f"[{text(language, mark.key)}] " for mark in marks.get(row["id"], ()))
        row["title"] = said + row["title"]


def batched(ids: list[int]) -> Iterator[list[int]]:
    """A thousand at a time: a database takes only so many values in one question."""
    return (ids[start : start + 1000] for start in range(0, len(ids), 1000))


def departments_of(session: Session) -> dict[int, str]:
    """What a list can be filtered by: every department, those that are closed too."""
    return {row.id: row.name for row in session.exec(select(Department).order_by(col(Department.id)))}


def readable_ids(session: Session, person: Person, ids: Iterable[int], now: datetime) -> set[int]:
    """Those of these papers that the person may open."""
    seen = visible_documents(session, person, now).with_only_columns(col(Document.id))
    return {id for part in batched(sorted(ids)) for id in session.exec(seen.where(col(Document.id).in_(part)))}  # type: ignore[call-overload]


def related_papers(session: Session, person: Person, document: Document, now: datetime) -> list[Document]:
    """The paper it was started from and those that were started from it, the case that it serves and those that serve
    this case: as far as the person may read them.
    """
    # the ids first: joined to the rights by "or" they would have every paper looked at
    begun = session.exec(select(Document.id).where(col(Document.source_id) == document.id))
    own = {*begun, *([document.source_id] if document.source_id else [])}
    tied = set(session.scalars(sa.union_all(*served_or_serving(session, document))))
    sent = sa.or_(col(Document.state) != State.DRAFT, col(Document.id).in_(own))
    seen = visible_documents(session, person, now).where(sent, col(Document.state) != State.CANCELLED)
    parts = (seen.where(col(Document.id).in_(part)) for part in batched(sorted(own | tied)))
    return [paper for part in parts for paper in session.exec(part.order_by(col(Document.id)))]
