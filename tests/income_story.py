"""Incomes that travel: recorded, recognised, collected and written off."""

from datetime import timedelta
from typing import Any

from models import Document, Person, ServiceIncome
from services.database import reading
from tests.complaint_story import stock
from tests.factories import NOW, Cast
from tests.story import do, draft

TODAY = NOW.date().isoformat()


def income_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A part that was sold, as the form sends it: 1,130 with 130 of tax, to be paid within 30 days."""
    customer, _ = stock()
    return {
        "income_kind": "part_sale",
        "customer_id": customer.id,
        "supplier_id": None,
        "serves": "FW-2026-001",
        "earned_on": TODAY,
        "income_amount": "1130.00",
        "tax": "130.00",
        "basis": "密封圈 20 套",
        "collect_by": (NOW.date() + timedelta(days=30)).isoformat(),
    } | changes


def drafted_income(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.clerk, "RV", income_form(cast, **changes))


def sent_income(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """An income that waits for the department head."""
    return do(by or cast.clerk, drafted_income(cast, by, **changes), "submit", now=NOW)


def answers(step: str | None, **changes: Any) -> dict[str, Any]:
    given: dict[str, dict[str, Any]] = {
        "recognise": {"recognised_on": TODAY, "invoice_number": "25320000001", "invoiced_on": TODAY},
        "collect": {"collected_on": TODAY, "collected_sum": None, "collection_reference": "中行 1123-07"},
        "write_off_decision": {"write_off_sum": "130.00", "write_off_reason": "客户破产"},
    }
    return given.get(step or "", {}) | changes


def recognised(cast: Cast, **form: Any) -> Document:
    """An income that waits to be collected."""
    paper = do(cast.department_head, sent_income(cast, **form), "approve", now=NOW)
    return do(cast.accountant, paper, "complete", now=NOW, **answers("recognise"))


def collect(cast: Cast, paper: Document, amount: str | None = None) -> Document:
    return do(cast.cashier, paper, "complete", now=NOW, **answers("collect", collected_sum=amount))


def write_off(cast: Cast, paper: Document, amount: str) -> Document:
    """Asked for by the cashier, decided by the head of finance."""
    paper = do(cast.cashier, paper, "write_off", now=NOW, note="收不回")
    return do(cast.finance_head, paper, "approve", now=NOW, **answers("write_off_decision", write_off_sum=amount))


def income(paper: Document) -> ServiceIncome:
    with reading() as session:
        return session.get_one(ServiceIncome, paper.id)
