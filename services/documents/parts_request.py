"""Parts request: what a site needs, until when and where to. Production ships what the store has, purchasing buys the
rest, and the site says that it came (P3-2.2, P3-2.4a, P3-2.4b, P6-3).
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Document,
    Part,
    PartSource,
    PartsRequest,
    PartsRequestForm,
    Person,
    RequestedPart,
    RequestedPartForm,
    Role,
)
from services.database import rows
from services.documents import budgeted
from services.documents.cases import a_case_is_named, number_of_case
from services.documents.claim_requests import no_claim_names_it
from services.documents.kind import Budgeted, DocumentType, Filled, FollowUp, Lines, Mark, Print, Row, Section, lines_of
from services.documents.titles import place_and_matter
from services.errors import Fault, Invalid, Refused
from services.money import postings, wants
from services.people import local_day
from services.prints.parts import parts_data
from services.routes import COMPLETE, RETURN, Condition, Of, Outcome, Owner, decision, end_of, work, working_days

LINES = Lines(
    "lines",
    RequestedPart,
    RequestedPartForm,
    ("part_id", "part_name", "part_model", "quantity", "unit_price", "needed_on"),
    most=100,
    derived=("off_list", "source", "supplier_id", "ordered_price", "expected_on"),
    shown=(
        ("part_name", "part_model"),
        ("off_list",),
        ("quantity",),
        ("unit_price",),
        ("needed_on",),
        ("source",),
        ("supplier_id",),
        ("ordered_price",),
        ("expected_on",),
    ),
    brief=("part_name", "part_model", "quantity", "unit_price", "needed_on"),
)


def title(filled: Filled) -> str:
    """Where to, and the first of the parts."""
    lines = filled.lines.get("lines", [])
    part = _part_of(filled, lines[0]) if lines else None
    named = " ".join((part.name, part.model)) if part else str(lines[0].get("part_name") or "") if lines else ""
    return place_and_matter(filled.values.get("site"), named)


def estimate(filled: Filled) -> Decimal | None:
    """What all its parts come to, those in stock too: the head decides by it."""
    prices = [_price(filled, line) * (line.get("quantity") or 0) for line in filled.lines.get("lines", [])]
    return sum(prices, Decimal("0.00")) or None


def parts_are_named(filled: Filled) -> Iterator[Fault]:
    """A part is chosen from the list, or named with what it costs: that one is marked (P3-2.4b)."""
    for number, line in enumerate(filled.lines.get("lines", []), start=1):
        if "part_id" not in line:
            continue
        part = _part_of(filled, line)
        if part is None and "part_name" in line and not line["part_name"]:
            yield Fault("part_name", "PR.fault.no_part", {}, "lines", number)
        if part is None and "part_model" in line and not line["part_model"]:
            yield Fault("part_model", "fault.required", {}, "lines", number)
        if "unit_price" in line and not _price(filled, line):
            yield Fault("unit_price", "PR.fault.no_price", {}, "lines", number)


def needed_from_today(filled: Filled) -> Iterator[Fault]:
    """Nothing is needed on a day that is over (P3-2.2)."""
    today = local_day(filled.now)
    for number, line in enumerate(filled.lines.get("lines", []), start=1):
        if line.get("needed_on") and line["needed_on"] < today and not _was_sent(filled):
            yield Fault("needed_on", "PR.fault.needed_in_past", {}, "lines", number)


def earliest(filled: Filled) -> date | None:
    """The first day on which one of its parts is needed: all its clocks end there."""
    return min((line["needed_on"] for line in filled.lines.get("lines", []) if line.get("needed_on")), default=None)


def some_to_buy(filled: Filled) -> bool:
    """Is there a part that the store does not keep?"""
    lines = [line for line in filled.lines.get("lines", []) if line.get("part_id") or line.get("part_name")]
    return any(_source(_part_of(filled, line)) == PartSource.PURCHASE for line in lines)


def some_off_list(filled: Filled) -> bool:
    return any(line.get("part_name") and not line.get("part_id") for line in filled.lines.get("lines", []))


def derive(filled: Filled) -> None:
    """A listed part is called and priced as the list does; where each is to come from is proposed."""
    filled.values["serves"] = number_of_case(filled.values.get("serves"))
    for line in filled.lines.get("lines", []):
        part = _part_of(filled, line)
        line["unit_price"] = _price(filled, line)
        line["off_list"] = True if part is None else None
        line["source"] = _source(part)
        line["supplier_id"] = part.supplier_id if part else None
        if part is not None:
            line["part_name"], line["part_model"] = part.name, part.model


def sourced(session: Session, document: Document, now: datetime) -> None:
    """What production leaves to purchasing is to be bought."""
    request = session.get_one(PartsRequest, document.id)
    request.to_buy = any(line.source == PartSource.PURCHASE for line in lines_of(session, document, LINES))
    session.add(request)


def step_is_right(session: Session, document: Document, now: datetime) -> None:
    """What is shipped has a waybill, what is ordered a price within the estimate, and nothing has not happened yet."""
    checks = {
        "parts_source": _from_stock,
        "parts_order": _ordered,
        "parts_ship": _bought,
        "parts_receipt": _received,
    }
    check = checks.get(document.step or "")
    if check and (faults := list(check(session, document, session.get_one(PartsRequest, document.id), now))):
        raise Invalid(faults)


def nothing_is_on_its_way(session: Session, document: Document, now: datetime) -> None:
    """What has left the house is not unasked: it is received, and goes back by a return."""
    request = session.get(PartsRequest, document.id)
    if request and (request.shipped_on or request.bought_shipped_on):
        raise Refused("PR.refused.shipped", number=document.number or "")
    no_claim_names_it(session, document, now)


def _from_stock(session: Session, document: Document, request: PartsRequest, now: datetime) -> Iterator[Fault]:
    """Production ships at once what the store has (P3-2.4a)."""
    from_stock = any(line.source == PartSource.STOCK for line in lines_of(session, document, LINES))
    for name in ("shipped_on", "waybill"):
        if from_stock and getattr(request, name) is None:
            yield Fault(name, "PR.fault.stock_not_shipped")
        elif not from_stock and getattr(request, name) is not None:
            yield Fault(name, "PR.fault.nothing_from_stock")
    yield from _happened("shipped_on", request, document, now)


def _ordered(session: Session, document: Document, request: PartsRequest, now: datetime) -> Iterator[Fault]:
    """The order stays within what was estimated, and decided on (P8-3.1)."""
    bought = [line for line in lines_of(session, document, LINES) if line.source == PartSource.PURCHASE]
    estimated = sum(((line.unit_price or 0) * line.quantity for line in bought), Decimal("0.00"))
    ordered = sum((one.cost.amount for one in wants.stored_parts(session, document)), Decimal("0.00"))
    if ordered > estimated:
        line = next(line for line in bought if (line.ordered_price or 0) > (line.unit_price or 0))
        yield Fault("ordered_price", "PR.fault.above_estimate", {"amount": estimated}, "lines", line.position)
    for line in bought:
        if line.expected_on and request.ordered_on and line.expected_on < request.ordered_on:
            yield Fault("expected_on", "PR.fault.expected_before_order", {}, "lines", line.position)
    yield from _happened("ordered_on", request, document, now)


def _bought(session: Session, document: Document, request: PartsRequest, now: datetime) -> Iterator[Fault]:
    yield from _happened("bought_shipped_on", request, document, now)
    if request.ordered_on and request.bought_shipped_on and request.bought_shipped_on < request.ordered_on:
        yield Fault("bought_shipped_on", "PR.fault.shipped_before_order", {"day": request.ordered_on})


def _received(session: Session, document: Document, request: PartsRequest, now: datetime) -> Iterator[Fault]:
    yield from _happened("received_on", request, document, now)
    last = max((day for day in (request.shipped_on, request.bought_shipped_on) if day), default=None)
    if last and request.received_on and request.received_on < last:
        yield Fault("received_on", "PR.fault.received_before", {"day": last})


def _happened(name: str, request: PartsRequest, document: Document, now: datetime) -> Iterator[Fault]:
    day, asked = getattr(request, name), document.submitted_at
    if day and day > local_day(now):
        yield Fault(name, "PR.fault.in_future")
    elif day and asked and day < local_day(asked):
        yield Fault(name, "PR.fault.before_request")


def _was_sent(filled: Filled) -> bool:
    """Counted anew on its way, a paper says what it said when it was sent."""
    return filled.document is not None and filled.document.step is not None


def _part_of(filled: Filled, line: dict[str, Any]) -> Part | None:
    parts: dict[int, Part | None] = filled.memory.setdefault("parts", {})
    id = line.get("part_id")
    if id is not None and id not in parts:
        parts[id] = filled.session.get(Part, id)
    return parts.get(id) if id is not None else None


def _price(filled: Filled, line: dict[str, Any]) -> Decimal:
    part = _part_of(filled, line)
    price: Decimal | None = line.get("unit_price") or (part.price if part else None)
    return price or Decimal("0.00")


def _source(part: Part | None) -> PartSource:
    return PartSource.STOCK if part and part.stocked else PartSource.PURCHASE


def marks(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """That one of its parts stands in no list."""
    return {id: [Mark("PR.mark.off_list", "orange")] for id in rows(session, _OFF_LIST, {"ids": list(ids)}).scalars()}


_OFF_LIST = sa.select(col(PartsRequest.document_id)).where(
    col(PartsRequest.document_id).in_(sa.bindparam("ids", expanding=True)), col(PartsRequest.off_list)
)


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    return {"direct": True}


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """What was ordered, once it was."""
    request = session.get(PartsRequest, document.id)
    return [("PR.fact.ordered", request.ordered_amount)] if request and request.ordered_amount else []


BUDGET = Budgeted(wants.typed_parts, wants.stored_parts)
MAJOR = Condition("amount", ">=", setting="parts.major_amount")
TO_BUY = Condition("to_buy", "==", True)

PARTS_REQUEST = DocumentType(
    code="PR",
    slug="parts_requests",
    area="service",
    icon=":material/build_circle:",
    table=PartsRequest,
    form=PartsRequestForm,
    sections=(
        Section(
            "PR.section.site",
            Row("serves", "site"),
            Row("contact", "contact_phone", "direct"),
        ),
        Section("PR.section.parts", LINES),
        Section("PR.section.remarks", Row("remarks")),
    ),
    after=(
        "shipped_on",
        "carrier",
        "waybill",
        "ordered_on",
        "bought_shipped_on",
        "bought_carrier",
        "bought_waybill",
        "received_on",
        "receipt_note",
    ),
    columns=("site", "needed_on"),
    title=title,
    amount=estimate,
    money=True,
    readers=frozenset({Role.PRODUCTION_ENGINEER, Role.PURCHASER, Role.WAREHOUSE, Role.QUALITY_INSPECTOR}),
    checks=(a_case_is_named, parts_are_named, needed_from_today, budgeted.stops(BUDGET)),
    warnings=budgeted.warnings(BUDGET),
    watched=budgeted.watched(BUDGET),
    budget=BUDGET,
    follows={"needed_on": earliest, "to_buy": some_to_buy, "off_list": some_off_list},
    defaults=defaults,
    derive=derive,
    marks=marks,
    route=(
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, when=(MAJOR,), within=working_days(1)),
        work(
            "parts_source",
            Owner(Role.PRODUCTION_ENGINEER),
            within=end_of("needed_on"),
            fields=("shipped_on", "carrier", "waybill"),
            line_fields={"lines": ("source",)},
            outcomes=(Outcome(COMPLETE), Outcome(RETURN, needs_note=True)),
            milestone="sourced",
        ),
        work(
            "parts_order",
            Owner(Role.PURCHASER),
            when=(TO_BUY,),
            within=end_of("needed_on"),
            fields=("ordered_on",),
            required=("ordered_on",),
            line_fields={"lines": ("supplier_id", "ordered_price", "expected_on")},
            outcomes=(Outcome(COMPLETE), Outcome(RETURN, needs_note=True)),
            milestone="approved",
        ),
        work(
            "parts_ship",
            Owner(Role.PURCHASER),
            when=(TO_BUY,),
            within=end_of("needed_on"),
            fields=("bought_shipped_on", "bought_carrier", "bought_waybill"),
            required=("bought_shipped_on", "bought_waybill"),
            milestone="shipped",
        ),
        work(
            "parts_receipt",
            Owner(person="applicant"),
            within=end_of("needed_on"),
            fields=("received_on", "receipt_note"),
            required=("received_on",),
        ),
    ),
    effects={"sourced": sourced, "approved": postings.parts_ordered, "cancelled": postings.given_up},
    undo={"approved": postings.given_up},
    guards={
        COMPLETE: step_is_right,
        RETURN: nothing_is_on_its_way,
        "withdraw": nothing_is_on_its_way,
        "cancel": nothing_is_on_its_way,
    },
    cancel_after_approval=True,
    cancel_until="shipped",
    reversible=False,
    facts=facts,
    follow_ups=(FollowUp("OB", budgeted.request_offered, several=True),),
    prints=(Print("request", "parts", parts_data),),
)
