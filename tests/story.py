"""Papers that travel: trips and claims made and moved through the real engine, each act in a transaction of its own.

A test says where its paper stands and who does what next; whatever it does not care about has a plausible value.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from models import (
    BudgetCategory,
    Delegation,
    Document,
    Event,
    Grant,
    Notice,
    Person,
    Posting,
    Role,
    Task,
    TaskState,
    VoucherLine,
)
from services.database import reading, writing
from services.documents import KINDS, company_plans
from services.documents.drafts import blank, check, keep
from services.documents.timeline import open_now
from services.engine import act, actions_for
from services.engine.action import ASK_AFTER, ASK_BEFORE, PAUSE, REMIND, REOPEN, REVERSE, TAKE_BACK, TRANSFER
from services.errors import Fault, Invalid, Refused
from services.inbox import Waiting, waiting_for
from services.money import ledger
from services.money.ledger import BudgetLine
from services.routes import Route, Step
from services.settings import put
from tests import factories
from tests.factories import NOW, Cast

ON_SITE = NOW + timedelta(days=3)
"""The Thursday of the trip."""
BACK = NOW + timedelta(days=5)
"""The Saturday after: the trip from the 25th to the 27th is over."""
LATER = BACK + timedelta(days=3)
"""The Tuesday after that."""
REASON = "请补充说明"

BESIDES = {TRANSFER, ASK_BEFORE, ASK_AFTER, PAUSE, REMIND, TAKE_BACK, REOPEN, REVERSE}
"""Acts that everybody on a seat, or everybody who signed, has at almost any time."""

_tokens = itertools.count(1)


# --- what is typed into the forms


def trip_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A travel request as the form sends it: three days in Xi'an for 1,800."""
    return {
        "traveller_id": cast.engineer.id,
        "companions": [],
        "origin": "株洲",
        "destinations": "西安",
        "starts_on": "2026-11-25",
        "ends_on": "2026-11-27",
        "transport": "train",
        "task": "更换 3 台制动单元并跟车试验",
        "serves": None,
        "estimates": [estimate(cast, "train", "1000.00"), estimate(cast, "lodging", "800.00")],
    } | changes


def estimate(cast: Cast, expense: str, amount: Any, **more: Any) -> dict[str, Any]:
    return {"expense_type_id": cast.expense[expense].id, "amount": amount, "note": None} | more


def voucher(cast: Cast, expense: str, amount: Any, **more: Any) -> dict[str, Any]:
    """One receipt as the form sends it."""
    return {
        "spent_on": "2026-11-26",
        "until": None,
        "expense_type_id": cast.expense[expense].id,
        "origin": None,
        "destination": None,
        "transport": None,
        "description": None,
        "invoice_code": None,
        "invoice_number": None,
        "seller": None,
        "amount": amount,
        "tax": None,
        "buyer_name": None,
        "buyer_tax_no": None,
    } | more


def vouchers(cast: Cast) -> list[dict[str, Any]]:
    """Four receipts, one of them entertainment: 1,450.00; with three days of allowance 1,750.00."""
    return [
        voucher(cast, "train", "600.00", origin="株洲", destination="西安", transport="train"),
        voucher(cast, "lodging", "500.00", invoice_number=f"2543200000{next(_tokens):010d}"),
        voucher(cast, "entertainment", "250.00", description="西安局机务段 3 人"),
        voucher(cast, "local", "100.00"),
    ]


# --- papers at some point of their way


def draft(by: Person, code: str, raw: dict[str, Any], *, source: Document | None = None, **more: Any) -> Document:
    """A draft that its author keeps; `more`: token, now, seen."""
    facts = {"token": f"story-{next(_tokens)}", "now": NOW, "source_id": source.id if source else None} | more
    with writing() as session:
        return keep(session, by, code, raw, **facts)


def retype(by: Person, paper: Document, now: datetime = NOW, **changes: Any) -> Document:
    """The author changes what he typed in a draft, a returned or a withdrawn paper."""
    paper = reload(paper)
    return draft(by, paper.kind, (paper.draft or {}) | changes, token=paper.client_token, now=now)


