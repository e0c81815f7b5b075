"""Complaint: one file of a case from the call to the feedback, of which each step's owner fills in his part (P1-4, P5).

The route is in complaint_route.py, what taking it in asks in complaint_form.py, what its steps are held to in
complaint_steps.py, its clocks in complaint_clocks.py.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Complaint, ComplaintForm, CostShare, CostShareForm, Role, Severity, Warranty
from services.database import rows
from services.documents import complaint_form as form
from services.documents import complaint_steps as steps
from services.documents import sold_product
from services.documents.complaint_clocks import PROMISES
from services.documents.complaint_route import REWORK, ROUTE
from services.documents.corrective_action import action_offered
from services.documents.income_steps import offered_by_case
from services.documents.kind import DocumentType, FollowUp, Lines, Mark, Print, Row, Section
from services.prints.complaint import opinion_form

FILLED_ON_THE_WAY = tuple(dict.fromkeys(name for step in ROUTE for name in step.fields))
DERIVED = ("warranty", "warranty_until", "contract_number", "consent_file")

__all__ = ["COMPLAINT"]


def marks(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """That it is urgent, came back, of a thing nobody knows to have been sold, out of warranty, or was declined."""
    found: dict[int, list[Mark]] = {}
    for row in rows(session, _MARKED, {"ids": list(ids)}):
        said = [Mark(f"CP.mark.{row.severity}")] if row.severity != Severity.NORMAL else []
        said += [Mark("CP.mark.reopened", "orange")] if row.reopened_at else []
        said += [Mark("CP.mark.unknown_serial", "orange")] if row.serial_known is False else []
        said += [Mark("CP.mark.out_of_warranty", "gray")] if row.warranty == Warranty.OVER else []
        said += [Mark("CP.mark.declined", "gray")] if row.declined else []
        if said:
            found[row.document_id] = said
    return found


_MARKED = sa.select(
    col(Complaint.document_id),
    col(Complaint.severity),
    col(Complaint.reopened_at),
    col(Complaint.serial_known),
    col(Complaint.warranty),
    col(Complaint.declined),
).where(col(Complaint.document_id).in_(sa.bindparam("ids", expanding=True)))


COMPLAINT = DocumentType(
    code="CP",
    slug="complaints",
    area="complaints",
    icon=":material/support_agent:",
    table=Complaint,
    form=ComplaintForm,
    sections=(
        Section(
            "CP.section.customer",
            Row("customer_id"),
            Row("contact", "contact_phone"),
            Row("channel", "received_at", "severity"),
        ),
        Section("CP.section.product", Row("serial", "product_id", "bought_on")),
        Section("CP.section.content", Row("content"), Row("related_id")),
    ),
    after=(*DERIVED, *FILLED_ON_THE_WAY),
    added=(
        Lines(
            "shares",
            CostShare,
            CostShareForm,
            ("bearer", "bearing_department_id", "bearer_name", "percent"),
            least=1,
            most=20,
            derived=("share_amount",),
        ),
    ),
    on_added={"shares": steps.shares_are_whole},
    looks_back=True,
    columns=("customer_id", "severity", "received_at"),
    title=form.title,
    figures=form.figures,
    readers=frozenset({Role.QUALITY_INSPECTOR, Role.SERVICE_ADMINISTRATOR, Role.CUSTOMER_SERVICE}),
    read_in=("handling_department_id",),
    starters=frozenset({Role.CUSTOMER_SERVICE, Role.SERVICE_CLERK}),
    people={"handler_id": False, "responsible_person_id": True},
    checks=(sold_product.received_already, sold_product.the_product_is_known, sold_product.bought_before),
    defaults=form.defaults,
    proposes={
        "customer_id": sold_product.owner_of_item,
        "contact": form.contact,
        "contact_phone": form.contact_phone,
    },
    derive=form.derive,
    options={"customer_id": form.customers, "related_id": form.alike},
    narrowed_by={"related_id": "customer_id"},
    marks=marks,
    route=ROUTE,
    effects=steps.EFFECTS,
    undo=steps.UNDO,
    guards={
        "approve": steps.step_is_right,
        "complete": steps.step_is_right,
        REWORK: steps.there_is_something_to_redo,
    },
    promises=PROMISES,
    by_step=True,
    found_at={"consent_file": "agree"},
    reopen_at="accept",
    reopeners=frozenset({Role.CUSTOMER_SERVICE, Role.SERVICE_ADMINISTRATOR, Role.SALES_MANAGER}),
    reversible=False,
    follow_ups=(FollowUp("RV", offered_by_case, several=True), FollowUp("CX", action_offered, several=True)),
    prints=(Print("opinion", "complaint", opinion_form),),
)
