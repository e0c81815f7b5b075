"""What the engine needs to know of a paper, whether it lies in the database or is still being typed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlmodel import Session, select

from models import Document, Participant, State
from services.documents import KINDS
from services.documents.papers import detail_of

REVERSAL = "reversal"
"""The step that decides whether a finished paper is undone, and the part of whoever asked for that."""
KEPT = "kept"
"""The part of whoever took a paper over and handed it on: he may have typed and sent it."""


@dataclass(frozen=True)
class Case:
    """A paper as its route sees it: whose it is, what it is worth, and the values its conditions ask for."""

    kind: str
    applicant_id: int
    department_id: int
    amount: Decimal | None
    values: Mapping[str, Any]
    concerned: frozenset[int]
    """People who may not decide on it: applicant, author, and those it favours or judges."""

    @property
    def handling_department_id(self) -> int | None:
        return self.values.get("handling_department_id")

    @property
    def touched_department_ids(self) -> list[int]:
        return sorted(self.values.get("department_ids") or ())

    def field(self, name: str) -> Any:
        if name == "amount":
            return self.amount
        return self.values.get(name)

    def also_concerned(self, people: frozenset[int]) -> "Case":
        return replace(self, concerned=self.concerned | people)


def case_of(session: Session, document: Document) -> Case:
    """The case of a stored document."""
    detail = detail_of(session, document)
    values = detail.model_dump() if detail else {}
    case = case_from(document.kind, document, document.amount, values)
    if document.keeper_id is not None:
        case = case.also_concerned(_with_part(session, document, KEPT))
    if document.state == State.REVERSING:  # whoever asked for that does not decide on it
        case = case.also_concerned(_with_part(session, document, REVERSAL))
    return case


def _with_part(session: Session, document: Document, part: str) -> frozenset[int]:
    found = select(Participant.person_id).where(Participant.document_id == document.id, Participant.part == part)
    return frozenset(session.exec(found))


def case_from(code: str, header: Document, amount: Decimal | None, values: Mapping[str, Any]) -> Case:
    """The case of values just typed, under the header of their document."""
    own = {header.applicant_id, header.created_by_id} | ({header.keeper_id} if header.keeper_id else set())
    return Case(
        kind=code,
        applicant_id=header.applicant_id,
        department_id=header.department_id,
        amount=amount,
        values=values,
        concerned=frozenset(own | people_in(code, values, benefiting=True)),
    )


def people_in(code: str, values: Mapping[str, Any], *, benefiting: bool) -> set[int]:
    """Ids of the people whom the fields of a paper name: those it favours or judges, or all."""
    found: set[int] = set()
    for name, benefits in KINDS[code].people.items():
        if benefiting and not benefits:
            continue
        value = values.get(name)
        found |= set(value) if isinstance(value, list) else {value} if value else set()
    return found
