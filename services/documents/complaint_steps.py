"""What the steps of a complaint are held to beside their fields, and what follows from them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from models import (
    Attachment,
    Bearer,
    Channel,
    Complaint,
    ComplaintNature,
    CostShare,
    Document,
    Person,
    State,
    SurveyAnswer,
    Task,
    Verdict,
)
from services.documents.complaint_route import SCORES
from services.documents.corrective_action import open_actions
from services.documents.satisfaction_survey import hand_on
from services.errors import Fault, Invalid, Refused
from services.money.spread import by_shape
from services.people import local_day

Wrong = Iterator[Fault]
WHOLE = Decimal("100")
_WRITTEN = frozenset({Channel.EMAIL, Channel.ONLINE, Channel.LETTER})


def step_is_right(session: Session, document: Document, now: datetime) -> None:
    """Whoever ends a step has filled it in as the rules of that step want it; what a case has set in motion is done
    before the case is closed (P3-2.1b).
    """
    complaint = session.get_one(Complaint, document.id)
    if document.step == "feed_back":
        no_action_is_open(session, document)
    check = _CHECKS.get(document.step or "")
    if check and (faults := list(check(session, complaint, now))):
        raise Invalid(faults)


def no_action_is_open(session: Session, document: Document) -> None:
    """Its corrective actions are verified or given up."""
    if numbers := open_actions(session, document.id):
        raise Refused("CP.refused.action_open", number=document.number or "", actions=", ".join(numbers))


def there_is_something_to_redo(session: Session, document: Document, now: datetime) -> None:
    """Only what was carried out is carried out again."""
    if session.get_one(Complaint, document.id).nature is None:
        raise Refused("CP.refused.nothing_to_redo", number=document.number or "")


def shares_are_whole(session: Session, document: Document, now: datetime) -> None:
    """The shares of a case are a hundred to the last digit, and its cost is split by them to the fen (P5-6c)."""
    found = select(CostShare).where(CostShare.document_id == document.id).order_by(col(CostShare.position))
    shares = list(session.exec(found))
    faults = [fault for share in shares for fault in _wrong_in_share(share)]
    total = sum((share.percent for share in shares), Decimal(0))
    if total != WHOLE:
        faults.append(Fault("shares", "CP.fault.shares", {"total": total}))
    if faults:
        raise Invalid(faults)
    cost = session.get_one(Complaint, document.id).case_cost or Decimal(0)
    for share, amount in zip(shares, by_shape(cost, [share.percent for share in shares]), strict=True):
        share.share_amount = amount


# --- what follows from steps


def accepted(session: Session, document: Document, now: datetime) -> None:
    complaint = session.get_one(Complaint, document.id)
    complaint.handed_at = None if complaint.declined else now


def handed_back(session: Session, document: Document, now: datetime) -> None:
    """No department has it any more; of a case that was done the customer waits for an answer again (P1-6.1)."""
    complaint = session.get_one(Complaint, document.id)
    complaint.handed_at = complaint.handler_id = None
    if document.state == State.DONE:
        complaint.reopened_at = now.replace(second=0, microsecond=0)  # as other moments of a case: to the minute
        complaint.contacted_at = complaint.contact_way = complaint.contact_note = None


def verified(session: Session, document: Document, now: datetime) -> None:
    """From the verdict follows which way the case goes; where that is disputed the coordinator says it."""
    complaint = session.get_one(Complaint, document.id)
    if complaint.declined:
        return
    complaint.verified_at = now
    complaint.nature = _NATURES.get(Verdict(complaint.verdict)) if complaint.verdict else None


def verified_anew(session: Session, document: Document, now: datetime) -> None:
    """The case is verified once more: the department has it again from now on."""
    complaint = session.get_one(Complaint, document.id)
    complaint.verified_at = complaint.nature = None
    complaint.handed_at = now


def agreed(session: Session, document: Document, now: datetime) -> None:
    complaint = session.get_one(Complaint, document.id)
    complaint.consent_file = _brought_at(session, document, "agree")
    complaint.agreed_at = now if complaint.promised_on else None


def agreed_anew(session: Session, document: Document, now: datetime) -> None:
    session.get_one(Complaint, document.id).agreed_at = None


def to_be_executed(session: Session, document: Document, now: datetime) -> None:
    session.get_one(Complaint, document.id).executed_on = None


def notified(session: Session, document: Document, now: datetime) -> None:
    session.get_one(Complaint, document.id).notified_at = now


def to_be_notified(session: Session, document: Document, now: datetime) -> None:
    session.get_one(Complaint, document.id).notified_at = None


def surveyed(session: Session, document: Document, now: datetime) -> None:
    """What the customer answered goes to the department that handled the case (P3-1.5)."""
    complaint = session.get_one(Complaint, document.id)
    complaint.surveyed_at = now if complaint.survey_answer else None
    if complaint.survey_answer == SurveyAnswer.ANSWERED:
        hand_on(session, document, complaint, now)


def to_be_surveyed(session: Session, document: Document, now: datetime) -> None:
    session.get_one(Complaint, document.id).surveyed_at = None


EFFECTS = {
    "approved": accepted,
    "verified": verified,
    "agreed": agreed,
    "notified": notified,
    "surveyed": surveyed,
}
UNDO = {
    "approved": handed_back,
    "verified": verified_anew,
    "agreed": agreed_anew,
    "executed": to_be_executed,
    "notified": to_be_notified,
    "surveyed": to_be_surveyed,
}
_NATURES = {
    Verdict.QUALITY: ComplaintNature.QUALITY,
    Verdict.NON_QUALITY: ComplaintNature.NON_QUALITY,
}


# --- what is wrong with a step


def _handler(session: Session, complaint: Complaint, now: datetime) -> Wrong:
    """He works in the department that handles the case (P5-8.1)."""
    handler = session.get(Person, complaint.handler_id)
    if handler is None or handler.department_id != complaint.handling_department_id:
        yield Fault("handler_id", "CP.fault.handler_elsewhere")


def _contact(session: Session, complaint: Complaint, now: datetime) -> Wrong:
    """After receipt and not in the future: taking the call is not the answer (P1-6.1)."""
    at = complaint.contacted_at
    if at and at < complaint.came_in_at:
        yield Fault("contacted_at", "CP.fault.before_receipt", {"at": complaint.came_in_at})
    elif at and at > now:
        yield Fault("contacted_at", "fault.in_future")


def _responsible(session: Session, complaint: Complaint, now: datetime) -> Wrong:
    """Department and person belong together (P5-6b)."""
    person = session.get(Person, complaint.responsible_person_id)
    if person and person.department_id != complaint.responsible_department_id:
        yield Fault("responsible_person_id", "CP.fault.person_elsewhere")


def _agreement(session: Session, complaint: Complaint, now: datetime) -> Wrong:
    """A day that is still to come is promised; the customer's word is of today or earlier, and where he has written it,
    his letter is with the case (P1-4.2b, P1-4.2c, P4-2.3).
    """
    today = local_day(now)
    if complaint.consent_way in _WRITTEN and _brought_at(session, _document(session, complaint), "agree") is None:
        yield Fault("consent_way", "CP.fault.consent_file")
    if complaint.promised_on and complaint.promised_on < today:
        yield Fault("promised_on", "CP.fault.promised_in_past")
    if complaint.consent_on and complaint.consent_on > today:
        yield Fault("consent_on", "fault.in_future")
    elif complaint.consent_on and complaint.consent_on < local_day(complaint.came_in_at):
        yield Fault("consent_on", "CP.fault.before_receipt", {"at": complaint.came_in_at})


def _document(session: Session, complaint: Complaint) -> Document:
    return session.get_one(Document, complaint.document_id)


def _brought_at(session: Session, document: Document, step: str) -> str | None:
    """The name of the file that was last added since a step was opened last."""
    opened = select(Task.opened_at).where(Task.document_id == document.id, Task.step == step)
    since = session.exec(opened.order_by(col(Task.id).desc()).limit(1)).first()
    if since is None:
        return None
    found = select(Attachment.name).where(
        Attachment.document_id == document.id, col(Attachment.removed_at).is_(None), Attachment.uploaded_at >= since
    )
    return session.exec(found.order_by(col(Attachment.id).desc()).limit(1)).first()


def _execution(session: Session, complaint: Complaint, now: datetime) -> Wrong:
    yield from _is_past("executed_on", complaint, now)


def _notice(session: Session, complaint: Complaint, now: datetime) -> Wrong:
    yield from _is_past("notified_on", complaint, now)


def _survey(session: Session, complaint: Complaint, now: datetime) -> Wrong:
    """Whoever answers gives all his scores; who cannot be reached gives none (P4-2.5)."""
    answered = complaint.survey_answer == SurveyAnswer.ANSWERED
    for name in SCORES:
        if answered and getattr(complaint, name) is None:
            yield Fault(name, "fault.required")
        elif not answered and getattr(complaint, name) is not None:
            yield Fault(name, "CP.fault.no_answer_no_score")


def _is_past(name: str, complaint: Complaint, now: datetime) -> Wrong:
    day = getattr(complaint, name)
    if day and day > local_day(now):
        yield Fault(name, "fault.in_future")
    elif day and day < local_day(complaint.came_in_at):
        yield Fault(name, "CP.fault.before_receipt", {"at": complaint.came_in_at})


_CHECKS: Mapping[str, Callable[[Session, Complaint, datetime], Wrong]] = {
    "assign": _handler,
    "contact": _contact,
    "responsibility": _responsible,
    "agree": _agreement,
    "execute": _execution,
    "notify": _notice,
    "survey": _survey,
}


def _wrong_in_share(share: CostShare) -> Wrong:
    """A department's share names it, a supplier's says who he is; the customer is known."""
    if share.bearer == Bearer.DEPARTMENT and share.bearing_department_id is None:
        yield Fault("bearing_department_id", "fault.required", {}, "shares", share.position)
    if share.bearer == Bearer.SUPPLIER and not share.bearer_name:
        yield Fault("bearer_name", "fault.required", {}, "shares", share.position)
