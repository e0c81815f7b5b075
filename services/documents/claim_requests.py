"""Claim lines and the spending requests they fall under: repair, entertainment and gifts are claimed only as far as
they were agreed to before and recorded (P9-3.2a, P9-3.2b, P9-3.2c).
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, ExpenseType, Person, SpendingKind, SpendingRequest, State, VoucherLine
from services.database import one_at_a_time, rows
from services.documents.kind import Filled, Option
from services.documents.vouchers import NOT_STANDING
from services.errors import Fault, Refused
from services.settings import setting

_ASKED_FIRST = (SpendingKind.REPAIR, SpendingKind.ENTERTAINMENT, SpendingKind.GIFT)
_SENT = (State.RUNNING, State.DONE, State.REVERSING)
_NOTHING = Decimal("0.00")


def lines_fall_under_requests(filled: Filled) -> Iterator[Fault]:
    """A line for repair, entertainment or a gift names an agreed request whose record is there (P9-3.2a, P9-3.2b).

    All claims that stand may together not exceed what was agreed to, by more than the tolerance [0]. Where no invoice
    could be had, an invoice for something else is none (P9-3.2c).
    """
    lines = filled.lines.get("vouchers", [])
    types = {one.id: one for one in rows(filled.session, _TYPES)}
    named = {line["request_id"] for line in lines if line.get("request_id")}
    requests = {row.SpendingRequest.document_id: row for row in _requests(filled.session, named)}
    for number, line in enumerate(lines, start=1):
        request = requests.get(line.get("request_id"))
        kind = types.get(line.get("expense_type_id"))
        if request is None:
            if kind and kind.spending in _ASKED_FIRST and "request_id" in line:
                yield Fault("request_id", "EC.fault.needs_request", {}, "vouchers", number)
            continue
        if kind and kind.spending != request.SpendingRequest.spending:
            yield Fault("request_id", "EC.fault.other_request", {"number": request.Document.number}, "vouchers", number)
        elif request.Document.state != State.DONE:
            yield Fault("request_id", "EC.fault.no_record", {"number": request.Document.number}, "vouchers", number)
        elif filled.has("trip_id") and request.SpendingRequest.trip_id != filled.values["trip_id"]:
            yield Fault(
                "request_id", "EC.fault.request_of_other_trip", {"number": request.Document.number}, "vouchers", number
            )
        if not request.SpendingRequest.invoice and (line.get("invoice_number") or line.get("invoice_code")):
            yield Fault(
                "invoice_number", "EC.fault.substitute_invoice", {"number": request.Document.number}, "vouchers", number
            )
    yield from _above_what_was_agreed(filled, requests)


def _above_what_was_agreed(
    filled: Filled, requests: dict[int, sa.Row[tuple[Document, SpendingRequest]]]
) -> Iterator[Fault]:
    own = filled.document.id if filled.document else None
    used = claimed_under(filled.session, requests, but=own)
    tolerance: Decimal = setting(filled.session, "request.tolerance", filled.now)
    told: set[int] = set()
    for number, line in enumerate(filled.lines.get("vouchers", []), start=1):
        id = line.get("request_id")
        if id not in requests or not line.get("amount"):
            continue
        used[id] = used.get(id, _NOTHING) + line["amount"]
        agreed = requests[id].Document.amount or _NOTHING
        if used[id] > agreed + tolerance and id not in told:
            told.add(id)
            facts = {"number": requests[id].Document.number, "amount": agreed, "above": used[id] - agreed}
            yield Fault("amount", "EC.fault.above_request", facts, "vouchers", number)


def requests_to_claim(session: Session, user: Person, now: datetime) -> list[Option]:
    """The user's agreed requests that are not used up, each offered under its trip; newest first."""
    found = session.execute(_OWN, {"person_id": user.id}).all()
    used = claimed_under(session, [row.id for row in found], states=_SENT)
    tolerance: Decimal = setting(session, "request.tolerance", now)
    return [
        Option(row.id, f"{row.number} {row.title} ¥{row.amount:,.2f}", under=row.trip_id)
        for row in found
        if used.get(row.id, _NOTHING) < row.amount + tolerance
    ]


def claimed_under(
    session: Session, ids: Collection[int], *, but: int | None = None, states: Collection[State] | None = None
) -> dict[int, Decimal]:
    """Yuan that standing claims (all but one) claim under requests; what the audit cut is free again."""
    if not ids:
        return {}
    amount = sa.func.coalesce(VoucherLine.audited_amount, VoucherLine.amount)
    statement = (
        sa.select(col(VoucherLine.request_id), sa.func.sum(amount))
        .join(Document, col(Document.id) == VoucherLine.document_id)
        .where(col(VoucherLine.request_id).in_(list(ids)))
        .where(col(Document.state).in_(states) if states else col(Document.state).not_in(NOT_STANDING))
        .group_by(col(VoucherLine.request_id))
    )
    if but is not None:
        statement = statement.where(col(Document.id) != but)
    return {row[0]: row[1] for row in session.execute(statement)}


def no_claim_names_it(session: Session, document: Document, now: datetime) -> None:
    """A request under which somebody claims is neither cancelled nor undone (P9-3.2a)."""
    one_at_a_time(session, "submit EC")  # else one could be sent in the same instant
    claim = session.exec(
        select(Document.number)
        .join(VoucherLine, col(VoucherLine.document_id) == Document.id)
        .where(VoucherLine.request_id == document.id, col(Document.state).not_in(NOT_STANDING))
    ).first()
    if claim:
        raise Refused("SR.refused.claimed", number=claim)


def _requests(session: Session, ids: Collection[int]) -> list[sa.Row[tuple[Document, SpendingRequest]]]:
    if not ids:
        return []
    statement = sa.select(Document, SpendingRequest).join(
        SpendingRequest, col(SpendingRequest.document_id) == Document.id
    )
    return list(session.execute(statement.where(col(Document.id).in_(list(ids)))).all())


_TYPES = sa.select(col(ExpenseType.id), col(ExpenseType.spending))
_OWN = (
    sa.select(
        col(Document.id), col(Document.number), col(Document.title), col(Document.amount), col(SpendingRequest.trip_id)
    )
    .join(SpendingRequest, col(SpendingRequest.document_id) == Document.id)
    .where(col(Document.applicant_id) == sa.bindparam("person_id"))
    .where(col(Document.approved_at).is_not(None), col(Document.state).in_((State.RUNNING, State.DONE)))
    .order_by(col(Document.id).desc())
)
