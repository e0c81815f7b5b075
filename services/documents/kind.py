"""How a kind of document is declared: once, in its own file, for form, list, print, Excel, route and rights alike."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from models import Base, Document, Person, Role, State
from services.errors import Fault, Warned
from services.money.ledger import BudgetLine
from services.money.wants import Want
from services.prints.sheet import FormSheet
from services.routes import Clock, Condition, Route, holds

Money = Decimal | None


@dataclass(frozen=True)
class Row:
    """Fields that stand side by side on the paper; asked for only where `when` holds of what stands above.

    `needed` are those that must be filled in where they are asked for, though their column may be empty.
    """

    fields: tuple[str, ...]
    when: Condition | None = None
    needed: tuple[str, ...] = ()

    def __init__(self, *fields: str, when: Condition | None = None, needed: tuple[str, ...] = ()) -> None:
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "when", when)
        object.__setattr__(self, "needed", needed)


@dataclass(frozen=True)
class Grid:
    """A table that is typed as a sheet of amounts: a line for each value of a choice, its months side by side."""

    by: str
    """The column that names a line: there is one for each value of its choice, in their order."""
    months: tuple[str, ...]
    total: str
    """The column with a line's total as typed, that is spread over its months."""
    last: str
    """The column in which a line's year before stands once the paper is sent."""
    before: "Callable[[Filled], Mapping[str, list[Decimal]]]"
    """What each line's months were a year ago: shown beside, and the shape by which a total is spread."""
    sources: "Mapping[str, Callable[[Filled], Mapping[str, list[Decimal]]]]"
    """What the months may be filled with at once, by text key."""


@dataclass(frozen=True)
class Pick:
    """A line that may be put into a table at once: what it is called in the list, and what it fills in."""

    label: str
    line: Mapping[str, Any]


@dataclass(frozen=True)
class Lines:
    """A table of lines on the paper: its name, its table, what the user fills in, and how many there must be."""

    name: str
    table: type[Base]
    form: type[SQLModel]
    columns: tuple[str, ...]
    least: int = 1
    most: int = 500
    derived: tuple[str, ...] = ()
    """Columns the portal fills (a number, an audited amount), shown where they hold something."""
    named_by: tuple[str, ...] = ()
    """Columns by which a line is called on the paper (sheet and number); else by its position."""
    shown: tuple[tuple[str, ...], ...] = ()
    """How the paper shows a line: columns, each of one field or of several that read as one (from, to)."""
    beneath: Mapping[tuple[str, ...], tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """What stands in small print under a column of the paper (the seller under the invoice's number)."""
    brief: tuple[str, ...] = ()
    """What tells one line from another where somebody fills in a few columns of it; else all that is shown."""
    when: Condition | None = None
    """Asked for only where this holds of the fields above."""
    grid: Grid | None = None
    """Typed as a sheet, with as many lines as there are."""
    total: bool = False
    """What its amounts add up to stands in a row under them."""
    picks: "Callable[[Session, Document], list[Pick]] | None" = None
    """What a step that fills it in as a whole may choose from, instead of typing."""
    proposed: "Callable[[Session, Document], list[dict[str, Any]]] | None" = None
    """Lines that stand in it when that step opens: what is to be expected."""
    drawn: "Callable[[Filled], list[dict[str, Any]]] | None" = None
    """Nobody types its lines: they are drawn from other papers each time its author opens or sends it, and stay as
    they were sent from then on. Where a field that they hang on is missing there are none."""

    @property
    def on_paper(self) -> tuple[tuple[str, ...], ...]:
        return self.shown or tuple((name,) for name in (*self.columns, *self.derived))


@dataclass(frozen=True)
class Section:
    """A part of the paper with its heading."""

    key: str
    items: tuple[Row | Lines, ...]

    def __init__(self, key: str, *items: Row | Lines) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "items", items)


