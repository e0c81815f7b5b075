"""Service order: a call from the register to the archived voucher (P6-6, P6-8, P6-9).

Taking it in is in order_form.py, its category in order_category.py, what its steps are held to in order_steps.py.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from models import OrderPart, OrderPartForm, Role, ServiceOrder, ServiceOrderForm, Severity, VisitResult, Warranty
from services.database import rows
from services.documents import order_form as form
from services.documents import order_parts, sold_product
from services.documents import order_steps as steps
from services.documents.complaint_form import customers
from services.documents.kind import DocumentType, Lines, Mark, Print, Row, Section
from services.documents.order_clocks import DISPATCH, PROMISES
from services.documents.order_money import fee_to_sign
from services.prints.voucher import voucher
from services.routes import COMPLETE, Condition, Outcome, Owner, Signers, end_of, promised, work, working_days

HAND_BACK = "hand_back"
DERIVED = ("warranty", "warranty_until", "contract_number", "proposed_category", "proposed_because")

ROUTE = (
    work(
        "dispatch",
        Owner(Role.DISPATCHER),
        Owner(Role.SALES_MANAGER),
        signers=Signers.ANY_OWNER,
        within=promised(DISPATCH),
        fields=("category", "category_reason", "technician_id", "planned_from", "planned_until"),
        required=("category", "technician_id", "planned_from", "planned_until"),
        milestone="approved",
    ),
    work(
        "visit",
        Owner(person="technician_id"),
        within=end_of("visit_on"),
        fields=steps.OF_A_VISIT,
        required=("worked_on", "work_done", "work_hours", "visit_result"),
        table="parts",
        outcomes=(Outcome(COMPLETE), Outcome(HAND_BACK, to="dispatch", needs_note=True, fills=False)),
        recalled_to="dispatch",
        milestone="worked",
    ),
    work(
        "hand_over",
        Owner(Role.CASHIER),
        when=(Condition("collected_amount", ">", "0.00"),),
        within=working_days(2),
        fields=("handed_amount", "handed_remark"),
        required=("handed_amount",),
        milestone="handed",
    ),
    work(
        "archive",
        Owner(Role.SERVICE_CLERK),
        within=working_days(2),
        fields=("archived_as",),
        required=("archived_as",),
    ),
)
FILLED_ON_THE_WAY = tuple(name for step in ROUTE for name in step.fields)


def marks(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """That it is urgent, of an unknown thing, out of warranty, of another category than proposed, unfinished, or that
    parts for its visit have not come yet.
    """
    found: dict[int, list[Mark]] = {}
    awaiting = order_parts.awaiting_parts(session, ids)
    for row in rows(session, _MARKED, {"ids": list(ids)}):
        said = [Mark(f"CP.mark.{row.urgency}")] if row.urgency != Severity.NORMAL else []
        said += [Mark("CP.mark.unknown_serial", "orange")] if row.serial_known is False else []
        said += [Mark("CP.mark.out_of_warranty", "gray")] if row.warranty == Warranty.OVER else []
        said += [Mark("SO.mark.other_category", "orange")] if row.category != row.proposed_category else []
        said += [Mark("SO.mark.unfinished", "orange")] if row.visit_result == VisitResult.UNFINISHED else []
        said += [Mark("SO.mark.difference")] if row.handed_amount not in (None, row.collected_amount) else []
        said += [Mark("SO.mark.parts_missing", "orange")] if row.document_id in awaiting else []
        if said:
            found[row.document_id] = said
    return found


_MARKED = sa.select(
    col(ServiceOrder.document_id),
    col(ServiceOrder.urgency),
    col(ServiceOrder.serial_known),
    col(ServiceOrder.warranty),
    col(ServiceOrder.category),
    col(ServiceOrder.proposed_category),
    col(ServiceOrder.visit_result),
    col(ServiceOrder.collected_amount),
    col(ServiceOrder.handed_amount),
).where(col(ServiceOrder.document_id).in_(sa.bindparam("ids", expanding=True)))

SERVICE_ORDER = DocumentType(
    code="SO",
    slug="service_orders",
    area="service",
    icon=":material/build:",
    table=ServiceOrder,
    form=ServiceOrderForm,
    sections=(
        Section(
            "SO.section.customer",
            Row("customer_id"),
            Row("contact", "contact_phone"),
            Row("address"),
            Row("received_at", "urgency"),
        ),
        Section("SO.section.product", Row("serial", "product_id", "bought_on"), Row("work_kind"), Row("fault")),
        Section("SO.section.category", Row("category", "category_reason"), Row("serves")),
    ),
    after=tuple(dict.fromkeys((*DERIVED, *(one for one in FILLED_ON_THE_WAY if not one.startswith("category"))))),
    added=(
        Lines(
            "parts",
            OrderPart,
            OrderPartForm,
            ("part_name", "part_model", "quantity", "unit_price"),
            least=0,
            most=50,
            derived=("listed",),
            picks=order_parts.offered,
            proposed=order_parts.came_for_it,
        ),
    ),
    looks_back=True,
    columns=("customer_id", "category", "technician_id", "planned_from"),
    title=form.title,
    figures=form.figures,
    readers=frozenset(
        {
            Role.SERVICE_CLERK,
            Role.DISPATCHER,
            Role.SALES_MANAGER,
            Role.SERVICE_ADMINISTRATOR,
            Role.CUSTOMER_SERVICE,
        }
    ),
    starters=frozenset({Role.SERVICE_CLERK}),
    of_department="handling_department_id",
    people={"technician_id": False},
    checks=(
        sold_product.received_already,
        form.somebody_can_be_found,
        sold_product.the_product_is_known,
        sold_product.bought_before,
        form.another_category_has_its_reason,
    ),
    defaults=form.defaults,
    derive=form.derive,
    options={"customer_id": customers, "technician_id": steps.technicians},
    marks=marks,
    route=ROUTE,
    effects={"approved": steps.dispatched, "worked": steps.worked, "handed": steps.handed},
    undo={"approved": steps.called_back, "worked": steps.to_be_worked_on},
    guards={"complete": steps.step_is_right},
    cancel_after_approval=True,
    cancel_until="worked",
    prefilled={"handed_amount": "collected_amount"},
    facts=steps.facts,
    promises=PROMISES,
    customer_signs="visit",
    fit_to_be_signed=steps.fit_to_be_signed,
    signed_for=fee_to_sign,
    by_step=True,
    reversible=False,
    prints=(Print("voucher", "voucher", voucher),),
)
