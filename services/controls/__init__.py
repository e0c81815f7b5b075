"""The control rules of a claim: what they look at, what each found, who is told (P8-3.2).

They run when a claim is typed and sent, at each approval and before it is paid. What blocks is refused; a warning needs
its author's reason, which whoever signs reads with it: to sign is to let it stand, and nobody signs his own claim.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlmodel import Session, select

from models import Document, Person, Role
from services.controls.days import (
    allowance_and_meal,
    outside_trip,
    overlapping_trips,
    same_again,
    too_old,
    two_hotels,
)
from services.controls.invoices import buyer_is_company, consecutive_numbers, duplicate_invoice
from services.controls.limits import over_limit
from services.controls.looking import stored_claim, typed_claim
from services.controls.people import day_off, dear_per_head, guests_missing, just_below_major
from services.controls.rule import Found, Looked, Rule
from services.errors import Fault, Refused, Warned
from services.people import has_role

if TYPE_CHECKING:
    from services.documents.kind import Filled

RULES = (
    Rule("duplicate_invoice", "P8-3.2", duplicate_invoice),
    Rule("same_again", "P8-3.2", same_again),
    Rule("outside_trip", "P9-4b", outside_trip, ("control.days_outside_trip",)),
    Rule("overlapping_trips", "P9-4b", overlapping_trips),
    Rule("two_hotels", "P9-4b", two_hotels),
    Rule("allowance_and_meal", "P8-3.2", allowance_and_meal, ("claim.daily_allowance",)),
    Rule("guests_missing", "P9-3.2b", guests_missing),
    Rule("dear_per_head", "P9-1", dear_per_head, ("control.entertainment_per_head",)),
    Rule("over_limit", "P9-1", over_limit, ("claim.limits", "claim.cities")),
    Rule("day_off", "P9-1", day_off),
    Rule("too_old", "P9-5b", too_old, ("control.old_days_warn", "control.old_days_block")),
    Rule(
        "just_below_major",
        "P8-3.3",
        just_below_major,
        ("claim.major_amount", "control.split_percent", "control.split_days"),
        to_finance=True,
    ),
    Rule("consecutive_numbers", "P8-3.2", consecutive_numbers, to_finance=True),
    Rule("buyer_is_company", "P8-3.2", buyer_is_company, ("company.tax_title", "company.tax_number")),
)

TOLD_OF_ALL = (
    Role.FINANCE_OFFICER,
    Role.ACCOUNTANT,
    Role.CASHIER,
    Role.FINANCE_HEAD,
    Role.FINANCE_VP,
)
"""Finance reads what is not for the eyes of whoever claims."""


@dataclass(frozen=True)
class Finding:
    """One thing that one rule found."""

    rule: Rule
    found: Found

    @property
    def mark(self) -> str:
        return self.rule.mark_of(self.found)


def found_in(claim: Looked) -> list[Finding]:
    """Everything that any rule finds in a claim, in the order of the rules."""
    return [Finding(rule, found) for rule in RULES for found in rule.finds(claim)]


def blocks(filled: "Filled") -> Iterator[Fault]:
    """What is refused in a claim that is being typed: said beside its line."""
    for one in _found_in_typed(filled):
        if one.found.blocks:
            yield _fault(filled.session, filled.user, one, filled.now)


def warnings(filled: "Filled") -> Iterator[Warned]:
    """What the author has to explain before he sends his claim; what only finance is told is not among it."""
    for one in _found_in_typed(filled):
        if not one.found.blocks and not one.rule.to_finance:
            yield _warned(filled.session, filled.user, one, filled.now)


def must_hold(session: Session, document: Document, now: datetime) -> None:
    """Before a claim is approved or paid: what blocks by now refuses that, with its reason."""
    for one in found_in(stored_claim(session, document, now)):
        if one.found.blocks:
            fault = _fault(session, None, one, now)
            raise Refused(fault.key, **fault.facts)


def watched(session: Session, reader: Person, document: Document, now: datetime) -> list[Warned]:
    """What the rules find in a claim on its way, as far as the reader is to know of it."""
    everything = has_role(session, reader, *TOLD_OF_ALL) and reader.id not in (
        document.applicant_id,
        document.created_by_id,
    )
    return [
        _warned(session, reader, one, now)
        for one in found_in(stored_claim(session, document, now))
        if everything or not one.rule.to_finance
    ]


def _found_in_typed(filled: "Filled") -> list[Finding]:
    """Asked once for a form, though what blocks and what warns are asked for apart."""
    if "controls" not in filled.memory:
        filled.memory["controls"] = found_in(typed_claim(filled))
    found: list[Finding] = filled.memory["controls"]
    return found


def _warned(session: Session, reader: Person, one: Finding, now: datetime) -> Warned:
    return Warned(one.mark, _fault(session, reader, one, now), blocks=one.found.blocks)


def _fault(session: Session, reader: Person | None, one: Finding, now: datetime) -> Fault:
    """The finding as it is said; another paper is named to whoever may read it, and to nobody else."""
    found, key, facts = one.found, one.rule.text_of(one.found), dict(one.found.facts)
    if found.other_id is not None:
        number = _readable_number(session, reader, found.other_id, now)
        key, facts = (key, facts | {"number": number}) if number else (f"{key}.elsewhere", facts)
    table = "vouchers" if found.line else None
    return Fault(found.field, key, facts, table, found.line)


def _readable_number(session: Session, reader: Person | None, document_id: int, now: datetime) -> str | None:
    from services.access import may_read  # access asks the registry of kinds, which asks this module

    other = session.exec(select(Document).where(Document.id == document_id)).first()
    return other.number if reader and other and may_read(session, reader, other, now) else None