@dataclass
class Filled:
    """What a user has filled in, validated field by field: what checks look at and what is stored when it is sent."""

    session: Session
    user: Person
    now: datetime
    values: dict[str, Any]
    """Field -> value, for every field that is valid on its own; a faulty field is missing here."""
    lines: dict[str, list[dict[str, Any]]]
    document: Document | None = None
    offers: dict[str, frozenset[Any]] = field(default_factory=dict)
    """What each field that leads to another table offers, asked once."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why what the paper is warned of is right all the same, by the warning's mark."""
    memory: dict[Any, Any] = field(default_factory=dict)
    """What several checks ask for, found once."""

    def has(self, *fields: str) -> bool:
        return all(self.values.get(name) is not None for name in fields)


@dataclass(frozen=True)
class Option:
    value: int | str
    label: str
    label_en: str | None = None
    under: int | str | None = None
    """Offered only where the field that its kind names in `narrowed_by` holds this."""

    def said(self, language: str) -> str:
        return self.label_en if language == "en" and self.label_en else self.label


def offered_under(found: list[Option], above: Any) -> list[Option]:
    """What is left of an offer under the value of the field that narrows it."""
    return [option for option in found if option.under == getattr(above, "value", above)]


@dataclass(frozen=True)
class Mark:
    """Something about a paper that whoever sees it has to know: a text key, and whether it is past mending."""

    key: str
    colour: str = "red"


@dataclass(frozen=True)
class Print:
    """One paper that a kind prints: the template and the function that gathers what stands on it."""

    key: str
    template: str
    data: Callable[[Session, Document, str], dict[str, Any]]
    when: Callable[[Session, Document], bool] = lambda session, document: True
    language: str | None = None
    """Written in this language whoever prints it: a letter to somebody outside."""


@dataclass(frozen=True)
class Workbook:
    """One paper that a kind also gives as Excel, laid out as the paper form: the function that gathers what stands on
    it, in a language.
    """

    key: str
    sheet: Callable[[Session, Document, str, datetime], FormSheet]


@dataclass(frozen=True)
class FollowUp:
    """A document of another kind that can be started from this one, and when."""

    kind: str
    offered: Callable[[Session, Person, Document, datetime], bool]
    several: bool = False
    """May one person begin more than one of them?"""


@dataclass(frozen=True)
class Promise:
    """A time within which something is done for whoever waits outside: counted across steps, never stopped by a pause.

    The functions take the row of the kind's own table. `step` is where it is kept, whose own task then reminds of it.
    """

    key: str
    since: Callable[[Any], datetime | None]
    """From when it counts; None as long as nobody waits for it."""
    clock: Callable[[Session, Any, datetime], Clock]
    kept: Callable[[Any], datetime | None]
    step: str


@dataclass(frozen=True)
class Budgeted:
    """What a kind asks of the budget: while it is typed, and as it was sent."""

    typed: Callable[[Filled], Iterable[Want]]
    stored: Callable[[Session, Document], Iterable[Want]]
    of_department: str | None = None
    """The field that names whose budget it is; else that of the paper's department."""


@dataclass(frozen=True)
class Moved:
    """Which lines of the budget a kind gives to, below zero takes from: while it is typed, and as it was sent."""

    typed: Callable[[Filled], Iterable[BudgetLine]]
    stored: Callable[[Session, Document], Iterable[BudgetLine]]


Effect = Callable[[Session, Document, datetime], None]
Answers = dict[str, Any]
Guard = Callable[[Session, Document, datetime], None]


