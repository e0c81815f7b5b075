"""The leadership's briefing of a month: money, complaints, service and the rules, as one set of figures (P2-7.1,
P7-11c).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from models import Person, Role
from services.access import READS_ALL
from services.compliance import ClauseState, Standing, compliance, counts, months_to_look_at, needing_attention
from services.errors import Refused
from services.months import last_day
from services.people import has_role
from services.reports.budget import Alert, Burn, Line, alerts, burn
from services.reports.budget import Scope as BudgetScope
from services.reports.cases import day_begins
from services.reports.service_month import ServiceMonth, service_month
from services.reports.turnaround import Scope as CaseScope
from services.reports.turnaround import Turnaround, turnaround

READERS = READS_ALL | {Role.VICE_PRESIDENT}
FEW = 8
"""Rows of a table: a briefing is short."""


@dataclass(frozen=True)
class Figure:
    """One figure: its name, the facts that its words say, and whether that is well; None where nothing says so.

    Without facts there is no figure yet.
    """

    name: str
    facts: dict[str, object]
    well: bool | None = None


@dataclass(frozen=True)
class Briefing:
    """All that the briefing of a month holds. Cases are those that its reader may read."""

    month: str
    """As 202611."""
    until: datetime
    """The month's end, or now while it lasts."""
    burn: Burn
    alerts: list[Alert]
    cases: Turnaround
    service: ServiceMonth
    states: list[ClauseState]

    @property
    def attention(self) -> list[ClauseState]:
        """The clauses that are broken, then those at risk."""
        return needing_attention(self.states)

    @property
    def departments(self) -> list[Line]:
        """The budget's lines that are used most."""
        return sorted(self.burn.lines, key=lambda one: -(one.sums.share or Decimal(0)))[:FEW]

    @property
    def figures(self) -> list[Figure]:
        """The eight that say whether all is well."""
        return [*self._of_rules(), *self._of_money(), *self._of_cases()]

    def _of_rules(self) -> Iterator[Figure]:
        stand = counts(self.states)
        yield Figure("kept", {"number": stand[Standing.KEPT]})
        yield Figure("broken", {"number": stand[Standing.BROKEN]}, stand[Standing.BROKEN] == 0)

    def _of_money(self) -> Iterator[Figure]:
        total, elapsed = self.burn.total, self.burn.elapsed
        yield Figure("left", {"amount": total.left}, total.left >= 0)
        yield Figure("used", {"share": f"{total.share or 0:.0%}", "elapsed": f"{elapsed:.0%}"})

    def _of_cases(self) -> Iterator[Figure]:
        cases = self.cases
        for key, target in (("answer", cases.answer_target), ("verification", cases.verification_target)):
            rate = cases.on_time(key)
            yield Figure(key, {"rate": f"{rate:.1%}"}, rate * 100 >= target) if rate is not None else Figure(key, {})
        median = cases.median
        well = median is not None and median <= cases.days_target
        yield Figure("median", {"days": f"{median:.1f}"}, well) if median is not None else Figure("median", {})
        late = sum(case.late for case in cases.open)
        yield Figure("open", {"open": len(cases.open), "late": late}, late == 0)


def may_brief(session: Session, reader: Person) -> bool:
    return has_role(session, reader, *READERS)


def briefing(session: Session, reader: Person, month: str, now: datetime) -> Briefing:
    """The figures of a month, up to its end or to now. Raises `Refused` for whoever is not of the leadership."""
    if not may_brief(session, reader):
        raise Refused("briefing.not_yours")
    if month not in months_to_look_at(now):
        raise Refused("briefing.no_month")
    until = min(now, day_begins(last_day(month)).replace(hour=23, minute=59))
    seen = burn(session, reader, BudgetScope(int(month[:4])), until)
    return Briefing(
        month,
        until,
        seen,
        alerts(session, seen, until),
        turnaround(session, reader, CaseScope.read({}, until), until),
        service_month(session, reader, month, until),
        compliance(session, reader, month, now),
    )
