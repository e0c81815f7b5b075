"""Every clause of the policies: what it demands, where it lives, and how it stands by the records of a month.

The page that the leadership opens first. A figure is counted over the whole company; a paper behind it is shown only
to those who may read it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col

from models import Document, Person, Role
from services.access import MONEY_READERS, READS_ALL, visible_documents
from services.compliance import budgets, closing, complaints, expenses, governance, service
from services.compliance.found import Found, Standing
from services.compliance.policy import Clause, Policy, policies
from services.compliance.records import Records
from services.compliance.rule import Rule
from services.errors import Refused
from services.months import months_before
from services.people import has_role, local_day
from services.settings import setting

__all__ = [
    "READERS",
    "RULES",
    "ClauseState",
    "Standing",
    "compliance",
    "counts",
    "may_read_compliance",
    "months_to_look_at",
    "needing_attention",
    "others_behind",
    "papers_behind",
]

READERS = (
    (MONEY_READERS - {Role.CASHIER})
    | READS_ALL
    | {
        Role.VICE_PRESIDENT,
        Role.OFFICE_DIRECTOR,
        Role.DEPARTMENT_HEAD,
        Role.BUDGET_SUPERVISOR,
        Role.QUALITY_INSPECTOR,
    }
)
"""Those who lead, and those who watch over the rules."""
RULES: dict[str, Rule] = (
    complaints.RULES | expenses.RULES | budgets.RULES | service.RULES | governance.RULES | closing.RULES
)


@dataclass(frozen=True)
class ClauseState:
    """A clause and how it stands in a month."""

    policy: Policy
    clause: Clause
    rule: Rule
    found: Found | None
    target: int
    """Percent that has to be kept."""

    @property
    def needs_attention(self) -> bool:
        return self.standing in (Standing.BROKEN, Standing.AT_RISK)

    @property
    def papers(self) -> int:
        """How many papers break it or are about to."""
        return len({*self.found.broken, *self.found.at_risk}) if self.found else 0

    @property
    def pending(self) -> tuple[tuple[object, ...], ...]:
        """What is still to be done, by its names, and in time until `due`."""
        return self.found.pending if self.found else ()

    @property
    def due(self) -> date | None:
        return self.found.due if self.found else None

    @property
    def figure(self) -> tuple[str, dict[str, int]]:
        """What was counted: the text's key, and its facts."""
        facts = {"kept": self.found.kept, "applied": self.found.applied} if self.found else {}
        return f"compliance.figure.{self.rule.figure}", facts

    @property
    def standing(self) -> Standing:
        return self.found.standing(self.target) if self.found else Standing.UNCOUNTED


def may_read_compliance(session: Session, reader: Person) -> bool:
    return has_role(session, reader, *READERS)


def compliance(session: Session, reader: Person, month: str, now: datetime) -> list[ClauseState]:
    """All clauses in the order of the policies, as they stand in a month (202611).

    Raises `Refused` for whoever neither leads nor watches over the rules.
    """
    if not may_read_compliance(session, reader):
        raise Refused("compliance.not_yours")
    records = Records(session, month, now)
    return [_state(records, policy, clause) for policy in policies() for clause in policy.clauses]


def months_to_look_at(now: datetime) -> list[str]:
    """The current month and those before it, a year in all; the newest first."""
    current = f"{local_day(now):%Y%m}"
    return [months_before(current, count) for count in range(12)]


def counts(states: Iterable[ClauseState]) -> dict[Standing, int]:
    """How many clauses stand how."""
    counted = Counter(state.standing for state in states)
    return {standing: counted[standing] for standing in Standing}


def needing_attention(states: Iterable[ClauseState]) -> list[ClauseState]:
    """The clauses that are broken, then those at risk."""
    return sorted((one for one in states if one.needs_attention), key=lambda one: one.standing != Standing.BROKEN)


def papers_behind(session: Session, reader: Person, state: ClauseState, now: datetime) -> list[Document]:
    """The papers that break the rule, then those about to, as far as the reader may read them."""
    if state.found is None:
        return []
    ids = list(dict.fromkeys((*state.found.broken, *state.found.at_risk)))
    seen = visible_documents(session, reader, now).where(col(Document.id).in_(ids))
    found = {paper.id: paper for paper in session.exec(seen)}
    return [found[id] for id in ids if id in found]


def others_behind(session: Session, reader: Person, state: ClauseState) -> tuple[tuple[object, ...], ...]:
    """What breaks the rule and is no paper, by its names, where the reader may know them."""
    if state.found is None or (state.rule.named_to and not has_role(session, reader, *state.rule.named_to)):
        return ()
    return state.found.others


def _state(records: Records, policy: Policy, clause: Clause) -> ClauseState:
    rule = RULES[clause.id]
    target = setting(records.session, rule.target, records.now) if rule.target else 100
    return ClauseState(policy, clause, rule, rule.measure(records) if rule.measure else None, target)
