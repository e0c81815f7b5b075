"""The budget control where papers are typed, sent and signed: what stops one, what its author has to explain, and the
lines that are shown (P2-5.1a, P2-5.1b).
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime

from sqlmodel import Session

from models import Document, Person, Response, State
from services.documents.filling import fill
from services.documents.kind import Budgeted, Filled
from services.errors import Fault, Warned
from services.money.control import Look, look, moves
from services.money.ledger import place_of
from services.money.wants import Want

BEFORE = (State.DRAFT, State.RETURNED, State.WITHDRAWN, State.RUNNING)
"""States in which a paper may still ask for its money."""


def stops(budget: Budgeted) -> Callable[[Filled], Iterator[Fault]]:
    """A check of a kind: what is not sent because its category would be overspent."""

    def check(filled: Filled) -> Iterator[Fault]:
        for one in looked_at(budget, filled):
            if one.response == Response.STOP:
                yield _fault(filled, one, list(budget.typed(filled)))

    return check


def warnings(budget: Budgeted) -> Callable[[Filled], Iterator[Warned]]:
    """What needs its author's reason, where the category's setting only warns."""

    def warn(filled: Filled) -> Iterator[Warned]:
        for one in looked_at(budget, filled):
            if one.response == Response.WARN:
                yield Warned(_mark(one), _fault(filled, one, list(budget.typed(filled))))

    return warn


def explained(budget: Budgeted) -> Callable[[Filled], Iterator[Warned]]:
    """Of a kind that books what has arisen already: more than there is needs its author's reason, and stops nothing."""

    def warn(filled: Filled) -> Iterator[Warned]:
        for one in looked_at(budget, filled):
            if one.response is not None:
                yield Warned(_mark(one), _fault(filled, one, list(budget.typed(filled))))

    return warn


def watched(
    budget: Budgeted, *, stops: bool = True
) -> Callable[[Session, Person, Document, datetime], Iterator[Warned]]:
    """What whoever signs reads beside a paper that has not got its money yet."""

    def watch(session: Session, reader: Person, document: Document, now: datetime) -> Iterator[Warned]:
        for one in looks_of(session, document, budget, now):
            if one.response is not None:
                fault = Fault("amount", one.key, one.facts(session))
                yield Warned(_mark(one), fault, blocks=stops and one.response == Response.STOP)

    return watch


def looked_at(budget: Budgeted, filled: Filled) -> list[Look]:
    """The lines of the budget that a paper being typed would touch, asked once for a form."""
    if "budget" not in filled.memory:
        department = filled.values.get(budget.of_department or "")
        department = department or (filled.document or filled.user).department_id
        wanted = list(budget.typed(filled))
        filled.memory["budget"] = look(filled.session, moves(filled.session, department, wanted), filled.now)
    found: list[Look] = filled.memory["budget"]
    return found


def looks_of(session: Session, document: Document, budget: Budgeted, now: datetime) -> list[Look]:
    """The lines that a sent paper would touch; none once it has got its money."""
    if not has_still_to_be_decided(document):
        return []
    return look(session, moves(session, document.department_id, budget.stored(session, document)), now)


def has_still_to_be_decided(document: Document) -> bool:
    """Was it sent, and has it not reserved, spent or changed anything yet?"""
    return document.state in BEFORE and document.approved_at is None and document.number is not None


def stopped(session: Session, user: Person, document: Document, now: datetime) -> list[Look]:
    """The lines on which a paper is stopped, be it typed or sent."""
    from services.documents import KINDS  # the kinds ask this module
    from services.documents.drafts import typed

    kind = KINDS[document.kind]
    if kind.budget is None or document.state not in BEFORE or document.approved_at is not None:
        return []
    if document.state == State.RUNNING:
        found = looks_of(session, document, kind.budget, now)
    else:
        filled, _ = fill(session, user, kind, typed(session, document), now, document)
        found = looked_at(kind.budget, filled)
    return [one for one in found if one.response == Response.STOP]


def request_offered(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """Its author may ask management for what it lacks (P2-4.1)."""
    authors = (document.applicant_id, document.created_by_id, document.keeper_id)
    return user.id in authors and bool(stopped(session, user, document, now))


def _fault(filled: Filled, one: Look, wanted: list[Want]) -> Fault:
    """Said beside the last line that asks for the category: it is the one that is too much."""
    own = [want for want in wanted if place_of(filled.session, want.cost.expense_type_id)[0] == one.category]
    place = own[-1]
    return Fault(place.field, one.key, one.facts(filled.session), place.table, place.line)


def _mark(one: Look) -> str:
    """A reason holds for just this amount on just this line; what others spend meanwhile asks nobody anew."""
    said = f"{one.department_id}|{one.category}|{one.month}|{one.basis}|{one.asked}"
    return f"budget:{hashlib.sha256(said.encode()).hexdigest()[:16]}"
