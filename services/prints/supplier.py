"""The letter to a supplier (P3-2.3a): problem, model, quantity, site, contact, deadline, and who bears the cost."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Document, Person, Supplier, SupplierNotice, SupplierNoticeForm
from services.letters import Mail
from services.prints.values import breakable, day, detail, fen
from services.settings import setting
from services.texts import said, text

Data = dict[str, Any]


def letter_mail(session: Session, document: Document, notice: SupplierNotice, now: datetime) -> Mail:
    """The mail that the letter goes with, in Chinese as the letter; the answer comes to whoever wrote it."""
    supplier = session.get_one(Supplier, notice.supplier_id)
    writer = session.get_one(Person, document.applicant_id)
    facts = {
        "number": document.number,
        "model": notice.model,
        "supplier": supplier.name,
        "contact": supplier.contact or supplier.name,
        "problem": notice.problem,
        "solve_by": day(notice.solve_by, "zh"),
        "company": setting(session, "company.name", now),
        "writer": writer.name,
        "phone": writer.phone or "",
    }
    subject, body = text("zh", "SN.mail.subject", **facts), text("zh", "SN.mail.body", **facts)
    return Mail(supplier.email or "", subject, body, reply_to=writer.email)


def letter_data(session: Session, document: Document, language: str) -> Data:
    """What he is told in writing; its words are those of the clause."""
    notice = detail(session, document, SupplierNotice, SupplierNoticeForm)
    supplier = session.get(Supplier, notice.supplier_id or 0)
    writer = session.get_one(Person, document.applicant_id)
    return {
        "supplier": breakable(supplier.name if supplier else ""),
        "supplier_contact": breakable(supplier.contact if supplier else ""),
        "problem": breakable(notice.problem),
        "model": breakable(notice.model),
        "quantity": str(notice.quantity or ""),
        "on_site": bool(notice.on_site),
        "site": breakable(notice.site),
        "contact": breakable(notice.contact),
        "contact_phone": breakable(notice.contact_phone),
        "solve_by": day(notice.solve_by, language),
        "cost_bearing": text(language, f"print.letter_bearing.{notice.cost_bearing}") if notice.cost_bearing else "",
        "fen": fen(notice.claimed_amount),
        "first_contact_on": day(notice.first_contact_on, language),
        "writer": writer.name,
        "writer_phone": breakable(writer.phone),
        "sent_on": day(notice.sent_on, language),
        "sent_way": said(language, notice.sent_way) if notice.sent_way else "",
    }
