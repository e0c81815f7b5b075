"""Claim lines and the spending requests they fall under: repair, entertainment and gifts are claimed only as far as
they were agreed to before and recorded (P9-3.2a, P9-3.2b, P9-3.2c).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, ExpenseType, PartsRequest, Person, SpendingKind, SpendingRequest, State, VoucherLine
from services.database import one_at_a_time, rows
from services.documents.kind import Filled, Option
from services.documents.vouchers import NOT_STANDING
from services.errors import Fault, Refused
from services.settings import setting

_ASKED_FIRST = (SpendingKind.REPAIR, SpendingKind.ENTERTAINMENT, SpendingKind.GIFT)
_SENT = (State.RUNNING, State.DONE, State.REVERSING)
_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Agreed:
    """A request that was agreed to: what for, for which trip, and how much of it may be claimed. Bought parts are a
    repair that belongs to no trip (P3-2.4b).
    """

    id: int
    number: str
    spending: SpendingKind
    trip_id: int | None
    invoice: bool
    recorded: bool
    """Is it known what happened: was the money spent, were the parts ordered?"""
    amount: Decimal


def lines_fall_under_requests(filled: Filled) -> Iterator[Fault]:
    """A line for repair, entertainment or a gift names an agreed request whose record is there (P9-3.2a, P9-3.2b).

    All claims that stand may together not exceed what was agreed to, by more than the tolerance [0]. Where no invoice
    could be had, an invoice for something else is none (P9-3.2c).
    """
    lines = filled.lines.get("vouchers", [])
    types = {one.id: one for one in rows(filled.session, _TYPES)}
    named = {line["request_id"] for line in lines if line.get("request_id")}
    requests = {one.id: one for one in _agreed(filled.session, named)}
    for number, line in enumerate(lines, start=1):
        request = requests.get(line.get("request_id") or 0)
        kind = types.get(line.get("expense_type_id"))
        if request is None:
            if kind and kind.spending in _ASKED_FIRST and "request_id" in line:
                yield Fault("request_id", "EC.fault.needs_request", {}, "vouchers", number)
            continue
        named_as = {"number": request.number}
        if kind and kind.spending != request.spending:
            yield Fault("request_id", "EC.fault.other_request", named_as, "vouchers", number)
        elif not request.recorded:
            yield Fault("request_id", "EC.fault.no_record", named_as, "vouchers", number)
        elif filled.has("trip_id") and request.trip_id != filled.values["trip_id"]:
            yield Fault("request_id", "EC.fault.request_of_other_trip", named_as, "vouchers", number)
        if not request.invoice and (line.get("invoice_number") or line.get("invoice_code")):
            yield Fault("invoice_number", "EC.fault.substitute_invoice", named_as, "vouchers", number)
    yield from _above_what_was_agreed(filled, requests)


def _above_what_was_agreed(filled: Filled, requests: dict[int, Agreed]) -> Iterator[Fault]:
    own = filled.document.id if filled.document else None
    used = claimed_under(filled.session, requests, but=own)
    tolerance: Decimal = setting(filled.session, "request.tolerance", filled.now)
    told: set[int] = set()
    for number, line in enumerate(filled.lines.get("vouchers", []), start=1):
        id = line.get("request_id")
        if id not in requests or not line.get("amount"):
            continue
        used[id] = used.get(id, _NOTHING) + line["amount"]
        agreed = requests[id].amount
        if used[id] > agreed + tolerance and id not in told:
            told.add(id)
            facts = {"number": requests[id].number, "amount": agreed, "above": used[id] - agreed}
            yield Fault("amount", "EC.fault.above_request", facts, "vouchers", number)


def requests_to_claim(session: Session, user: Person, now: datetime) -> list[Option]:
    """The user's agreed requests that are not used up, each offered under its trip; newest first."""
    found = [one for own in (_OWN, _OWN_PARTS) for one in session.execute(own, {"person_id": user.id})]
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


def claims_without_invoice(session: Session, ids: Collection[int]) -> list[int]:
    """Of these claims, those with a line for which no invoice could be had: it is not tax-deductible (P9-3.2c)."""
    return list(rows(session, _WITHOUT_INVOICE, {"ids": list(ids)}).scalars())


def requests_without_invoice(session: Session, ids: Collection[int]) -> set[int]:
    """Of these requests, those for which no invoice can be had (P9-3.2c)."""
    wanted = sa.select(col(SpendingRequest.document_id)).where(col(SpendingRequest.document_id).in_(list(ids)))
    return set(rows(session, wanted.where(~col(SpendingRequest.invoice))).scalars()) if ids else set()


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


def _agreed(session: Session, ids: Collection[int]) -> Iterator[Agreed]:
    if not ids:
        return
    statement = sa.select(Document, SpendingRequest, PartsRequest)
    statement = statement.outerjoin(SpendingRequest, col(SpendingRequest.document_id) == Document.id)
    statement = statement.outerjoin(PartsRequest, col(PartsRequest.document_id) == Document.id)
    for document, request, parts in session.execute(statement.where(col(Document.id).in_(list(ids)))):
        number, done = document.number or "", document.state == State.DONE
        if request is not None:
            facts = (request.spending, request.trip_id, request.invoice, done, document.amount or _NOTHING)
            yield Agreed(document.id, number, *facts)
        elif parts is not None:
            standing = document.state in (State.RUNNING, State.DONE) and document.approved_at is not None
            facts = (SpendingKind.REPAIR, None, True, standing, parts.ordered_amount or _NOTHING)
            yield Agreed(document.id, number, *facts)


_TYPES = sa.select(col(ExpenseType.id), col(ExpenseType.spending))
_WITHOUT_INVOICE = (
    sa.select(col(VoucherLine.document_id))
    .join(SpendingRequest, col(SpendingRequest.document_id) == VoucherLine.request_id)
    .where(col(VoucherLine.document_id).in_(sa.bindparam("ids", expanding=True)), ~col(SpendingRequest.invoice))
    .distinct()
)
_STANDING = (
    col(Document.applicant_id) == sa.bindparam("person_id"),
    col(Document.approved_at).is_not(None),
    col(Document.state).in_((State.RUNNING, State.DONE)),
)
_OWN = (
    sa.select(
        col(Document.id), col(Document.number), col(Document.title), col(Document.amount), col(SpendingRequest.trip_id)
    )
    .join(SpendingRequest, col(SpendingRequest.document_id) == Document.id)
    .where(*_STANDING)
    .order_by(col(Document.id).desc())
)
_OWN_PARTS: Any = (
    sa.select(
        col(Document.id),
        col(Document.number),
        col(Document.title),
        col(PartsRequest.ordered_amount).label("amount"),
        sa.literal(None).label("trip_id"),
    )
    .join(PartsRequest, col(PartsRequest.document_id) == Document.id)
    .where(*_STANDING, col(PartsRequest.ordered_amount).is_not(None))
    .order_by(col(Document.id).desc())
)
