"""Every stop of the budget control is written down, though the act that met it leaves nothing else (P2-5.1a)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Basis, BudgetCategory, BudgetStop, Document
from services.errors import Invalid, Refused
from services.money.control import OVER
from services.schema import missing_triggers


def stops_in(refused: Refused) -> list[dict[str, Any]]:
    """The lines of the budget on account of which an act was refused, each with its numbers as facts."""
    said = [(fault.key, fault.facts) for fault in refused.faults] if isinstance(refused, Invalid) else []
    return [facts for key, facts in said or [(refused.key, refused.facts)] if key.startswith(OVER)]


def written_down(
    refused: Refused, document: Document, person_id: int, action: str, now: datetime
) -> Callable[[Session], None] | None:
    """What writes the stops of a refused act down; None where the budget was not the reason."""
    found = stops_in(refused)
    document_id = document.id

    def write(session: Session) -> None:
        if session.get(Document, document_id) is None:
            return  # the paper was begun in the same transaction, and is gone with it
        for facts in found:
            session.add(_stop(facts, document_id, person_id, action, now))

    return write if found else None


def problems(session: Session) -> Iterator[str]:
    """Guards of the list of stops that are missing."""
    for name in missing_triggers(session.connection(), "budgetstop"):
        yield f"trigger {name}: missing"


def _stop(facts: dict[str, Any], document_id: int, person_id: int, action: str, now: datetime) -> BudgetStop:
    place = facts["place"]
    figures: dict[str, Any] = {name: facts[name] for name in ("plan", "reserved", "spent", "asked")}
    return BudgetStop(
        at=now,
        document_id=document_id,
        person_id=person_id,
        action=action,
        department_id=place["department_id"],
        category=BudgetCategory(place["category"]),
        month=place["month"],
        until=place["until"],
        basis=Basis(place["basis"]),
        **figures,
    )
