"""What a page's button takes away as Excel: which report, within what the address narrows it down to, under which name.

The right is asked by the report itself, as its page asks it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Person
from services.ageing import ageing_to_excel
from services.compliance import months_to_look_at
from services.compliance.export import compliance_to_excel
from services.errors import Refused
from services.payment_batch import batch_to_excel
from services.people import local_day
from services.reports.budget import Scope as BudgetScope
from services.reports.budget import burn_to_excel
from services.reports.cases import CaseFilters
from services.reports.complaint_register import register_to_excel
from services.reports.contacts_due import due_to_excel
from services.reports.control_list import Scope as ControlScope
from services.reports.control_list import control_to_excel
from services.reports.cost_files import PARTS as COST_PARTS
from services.reports.cost_files import costs_to_excel
from services.reports.costs import Scope as CostScope
from services.reports.customer_history_files import history_to_excel
from services.reports.evaluation import evaluation_to_excel, may_evaluate
from services.reports.inspections import inspections_to_excel
from services.reports.missing_parts import missing_to_excel
from services.reports.open_actions import actions_to_excel
from services.reports.order_register import CallFilters, calls_to_excel
from services.reports.receivables import income_to_excel, receivables_to_excel
from services.reports.scorecards import Scope as Scorecards
from services.reports.scorecards import scorecards_to_excel
from services.reports.spending import Scope as SpendingScope
from services.reports.spending_excel import is_part, spending_to_excel
from services.reports.suppliers import scorecard_to_excel
from services.reports.training_due import training_due_to_excel
from services.reports.turnaround import Scope as Pace
from services.reports.turnaround_files import turnaround_to_excel
from services.reports.vouchers import vouchers_to_excel
from services.texts import text


@dataclass(frozen=True)
class Asked:
    """Who asks for a file, at which address, when, and in which language."""

    session: Session
    reader: Person
    address: str
    query: Mapping[str, str]
    now: datetime
    language: str

    @property
    def today(self) -> str:
        return str(local_day(self.now))

    def said(self, name: str) -> str:
        return self.query.get(name, "")

    def as_page(self, of: str, data: bytes) -> "Named":
        """The file is called as its page is in the menu, and what it is of."""
        return f"{text(self.language, f'menu.{self.address}')} {of}", data


Named = tuple[str, bytes]
"""The name of a file without its ending, and what is in it."""


def _all(make: Callable[..., bytes]) -> Callable[[Asked], Named]:
    """A report of all that the reader may see today."""
    return lambda a: a.as_page(a.today, make(a.session, a.reader, a.now, language=a.language))


def _within(read: Callable[[Asked], Any], make: Callable[..., bytes]) -> Callable[[Asked], Named]:
    """A report within what the address says."""
    return lambda a: a.as_page(a.today, make(a.session, a.reader, read(a), a.now, language=a.language))


def _of_period(make: Callable[..., bytes], may: Callable[[Session, Person], bool] | None = None) -> Any:
    """A report of a period: its name says which."""

    def made(a: Asked) -> Named:
        if may and not may(a.session, a.reader):
            raise Refused("file.not_found")
        scope = Scorecards.read(a.query, a.now)
        return a.as_page(scope.period.key, make(a.session, a.reader, scope, a.now, language=a.language))

    return made


def _payments(a: Asked) -> Named:
    """The payments that the cashier ticked, for the bank."""
    ids = {int(one) for one in a.said("ids").split(",") if one.isascii() and one.isdigit() and len(one) < 10}
    return a.as_page(a.today, batch_to_excel(a.session, a.reader, ids, a.now, language=a.language))


def _spending(a: Asked) -> Named:
    part, scope = a.said("part"), SpendingScope.read(a.query, a.now)
    if not is_part(part):
        raise Refused("file.not_found")
    title, data = spending_to_excel(a.session, a.reader, scope, part, a.now, language=a.language)
    return f"{title} {scope.year} {a.today}", data


def _costs(a: Asked) -> Named:
    if a.said("part") not in COST_PARTS:
        raise Refused("file.not_found")
    return costs_to_excel(
        a.session, a.reader, CostScope.read(a.query, a.now), a.said("part"), a.now, language=a.language
    )


def _control_list(a: Asked) -> Named:
    scope = ControlScope.read(a.query, a.now)
    return a.as_page(a.today, control_to_excel(a.session, a.reader, scope, language=a.language))


def _compliance(a: Asked) -> Named:
    months = months_to_look_at(a.now)
    month = a.said("month") if a.said("month") in months else months[0]
    return a.as_page(month, compliance_to_excel(a.session, a.reader, month, a.now, language=a.language))


def _customer(a: Asked) -> Named:
    called, data = history_to_excel(a.session, a.reader, a.query, a.now, language=a.language)
    return f"{text(a.language, 'history.timeline')} {called} {a.today}", data


def _of_year(make: Callable[..., bytes], title: str | None = None) -> Callable[[Asked], Named]:
    """A report of the year that the address names, else of this one."""

    def made(a: Asked) -> Named:
        asked = a.said("year")
        known = asked.isascii() and asked.isdigit() and len(asked) == 4 and asked >= "1900"
        year = int(asked) if known else local_day(a.now).year
        data = make(a.session, a.reader, year, a.now, language=a.language)
        return a.as_page(str(year), data) if title is None else (f"{text(a.language, title)} {year}", data)

    return made


EXPORTS: dict[str, Callable[[Asked], Named]] = {
    # money
    "payments": _payments,  # P8-3.1
    "open_advances": _all(ageing_to_excel),  # P9-5b
    "spending": _spending,  # P2-1.3
    "budget": _within(lambda a: BudgetScope.read(a.query, a.now), burn_to_excel),  # P2-1.3
    "control_list": _control_list,  # P7-10
    "costs": _costs,  # P8-4
    "vouchers": lambda a: vouchers_to_excel(a.session, a.reader, a.said("month"), a.now, language=a.language),  # P8-6
    # complaints
    "complaint_register": _within(lambda a: CaseFilters.read(a.query), register_to_excel),  # P5-5.1b
    "turnaround": _within(lambda a: Pace.read(a.query, a.now), turnaround_to_excel),  # P1-7.1
    "contacts_due": _all(due_to_excel),  # P3-1.3a, P3-1.5
    "open_actions": _all(actions_to_excel),  # P7-11b
    # service
    "customer": _customer,  # P3-1.1
    "call_register": _within(lambda a: CallFilters.read(a.query), calls_to_excel),  # P6-8a
    "receivables": _all(receivables_to_excel),  # P6-10b
    "missing_parts": _all(missing_to_excel),  # P3-2.2
    "income_by_month": _of_year(income_to_excel, "owed.income"),  # P8-5.2
    "suppliers": _of_year(scorecard_to_excel),  # P3-2.3b
    # governance
    "compliance": _compliance,
    "scorecards": _of_period(scorecards_to_excel),  # P1-7.2
    "evaluation": _of_period(evaluation_to_excel, may_evaluate),  # P2-7
    "training_due": _all(training_due_to_excel),  # P1-8.1
    "inspections": _all(inspections_to_excel),  # P7-11a
}
"""By the last part of the address, `/export/ADDRESS.xlsx`."""
