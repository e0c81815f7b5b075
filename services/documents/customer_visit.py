"""Customer visit: what customers think of design, process, assembly and service is asked for and forwarded to the
departments it concerns, and what they may buy to sales (P3-1.3, P3-1.4).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import (
    Customer,
    CustomerVisit,
    CustomerVisitForm,
    Document,
    Person,
    Role,
    SalesLead,
    SalesLeadForm,
    VisitOpinion,
    VisitOpinionForm,
)
from services.documents.corrective_action import action_offered
from services.documents.kind import DocumentType, Filled, FollowUp, Lines, Print, Row, Section
from services.errors import Fault
from services.people import local_day
from services.prints.declared import paper_data
from services.routes import Condition, Of, Owner, decision, work, working_days

OPINIONS = Lines(
    "opinions",
    VisitOpinion,
    VisitOpinionForm,
    ("aspect", "opinion", "forwarded_to_id"),
    least=0,
    most=50,
    derived=("reply",),
)
LEADS = Lines("leads", SalesLead, SalesLeadForm, ("product_id", "lead"), least=0, most=20)


def title(filled: Filled) -> str:
    customer = filled.session.get(Customer, filled.values.get("customer_id") or 0)
    return " ".join(filter(None, (customer.name if customer else "", filled.values.get("visit_notes"))))[:100]


def was_there(filled: Filled) -> Iterator[Fault]:
    """A visit is written down once it was paid, by whoever was there (P3-1.3a)."""
    if filled.has("visited_on") and filled.values["visited_on"] > local_day(filled.now):
        yield Fault("visited_on", "CV.fault.in_future")
    if "visitors" in filled.values and not filled.values["visitors"]:
        yield Fault("visitors", "fault.required")


def opinions_were_asked(filled: Filled) -> Iterator[Fault]:
    """A visit asks for opinions (P3-1.3b): without any it says nothing to anybody."""
    if not filled.lines["opinions"] and not filled.lines["leads"]:
        yield Fault("opinions", "CV.fault.nothing_said")


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    return {"visited_on": local_day(now).isoformat(), "visitors": [user.id]}


def departments(filled: Filled) -> list[int]:
    """To whom opinions are forwarded."""
    return sorted({line["forwarded_to_id"] for line in filled.lines["opinions"] if line.get("forwarded_to_id")})


CUSTOMER_VISIT = DocumentType(
    code="CV",
    slug="customer_visits",
    area="complaints",
    icon=":material/handshake:",
    table=CustomerVisit,
    form=CustomerVisitForm,
    sections=(
        Section(
            "CV.section.visit",
            Row("customer_id", "visited_on"),
            Row("visitors", "met"),
            Row("visit_notes"),
        ),
        Section("CV.section.opinions", OPINIONS),
        Section("CV.section.leads", LEADS),
    ),
    after=("leads_result",),
    columns=("customer_id", "visited_on"),
    title=title,
    people={"visitors": False},
    readers=frozenset({Role.CUSTOMER_SERVICE, Role.SERVICE_ADMINISTRATOR, Role.QUALITY_INSPECTOR, Role.SALES_MANAGER}),
    starters=frozenset(
        {
            Role.ENGINEER,
            Role.TECHNICIAN,
            Role.DEPARTMENT_HEAD,
            Role.CUSTOMER_SERVICE,
            Role.SERVICE_ADMINISTRATOR,
            Role.SALES_MANAGER,
            Role.SALESPERSON,
            Role.QUALITY_INSPECTOR,
        }
    ),
    checks=(was_there, opinions_were_asked),
    defaults=defaults,
    follows={
        "department_ids": departments,
        "has_opinions": lambda filled: bool(filled.lines["opinions"]),
        "has_leads": lambda filled: bool(filled.lines["leads"]),
    },
    route=(
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=working_days(2), milestone="approved"),
        work(
            "answer_opinions",
            Owner(Role.DEPARTMENT_HEAD, Of.TOUCHED),
            when=(Condition("has_opinions", "==", True),),
            within=working_days(5),
            line_fields={OPINIONS.name: ("reply",)},
            own_lines="forwarded_to_id",
            line_required=("reply",),
        ),
        work(
            "pursue_leads",
            Owner(Role.SALESPERSON),
            when=(Condition("has_leads", "==", True),),
            within=working_days(5),
            fields=("leads_result",),
            required=("leads_result",),
        ),
    ),
    reversible=False,
    follow_ups=(FollowUp("CX", action_offered, several=True),),
    prints=(Print("visit", "declared", paper_data),),
)
