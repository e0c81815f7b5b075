"""What is promised to whoever calls: that somebody is sent, sooner where more is at stake. The times are settings."""

from datetime import datetime

from sqlmodel import Session

from models import ServiceOrder, Severity
from services.documents.kind import Promise
from services.routes import Clock
from services.settings import setting

DISPATCH = "dispatch"


def dispatch_clock(session: Session, order: ServiceOrder, now: datetime) -> Clock:
    """[1, 4, 8] working hours by urgency, from the call (P6-8b)."""
    return Clock(working_hours=setting(session, f"service.dispatch_hours.{Severity(order.urgency)}", now))


PROMISES = (
    Promise(DISPATCH, lambda one: one.received_at, dispatch_clock, lambda one: one.dispatched_at, step="dispatch"),
)
