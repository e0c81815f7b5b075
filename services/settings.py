"""Figures an administrator may change: declared here with their defaults and limits, kept with their history.

A limit of the policies or a control holds only after the general manager approved it (P6-5); how the portal itself
behaves (session times, its name) holds at once.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError
from sqlmodel import Field, Session, SQLModel, col, select

from models import (
    AccountForm,
    BudgetCategory,
    BudgetControlForm,
    CityForm,
    CostElement,
    IndicatorRuleForm,
    LimitForm,
    Line,
    Response,
    ServicePriceForm,
    Setting,
    WorkKind,
    money,
)
from services.database import asked_once, rows
from services.errors import Fault
from services.indicators import RULES, weights_are_whole


@dataclass(frozen=True)
class Declared:
    """A setting: its default, its type and limits, how a stored value is read, who says yes to another one."""

    default: Any
    type: Any
    limits: Any = None
    """A field as tables have it: its limits, or the table it leads to."""
    read: Callable[[Any], Any] = lambda value: value
    rule: bool = False
    """A change waits for the general manager (P6-5)."""
    shown: bool = True
    """Is it on the page of settings?"""
    table: type[SQLModel] | None = None
    """A setting of several rows: the form of a row. Its value is a list of them."""
    named_by: tuple[str, ...] = ()
    """The columns by which a row is told from the others: no two are alike in them."""
    check: Callable[[Sequence[Any]], Iterator[Fault]] = lambda rows: iter(())
    """What is wrong with rows that are right one by one: a fault of the setting."""


MOST_SPANS = 7
"""Stretches of work in a day: as many as can be typed, and read by whoever approves them, in one line."""
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)\s*[-~–—]\s*(\d{1,2}):(\d\d)")


def _spans(typed: str) -> list[list[str]]:
    """Working hours as typed, "08:30-12:00, 13:30-18:00": when work begins and ends, in order, none into another."""
    typed = unicodedata.normalize("NFKC", typed)  # full-width colons and commas, as an input method sends them
    found = [tuple(map(int, one)) for one in _CLOCK.findall(typed)]
    left = _CLOCK.sub("", typed).strip(" ,;")
    try:
        times = [(time(a, b), time(c, d)) for a, b, c, d in found]
    except ValueError:
        times = []
    line = [moment for pair in times for moment in pair]
    if left or not 1 <= len(times) <= MOST_SPANS or any(first >= second for first, second in pairwise(line)):
        raise PydanticCustomError("hours", "hours")
    return [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in times]


def _month_day(typed: str) -> str:
    """A day of any year as typed, "12-10"."""
    found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", unicodedata.normalize("NFKC", typed).strip())
    try:
        return f"{date(2001, *map(int, found.groups())):%m-%d}" if found else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> str:
    raise PydanticCustomError("month_day", "month_day")


def typed_as(value: Any) -> Any:
    """A value in force as it is typed: rows as plain values, hours as one line, money with two decimals."""
    if isinstance(value, tuple):
        return [row.model_dump(mode="json") for row in value]
    if isinstance(value, list):
        return ", ".join(f"{opens}-{closes}" for opens, closes in value)
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _table(
    form: type[SQLModel],
    *named_by: str,
    default: Sequence[dict[str, Any]] = (),
    check: Callable[[Sequence[Any]], Iterator[Fault]] = lambda rows: iter(()),
) -> Declared:
    """A rule of several rows, read as forms."""
    return Declared(
        list(default),
        list,
        read=lambda rows: tuple(map(form.model_validate, rows)),
        rule=True,
        table=form,
        named_by=named_by,
        check=check,
    )


def _whole(least: int, most: int) -> Any:
    return Field(ge=least, le=most)


_PERSON = Field(foreign_key="person.id")
_MONEY = money(ge=0, gt=None)

_ACCOUNTS = [
    *(
        {"use": "cost", "cost_element": element.value, "account": f"6601{place:02d}"}
        for place, element in enumerate(CostElement, start=1)
    ),
    {"use": "accrued", "account": "2241"},
    {"use": "accrued", "cost_element": "labour", "account": "2211"},
    {"use": "accrued", "cost_element": "depreciation", "account": "1602"},
    {"use": "accrued", "cost_element": "materials", "account": "1403"},
    {"use": "payable", "account": "2241"},
    {"use": "advances", "account": "1221"},
]
"""By the national chart: selling expenses by element, wages payable, depreciation, materials, other payables, other
receivables."""

SETTINGS: dict[str, Declared] = {
    "company.name": Declared("", Line, Field(max_length=60)),
    "company.name_en": Declared("", Line | None, Field(default=None, max_length=100)),
    "demo.enabled": Declared(False, bool, read=bool, shown=False),
    "session.idle_minutes": Declared(30, int, _whole(5, 480), int),
    "session.absolute_hours": Declared(10, int, _whole(1, 24), int),
    "signin.max_attempts": Declared(5, int, _whole(3, 20), int),
    "signin.lock_minutes": Declared(15, int, _whole(1, 1440), int),
    "remind.hours": Declared(4, int, _whole(1, 72), int),
    "clock.remind_percent": Declared(80, int, _whole(50, 99), int, rule=True),
    "clock.escalate_working_hours": Declared(4, int, _whole(1, 80), int, rule=True),
    "clock.pause_working_hours": Declared(80, int, _whole(8, 400), int, rule=True),
    "hours.working": Declared(
        [["08:30", "12:00"], ["13:30", "18:00"]],
        Annotated[str, AfterValidator(_spans)],
        Field(max_length=100),
        rule=True,
    ),
    "claim.major_amount": Declared("5000.00", Decimal, money(), Decimal, rule=True),
    "claim.paper_vouchers": Declared("stop", Response, Field(), Response, rule=True),
    "company.tax_title": Declared("", Line, Field(default="", max_length=100), rule=True),
    "company.tax_number": Declared("", Line, Field(default="", max_length=30), rule=True),
    "control.days_outside_trip": Declared(1, int, _whole(0, 7), int, rule=True),
    "control.entertainment_per_head": Declared("200.00", Decimal, money(), Decimal, rule=True),
    "control.old_days_warn": Declared(30, int, _whole(1, 365), int, rule=True),
    "control.old_days_block": Declared(90, int, _whole(1, 730), int, rule=True),
    "control.split_percent": Declared(90, int, _whole(50, 99), int, rule=True),
    "control.split_days": Declared(7, int, _whole(1, 60), int, rule=True),
    "claim.daily_allowance": Declared("100.00", Decimal, _MONEY, Decimal, rule=True),
    "budget.plan_due": Declared(
        "12-10", Annotated[str, AfterValidator(_month_day)], Field(max_length=10), str, rule=True
    ),
    "budget.release_days": Declared(30, int, _whole(1, 366), int, rule=True),
    "budget.watched_share": Declared(80, int, _whole(1, 100), int, rule=True),
    "budget.control": _table(
        BudgetControlForm,
        "category",
        default=[
            {"category": one.value, "month_response": Response.STOP.value, "year_response": Response.STOP.value}
            for one in BudgetCategory
        ],
    ),
    "budget.provisional_percent": Declared(100, int, _whole(0, 200), int, rule=True),
    "settlement.variance_percent": Declared(10, int, _whole(1, 100), int, rule=True),
    "settlement.due_days": Declared(5, int, _whole(1, 30), int, rule=True),
    "settlement.year_open_until": Declared(
        "01-15", Annotated[str, AfterValidator(_month_day)], Field(max_length=10), str, rule=True
    ),
    "accounting.accounts": _table(AccountForm, "use", "cost_element", "category", default=_ACCOUNTS),
    "costs.due_days": Declared(10, int, _whole(1, 30), int, rule=True),
    "register.due_days": Declared(5, int, _whole(1, 30), int, rule=True),
    "claim.limits": _table(LimitForm, "expense_type_id", "tier", "grade", "per"),
    "claim.cities": _table(CityForm, "city"),
    "advance.settle_days": Declared(5, int, _whole(0, 60), int, rule=True),
    "request.phone_hours": Declared(24, int, _whole(1, 168), int, rule=True),
    "request.tolerance": Declared("0.00", Decimal, _MONEY, Decimal, rule=True),
    "trip.days_beyond_plan": Declared(3, int, _whole(0, 30), int, rule=True),
    "complaint.answer_hours.critical": Declared(4, int, _whole(1, 24), int, rule=True),
    "complaint.answer_hours.major": Declared(12, int, _whole(1, 24), int, rule=True),
    "complaint.answer_hours.normal": Declared(24, int, _whole(1, 24), int, rule=True),
    "complaint.verify_days.critical": Declared(1, int, _whole(1, 3), int, rule=True),
    "complaint.verify_days.major": Declared(2, int, _whole(1, 3), int, rule=True),
    "complaint.verify_days.normal": Declared(3, int, _whole(1, 3), int, rule=True),
    "complaint.target_answer": Declared(95, int, _whole(50, 100), int, rule=True),
    "complaint.target_verification": Declared(95, int, _whole(50, 100), int, rule=True),
    "complaint.target_days": Declared(10, int, _whole(1, 365), int, rule=True),
    "complaint.survey_days.critical": Declared(3, int, _whole(1, 5), int, rule=True),
    "complaint.survey_days.major": Declared(4, int, _whole(1, 5), int, rule=True),
    "complaint.survey_days.normal": Declared(5, int, _whole(1, 5), int, rule=True),
    "analysis.due_days": Declared(10, int, _whole(1, 30), int, rule=True),
    "survey.interval_months": Declared(6, int, _whole(1, 36), int, rule=True),
    "corrective.days": Declared(30, int, _whole(1, 365), int, rule=True),
    "case.hour_rate": Declared("120.00", Decimal, _MONEY, Decimal, rule=True),
    "notice.major_claim": Declared("10000.00", Decimal, money(), Decimal, rule=True),
    "notice.answer_days": Declared(3, int, _whole(1, 30), int, rule=True),
    "return.refund_days": Declared(7, int, _whole(0, 730), int, rule=True),
    "return.exchange_days": Declared(15, int, _whole(0, 730), int, rule=True),
    "training.new_days": Declared(30, int, _whole(1, 90), int, rule=True),
    "training.refresher_months": Declared(12, int, _whole(1, 36), int, rule=True),
    "training.pass_score": Declared(60, int, _whole(1, 100), int, rule=True),
    "training.operation_months": Declared(1, int, _whole(1, 60), int, rule=True),
    "training.care_months": Declared(6, int, _whole(1, 60), int, rule=True),
    "training.faults_months": Declared(12, int, _whole(1, 60), int, rule=True),
    "inspection.months": Declared(3, int, _whole(1, 12), int, rule=True),
    "inspection.sample": Declared(10, int, _whole(1, 50), int, rule=True),
    "assessment.due_days": Declared(20, int, _whole(1, 60), int, rule=True),
    "assessment.indicators": _table(IndicatorRuleForm, "assessed", "indicator", default=RULES, check=weights_are_whole),
    "parts.major_amount": Declared("10000.00", Decimal, money(), Decimal, rule=True),
    "service.dispatch_hours.critical": Declared(1, int, _whole(1, 80), int, rule=True),
    "service.dispatch_hours.major": Declared(4, int, _whole(1, 80), int, rule=True),
    "service.dispatch_hours.normal": Declared(8, int, _whole(1, 80), int, rule=True),
    "service.maintenance_days": Declared(7, int, _whole(0, 90), int, rule=True),
    "service.spot_limit": Declared("500.00", Decimal, _MONEY, Decimal, rule=True),
    "service.prices": _table(
        ServicePriceForm,
        "work_kind",
        default=[
            {"work_kind": kind.value, "call_out": call_out, "per_hour": per_hour}
            for kind, call_out, per_hour in (
                (WorkKind.INSTALLATION, "500.00", "180.00"),
                (WorkKind.MAINTENANCE, "200.00", "120.00"),
                (WorkKind.REPAIR, "200.00", "150.00"),
                (WorkKind.REPLACEMENT, "200.00", "150.00"),
            )
        ],
    ),
    "deputy.department_head": Declared(None, int | None, _PERSON, rule=True),
    "deputy.general_manager": Declared(None, int | None, _PERSON, rule=True),
}


_IN_FORCE = (
    select(Setting.value)
    .where(Setting.key == sa.bindparam("key"))
    .where(Setting.valid_from <= sa.bindparam("now"), col(Setting.approved_at) <= sa.bindparam("now"))
    .order_by(col(Setting.valid_from).desc(), col(Setting.id).desc())
    .limit(1)
)


def setting(session: Session, key: str, now: datetime) -> Any:
    """The value that holds at a moment: the newest approved one that has begun, else the declared default."""
    declared = SETTINGS[key]

    def ask() -> Any:
        row = rows(session, _IN_FORCE, {"key": key, "now": now}).first()
        return declared.read(row.value if row else declared.default)

    return asked_once(session, ("setting", key, now), ask)


def put(session: Session, key: str, value: Any, *, now: datetime) -> Setting:
    """Write a value that holds at once: for seeds and for set-up. A user's change goes through a proposal."""
    if key not in SETTINGS:
        raise KeyError(key)
    row = Setting(key=key, value=value, valid_from=now, proposed_at=now, approved_at=now)
    session.add(row)
    session.flush()
    return row
