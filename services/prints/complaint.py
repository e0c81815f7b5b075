"""What stands on the customer opinion form (客户意见处理表, P5-5.1a): every part, those not yet filled in as blanks."""

from typing import Any

from sqlmodel import Session

from models import Complaint, ComplaintForm, CostShare, CostShareForm, Document
from services.documents.fields import Type, spec
from services.documents.lookups import names
from services.prints.values import breakable, day, detail, fen, lines, moment
from services.texts import has_text, said, text

Data = dict[str, Any]

PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("CP.section.customer", ("customer_id", "contact", "contact_phone", "channel", "received_at", "severity")),
    ("CP.section.product", ("product_id", "serial", "bought_on", "warranty", "warranty_until", "contract_number")),
    ("CP.section.content", ("content",)),
    ("step.accept", ("handling_department_id", "handler_id")),
    ("step.contact", ("contacted_at", "contact_way", "contact_note")),
    ("step.verify", ("verdict", "finding", "nature_term")),
    ("step.analyse", ("cause_category", "cause", "countermeasure", "rnd_opinion")),
    ("step.responsibility", ("responsible_department_id", "responsible_person_id", "responsibility")),
    ("step.plan", ("solution", "plan", "basis", "plan_decision")),
    (
        "step.agree",
        ("promised_on", "consent", "consent_on", "consent_way", "consent_file", "contract_term", "settlement"),
    ),
    ("step.execute", ("executed_on", "work_done", "result_report")),
    ("step.notify", ("notified_on", "notify_way")),
    (
        "step.survey",
        (
            "survey_answer",
            "score_speed",
            "score_quality",
            "score_attitude",
            "score_price",
            "score_overall",
            "survey_remarks",
        ),
    ),
    ("step.allocate", ("case_cost", "recovery")),
    ("step.feed_back", ("fed_back",)),
)
"""The parts of the form in the order in which they are filled in."""
_OFTEN_EMPTY = frozenset(
    {"consent_file", "nature_term", "rnd_opinion", "plan_decision", "contract_term", "settlement", "recovery"}
)
"""What only some branches fill in: left out where nobody has, so that the form stays as it is on paper."""


def opinion_form(session: Session, document: Document, language: str) -> Data:
    complaint = detail(session, document, Complaint, ComplaintForm)
    shares = lines(session, document, "shares", CostShare, CostShareForm)
    return {
        "parts": [
            {
                "title": text(language, key),
                "rows": [row for name in fields if (row := _row(session, complaint, name, language))],
            }
            for key, fields in PARTS
        ],
        "shares": [
            {
                "bearer": _bearer(session, share, language),
                "percent": f"{share.percent:.2f} %",
                "fen": fen(share.share_amount),
            }
            for share in shares
        ],
    }


def _row(session: Session, complaint: Complaint, name: str, language: str) -> Data | None:
    value = getattr(complaint, name)
    if value is None and name in _OFTEN_EMPTY:
        return None
    field = spec(Complaint, name)
    own = f"CP.field.{name}"
    return {
        "label": text(language, own if has_text(language, own) else f"field.{name}"),
        "value": breakable(_said(session, field.table if field.kind == Type.LINK else None, value, language)),
        "wide": field.kind == Type.LONG_TEXT,
    }


def _said(session: Session, table: str | None, value: Any, language: str) -> str:
    if value is None:
        return ""
    if table:
        return names(session, table, [value], language).get(value, "")
    if hasattr(value, "hour"):
        return moment(value)
    return day(value, language) if hasattr(value, "isoformat") else said(language, value)


def _bearer(session: Session, share: CostShare, language: str) -> str:
    department = _said(session, "department", share.bearing_department_id, language)
    return " ".join(filter(None, (said(language, share.bearer), department, share.bearer_name)))