def drafted_trip(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    by = by or cast.engineer
    return draft(by, "TR", trip_form(cast, **({"traveller_id": by.id} | changes)))


def sent_trip(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A travel request that waits for the department head."""
    by = by or cast.engineer
    return do(by, drafted_trip(cast, by, **changes), "submit")


def approved_trip(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A travel request both have signed: the trip is open."""
    return move(cast, sent_trip(cast, by, **changes), until="travel")


def finished_trip(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A trip from which the traveller is back, on the days planned."""
    trip = approved_trip(cast, by, **changes)
    own = detail(trip)
    days = {"departed_on": own.starts_on.isoformat(), "returned_on": own.ends_on.isoformat()}
    with reading() as session:
        traveller = session.get_one(Person, own.traveller_id)
    return do(traveller, trip, "complete", now=BACK, **days)


def report_form(trip: Document, **changes: Any) -> dict[str, Any]:
    """A field report as the form sends it, of what was seen on the second day of the trip."""
    return {
        "trip_id": trip.id,
        "looked_on": ON_SITE.date().isoformat(),
        "product": "制动单元 ZD-200 2024-0817",
        "serves": None,
        "product_state": "2 号制动缸漏风，活塞密封圈老化",
        "verified_with": "西安机务段质检科 李工",
        "verified": "装车 14 个月，未超过检修周期",
        "opinion": "密封圈批次问题，建议更换同批 3 台",
        "repair": True,
        "proposal": "更换密封圈 3 套，跟车试验一趟",
    } | changes


def drafted_report(cast: Cast, trip: Document | None = None, by: Person | None = None, **changes: Any) -> Document:
    by = by or cast.engineer
    trip = trip or approved_trip(cast, by)
    return draft(by, "FR", report_form(trip, **changes), source=trip, now=ON_SITE)


def sent_report(cast: Cast, trip: Document | None = None, by: Person | None = None, **changes: Any) -> Document:
    """A field report that waits for both, the head and the vice president."""
    by = by or cast.engineer
    return do(by, drafted_report(cast, trip, by, **changes), "submit")


def advance_form(cast: Cast, by: Person, trip: Document | None = None, **changes: Any) -> dict[str, Any]:
    """A payment request as the form opens it, for 1,000 of tools or of the trip."""
    with reading() as session:
        opened = blank(session, by, "CA", NOW, trip.id if trip else None)
    return opened | {"purpose": "购买专用工具", "requested": "1000.00"} | changes


def drafted_advance(cast: Cast, by: Person | None = None, trip: Document | None = None, **changes: Any) -> Document:
    by = by or cast.engineer
    return draft(by, "CA", advance_form(cast, by, trip, **changes), source=trip)


def sent_advance(cast: Cast, by: Person | None = None, trip: Document | None = None, **changes: Any) -> Document:
    """A payment request that waits for the department head."""
    return do(by or cast.engineer, drafted_advance(cast, by, trip, **changes), "submit")


def paid_advance(cast: Cast, by: Person | None = None, trip: Document | None = None, **changes: Any) -> Document:
    """An advance that the cashier has paid out: it is open."""
    advance = move(cast, sent_advance(cast, by, trip, **changes), until="payment")
    return do(cast.cashier, advance, "complete", paid_on=NOW.date().isoformat(), payment_reference="20261123-5")


def settlement_form(cast: Cast, advance: Document, amount: Any, **changes: Any) -> dict[str, Any]:
    """A settlement as the form opens it from the advance, with one receipt."""
    with reading() as session:
        by = session.get_one(Person, advance.applicant_id)
        form = blank(session, by, "EC", BACK, advance.id)
    return form | {"vouchers": [voucher(cast, "local", amount)]} | changes


def sent_settlement(cast: Cast, advance: Document, amount: Any, **changes: Any) -> Document:
    """A settlement of an advance without a trip that waits for the clerk."""
    with reading() as session:
        by = session.get_one(Person, advance.applicant_id)
    claim = draft(by, "EC", settlement_form(cast, advance, amount, **changes), source=advance, now=BACK)
    return do(by, claim, "submit", now=BACK)


def issued(cast: Cast, *lines: BudgetLine) -> None:
    """Finance issues budgets: unless said otherwise 1,000 of other costs in November, for the first service room."""
    given = lines or (BudgetLine("202611", cast.service.id, BudgetCategory.OTHER, Decimal("1000.00")),)
    with writing() as session:
        ledger.allot(session, factories.travel_request(session, cast.engineer), Posting.ISSUED, given, NOW)


def adjustment_line(cast: Cast, amount: Any, **changes: Any) -> dict[str, Any]:
    """A line of an adjustment as the form sends it."""
    return {"department_id": cast.service.id, "category": "other", "month": "2026-11", "amount": amount} | changes


def drafted_adjustment(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """300 of an issued budget go to training."""
    issued(cast)
    form = {
        "reason": "培训提前到本月",
        "taken": [adjustment_line(cast, "300.00")],
        "given": [adjustment_line(cast, "300.00", category="training")],
    }
    return draft(by or cast.clerk, "BA", form | changes)


def sent_adjustment(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """An adjustment that waits for the heads of the departments touched."""
    return do(by or cast.clerk, drafted_adjustment(cast, by, **changes), "submit")


def outside_form(**changes: Any) -> dict[str, Any]:
    """An out-of-budget request as the form sends it: 500 yuan more for November."""
    return {
        "outside": "overspend",
        "for_id": None,
        "category": "other",
        "month": "2026-11",
        "outside_amount": "500.00",
        "reason": "客户追加 2 台检修",
        "demand": "列车停运，不能推迟",
        "satisfaction": "客户已两次催办",
        "interest": "不修须按合同赔付",
    } | changes


def drafted_outside(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.engineer, "OB", outside_form(**changes))


def sent_outside(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """An out-of-budget request that waits for the department head."""
    return do(by or cast.engineer, drafted_outside(cast, by, **changes), "submit")


def granted_outside(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """An out-of-budget request to which all three have agreed."""
    return move(cast, sent_outside(cast, by, **changes))


def drafted_opening(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """An opening entry: what the department spent on projects last year, 100 a month."""
    months = {f"m{number:02d}": "100.00" for number in range(1, 13)}
    spent = {"department_id": cast.service.id, "category": "projects"} | months
    form = {"year": 2025, "remarks": None, "actuals": [spent], "advances": []}
    return draft(by or cast.finance_officer, "OE", form | changes)


def sent_opening(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """An opening entry that waits for the head of finance."""
    return do(by or cast.finance_officer, drafted_opening(cast, by, **changes), "submit")


def entry_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A cost entry as the form sends it: October's wages, 8,000."""
    wages = {"expense_type_id": cast.expense["wages"].id, "asset_id": None, "amount": "8000.00", "basis": "十月工资表"}
    form = {"charged_department_id": cast.service.id, "month": "2026-10", "remarks": None, "lines": [wages]}
    return form | changes


def drafted_entry(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.clerk, "CE", entry_form(cast, **changes))


def sent_entry(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A cost entry that waits for the finance audit."""
    return do(by or cast.clerk, drafted_entry(cast, by, **changes), "submit")


def booked_entry(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A cost entry that is in the ledger."""
    return move(cast, sent_entry(cast, by, **changes))


def month_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """October's settlement of the first service room as the form sends it."""
    return {"settled_department_id": cast.service.id, "month": "2026-10", "remarks": None} | changes


def drafted_month(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.clerk, "MS", month_form(cast, **changes))


def sent_month(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A settlement that waits for the department head."""
    return do(by or cast.clerk, drafted_month(cast, by, **changes), "submit")


def request_form(cast: Cast, trip: Document | None, **changes: Any) -> dict[str, Any]:
    """A spending request as the form sends it: a meal for three, 300 yuan, on the second day of the trip."""
    return {
        "trip_id": trip.id if trip else None,
        "serves": None if trip else "CP-202611-0007",
        "spending": "entertainment",
        "expense_type_id": cast.expense["entertainment"].id,
        "asked_amount": "300.00",
        "planned_on": ON_SITE.date().isoformat(),
        "matter": "与检修车间工作餐，商定复测安排",
        "guests": "西安机务段 李工等 3 人",
        "headcount": 3,
        "invoice": True,
        "no_invoice_reason": None,
        "no_invoice_handling": None,
        "phone_people": [],
        "phone_at": None,
    } | changes


def repair_request(cast: Cast, **changes: Any) -> dict[str, Any]:
    """What another request says where it is about a repair."""
    materials = cast.expense["materials"].id
    facts = {"spending": "repair", "expense_type_id": materials, "guests": None, "headcount": None}
    return facts | {"matter": "购密封圈 3 套"} | changes


RECORD: dict[str, Any] = {
    "spent_on": ON_SITE.date().isoformat(),
    "spent_place": "西安",
    "spent_amount": "250.00",
    "spent_matter": "与检修车间工作餐",
    "spent_guests": "李工、王工、赵工",
    "spent_headcount": 3,
}


def drafted_request(cast: Cast, trip: Document | None = None, by: Person | None = None, **changes: Any) -> Document:
    by = by or cast.engineer
    trip = trip or approved_trip(cast, by)
    return draft(by, "SR", request_form(cast, trip, **changes), source=trip, now=ON_SITE)


def sent_request(cast: Cast, trip: Document | None = None, by: Person | None = None, **changes: Any) -> Document:
    """A spending request that waits for both, the head and the vice president."""
    by = by or cast.engineer
    return do(by, drafted_request(cast, trip, by, **changes), "submit")


def agreed_request(cast: Cast, trip: Document | None = None, by: Person | None = None, **changes: Any) -> Document:
    """A spending request to which both have agreed; what happened is not recorded yet."""
    return move(cast, sent_request(cast, trip, by, **changes), until="record")


def recorded_request(cast: Cast, trip: Document | None = None, by: Person | None = None, **changes: Any) -> Document:
    """A spending request that is agreed to, spent and recorded."""
    request = agreed_request(cast, trip, by, **changes)
    return do(by or cast.engineer, request, "complete", **(RECORD | {"spent_amount": detail(request).asked_amount}))


def claim_form(cast: Cast, trip: Document, by: Person, **changes: Any) -> dict[str, Any]:
    """A claim as the form opens it from the trip, with its receipts."""
    with reading() as session:
        form = blank(session, by, "EC", BACK, trip.id) | {"vouchers": vouchers(cast)} | changes
    return form | {"vouchers": [_asked_for(cast, line, trip, by) for line in form["vouchers"] or []]}


def _asked_for(cast: Cast, line: dict[str, Any], trip: Document, by: Person) -> dict[str, Any]:
    """A receipt for entertainment with a recorded request of its own, unless the test says that there is none."""
    kind = next((one for one in cast.expense.values() if one.id == line.get("expense_type_id")), None)
    amount = str(line.get("amount") or "")
    if kind is None or kind.spending is None or "request_id" in line or not amount.replace(".", "").isdigit():
        return line
    with writing() as session:
        request = factories.spending_request(session, by, trip, kind, Decimal(amount).quantize(Decimal("0.01")))
        return line | {"request_id": request.id}


def drafted_claim(cast: Cast, trip: Document | None = None, by: Person | None = None, **changes: Any) -> Document:
    by = by or cast.engineer
    trip = trip or finished_trip(cast, by)
    return draft(by, "EC", claim_form(cast, trip, by, **changes), source=trip, now=BACK)


def sent_claim(cast: Cast, trip: Document | None = None, by: Person | None = None, **changes: Any) -> Document:
    """A claim that waits for the clerk."""
    by = by or cast.engineer
    return do(by, drafted_claim(cast, trip, by, **changes), "submit", now=BACK)


def drafted_general(cast: Cast, by: Person | None = None, amount: Any = "120.00", **changes: Any) -> Document:
    """A general claim that begins from nothing, with one receipt."""
    by = by or cast.engineer
    with reading() as session:
        form = blank(session, by, "EC", BACK)
    rows = {"purpose": "购买密封胶", "vouchers": [voucher(cast, "local", amount)]}
    return draft(by, "EC", form | rows | changes, now=BACK)


def sent_general(cast: Cast, by: Person | None = None, amount: Any = "120.00", **changes: Any) -> Document:
    """A general claim that waits for the clerk."""
    return do(by or cast.engineer, drafted_general(cast, by, amount, **changes), "submit", now=BACK)


def claim_at(cast: Cast, step: str, **changes: Any) -> Document:
    """A claim that everybody before a step has signed."""
    return move(cast, sent_claim(cast, **changes), until=step, now=BACK)


def paid_claim(cast: Cast, **changes: Any) -> Document:
    claim = claim_at(cast, "payment", **changes)
    return do(cast.cashier, claim, "complete", now=LATER, paid_on="2026-12-01", payment_reference="20261201-17")


def plan_form(cast: Cast, by: Person | None = None, **changes: Any) -> dict[str, Any]:
    """Next year's plan as the form opens it, with 1,200 a month for service projects and 100 for training."""
    by = by or cast.clerk
    with reading() as session:
        form = blank(session, by, "BP", NOW)
    amounts = {"projects": "1200.00", "training": "100.00"}
    sheet = [plan_line(line["category"], amounts.get(line["category"], "0.00")) for line in form["lines"]]
    why = {"demand": "在用 320 台", "product_quality": "漏风投诉下降", "technical_level": "2 人待培训"}
    return form | why | {"work_plan": "春秋两季走访检修", "lines": sheet} | changes


def plan_line(category: str, month: Any, **changes: Any) -> dict[str, Any]:
    """A category with the same in each month."""
    return {"category": category} | {f"m{number:02d}": month for number in range(1, 13)} | changes


def drafted_plan(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    by = by or cast.clerk
    return draft(by, "BP", plan_form(cast, by, **changes))


def sent_plan(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A plan for next year, 15,600, that waits for the department head."""
    return do(by or cast.clerk, drafted_plan(cast, by, **changes), "submit")


def reviewed_plan(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A plan that finance has left as it was."""
    return move(cast, sent_plan(cast, by, **changes))


def company_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """Next year's company budget under a ceiling of 20,000; why other departments have no plan yet is said."""
    form = {"year": 2027, "ceiling": "20000.00", "basis": "按经营计划，服务费用不超过收入的 3%"} | changes
    return {"reasons": {without_plan(cast, form["year"]): "试点部门先行"}} | form


def without_plan(cast: Cast, year: int = 2027) -> str:
    """Under which mark it is said why departments have no plan for a year."""
    with reading() as session:
        filled, _ = check(session, cast.finance_head, "CB", {"year": year}, NOW)
        marks = [one.mark for one in company_plans.warnings(filled) if one.mark.startswith("no plan")]
    return marks[0] if marks else ""


def drafted_company_budget(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A company budget in which there is one reviewed plan."""
    if by is None:
        reviewed_plan(cast)
    return draft(by or cast.finance_head, "CB", company_form(cast, **changes))


def sent_company_budget(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A company budget that waits for the general manager."""
    return do(by or cast.finance_head, drafted_company_budget(cast, by, **changes), "submit")


def issued_budget(cast: Cast, **changes: Any) -> Document:
    """A company budget that finance has issued."""
    budget = move(cast, sent_company_budget(cast, **changes), until="issue")
    return do(cast.finance_officer, budget, "complete")


def drafted_register(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """The register of November's trips, in which there is one."""
    if by is None:
        finished_trip(cast)
    return draft(by or cast.clerk, "MR", {"month": "2026-11", "register_kind": "trips"} | changes, now=LATER)


def sent_register(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A register that waits for the department head."""
    return do(by or cast.clerk, drafted_register(cast, by, **changes), "submit", now=LATER)


# --- acts


def do(who: Person, paper: Document, action: str, *, now: datetime | None = None, **more: Any) -> Document:
    """One act, kept if it is not refused. Return, reject and cancel have a reason unless the test gives its own."""
    facts = ({"note": REASON} if action in ("return", "reject", "cancel", "comment") else {}) | more
    with writing() as session:
        done = act(session, who, paper.id, action, now=now or _now_for(paper), **facts)
        if action == "submit" and done.kind == "EC":  # its vouchers are handed in with it (P9-4c)
            factories.voucher_receipt(session, done)
        return done


def move(cast: Cast, paper: Document, *, until: str | None = None, now: datetime | None = None) -> Document:
    """Whoever is asked approves, step by step, until a step is open; without one, as long as there is to decide."""
    paper = reload(paper)
    while paper.step not in (until, None):
        task = open_tasks(paper)[0]
        if not task.decides and until is None:
            break
        with reading() as session:
            people = [person for person in open_now(session, paper) if person.step == task.step][0].people
            who = session.exec(select(Person).where(Person.name == people[0])).one()
        paper = do(who, paper, "approve" if task.decides else "complete", now=now)
    assert paper.step == until or until is None, f"{paper.number} never came to {until}"
    return paper


def refusal(attempt: Callable[..., object], *what: Any, **how: Any) -> Refused:
    """The refusal that an attempt meets: `refusal(do, cast.engineer, trip, "approve")`."""
    with pytest.raises(Refused) as caught:
        attempt(*what, **how)
    return caught.value


def faults(attempt: Callable[..., object], *what: Any, **how: Any) -> list[Fault]:
    """The faults that an attempt meets."""
    with pytest.raises(Invalid) as caught:
        attempt(*what, **how)
    return list(caught.value.faults)


# --- what stands now


def reload(paper: Document) -> Document:
    with reading() as session:
        return session.get_one(Document, paper.id)


def detail(paper: Document) -> Any:
    """The row of the paper's own table."""
    table: Any = KINDS[paper.kind].table
    with reading() as session:
        return session.get_one(table, paper.id)


def lines(claim: Document) -> list[VoucherLine]:
    with reading() as session:
        found = select(VoucherLine).where(VoucherLine.document_id == claim.id).order_by(col(VoucherLine.position))
        return list(session.exec(found))


def tasks(paper: Document) -> list[Task]:
    with reading() as session:
        return list(session.exec(select(Task).where(Task.document_id == paper.id).order_by(col(Task.id))))


def open_tasks(paper: Document) -> list[Task]:
    return [task for task in tasks(paper) if task.state == TaskState.OPEN]


def signed(paper: Document) -> list[str]:
    """Steps whose signatures stand, in order."""
    return [task.step for task in tasks(paper) if task.state == TaskState.DONE and task.stands]


def asked(paper: Document) -> set[str]:
    """Logins of those who are asked right now in their own right."""
    with reading() as session:
        names = {name for one in open_now(session, reload(paper)) for name in one.people}
        return set(session.exec(select(Person.login).where(col(Person.name).in_(names))))


def may(who: Person, paper: Document, now: datetime | None = None) -> set[str]:
    """Keys of the actions that somebody is offered to move the paper; what he may do besides is left out."""
    return may_all(who, paper, now) - BESIDES


def may_all(who: Person, paper: Document, now: datetime | None = None) -> set[str]:
    """Keys of all actions that somebody is offered."""
    with reading() as session:
        fresh = session.get_one(Document, paper.id)
        return {action.key for action in actions_for(session, who, fresh, now or _now_for(paper))}


def inbox(who: Person, now: datetime = NOW, **filters: Any) -> list[Waiting]:
    with reading() as session:
        return waiting_for(session, who, now, **filters)


def waits_for(who: Person, paper: Document, now: datetime | None = None) -> bool:
    """Does the paper lie in somebody's inbox?"""
    return paper.id in {row.document_id for row in inbox(who, now or _now_for(paper))}


def told(person: Person) -> list[str]:
    """What a person was told in the portal, in order: keys of notices."""
    with reading() as session:
        return list(session.exec(select(Notice.key).where(Notice.person_id == person.id).order_by(col(Notice.id))))


def events(paper: Document) -> list[Event]:
    with reading() as session:
        return list(session.exec(select(Event).where(Event.document_id == paper.id).order_by(col(Event.id))))


# --- the company changes


def hold(person: Person, role: Role, department: Any = None) -> Grant:
    """Somebody gets a role."""
    with writing() as session:
        return factories.grant(session, person, role, department)


def depute(person: Person, deputy: Person, **more: Any) -> Delegation:
    """Somebody lets a deputy act for him, for a month around `NOW` unless the test says otherwise."""
    days = {"starts_on": NOW.date() - timedelta(days=15), "ends_on": NOW.date() + timedelta(days=15)}
    with writing() as session:
        return factories.delegation(session, person, deputy, **(days | more))


def decree(key: str, value: Any, now: datetime = NOW) -> None:
    """A setting holds from now on."""
    with writing() as session:
        put(session, key, value, now=now)


def travels_by(monkeypatch: pytest.MonkeyPatch, code: str, *steps: Step) -> Route:
    """For this test the kind declares a route of its own."""
    monkeypatch.setitem(KINDS, code, replace(KINDS[code], route=steps))
    return steps


def _now_for(paper: Document) -> datetime:
    """Trips are decided on before they start, reports on the way, claims after they are over."""
    same = {"TR": NOW, "CA": NOW, "BP": NOW, "CB": NOW, "BA": NOW, "OB": NOW, "CE": NOW, "MS": NOW}
    return (same | {"FR": ON_SITE, "SR": ON_SITE, "MR": LATER}).get(paper.kind, BACK)
