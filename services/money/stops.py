"""Every stop and warning of the budget control is written down and stays: a stop though the act that met it leaves
nothing else, a warning though the paper is sent again without it (P2-5.1a, P7-10).
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models import Basis, BudgetCategory, BudgetStop, Document, Response, Task
from services.errors import Invalid, Refused
from services.schema import missing_triggers

OVER = "budget_control.over."
"""What the texts of the control begin with; by what it measures follows."""


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


def put_down_warning(
    session: Session, document: Document, person_id: int, facts: dict[str, Any], reason: str, now: datetime
) -> None:
    """A paper is sent beyond its budget, where that is only warned of, for this reason."""
    session.add(_stop(facts, document.id, person_id, "submit", now, Response.WARN, reason))


def put_down_excess(session: Session, document: Document, facts: dict[str, Any], now: datetime) -> None:
    """Money is taken beyond the budget, where that is only warned of; under whoever signs for it just now. What its
    author gave a reason for is on record already.
    """
    its, place = col(BudgetStop.document_id) == document.id, facts["place"]
    known = select(BudgetStop).where(its, BudgetStop.response == Response.WARN)
    for one in session.exec(known.where(col(BudgetStop.asked) >= facts["asked"])):
        if (one.department_id, one.category, one.until) == (place["department_id"], place["category"], place["until"]):
            return
    signed = select(Task.closed_by_id).where(Task.document_id == document.id, Task.closed_at == now)
    person_id = session.exec(signed.order_by(col(Task.id).desc())).first() or document.applicant_id
    session.add(_stop(facts, document.id, person_id, "approve", now, Response.WARN))


def problems(session: Session) -> Iterator[str]:
    """Guards of the list of stops that are missing."""
    for name in missing_triggers(session.connection(), "budgetstop"):
        yield f"trigger {name}: missing"


def _stop(
    facts: dict[str, Any],
    document_id: int,
    person_id: int,
    action: str,
    now: datetime,
    response: Response = Response.STOP,
    reason: str = "",
) -> BudgetStop:
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
        response=response,
        reason=reason,
        **figures,
    )
