"""Supplier notice: what is wrong with what he made, where, until when it is solved and who bears the cost; written at
once, sent as a letter, tracked until it is solved (P3-2.3a, P3-2.3b).
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Channel,
    CostBearing,
    Document,
    LetterState,
    Person,
    Role,
    Supplier,
    SupplierNotice,
    SupplierNoticeForm,
    Supply,
)
from services import letters
from services.calendar import end_of_day
from services.config import mail_server
from services.database import rows
from services.documents.cases import a_case_is_named, handler_of, number_of_case
from services.documents.kind import DocumentType, Filled, FollowUp, Mark, Print, Promise, Row, Section
from services.documents.recovery import not_while_claimed, offered_by_notice
from services.documents.titles import place_and_matter
from services.errors import Fault, Invalid, Refused
from services.people import local_day, standing
from services.prints.supplier import letter_data, letter_mail
from services.routes import (
    COMPLETE,
    Clock,
    Condition,
    Of,
    Outcome,
    Owner,
    Step,
    decision,
    end_of,
    promised,
    work,
    working_days,
)
from services.settings import setting

ANSWER = "supplier_answer"
FAILED, NOT_SOLVED = "supplier_failed", "not_solved"
MAIL, SEND_AGAIN = "mail_letter", "send_again"
WRITERS = {Supply.OUTSOURCED: Role.PRODUCTION_ENGINEER, Supply.PURCHASED: Role.PURCHASER}
"""Who looks after which suppliers (P3-2.3a)."""
WAYS_IN_WRITING = (Channel.EMAIL, Channel.LETTER, Channel.ONLINE)


def title(filled: Filled) -> str:
    supplier = filled.session.get(Supplier, filled.values.get("supplier_id") or 0)
    return place_and_matter(supplier.name if supplier else "", filled.values.get("model"))


def claimed(filled: Filled) -> Decimal | None:
    return filled.values.get("claimed_amount")


def supplier_is_his(filled: Filled) -> Iterator[Fault]:
    """Outsourced parts are production's matter, bought ones purchasing's (P3-2.3a)."""
    supplier = filled.session.get(Supplier, filled.values.get("supplier_id") or 0)
    if supplier and WRITERS[supplier.supply] not in standing(filled.session, filled.user).roles:
        key = "SN.fault.productions" if supplier.supply == Supply.OUTSOURCED else "SN.fault.purchasings"
        yield Fault("supplier_id", key)


def days_in_order(filled: Filled) -> Iterator[Fault]:
    """He was spoken to first, and has until a day that is still to come (P3-2.3a)."""
    today = local_day(filled.now)
    if filled.has("solve_by") and filled.values["solve_by"] < today:
        yield Fault("solve_by", "SN.fault.solve_in_past")
    if filled.has("first_contact_on") and filled.values["first_contact_on"] > today:
        yield Fault("first_contact_on", "SN.fault.in_future")


def claim_is_above_nothing(filled: Filled) -> Iterator[Fault]:
    """Who is to bear the cost is told how much (P3-2.3a)."""
    if filled.values.get("claimed_amount") == 0:
        yield Fault("claimed_amount", "fault.above", {"gt": 0})


def confirmer(filled: Filled) -> int | None:
    """Who handles the complaint says that it is solved; never the writer himself."""
    handler = handler_of(filled.session, filled.values.get("serves"))
    return None if handler == filled.user.id else handler


def derive(filled: Filled) -> None:
    filled.values["serves"] = number_of_case(filled.values.get("serves"))


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    return {"on_site": True, "first_contact_on": local_day(now).isoformat()}


def step_is_right(session: Session, document: Document, now: datetime) -> None:
    """What is recorded happened, in this order: sent in writing, answered, solved (P3-2.3b)."""
    check = {"notice_send": _sent, "notice_answer": _answered, "notice_solve": _solved}.get(document.step or "")
    if check and (faults := list(check(session.get_one(SupplierNotice, document.id), now))):
        raise Invalid(faults)


def dispatched(session: Session, document: Document, now: datetime) -> None:
    """From now on his answer is waited for; where the portal is to mail the letter, it lies in its outbox."""
    notice = session.get_one(SupplierNotice, document.id)
    notice.dispatched_at = now
    if notice.mailed:
        notice.sent_on, notice.sent_way = local_day(now), Channel.EMAIL
        letters.put(session, document, "letter", letter_mail(session, document, notice, now), now)


def sent_otherwise(session: Session, document: Document, now: datetime) -> None:
    """The letter is to be sent anew; one that has not gone out yet stays here."""
    notice = session.get_one(SupplierNotice, document.id)
    notice.dispatched_at = notice.sent_on = notice.sent_way = None
    notice.mailed = False
    given_up(session, document, now)


def given_up(session: Session, document: Document, now: datetime) -> None:
    """Nobody is to get the letter any more."""
    letters.withdraw(session, document.id)


def may_be_mailed(session: Session, document: Document) -> bool:
    """Has the portal a mail server, and the supplier an address?"""
    notice = session.get(SupplierNotice, document.id)
    supplier = session.get(Supplier, notice.supplier_id) if notice else None
    return mail_server() is not None and supplier is not None and letters.is_address(supplier.email)


def may_be_sent_again(session: Session, document: Document) -> bool:
    """Is there a letter that the portal has not got rid of?"""
    letter = letters.latest(session, document.id)
    return letter is not None and letter.state in letters.NOT_GONE


def is_still_here(session: Session, document: Document, now: datetime) -> None:
    """The worker may have just taken it. Raises `Refused`."""
    if not may_be_sent_again(session, document):
        raise Refused("SN.letter_has_gone")


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """What has become of the letter that the portal mails: to whom, when, what the mail server said."""
    letter = letters.latest(session, document.id) if document.number else None
    if letter is None or letter.state == LetterState.WITHDRAWN:
        return []
    said: list[tuple[str, Any]] = [("SN.fact.mail", letter.state), ("SN.fact.mail_to", letter.address)]
    if letter.sent_at:
        return [*said, ("SN.fact.mailed_at", letter.sent_at)]
    if letter.error:
        said.append(("SN.fact.mail_error", letter.error))
    if letter.state == LetterState.WAITING and letter.tries:
        said.append(("SN.fact.mail_next", letter.next_try_at))
    return said


def _sent(notice: SupplierNotice, now: datetime) -> Iterator[Fault]:
    if notice.sent_way and notice.sent_way not in WAYS_IN_WRITING:
        yield Fault("sent_way", "SN.fault.in_writing")
    yield from _happened("sent_on", notice, notice.first_contact_on, now)


def _answered(notice: SupplierNotice, now: datetime) -> Iterator[Fault]:
    yield from _happened("answered_on", notice, notice.sent_on, now)
    claimed_amount = notice.claimed_amount or Decimal("0.00")
    if notice.accepted_amount is not None and notice.accepted_amount > claimed_amount:
        yield Fault("accepted_amount", "SN.fault.above_claim", {"amount": claimed_amount})


def _solved(notice: SupplierNotice, now: datetime) -> Iterator[Fault]:
    yield from _happened("solved_on", notice, notice.sent_on, now)


def _happened(name: str, notice: SupplierNotice, first: Any, now: datetime) -> Iterator[Fault]:
    day = getattr(notice, name)
    if day and day > local_day(now):
        yield Fault(name, "SN.fault.in_future")
    elif day and first and day < first:
        yield Fault(name, "SN.fault.before", {"day": first})


def answer_clock(session: Session, notice: SupplierNotice, now: datetime) -> Clock:
    return Clock(working_days=setting(session, "notice.answer_days", now))


def answered_at(notice: SupplierNotice) -> datetime | None:
    return end_of_day(notice.answered_on) if notice.answered_on else None


def may_be_sent(session: Session, document: Document) -> bool:
    """The letter is there once nobody has to agree to the claim any more."""
    return document.number is not None and document.step != Role.DEPARTMENT_HEAD.value


def marks(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """That the supplier did not solve it, or that the letter did not reach his mail server."""
    found = {id: [Mark("SN.mark.failed")] for id in rows(session, _FAILED, {"ids": list(ids)}).scalars()}
    for id in letters.undelivered(session, ids):
        found.setdefault(id, []).append(Mark("SN.mark.not_mailed"))
    return found


_FAILED = sa.select(col(SupplierNotice.document_id)).where(
    col(SupplierNotice.document_id).in_(sa.bindparam("ids", expanding=True)), col(SupplierNotice.solved) == sa.false()
)


def _confirm(key: str, owner: Owner, **more: Any) -> Step:
    back = Outcome(NOT_SOLVED, to="notice_solve", needs_note=True, fills=False)
    return work(key, owner, within=working_days(2), outcomes=(Outcome(COMPLETE), back), **more)


_CLAIMS = Condition("cost_bearing", "in", [CostBearing.SUPPLIER.value, CostBearing.SHARED.value])

SUPPLIER_NOTICE = DocumentType(
    code="SN",
    slug="supplier_notices",
    area="service",
    icon=":material/outgoing_mail:",
    table=SupplierNotice,
    form=SupplierNoticeForm,
    sections=(
        Section("SN.section.problem", Row("supplier_id", "serves"), Row("model", "quantity"), Row("problem")),
        Section("SN.section.site", Row("on_site", "solve_by"), Row("site"), Row("contact", "contact_phone")),
        Section(
            "SN.section.cost",
            Row("cost_bearing"),
            Row("claimed_amount", when=_CLAIMS, needed=("claimed_amount",)),
        ),
        Section("SN.section.contact", Row("first_contact_on", "first_contact_note")),
    ),
    after=(
        "confirmer_id",
        "sent_on",
        "sent_way",
        "answered_on",
        "answer",
        "accepted_amount",
        "solved",
        "solved_on",
        "rating",
        "solve_note",
    ),
    columns=("supplier_id", "solve_by"),
    title=title,
    amount=claimed,
    money=True,
    readers=frozenset({Role.PRODUCTION_ENGINEER, Role.PURCHASER, Role.QUALITY_INSPECTOR, Role.SERVICE_ADMINISTRATOR}),
    starters=frozenset(WRITERS.values()),
    people={"confirmer_id": False},
    checks=(supplier_is_his, a_case_is_named, days_in_order, claim_is_above_nothing),
    follows={"confirmer_id": confirmer},
    defaults=defaults,
    derive=derive,
    marks=marks,
    route=(
        decision(
            Role.DEPARTMENT_HEAD,
            of=Of.APPLICANT,
            when=(Condition("amount", ">=", setting="notice.major_claim"),),
            within=working_days(1),
        ),
        work(
            "notice_send",
            Owner(person="applicant"),
            within=working_days(1),
            fields=("sent_on", "sent_way"),
            required=("sent_on", "sent_way"),
            outcomes=(Outcome(MAIL, sets={"mailed": True}, fills=False), Outcome(COMPLETE)),
            milestone="approved",
        ),
        work(
            "notice_answer",
            Owner(person="applicant"),
            within=promised(ANSWER),
            fields=("answered_on", "answer", "accepted_amount"),
            required=("answered_on", "answer"),
            outcomes=(Outcome(COMPLETE), Outcome(SEND_AGAIN, to="notice_send", fills=False)),
        ),
        work(
            "notice_solve",
            Owner(person="applicant"),
            within=end_of("solve_by"),
            fields=("solved_on", "rating", "solve_note"),
            required=("solved_on", "rating"),
            outcomes=(
                Outcome(COMPLETE, sets={"solved": True}),
                Outcome(FAILED, needs_note=True, sets={"solved": False}),
            ),
        ),
        _confirm("notice_confirm", Owner(person="confirmer_id"), when=(Condition("confirmer_id", "!=", None),)),
        _confirm(
            "notice_confirm_head",
            Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT),
            when=(Condition("confirmer_id", "==", None),),
        ),
    ),
    effects={"approved": dispatched, "cancelled": given_up},
    undo={"approved": sent_otherwise},
    guards={
        COMPLETE: step_is_right,
        FAILED: step_is_right,
        SEND_AGAIN: is_still_here,
        "cancel": not_while_claimed,
    },
    offered={MAIL: may_be_mailed, SEND_AGAIN: may_be_sent_again},
    facts=facts,
    promises=(Promise(ANSWER, lambda one: one.dispatched_at, answer_clock, answered_at, step="notice_answer"),),
    follow_ups=(FollowUp("RV", offered_by_notice, several=True),),
    cancel_after_approval=True,
    reversible=False,
    prints=(Print("letter", "letter", letter_data, when=may_be_sent, language="zh"),),
)
