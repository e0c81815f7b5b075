"""Travel requests for measuring: plain ones, kept and sent through the portal's own services."""

from datetime import date, datetime

from sqlmodel import select

from models import Document, ExpenseType, Person
from services.database import writing
from services.documents.drafts import keep
from services.engine import act


def keep_trip(author: Person, day: date, token: str, now: datetime) -> Document:
    """A draft with everything filled in: one day in Xi'an for 600."""
    with writing() as session:
        raw = {
            "traveller_id": author.id,
            "companions": [],
            "origin": "株洲",
            "destinations": "西安",
            "starts_on": day.isoformat(),
            "ends_on": day.isoformat(),
            "transport": "train",
            "task": "更换 3 台制动单元并跟车试验",
            "serves": None,
            "estimates": [
                {"expense_type_id": session.exec(select(ExpenseType.id)).first(), "amount": "600.00", "note": None}
            ],
        }
        return keep(session, author, "TR", raw, token=token, now=now)


def send_trip(author: Person, day: date, token: str, now: datetime) -> Document:
    """One that waits for the head of the author's department."""
    paper = keep_trip(author, day, token, now)
    with writing() as session:
        return act(session, author, paper.id, "submit", now=now)
