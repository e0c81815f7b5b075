"""What a control rule is, what it looks at and what it finds: facts, never words (P8-3.2)."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models import Grade, Nature
from services.settings import setting

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Voucher:
    """A line of a claim, as far as it is filled in."""

    line: int
    spent_on: date | None
    until: date | None
    type_id: int | None
    nature: Nature
    amount: Decimal | None
    destination: str
    """Where it led to, or was had, as typed."""
    route: str
    """From and to, as they are compared."""
    description: str
    seller: str
    invoice_code: str
    invoice_number: str
    invoice_key: str | None
    request_id: int | None
    """The spending request it falls under."""
    recorded: bool
    """Is it written down what happened under that request?"""
    heads: int | None
    """People at the table, as recorded."""
    buyer_name: str | None
    buyer_tax_no: str | None

    @property
    def last_day(self) -> date | None:
        return max(self.spent_on, self.until) if self.spent_on and self.until else self.spent_on

    @property
    def nights(self) -> frozenset[date]:
        """The nights of a stay, each by the day on which it begins; without a day of leaving it is one."""
        if self.nature != Nature.LODGING or self.spent_on is None:
            return frozenset()
        count = (self.until - self.spent_on).days if self.until else 1
        return frozenset(self.spent_on + _ONE_DAY * number for number in range(max(0, min(count, 366))))


@dataclass
class Looked:
    """A claim as the rules see it, being typed or stored."""

    session: Session
    now: datetime
    document_id: int | None
    person_id: int
    """Whose money it is."""
    grade: Grade
    """Of the person whose money it is: limits go by it."""
    destinations: str
    """Where the trip led to."""
    amount: Decimal | None
    sent_on: date
    """The day from which its age counts: today, or the day on which a paper on its way was sent."""
    sent_at: datetime
    trip_id: int | None
    trip_days: tuple[date, date] | None
    allowance_days: int
    vouchers: tuple[Voucher, ...]
    _settings: dict[str, Any] = field(default_factory=dict)

    def setting(self, key: str) -> Any:
        """A parameter of a rule as it holds now, asked once."""
        if key not in self._settings:
            self._settings[key] = setting(self.session, key, self.now)
        return self._settings[key]

    @property
    def days(self) -> tuple[date, date] | None:
        """The days that its vouchers cover."""
        found = [day for one in self.vouchers for day in (one.spent_on, one.last_day) if day]
        return (min(found), max(found)) if found else None


@dataclass(frozen=True)
class Found:
    """What a rule found: where, and the evidence that its text names."""

    blocks: bool
    facts: dict[str, Any] = field(default_factory=dict)
    line: int | None = None
    """A line of the claim, from 1; none where it is about the whole of it."""
    field: str = "amount"
    """The column beside which it is said."""
    how: str = ""
    """Which of the rule's texts says it, where it has several."""
    about: tuple[Any, ...] = ()
    """What tells this finding from others of the rule; a reason given for it holds for just this."""
    other_id: int | None = None
    """Another paper that it is about: named where the reader may read it."""


@dataclass(frozen=True)
class Rule:
    """One control: its id, the clause it serves, its parameters, and the function that looks.

    `control.<id>` is its explanation; `control.<id>.found` says what it found.
    """

    id: str
    clause: str
    finds: Callable[[Looked], Iterator[Found]]
    settings: tuple[str, ...] = ()
    to_finance: bool = False
    """Only finance is told: whoever claims would learn how to stay below it."""

    @property
    def key(self) -> str:
        return f"control.{self.id}"

    def text_of(self, found: Found) -> str:
        return f"{self.key}.{found.how or 'found'}"

    def mark_of(self, found: Found) -> str:
        """Rule and evidence in a few letters."""
        said = "|".join(str(one) for one in found.about)
        return f"{self.id}:{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def compared(text: str | None) -> str:
    """A text as texts are compared: narrow letters and digits, nothing else."""
    return "".join(one for one in unicodedata.normalize("NFKC", text or "") if one.isalnum()).upper()


def invoice_key(code: str | None, number: str | None) -> str | None:
    """An invoice's code and number as they are compared: narrow letters and digits, nothing else.

    A number of 20 digits (the fully digital invoice) stands for itself: it has no code, whatever is typed as one.
    """
    short = compared(number)
    if not short:
        return None
    digital = len(short) == 20 and short.isdigit()
    return (short if digital else compared(code) + short)[:60]
