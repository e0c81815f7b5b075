"""What an income rests on: a paper of the portal, a service contract, or a file of its department (P8-5.4)."""

from collections.abc import Collection, Iterator

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Attachment, Contract, Document, IncomeKind, State
from services.documents.cases import number_of_case
from services.documents.kind import Filled
from services.errors import Fault

PAPERS = ("CP", "SO", "SN", "PR", "RT", "CV", "TN")
"""Kinds of papers from which something is earned or recovered."""
_NOT_STANDING = (State.REJECTED, State.CANCELLED, State.WITHDRAWN, State.REVERSED)


def evidence_is_there(filled: Filled) -> Iterator[Fault]:
    """A number leads to a paper or a contract of whoever is to pay; without one there is a file (P8-5.4)."""
    if "serves" not in filled.values:
        return
    number = number_of_case(filled.values["serves"])
    if number is None:
        if filled.document is None or not with_file(filled.session, [filled.document.id]):
            yield Fault("serves", "RV.fault.no_evidence")
        return
    payers = _payers(filled.session, number, for_supplier=filled.values.get("income_kind") == IncomeKind.FROM_SUPPLIER)
    payer = filled.values.get("supplier_id") or filled.values.get("customer_id")
    if payers is None:
        yield Fault("serves", "RV.fault.no_such_paper")
    elif payers and payer and payer not in payers:
        yield Fault("serves", "RV.fault.other_payer")


def known_numbers(session: Session, numbers: Collection[str]) -> set[str]:
    """Those of the numbers that a standing paper or a contract has."""
    papers = select(Document.number).where(
        col(Document.number).in_(numbers), col(Document.kind).in_(PAPERS), col(Document.state).not_in(_NOT_STANDING)
    )
    contracts = select(Contract.number).where(sa.func.upper(Contract.number).in_(numbers))
    found = [*session.exec(papers), *session.exec(contracts)]
    return {number.upper() for number in found if number}


def with_file(session: Session, ids: Collection[int]) -> set[int]:
    """Those of the papers that have a file."""
    files = select(Attachment.document_id).where(
        col(Attachment.document_id).in_(ids), col(Attachment.removed_at).is_(None)
    )
    return set(session.exec(files.distinct()))


def _payers(session: Session, number: str, *, for_supplier: bool) -> set[int] | None:
    """Whose paper or contract it is: customers, or suppliers. Empty: nobody's in particular; None: there is none."""
    from services.documents.papers import detail_of  # papers ask the registry, which leads to this file

    if number not in known_numbers(session, [number]):
        return None
    if paper := session.exec(select(Document).where(Document.number == number)).first():
        payer = getattr(detail_of(session, paper), "supplier_id" if for_supplier else "customer_id", None)
        return {payer} if payer else set()
    if for_supplier:
        return set()
    return set(session.exec(select(Contract.customer_id).where(sa.func.upper(Contract.number) == number)))