@dataclass(frozen=True)
class DocumentType:
    """Everything the portal knows about a kind. `code` begins its numbers, `slug` is its page's address."""

    code: str
    slug: str
    area: str
    icon: str
    table: type[Base]
    form: type[SQLModel]
    sections: tuple[Section, ...]
    route: Route
    title: Callable[[Filled], str]
    columns: tuple[str, ...] = ()
    """Fields of its own that its list shows beside the header's."""
    after: tuple[str, ...] = ()
    """Fields that are filled in on the way, shown on the paper once they hold something."""
    added: tuple[Lines, ...] = ()
    """Tables to which steps add lines on the way, shown on the paper once they hold some."""
    on_added: Mapping[str, Effect] = field(default_factory=dict)
    """By such a table: what follows from a line that was added; raises `Refused` where it may not be."""
    amount: Callable[[Filled], Money] = lambda filled: None
    looks_back: bool = False
    """While it is typed, what there was before with its customer and his machine stands beside it."""
    figures: Callable[[Filled], list[tuple[str, Any]]] = lambda filled: []
    """What follows from the sum as far as it is typed (the advance offset, the rest that is payable)."""
    payable: str | None = None
    """The field of its own table that holds what is really paid, once that is known: it stands wherever sums do."""
    money: bool = False
    """Finance and the general manager read every paper about money."""
    checks: tuple[Callable[[Filled], Iterable[Fault]], ...] = ()
    reads: str | None = None
    """The table that invoices are read into, where files may be dropped instead of typing."""
    warnings: Callable[[Filled], Iterable[Warned]] | None = None
    """What is odd about it and needs its author's reason before it is sent."""
    watched: Callable[[Session, Person, Document, datetime], Iterable[Warned]] | None = None
    """What is odd about a paper on its way, as far as a reader is to know."""
    settled: Callable[[Session, Document, datetime], None] | None = None
    """Called in every act that changes the paper's state, once it has: what stands and falls with the paper."""
    budget: Budgeted | None = None
    """What it takes from the budget once it is approved: controlled before, and shown to its author and its signers."""
    moves: Moved | None = None
    """Lines of the budget that it changes itself once it is approved: shown with what is left of them."""
    defaults: Callable[[Session, Person, Document | None, datetime], dict[str, Any]] = lambda *_: {}
    proposes: Mapping[str, Callable[[Filled], Any]] = field(default_factory=dict)
    """What a field most likely holds by what else is typed (whose machine it is, whom to call): put there while it is
    empty, to be changed; until somebody does, it follows what it was found by.
    """
    follows: Mapping[str, Callable[[Filled], Any]] = field(default_factory=dict)
    """Columns of its table that follow from what is typed and that its route asks for, be it only half typed."""
    derive: Callable[[Filled], None] = lambda filled: None
    """Fills what follows from the rest (numbers of vouchers, a rate) before it is stored."""
    options: Mapping[str, Callable[[Session, Person, datetime], list[Option]]] = field(default_factory=dict)
    narrowed_by: Mapping[str, str] = field(default_factory=dict)
    """A field that leads to another table -> the field above it under whose value its options are offered."""
    people: Mapping[str, bool] = field(default_factory=dict)
    """Fields that name people: True where the paper is made out in their favour or judges them."""
    readers: frozenset[Role] = frozenset()
    """Roles that read every paper of this kind, whatever the department."""
    confidential: bool = False
    """Read by its author, those it names, its deciders and `readers` alone: by no head, by nobody who reads every kind.
    What waits for a person whom it names is his alone: no deputy takes it, and nobody above is told.
    """
    stands_in: Role = Role.DEPARTMENT_HEAD
    """Who is asked in place of a person whom it names and who has left."""
    starters: frozenset[Role] = frozenset()
    """Roles that may start one; empty means everyone."""
    of_department: str | None = None
    """The field that names the department whose paper it is; else it is that of its applicant's."""
    read_in: tuple[str, ...] = ()
    """Fields that name departments to which a paper of another one is handed: whoever reads their papers reads it."""
    sort: str | None = None
    """The field that names the paper where its kind has several sorts."""
    starts_from: tuple[str, ...] = ()
    """The kinds it may be started from; each of them offers it among its `follow_ups`."""
    alone: bool = True
    """May it also be started from nothing?"""
    effects: Mapping[str, Effect] = field(default_factory=dict)
    """By milestone of its route, or by `cancelled`."""
    undo: Mapping[str, Effect] = field(default_factory=dict)
    """By milestone: takes back its effect, where the paper goes back behind it or is reversed."""
    reopen_at: str | None = None
    """The step at which a finished paper may be taken up again, where it may."""
    reopeners: frozenset[Role] = frozenset()
    """Roles that may take a finished paper up again."""
    reversible: bool = True
    """A finished paper may be undone with all its effects, once the last decider's role has agreed."""
    guards: Mapping[str, Guard] = field(default_factory=dict)
    """By action: raises `Refused` where the kind has a reason of its own to say no."""
    offered: Mapping[str, Callable[[Session, Document], bool]] = field(default_factory=dict)
    """By a step's answer: whether it can be given now at all; else it is not offered (no mail server, no address)."""
    planned: Mapping[str, str] = field(default_factory=dict)
    """A day that a step records -> the field in which it was planned: proposed, and asked about before it has come."""
    prefilled: Mapping[str, str] = field(default_factory=dict)
    """What a step records -> the field that said what was to be: proposed there."""
    said_later: tuple[str, ...] = ()
    """Fields of the form that its author may still fill in, or change, while it is decided on."""
    marks: Callable[[Session, Collection[int], datetime], dict[int, list[Mark]]] = lambda *_: {}
    """By the paper's id: what stands beside it in its head, in lists and in the inbox."""
    cancel_after_approval: bool = False
    cancel_until: str | None = None
    """The milestone from which on it is not cancelled any more (money was paid out)."""
    promises: tuple[Promise, ...] = ()
    """What it promises beyond the clocks of single steps."""
    customer_signs: str | None = None
    """The step at which a customer signs what was filled in, on the screen or on paper; its table keeps the picture in
    `signature_id` and the seal of what he signed in `signed_content`."""
    fit_to_be_signed: Guard | None = None
    """What is wrong with it is said before the customer is asked."""
    signed_for: Callable[[Session, Document, Answers, list[Answers], datetime], list[tuple[str, Any]]] | None = None
    """Figures that follow from what is filled in, fields and lines: the customer sees them before he signs."""
    by_step: bool = False
    """What is filled in on the way is shown under the step that fills it in, with whose turn it is."""
    found_at: Mapping[str, str] = field(default_factory=dict)
    """Of its columns those that follow from a step -> which: shown in that step's part."""
    prints: tuple[Print, ...] = ()
    workbooks: tuple[Workbook, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    facts: Callable[[Session, Document], list[tuple[str, Any]]] = lambda session, document: []
    """Figures worth a line of their own on the document (total, number of vouchers)."""

    @property
    def has_amount(self) -> bool:
        """Is it about a sum? A field report is not."""
        return self.amount is not DocumentType.amount

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(
            name for section in self.sections for item in section.items if isinstance(item, Row) for name in item.fields
        )

    @property
    def tables(self) -> tuple[Lines, ...]:
        return tuple(item for section in self.sections for item in section.items if isinstance(item, Lines))

    @property
    def items(self) -> tuple[Row | Lines, ...]:
        """Its rows and tables in the order in which they stand on the paper."""
        return tuple(item for section in self.sections for item in section.items)

    @property
    def typed_tables(self) -> tuple[Lines, ...]:
        """Those whose lines are typed."""
        return tuple(lines for lines in self.tables if lines.drawn is None)

    def lines(self, name: str) -> Lines:
        return next(lines for lines in (*self.tables, *self.added) if lines.name == name)


LIES_WITH_ITS_AUTHOR = (State.DRAFT, State.RETURNED, State.WITHDRAWN)
"""States in which a paper is typed in."""


def is_asked(item: Row | Lines, values: Mapping[str, Any]) -> bool:
    """Does the paper ask for this part, as far as it is filled in?"""
    return item.when is None or holds(item.when, values.get(item.when.field), item.when.value)


def lines_of(session: Session, document: Document, table: Lines) -> list[Any]:
    """The lines of one of its tables, in order."""
    return list(session.exec(_lines(table.table), params={"document_id": document.id}))


@cache
def _lines(table: Any) -> Any:
    return select(table).where(table.document_id == sa.bindparam("document_id")).order_by(table.position)
