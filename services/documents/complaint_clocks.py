"""What the company promises a customer who complains: an answer, a verification, its own word, a question afterwards.

The times are settings, tighter where more is at stake, never longer than the policies allow.
"""

from datetime import datetime

from sqlmodel import Session

from models import Complaint, Severity
from services.calendar import end_of_day
from services.documents.kind import Promise
from services.routes import Clock
from services.settings import setting

ANSWER, VERIFICATION, SOLUTION, SURVEY = "answer", "verification", "solution", "survey"


def answer_clock(session: Session, complaint: Complaint, now: datetime) -> Clock:
    """[24] hours of the clock on the wall, from receipt, or from when the customer came back with it (P1-6.1)."""
    return Clock(hours=setting(session, f"complaint.answer_hours.{Severity(complaint.severity)}", now))


def answered_at(complaint: Complaint) -> datetime | None:
    """The handling department's first contact; where nobody handles it, the word that it is declined."""
    return complaint.notified_at if complaint.declined else complaint.contacted_at


def verification_clock(session: Session, complaint: Complaint, now: datetime) -> Clock:
    """[3] working days from receipt by the department, that day not counted (P1-4.2a)."""
    return Clock(working_days=setting(session, f"complaint.verify_days.{Severity(complaint.severity)}", now))


def carried_out_at(complaint: Complaint) -> datetime | None:
    """A promise for a day is kept by the end of that day (P1-4.2c)."""
    return end_of_day(complaint.executed_on) if complaint.executed_on else None


def survey_clock(session: Session, complaint: Complaint, now: datetime) -> Clock:
    """[5] working days after the customer was told the result (P4-2.5)."""
    return Clock(working_days=setting(session, f"complaint.survey_days.{Severity(complaint.severity)}", now))


PROMISES = (
    Promise(ANSWER, lambda one: one.came_in_at, answer_clock, answered_at, step="contact"),
    Promise(VERIFICATION, lambda one: one.handed_at, verification_clock, lambda one: one.verified_at, step="verify"),
    Promise(
        SOLUTION, lambda one: one.agreed_at, lambda *_: Clock(end_of="promised_on"), carried_out_at, step="execute"
    ),
    Promise(
        SURVEY,
        lambda one: None if one.declined else one.notified_at,
        survey_clock,
        lambda one: one.surveyed_at,
        step="survey",
    ),
)
