"""Every table of the portal, from people to papers, in one file that reads from top to bottom.

Money is stored as integer fen and handled as `Decimal` with two places; time is stored as UTC and handled aware.
A form class (`...Form`) holds what a user fills in and is what services validate; its table adds keys and bookkeeping.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

HIGHEST_AMOUNT = Decimal("100000000.00")


# --- how columns are stored


class Fen(sa.types.TypeDecorator[Decimal]):
    """A `Decimal` of yuan with two places, stored as integer fen; anything finer than a fen is an error of ours."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> int | None:
        if value is None:
            return None
        fen = Decimal(value) * 100
        if fen != fen.to_integral_value():
            raise ValueError(f"{value} is finer than a fen")
        return int(fen)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-2)


class Utc(sa.types.TypeDecorator[datetime]):
    """An aware moment, stored in UTC on either database."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value


Json = sa.JSON().with_variant(JSONB(), "postgresql")


def choice(options: type[StrEnum]) -> sa.Enum:
    """A text column that holds the values of an enumeration (no database type, so that a new value is no migration)."""
    return sa.Enum(options, native_enum=False, length=40, values_callable=lambda e: [member.value for member in e])


def moment(**options: Any) -> Any:
    return Field(sa_type=Utc, **options)


def optional_moment(**options: Any) -> Any:
    return Field(default=None, sa_type=Utc, nullable=True, **options)


def money(**options: Any) -> Any:
    """An amount in yuan: above zero, two decimals at most, no more than 100 million."""
    limits: dict[str, Any] = {"gt": 0, "le": HIGHEST_AMOUNT, "decimal_places": 2} | options
    return Field(sa_type=Fen, **limits)


def optional_money(**options: Any) -> Any:
    return money(default=None, nullable=True, **({"gt": None, "ge": 0} | options))


def row_id() -> Any:
    """The key that the database gives."""
    return Field(default=None, primary_key=True)


def choose(options: type[StrEnum], **more: Any) -> Any:
    return Field(sa_type=choice(options), **more)


def _one_line(text: str) -> str:
    return " ".join(text.split())


Line = Annotated[str, AfterValidator(_one_line)]
"""Text of one line: runs of white space become one space."""


def _month(typed: Any) -> str:
    """A month as it is kept, 202611, however it was typed: 2026-11, 2026/11, 2026年11月."""
    found = _MONTH.fullmatch(unicodedata.normalize("NFKC", str(typed)).strip())
    number = int(found[2] or found[3]) if found else 0
    if found is None or not 1 <= number <= 12:
        raise PydanticCustomError("month", "no month")
    return f"{found[1]}{number:02d}"


_MONTH = re.compile(r"(20[0-9]{2})(?:([0-9]{2})|\s*[-/.年]\s*([0-9]{1,2})\s*月?)")
IS_MONTH = BeforeValidator(_month)
Month = Annotated[str, IS_MONTH]
"""A month of the calendar, as 202611."""
IS_FIGURE = AfterValidator(lambda value: value)
"""Marks a number that is no amount of money: a score, a share of a hundred."""


def _clause(text: str | None) -> str | None:
    return text.strip() if text else text


IS_CLAUSE = AfterValidator(_clause)
Clause = Annotated[str, IS_CLAUSE]
"""The id of a clause of the policies (P9-4a); it leads to the list of them."""


class Base(
    SQLModel,
    registry=registry(
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        )
    ),
):
    """What all tables share: one metadata of their own, so that a hot reload can define them again."""


# --- people and their rights


class Role(StrEnum):
    """The roles of the policies (DOCUMENTS.md, Roles). Rights belong to roles; people hold roles for departments."""

    ENGINEER = "engineer"
    TECHNICIAN = "technician"
    SERVICE_CLERK = "service_clerk"
    DISPATCHER = "dispatcher"
    CLERK = "clerk"
    DEPARTMENT_HEAD = "department_head"
    VICE_PRESIDENT = "vice_president"
    OFFICE_DIRECTOR = "office_director"
    FINANCE_OFFICER = "finance_officer"
    ACCOUNTANT = "accountant"
    CASHIER = "cashier"
    SERVICE_ADMINISTRATOR = "service_administrator"
    MARKETING_MANAGER = "marketing_manager"
    FINANCE_HEAD = "finance_head"
    FINANCE_VP = "finance_vp"
    GENERAL_MANAGER = "general_manager"
    CUSTOMER_SERVICE = "customer_service"
    SALES_MANAGER = "sales_manager"
    SALESPERSON = "salesperson"
    QUALITY_INSPECTOR = "quality_inspector"
    PRODUCTION_ENGINEER = "production_engineer"
    TECHNICAL_ENGINEER = "technical_engineer"
    RND_ENGINEER = "rnd_engineer"
    PURCHASER = "purchaser"
    WAREHOUSE = "warehouse"
    DISPUTE_COORDINATOR = "dispute_coordinator"
    BUDGET_SUPERVISOR = "budget_supervisor"
    ADMINISTRATOR = "administrator"


class DepartmentForm(SQLModel):
    code: Line = Field(min_length=1, max_length=20, unique=True)
    name: Line = Field(min_length=1, max_length=60)


class Department(DepartmentForm, Base, table=True):
    id: int = row_id()
    active: bool = True


class Grade(StrEnum):
    """Travel grade of a person: limits for lodging and transport depend on it."""

    STAFF = "staff"
    MANAGER = "manager"
    EXECUTIVE = "executive"


class PersonForm(SQLModel):
    login: Line = Field(min_length=2, max_length=40, regex=r"^[a-z0-9][a-z0-9._-]*$", unique=True)
    name: Line = Field(min_length=1, max_length=40)
    employee_no: Line | None = Field(default=None, max_length=20, unique=True)
    department_id: int = Field(foreign_key="department.id", index=True)
    grade: Grade = choose(Grade, default=Grade.STAFF)
    phone: Line | None = Field(default=None, max_length=30)
    email: Line | None = Field(default=None, max_length=100)
    bank_name: Line | None = Field(default=None, max_length=60)
    bank_account: Line | None = Field(default=None, max_length=40)
    joined_on: date | None = None
    """When he began to work here: from then on he is new, and is to be trained (P1-8.1)."""


class Person(PersonForm, Base, table=True):
    """Someone who works here. People are disabled, never deleted: their signatures stay."""

    id: int = row_id()
    active: bool = True
    language: str | None = Field(default=None, max_length=5)
    password_hash: str | None = Field(default=None, max_length=100)
    must_change_password: bool = False
    token_version: int = 0
    """Raised whenever password, roles or standing change: every older session row ends (services/accounts)."""
    failed_attempts: int = 0
    locked_until: datetime | None = optional_moment()


class AccountChangeForm(SQLModel):
    bank_name: Line = Field(min_length=1, max_length=60)
    bank_account: Line = Field(min_length=4, max_length=40)
    note: Line | None = Field(default=None, max_length=200)
    """Why it changes."""


class AccountChange(AccountChangeForm, Base, table=True):
    """A new or altered bank account of a person. It is paid to once a second person has confirmed it (P8-3.1)."""

    id: int = row_id()
    person_id: int = Field(foreign_key="person.id", index=True)
    document_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    """The paper that named it."""
    proposed_by_id: int = Field(foreign_key="person.id")
    proposed_at: datetime = moment()
    decided_by_id: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = optional_moment()
    accepted: bool | None = None
    reason: str = Field(default="", max_length=200)
    """Why it was not accepted."""
    former_name: str | None = Field(default=None, max_length=60)
    former_account: str | None = Field(default=None, max_length=40)
    """What was paid to before it was confirmed."""


class Grant(Base, table=True):
    """A person holds a role: for one department, or for the company where department is empty."""

    __table_args__ = (sa.Index("ix_grant_role_department", "role", "department_id"),)

    id: int = row_id()
    person_id: int = Field(foreign_key="person.id", index=True)
    role: Role = choose(Role)
    department_id: int | None = Field(default=None, foreign_key="department.id")
    granted_at: datetime = moment()
    granted_by_id: int | None = Field(default=None, foreign_key="person.id")
    ended_at: datetime | None = optional_moment()


class DelegationForm(SQLModel):
    deputy_id: int = Field(foreign_key="person.id", index=True)
    starts_on: date
    ends_on: date
    amount_limit: Decimal | None = optional_money()
    reason: Line | None = Field(default=None, max_length=200)


class Delegation(DelegationForm, Base, table=True):
    """Someone lets a deputy act for him between two days, for some kinds or all, up to an amount or without limit."""

    id: int = row_id()
    person_id: int = Field(foreign_key="person.id", index=True)
    kinds: list[str] = Field(default_factory=list, sa_type=Json)
    """Codes of document kinds; empty means all."""
    created_at: datetime = moment()
    ended_at: datetime | None = optional_moment()


class SignIn(Base, table=True):
    """A browser that signed in. This row, asked at every run, decides whether the cookie still opens the door."""

    id: int = row_id()
    token_hash: str = Field(max_length=64, unique=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    token_version: int
    created_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment()
    ended_at: datetime | None = optional_moment()


class Ticket(Base, table=True):
    """A one-time slip: the sign-in form writes it, the cookie route tears it."""

    id: int = row_id()
    token_hash: str = Field(max_length=64, unique=True)
    person_id: int = Field(foreign_key="person.id")
    next_url: str = Field(max_length=500)
    expires_at: datetime = moment()
    used_at: datetime | None = optional_moment()


class Setting(Base, table=True):
    """One value that a setting had, has or will have. The newest row that is approved and has begun holds."""

    __table_args__ = (sa.Index("ix_setting_key", "key", "valid_from"),)

    id: int = row_id()
    key: str = Field(max_length=80)
    value: Any = Field(sa_type=Json)
    valid_from: datetime = moment()
    proposed_by_id: int | None = Field(default=None, foreign_key="person.id")
    proposed_at: datetime = moment()
    approved_by_id: int | None = Field(default=None, foreign_key="person.id")
    approved_at: datetime | None = optional_moment()
    declined_at: datetime | None = optional_moment()
    """The general manager, or whoever proposed it, gave it up."""
    note: str = Field(default="", max_length=500)
    """Why it is to change."""


# --- master data


class BudgetCategory(StrEnum):
    """The six budget categories of P7-5."""

    SALARIES = "salaries"
    EQUIPMENT = "equipment"
    TRAINING = "training"
    MATERIALS = "materials"
    PROJECTS = "projects"
    OTHER = "other"


class CostElement(StrEnum):
    """What costs are made of (P2-2.1, P8-4.2)."""

    LABOUR = "labour"
    MATERIALS = "materials"
    DEPRECIATION = "depreciation"
    TRANSPORT = "transport"
    TRAVEL = "travel"
    EQUIPMENT = "equipment"
    OUTSOURCING = "outsourcing"
    ENTERTAINMENT = "entertainment"
    COMMUNICATION = "communication"
    TRAINING = "training"
    OTHER = "other"


class Sheet(StrEnum):
    """The voucher sheet a receipt is pasted on: entertainment has one of its own (P9-4a)."""

    TRAVEL = "travel"
    ENTERTAINMENT = "entertainment"


class SpendingKind(StrEnum):
    """What money is asked for before it is spent (P9-3.2)."""

    REPAIR = "repair"
    ENTERTAINMENT = "entertainment"
    GIFT = "gift"
    PURCHASE = "purchase"
    """Of equipment, tools or training."""


class Nature(StrEnum):
    """What an expense is to the controls of a claim (P8-3.2): what its receipt can say, and what is odd about it."""

    TICKET = "ticket"
    """Long-distance tickets: made out to the traveller, never to the company."""
    RIDE = "ride"
    """Taxis, buses, tolls: made out to nobody."""
    LODGING = "lodging"
    MEALS = "meals"
    ENTERTAINMENT = "entertainment"
    OTHER = "other"


class ExpenseTypeForm(SQLModel):
    code: Line = Field(min_length=1, max_length=20, unique=True)
    name: Line = Field(min_length=1, max_length=40)
    name_en: Line = Field(min_length=1, max_length=40)
    category: BudgetCategory = choose(BudgetCategory)
    cost_element: CostElement = choose(CostElement)
    sheet: Sheet = choose(Sheet, default=Sheet.TRAVEL)
    for_trips: bool = True
    spending: SpendingKind | None = choose(SpendingKind, default=None, nullable=True)
    """The kind of spending request under which it is asked for: a purchase may be, the rest must (P9-3.2)."""
    nature: Nature = choose(Nature, default=Nature.OTHER)
    accrued: bool = False
    """Booked by cost entries alone: no voucher is handed in for it."""


class ExpenseType(ExpenseTypeForm, Base, table=True):
    id: int = row_id()
    active: bool = True
    position: int = 0


class CustomerForm(SQLModel):
    code: Line = Field(min_length=1, max_length=20, unique=True)
    name: Line = Field(min_length=1, max_length=100)
    department_id: int = Field(foreign_key="department.id", index=True)
    """The department or branch that looks after it."""
    key_customer: bool = False
    visit_months: int | None = Field(default=None, ge=1, le=60)
    """A visit is due so many months after the last one (P3-1.3a)."""
    contact: Line | None = Field(default=None, max_length=40)
    phone: Line | None = Field(default=None, max_length=30)
    address: Line | None = Field(default=None, max_length=200)


class Customer(CustomerForm, Base, table=True):
    id: int = row_id()
    active: bool = True


class ProductForm(SQLModel):
    code: Line = Field(min_length=1, max_length=20, unique=True)
    name: Line = Field(min_length=1, max_length=60)
    model: Line = Field(min_length=1, max_length=40)
    warranty_months: int = Field(ge=0, le=240)


class Product(ProductForm, Base, table=True):
    id: int = row_id()
    active: bool = True

    @property
    def label(self) -> str:
        return f"{self.name} {self.model}"


class SoldItemForm(SQLModel):
    serial: Line = Field(min_length=1, max_length=40, unique=True)
    product_id: int = Field(foreign_key="product.id", index=True)
    customer_id: int = Field(foreign_key="customer.id", index=True)
    sold_on: date
    own_warranty_months: int | None = Field(default=None, ge=0, le=240)
    """Where its sale agreed on another time than the product's."""


class SoldItem(SoldItemForm, Base, table=True):
    id: int = row_id()
    active: bool = True


class ContractForm(SQLModel):
    number: Line = Field(min_length=1, max_length=40, unique=True)
    customer_id: int = Field(foreign_key="customer.id", index=True)
    starts_on: date
    ends_on: date
    visit_fee: Decimal | None = optional_money()
    """What a visit under it costs; empty where the contract's price covers it (P6-6 B)."""
    maintenance_months: int | None = Field(default=None, ge=1, le=60)
    """Its machines are maintained every so many months."""


class Contract(ContractForm, Base, table=True):
    """A service contract of a customer."""

    id: int = row_id()
    active: bool = True


class AssetForm(SQLModel):
    code: Line = Field(min_length=1, max_length=20, unique=True)
    name: Line = Field(min_length=1, max_length=60)
    department_id: int = Field(foreign_key="department.id", index=True)
    """Whose cost its depreciation is."""
    bought_on: date
    in_use_from: date
    """It is written off from the month after this one on."""
    cost: Decimal = money()
    salvage: Decimal = money(ge=0, gt=None, default=Decimal("0.00"))
    """What it will still be worth."""
    life_months: int = Field(ge=1, le=600)


class Asset(AssetForm, Base, table=True):
    """Equipment that is written off month by month (P8-4.2)."""

    id: int = row_id()
    active: bool = True


class Supply(StrEnum):
    """What a supplier gives: parts made to our drawings, which production looks after, or bought ones (P3-2.3a)."""

    OUTSOURCED = "outsourced"
    PURCHASED = "purchased"


class SupplierForm(SQLModel):
    code: Line = Field(min_length=1, max_length=20, unique=True)
    name: Line = Field(min_length=1, max_length=100)
    supply: Supply = choose(Supply)
    contact: Line | None = Field(default=None, max_length=40)
    phone: Line | None = Field(default=None, max_length=30)
    email: Line | None = Field(default=None, max_length=100)


class Supplier(SupplierForm, Base, table=True):
    id: int = row_id()
    active: bool = True


class PartForm(SQLModel):
    code: Line = Field(min_length=1, max_length=20, unique=True)
    name: Line = Field(min_length=1, max_length=60)
    model: Line = Field(min_length=1, max_length=40)
    unit: Line = Field(min_length=1, max_length=10)
    price: Decimal | None = optional_money()
    """Yuan a unit: what an estimate goes by."""
    stocked: bool = False
    """Is it kept in the plant's store?"""
    supplier_id: int | None = Field(default=None, foreign_key="supplier.id", index=True)


class Part(PartForm, Base, table=True):
    id: int = row_id()
    active: bool = True


class CityTier(StrEnum):
    """How dear a city is: limits go by it. A city that is in no list is of the third."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"


class LimitPer(StrEnum):
    """What a limit counts."""

    NIGHT = "night"
    DAY = "day"
    VOUCHER = "voucher"


class CityForm(SQLModel):
    """A city of a tier. A row of a setting, not of a table."""

    city: Line = Field(min_length=1, max_length=40)
    tier: CityTier = choose(CityTier)


class LimitForm(SQLModel):
    """What may be spent at most for an expense type, in cities of a tier, by people of a grade; empty means all.

    A row of a setting: limits hold only after the general manager approved them (P6-5).
    """

    expense_type_id: int = Field(foreign_key="expensetype.id")
    tier: CityTier | None = choose(CityTier, default=None, nullable=True)
    grade: Grade | None = choose(Grade, default=None, nullable=True)
    per: LimitPer = choose(LimitPer)
    amount: Decimal = money()


class Response(StrEnum):
    """What the budget control answers where a paper asks for more than is left."""

    STOP = "stop"
    WARN = "warn"
    IGNORE = "ignore"


class BudgetControlForm(SQLModel):
    """How a category is controlled: on the plan up to the month, and on the year's (P2-5.1a, P2-5.1b).

    A row of a setting: it holds only after the general manager approved it (P6-5).
    """

    category: BudgetCategory = choose(BudgetCategory)
    month_response: Response = choose(Response, default=Response.STOP)
    year_response: Response = choose(Response, default=Response.STOP)


class AccountUse(StrEnum):
    """What an account of the books stands for."""

    COST = "cost"
    """Debited with what something has cost."""
    ACCRUED = "accrued"
    """Credited by a cost entry."""
    PAYABLE = "payable"
    """Credited with what is owed to whoever is paid."""
    ADVANCES = "advances"
    """Credited with what a claim settles of advances."""


class AccountForm(SQLModel):
    """An account of the books, for costs of an element and a category; empty means all. A row of a setting."""

    use: AccountUse = choose(AccountUse)
    cost_element: CostElement | None = choose(CostElement, default=None, nullable=True)
    category: BudgetCategory | None = choose(BudgetCategory, default=None, nullable=True)
    account: Line = Field(min_length=1, max_length=20)
    account_name: Line | None = Field(default=None, max_length=60)


class CalendarDayForm(SQLModel):
    day: date
    working: bool
    note: Line | None = Field(default=None, max_length=60)


class CalendarDay(CalendarDayForm, Base, table=True):
    """The company's own word on a day: working or not. It outranks the national calendar."""

    day: date = Field(primary_key=True)


# --- papers: what every kind shares


class State(StrEnum):
    """Where a document stands."""

    DRAFT = "draft"
    RUNNING = "running"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    DONE = "done"
    REVERSING = "reversing"
    """Finished, and asked to be reversed: the last decider's role says whether it is."""
    REVERSED = "reversed"
    """Finished once, and undone with all its effects."""


class RouteVersion(Base, table=True):
    """The steps a kind of document took from some day on. A running document keeps the version it started with."""

    __table_args__ = (
        sa.Index(
            "uq_routeversion_shipped",
            "kind",
            "digest",
            unique=True,
            sqlite_where=sa.text("shipped"),
            postgresql_where=sa.text("shipped"),
        ),
        sa.UniqueConstraint("kind", "number"),
    )

    id: int = row_id()
    kind: str = Field(max_length=4)
    number: int
    steps: list[dict[str, Any]] = Field(sa_type=Json)
    digest: str = Field(max_length=64)
    shipped: bool = True
    """True where the version is the declaration's; an administrator's own holds from `valid_from` once approved."""
    created_at: datetime = moment()
    created_by_id: int | None = Field(default=None, foreign_key="person.id")
    valid_from: datetime | None = optional_moment()
    approved_at: datetime | None = optional_moment()
    approved_by_id: int | None = Field(default=None, foreign_key="person.id")
    declined_at: datetime | None = optional_moment()
    """The general manager, or its author, gave the proposal up."""
    note: str = Field(default="", max_length=500)
    """Why the route is to change."""


_SUMMED = ("number", "amount", "applicant_id", "created_by_id", "keeper_id", "department_id")


class Document(Base, table=True):
    """The header that every kind of paper shares; lists, inbox, search and rights work on it alone."""

    __table_args__ = (
        sa.Index("ix_document_kind_created", "kind", "created_at"),
        # holds all that count and total of a list ask of each of its papers: the papers themselves are not read
        sa.Index("ix_document_kind_state", "kind", "state", *_SUMMED),
        sa.Index("ix_document_kind_submitted", "kind", "submitted_at", "id"),
        sa.Index("ix_document_applicant", "applicant_id", "created_at"),
        sa.Index("ix_document_department", "department_id", "kind"),
    )

    id: int = row_id()
    kind: str = Field(max_length=4)
    number: str | None = Field(default=None, max_length=20, unique=True)
    """Given at the first sending; a draft has none."""
    state: State = choose(State, default=State.DRAFT)
    step: str | None = Field(default=None, max_length=40)
    """Key of the step that is open now, for lists and badges."""
    applicant_id: int = Field(foreign_key="person.id")
    created_by_id: int = Field(foreign_key="person.id")
    keeper_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    """Who looks after it in its author's place, once he has left."""
    department_id: int = Field(foreign_key="department.id")
    title: str = Field(default="", max_length=200)
    amount: Decimal | None = optional_money()
    created_at: datetime = moment()
    submitted_at: datetime | None = optional_moment()
    approved_at: datetime | None = optional_moment()
    """When the last approval was given; work may still follow (a trip to make, a payment to record)."""
    closed_at: datetime | None = optional_moment()
    due_at: datetime | None = optional_moment()
    """The earliest due time of its open tasks."""
    reached: list[str] = Field(default_factory=list, sa_type=Json)
    """Milestones of its route that it has passed, in order; what hangs on them has happened."""
    round: int = 0
    """How often it was sent."""
    version: int = 0
    """Raised by every act: who acts on an older version is told that someone acted first."""
    client_token: str = Field(max_length=40, unique=True)
    """Made by the form, so that a form sent twice makes one document."""
    source_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    """The document it was started from (a claim from its trip)."""
    route_version_id: int | None = Field(default=None, foreign_key="routeversion.id")
    draft: dict[str, Any] | None = Field(default=None, sa_type=Json)
    """What the applicant has typed and not yet sent, as typed: kept by itself, valid or not."""
    custom: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class Participant(Base, table=True):
    """A person a document concerns beyond its applicant: he may read it, and may not decide on it if it favours him."""

    __table_args__ = (sa.UniqueConstraint("document_id", "person_id", "part"),)

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    part: str = Field(max_length=40)
    """The field that names him."""
    benefits: bool = True
    """True where the paper is made out in his favour or judges him."""


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"
    CLOSED = "closed"
    """Ended without an act of its own: the document was withdrawn, rejected, or another holder signed."""
    HELD = "held"
    """Waits for a colleague whom its holder asked first; opens again once he has signed."""


class Task(Base, table=True):
    """One signature or one piece of work that a step asks for."""

    __table_args__ = (
        sa.Index("ix_task_waiting", "state", "role", "department_id"),
        sa.Index("ix_task_person", "state", "person_id"),
        sa.Index("ix_task_due", "state", "due_at"),
        sa.Index("ix_task_warn", "state", "warn_at"),
        sa.Index("ix_task_paused", "state", "paused_at"),
    )

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    step: str = Field(max_length=40)
    decides: bool
    """A decision (approve, return, reject), or work (fill in, carry out)."""
    role: Role | None = choose(Role, default=None, nullable=True)
    department_id: int | None = Field(default=None, foreign_key="department.id")
    person_id: int | None = Field(default=None, foreign_key="person.id")
    """Set where one person is meant: the applicant, or someone named in the document."""
    instead_of: Role | None = choose(Role, default=None, nullable=True)
    """The step's own role, where its holder may not decide and another stands in."""
    round: int
    state: TaskState = choose(TaskState, default=TaskState.OPEN)
    opened_at: datetime = moment()
    due_at: datetime | None = optional_moment()
    closed_at: datetime | None = optional_moment()
    closed_by_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    on_behalf_of_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    outcome: str | None = Field(default=None, max_length=40)
    amount: Decimal | None = optional_money()
    """The document's amount as the signer saw it."""
    content: str | None = Field(default=None, max_length=64)
    """Digest of what the document said when it was signed: a paper that says something else has to be signed anew."""
    stands: bool = True
    """False once the paper went back behind this step: the decision has to be made again."""
    asked_by_id: int | None = Field(default=None, foreign_key="task.id")
    """The task whose holder asked for this signature besides his own."""
    signed_version: int | None = None
    """The document's version just after it was signed: while it is still the same, nobody has acted since."""
    paused_at: datetime | None = optional_moment()
    """Since when its holder waits for others."""
    due_left: int | None = None
    """Seconds of working time that were left until `due_at` when its clock was stopped."""
    warn_left: int | None = None
    warn_at: datetime | None = optional_moment()
    """When most of its time has gone (80 %): its holders are reminded."""
    warned_at: datetime | None = optional_moment()
    late_told_at: datetime | None = optional_moment()
    """When its holders were told that it is late."""
    escalated_at: datetime | None = optional_moment()
    """When the role above was told."""
    pause_told_at: datetime | None = optional_moment()
    """When it was told, while its clock stands still, that its holder has waited for others long."""


class PaperClock(Base, table=True):
    """A promise of a paper (an answer within 24 hours): since when it counts, until when, and when it was kept."""

    __table_args__ = (
        sa.UniqueConstraint("document_id", "key", "turn"),
        sa.Index("ix_paperclock_due", "kept_at", "due_at"),
        sa.Index("ix_paperclock_warn", "kept_at", "warn_at"),
    )

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id")
    key: str = Field(max_length=20)
    turn: int = 1
    """Counts how often it was promised anew: a complaint that is taken up again is verified again."""
    started_at: datetime = moment()
    due_at: datetime = moment()
    warn_at: datetime | None = optional_moment()
    kept_at: datetime | None = optional_moment()
    warned_at: datetime | None = optional_moment()
    late_told_at: datetime | None = optional_moment()

    @property
    def on_time(self) -> bool:
        """Kept at the very moment it was due, it is on time."""
        return self.kept_at is not None and self.kept_at <= self.due_at


class Event(Base, table=True):
    """The audit trail: one line per act, each sealed with the hash of the one before. Nothing here is ever changed."""

    __table_args__ = (sa.Index("ix_event_document", "document_id", "id"),)

    id: int = row_id()
    sequence: int = Field(unique=True)
    at: datetime = moment()
    actor_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    on_behalf_of_id: int | None = Field(default=None, foreign_key="person.id")
    role: str | None = Field(default=None, max_length=40)
    document_id: int | None = Field(default=None, foreign_key="document.id")
    subject: str = Field(default="", max_length=80)
    """What it is about where that is no document: a person's login, a setting's key."""
    action: str = Field(max_length=40)
    step: str | None = Field(default=None, max_length=40)
    note: str = Field(default="", max_length=2000)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """What changed, and the SHA-256 of each attachment that was there when the decision was made."""
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64, unique=True)


class ChainHead(Base, table=True):
    """The end of the audit chain. Writers take this row first, so that the chain has one order."""

    id: int = Field(primary_key=True)
    sequence: int
    hash: str = Field(max_length=64)


class Notice(Base, table=True):
    """Something a person is told in the portal, written in the transaction of what it tells of."""

    __table_args__ = (sa.Index("ix_notice_person", "person_id", "read_at"),)

    id: int = row_id()
    person_id: int = Field(foreign_key="person.id")
    at: datetime = moment()
    key: str = Field(max_length=60)
    """Text key, `notice.` before it."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    document_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    read_at: datetime | None = optional_moment()


class LetterState(StrEnum):
    """What has become of a letter that the portal is to mail."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    """The mail server has taken it."""
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    """The portal was stopped in the middle: nobody knows, and it is never sent twice by itself."""
    WITHDRAWN = "withdrawn"


class Letter(Base, table=True):
    """A mail to somebody outside: written in the transaction of the act that sends it, posted by the worker after."""

    __table_args__ = (sa.Index("ix_letter_state", "state", "next_try_at"),)

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    layout: str = Field(max_length=40)
    """The paper's print that goes with it as PDF."""
    address: str = Field(max_length=100)
    reply_to: str | None = Field(default=None, max_length=100)
    subject: str = Field(max_length=200)
    body: str = Field(max_length=2000)
    queued_at: datetime = moment()
    queued_by_id: int = Field(foreign_key="person.id")
    state: LetterState = choose(LetterState, default=LetterState.WAITING)
    tries: int = 0
    next_try_at: datetime = moment()
    """While it is being sent: since when."""
    sent_at: datetime | None = optional_moment()
    error: str | None = Field(default=None, max_length=300)
    """What the mail server, or the way to it, said last."""


class NumberSeries(Base, table=True):
    """The last number given to a kind in a month."""

    kind: str = Field(max_length=4, primary_key=True)
    month: str = Field(max_length=6, primary_key=True)
    last: int


class PaperWarning(Base, table=True):
    """Something odd about a paper that was sent all the same, with the reason its author gave."""

    __table_args__ = (sa.UniqueConstraint("document_id", "mark"),)

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id")
    mark: str = Field(max_length=60)
    """Rule and evidence: the reason holds for just these."""
    table_name: str | None = Field(default=None, max_length=40)
    line: int | None = None
    key: str = Field(max_length=80)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    reason: str = Field(max_length=200)


class Attachment(Base, table=True):
    """A file that belongs to a document. The bytes lie in the store under their SHA-256."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    name: str = Field(max_length=120)
    media_type: str = Field(max_length=100)
    size: int
    sha256: str = Field(max_length=64, index=True)
    uploaded_by_id: int = Field(foreign_key="person.id")
    uploaded_at: datetime = moment()
    removed_at: datetime | None = optional_moment()
    removed_by_id: int | None = Field(default=None, foreign_key="person.id")
    invoice_key: str | None = Field(default=None, max_length=60)
    """The invoice that the file was read as; it belongs to the line of that invoice."""


# --- money: the ledger and what it adds up to


class Posting(StrEnum):
    """What an entry of the ledger does to its line of the budget."""

    ISSUED = "issued"
    ADJUSTED = "adjusted"
    GRANTED = "granted"
    RESERVED = "reserved"
    RELEASED = "released"
    SPENT = "spent"
    REVERSED = "reversed"
    """Spent once, and taken back."""


class Basis(StrEnum):
    """By what the budget control measures."""

    MONTH = "month"
    """The plan from January to the month."""
    YEAR = "year"
    PROVISIONAL = "provisional"
    """Last year's same month, until the year's budget is issued."""


class LedgerEntry(Base, table=True):
    """One posting: which month, whose money, for what, by which paper. Nothing here is ever changed."""

    __table_args__ = (
        sa.UniqueConstraint("document_id", "posting", "line"),
        sa.Index("ix_ledgerentry_place", "month", "department_id", "category"),
        sa.Index(
            "ix_ledgerentry_issued",
            "department_id",
            "month",
            sqlite_where=sa.text("posting = 'issued'"),
            postgresql_where=sa.text("posting = 'issued'"),
        ),
    )

    id: int = row_id()
    at: datetime = moment()
    month: str = Field(max_length=6)
    """The month in which the cost arose (P8-4.1), as 202611."""
    department_id: int = Field(foreign_key="department.id")
    category: BudgetCategory = choose(BudgetCategory)
    cost_element: str = Field(max_length=40)
    expense_type_id: int | None = Field(default=None, foreign_key="expensetype.id")
    posting: Posting = choose(Posting)
    amount: Decimal = Field(sa_type=Fen)
    """Yuan; what the posting says is not said by a sign. Only an adjustment may be below zero."""
    document_id: int = Field(foreign_key="document.id")
    """The paper that posted it."""
    line: int
    """Counts the paper's postings of a sort, so that none is made twice."""
    reservation_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    """The paper whose reservation is made or released."""
    meant_for: str | None = Field(default=None, max_length=6)
    """The month it belongs to, where that was closed already."""


class ClosedMonth(Base, table=True):
    """A department's month that takes no more postings (P2-2.4)."""

    month: str = Field(max_length=6, primary_key=True)
    department_id: int = Field(foreign_key="department.id", primary_key=True)
    closed_at: datetime = moment()
    document_id: int = Field(foreign_key="document.id")
    """The settlement that closed it."""


class Balance(Base, table=True):
    """What the ledger adds up to for a month, department and category; kept in the transaction of every entry."""

    month: str = Field(max_length=6, primary_key=True)
    department_id: int = Field(foreign_key="department.id", primary_key=True)
    category: BudgetCategory = choose(BudgetCategory, primary_key=True)
    budget: Decimal = Field(default=Decimal("0.00"), sa_type=Fen)
    """Issued, adjusted and granted."""
    reserved: Decimal = Field(default=Decimal("0.00"), sa_type=Fen)
    spent: Decimal = Field(default=Decimal("0.00"), sa_type=Fen)


class BudgetStop(Base, table=True):
    """A paper that the budget control did not let through, or only with a warning: which line, and how it stood.
    Nothing here is changed.
    """

    id: int = row_id()
    at: datetime = moment(index=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    """Who sent or signed it."""
    action: str = Field(max_length=40)
    department_id: int = Field(foreign_key="department.id")
    category: BudgetCategory = choose(BudgetCategory)
    month: str = Field(max_length=6)
    """The first month for which it asks."""
    until: str = Field(max_length=6)
    """The month up to which plan and use are added up."""
    basis: Basis = choose(Basis)
    plan: Decimal = Field(sa_type=Fen)
    reserved: Decimal = Field(sa_type=Fen)
    spent: Decimal = Field(sa_type=Fen)
    asked: Decimal = Field(sa_type=Fen)
    response: Response = choose(Response, default=Response.STOP)
    """Stopped, or warned of."""
    reason: str = Field(default="", max_length=200)
    """Why it was sent all the same."""


# --- TR: travel request (P9-2)


class InvoiceKind(StrEnum):
    """What an invoice is to the tax office: only of some is the tax deducted."""

    SPECIAL = "special"
    ORDINARY = "ordinary"
    TICKET = "ticket"


class Transport(StrEnum):
    TRAIN = "train"
    PLANE = "plane"
    COACH = "coach"
    COMPANY_CAR = "company_car"
    OWN_CAR = "own_car"
    SHIP = "ship"


class TravelRequestForm(SQLModel):
    traveller_id: int = Field(foreign_key="person.id", index=True)
    companions: list[int] = Field(default_factory=list, sa_type=Json)
    origin: Line = Field(min_length=1, max_length=60)
    destinations: Line = Field(min_length=1, max_length=120)
    starts_on: date = Field(index=True)
    ends_on: date = Field(index=True)
    transport: Transport = choose(Transport)
    task: str = Field(min_length=1, max_length=500)
    serves: Line | None = Field(default=None, max_length=40)
    """Number of the complaint or service order that the trip serves, as typed."""
    changes_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    """The trip that is to take place on other days than it was asked for."""


class TravelRequest(TravelRequestForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    moved_start: date | None = None
    """The days to which a change that was signed has moved it."""
    moved_end: date | None = None
    departed_on: date | None = None
    returned_on: date | None = None

    @property
    def first_planned(self) -> date:
        return self.moved_start or self.starts_on

    @property
    def last_planned(self) -> date:
        return self.moved_end or self.ends_on


class TravelEstimateForm(SQLModel):
    expense_type_id: int = Field(foreign_key="expensetype.id")
    amount: Decimal = money()
    note: Line | None = Field(default=None, max_length=100)


class TravelEstimate(TravelEstimateForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


# --- FR: field report (P9-3.1)


class FieldReportForm(SQLModel):
    trip_id: int = Field(foreign_key="document.id", index=True)
    looked_on: date
    """The day on which the product was looked at."""
    product: Line = Field(min_length=1, max_length=100)
    """Product, model and serial number."""
    serves: Line | None = Field(default=None, max_length=40)
    """Number of the complaint that it is about, as typed."""
    product_state: str = Field(min_length=1, max_length=1000)
    verified_with: Line = Field(min_length=1, max_length=100)
    """People of the plant or depot with whom the quality information was checked."""
    verified: str = Field(min_length=1, max_length=1000)
    opinion: str = Field(min_length=1, max_length=1000)
    repair: bool = False
    """Is a repair proposed?"""
    proposal: str | None = Field(default=None, max_length=1000)


class FieldReport(FieldReportForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)


# --- SR: spending request (P9-3.2)


class SpendingRequestForm(SQLModel):
    trip_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    serves: Line | None = Field(default=None, max_length=40)
    """Number of the complaint that it is asked for where there is no trip, as typed."""
    spending: SpendingKind = choose(SpendingKind)
    expense_type_id: int = Field(foreign_key="expensetype.id")
    asked_amount: Decimal = money()
    planned_on: date
    matter: str = Field(min_length=1, max_length=500)
    guests: str | None = Field(default=None, max_length=300)
    """Who is entertained or given something: names, employers, functions."""
    headcount: int | None = Field(default=None, ge=1, le=500)
    invoice: bool = True
    """Can an invoice be had?"""
    no_invoice_reason: str | None = Field(default=None, max_length=300)
    no_invoice_handling: str | None = Field(default=None, max_length=300)
    """How it will be accounted for instead (P9-3.2c)."""
    phone_people: list[int] = Field(default_factory=list, sa_type=Json)
    """Those who agreed by phone and have yet to say so in the portal (P9-3.2a)."""
    phone_at: datetime | None = optional_moment()


class SpendingRequest(SpendingRequestForm, Base, table=True):
    """What was asked for and agreed, and what really happened (P9-3.2b)."""

    document_id: int = Field(foreign_key="document.id", primary_key=True)
    spent_on: date | None = None
    spent_place: Line | None = Field(default=None, max_length=100)
    spent_matter: str | None = Field(default=None, max_length=500)
    spent_amount: Decimal | None = optional_money()
    spent_guests: str | None = Field(default=None, max_length=300)
    spent_headcount: int | None = Field(default=None, ge=1, le=500)


# --- EC: expense claim (P9-4, P8-3)


class ClaimKind(StrEnum):
    """The three claims of DOCUMENTS.md; each has its own route."""

    TRAVEL = "travel"
    GENERAL = "general"
    SETTLEMENT = "settlement"


class ExpenseClaimForm(SQLModel):
    claim_kind: ClaimKind = choose(ClaimKind, default=ClaimKind.TRAVEL)
    traveller_id: int = Field(foreign_key="person.id", index=True)
    """Whose claim it is, and who is paid."""
    trip_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    """The trip and what follows are asked for travel claims alone."""
    starts_on: date | None = None
    ends_on: date | None = None
    origin: Line | None = Field(default=None, min_length=1, max_length=60)
    destinations: Line | None = Field(default=None, min_length=1, max_length=120)
    purpose: str = Field(min_length=1, max_length=500)
    allowance_days: int = Field(default=0, ge=0, le=366)
    bank_name: Line = Field(min_length=1, max_length=60)
    bank_account: Line = Field(min_length=4, max_length=40)


class ExpenseClaim(ExpenseClaimForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    allowance_rate: Decimal = money(ge=0, gt=None, default=Decimal("0.00"))
    """Yuan per day, as set when the claim was sent."""
    audited_amount: Decimal | None = optional_money()
    """What finance found right; empty until the audit."""
    offset_amount: Decimal | None = optional_money()
    """How much of it settled advances."""
    left_to_pay: Decimal | None = optional_money()
    """What is still to be paid; empty until the audit."""
    paid_on: date | None = None
    """The last payment's day."""
    payment_reference: str | None = Field(default=None, max_length=60)


class VoucherLineForm(SQLModel):
    spent_on: date
    """The day of travel, of the meal, of arrival at a hotel: not that of the invoice."""
    until: date | None = None
    """The day one left the hotel."""
    origin: Line | None = Field(default=None, max_length=60)
    destination: Line | None = Field(default=None, max_length=60)
    expense_type_id: int = Field(foreign_key="expensetype.id")
    transport: Transport | None = choose(Transport, default=None, nullable=True)
    description: Line | None = Field(default=None, max_length=100)
    invoice_kind: InvoiceKind | None = choose(InvoiceKind, default=None, nullable=True)
    invoice_code: Line | None = Field(default=None, max_length=20)
    invoice_number: Line | None = Field(default=None, max_length=30)
    seller: Line | None = Field(default=None, max_length=100)
    amount: Decimal = money()
    tax: Decimal | None = optional_money()
    request_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    """The spending request it falls under (P9-3.2a)."""
    buyer_name: Line | None = Field(default=None, max_length=100)
    """Whom the invoice is made out to, and his tax number."""
    buyer_tax_no: Line | None = Field(default=None, max_length=30)


class VoucherLine(VoucherLineForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    sheet: Sheet = choose(Sheet)
    """Follows from the expense type: entertainment has a sheet of its own (P9-4a)."""
    sequence: int
    """Number of the voucher on its sheet; the two sheets count apart (P9-4a)."""
    invoice_key: str | None = Field(default=None, max_length=60, index=True)
    """Code and number of the invoice as they are compared: without blanks, in narrow digits (P8-3.2)."""
    audited_amount: Decimal | None = optional_money()
    audit_reason: str | None = Field(default=None, max_length=200)


class ClaimedInvoice(Base, table=True):
    """An invoice that stands on a claim. Its key is unique, so that of two claims sent in one instant one is refused.

    It is free again once its claim is rejected, withdrawn, cancelled or reversed.
    """

    key: str = Field(primary_key=True, max_length=60)
    document_id: int = Field(foreign_key="document.id", index=True)


class VoucherReceipt(Base, table=True):
    """The pasted vouchers of a claim lay on the desk of whoever checks it; taken back with a reason, it stays here."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    received_by_id: int = Field(foreign_key="person.id")
    received_at: datetime = moment()
    ended_by_id: int | None = Field(default=None, foreign_key="person.id")
    """Who took it back; nobody where the claim itself went back to its author."""
    ended_at: datetime | None = optional_moment()
    reason: str | None = Field(default=None, max_length=200)


class ClaimOffsetForm(SQLModel):
    advance_id: int = Field(foreign_key="document.id", index=True)


class ClaimOffset(ClaimOffsetForm, Base, table=True):
    """An advance that a claim settles (P9-5b)."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    amount: Decimal | None = optional_money()
    """How much of it; empty until the claim is approved."""


# --- CA: cash advance (P9-5a)


class CashAdvanceForm(SQLModel):
    purpose: str = Field(min_length=1, max_length=500)
    requested: Decimal = money()
    trip_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    wanted_by: date
    """The day of the purpose: when the money is needed."""
    repay_by: date
    bank_name: Line = Field(min_length=1, max_length=60)
    bank_account: Line = Field(min_length=4, max_length=40)


class CashAdvance(CashAdvanceForm, Base, table=True):
    """Paid out = settled by claims + returned in cash + open, to the fen; the lines behind each say the same."""

    document_id: int = Field(foreign_key="document.id", primary_key=True)
    left_to_pay: Decimal | None = optional_money()
    """What the cashier still has to pay out; empty until finance has approved it."""
    open_amount: Decimal | None = optional_money()
    """What is neither settled nor returned; empty until something was paid out."""
    opening: bool = False
    """Paid before the portal was: it was taken over from the old books, by the paper it stems from."""


class AdvanceReturnForm(SQLModel):
    returned_on: date
    returned_amount: Decimal = money()
    receipt: Line | None = Field(default=None, max_length=60)


class AdvanceReturn(AdvanceReturnForm, Base, table=True):
    """Cash of an advance that came back to the cashier."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


# --- CP: complaint (P1-4, P4-2, P5)


class Channel(StrEnum):
    """How a customer complains (P4-2.1)."""

    PHONE = "phone"
    EMAIL = "email"
    ONLINE = "online"
    VISIT = "visit"
    LETTER = "letter"


class ActionSource(StrEnum):
    """Where it was found that something has to be put right."""

    COMPLAINT = "complaint"
    INSPECTION = "inspection"
    EVALUATION = "evaluation"
    VISIT = "visit"
    AUDIT = "audit"


class ActionKind(StrEnum):
    DESIGN = "design"
    PROCESS = "process"
    PURCHASING = "purchasing"
    BUDGET = "budget"
    """How a budget is kept: the budget supervision group verifies it, quality inspection all else."""
    CONDUCT = "conduct"


class CorrectiveActionForm(SQLModel):
    action_source: ActionSource = choose(ActionSource)
    about_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    """The paper in which it was found."""
    action_kind: ActionKind = choose(ActionKind)
    handling_department_id: int = Field(foreign_key="department.id", index=True)
    """That puts it right: it is this department's paper."""
    rectify_by: date
    problem: str = Field(min_length=1, max_length=2000)
    known_cause: str | None = Field(default=None, max_length=2000)
    """As far as whoever opens it knows."""


class CorrectiveAction(CorrectiveActionForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    root_cause: str | None = Field(default=None, max_length=2000)
    measure_owner_ids: list[int] = Field(default_factory=list, sa_type=Json)
    """Follows from its measures: who is asked to carry them out."""
    effect: str | None = Field(default=None, max_length=1000)
    """What the verification found."""


class MeasureForm(SQLModel):
    measure: str = Field(min_length=1, max_length=500)
    owner_id: int = Field(foreign_key="person.id", index=True)
    due_on: date


class Measure(MeasureForm, Base, table=True):
    """What one person does by when to put it right, and what shows that he did."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    done_on: date | None = None
    evidence: str | None = Field(default=None, max_length=500)


class SurveyKind(StrEnum):
    CASE = "case"
    """After a complaint."""
    PERIODIC = "periodic"


class SatisfactionSurveyForm(SQLModel):
    survey_kind: SurveyKind = choose(SurveyKind)
    customer_id: int = Field(foreign_key="customer.id", index=True)
    about_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    """The complaint after which it is asked."""
    surveyed_on: date = Field(index=True)
    survey_way: Channel = choose(Channel)
    respondent: Line = Field(min_length=1, max_length=40)
    score_speed: int = Field(ge=1, le=5)
    score_quality: int = Field(ge=1, le=5)
    score_attitude: int = Field(ge=1, le=5)
    score_price: int = Field(ge=1, le=5)
    score_overall: int = Field(ge=1, le=5)
    survey_remarks: str | None = Field(default=None, max_length=1000)


class SatisfactionSurvey(SatisfactionSurveyForm, Base, table=True):
    """What a customer thinks of the service, and what the department concerned makes of it."""

    document_id: int = Field(foreign_key="document.id", primary_key=True)
    handling_department_id: int | None = Field(default=None, foreign_key="department.id", index=True)
    """That handled the case, or looks after the customer: whose head reads it."""
    follow_up: str | None = Field(default=None, max_length=1000)


class VisitAspect(StrEnum):
    DESIGN = "design"
    PROCESS = "process"
    ASSEMBLY = "assembly"
    SERVICE = "service"


class CustomerVisitForm(SQLModel):
    customer_id: int = Field(foreign_key="customer.id", index=True)
    visited_on: date = Field(index=True)
    visitors: list[int] = Field(default_factory=list, sa_type=Json)
    met: Line = Field(min_length=1, max_length=120)
    """Who of the customer's was spoken with."""
    visit_notes: str = Field(min_length=1, max_length=2000)


class CustomerVisit(CustomerVisitForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    # what follows from its lines: who is asked
    department_ids: list[int] = Field(default_factory=list, sa_type=Json)
    has_opinions: bool = False
    has_leads: bool = False
    leads_result: str | None = Field(default=None, max_length=1000)


class VisitOpinionForm(SQLModel):
    aspect: VisitAspect = choose(VisitAspect)
    opinion: str = Field(min_length=1, max_length=500)
    forwarded_to_id: int = Field(foreign_key="department.id")


class VisitOpinion(VisitOpinionForm, Base, table=True):
    """What a customer thinks of design, process, assembly or service, forwarded to the department concerned."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    reply: str | None = Field(default=None, max_length=500)


class SalesLeadForm(SQLModel):
    product_id: int | None = Field(default=None, foreign_key="product.id")
    lead: str = Field(min_length=1, max_length=500)


class SalesLead(SalesLeadForm, Base, table=True):
    """What a customer may buy (P3-1.4)."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class Severity(StrEnum):
    CRITICAL = "critical"
    """Safety or service is at stake."""
    MAJOR = "major"
    NORMAL = "normal"


class Warranty(StrEnum):
    RUNNING = "running"
    OVER = "over"
    UNKNOWN = "unknown"
    """Nobody knows when it was sold."""


class Verdict(StrEnum):
    """What the verification finds (P1-4.2a, P5-5)."""

    QUALITY = "quality"
    NON_QUALITY = "non_quality"
    DISPUTED = "disputed"
    """Whether it is a matter of quality is disputed: a designated person decides by the contract (P5-7.3)."""
    UNSUBSTANTIATED = "unsubstantiated"


class ComplaintNature(StrEnum):
    QUALITY = "quality"
    NON_QUALITY = "non_quality"


class CauseCategory(StrEnum):
    SEAL = "seal"
    ASSEMBLY = "assembly"
    ELECTRICAL = "electrical"
    PURCHASED = "purchased"
    MATERIAL = "material"
    DESIGN = "design"
    MISUSE = "misuse"
    TRANSPORT = "transport"
    OTHER = "other"


class Solution(StrEnum):
    REPAIR = "repair"
    REPLACE = "replace"
    RETURN = "return"
    PARTS = "parts"
    GUIDANCE = "guidance"
    COMPENSATION = "compensation"


class Consent(StrEnum):
    """What the customer says to the solution (P4-2.3)."""

    AGREED = "agreed"
    DISPUTED = "disputed"


class SurveyAnswer(StrEnum):
    ANSWERED = "answered"
    UNREACHABLE = "unreachable"


class Bearer(StrEnum):
    """Who bears a share of a case's costs (P5-6c)."""

    DEPARTMENT = "department"
    CUSTOMER = "customer"
    SUPPLIER = "supplier"


class ReportFigure(StrEnum):
    """What an analysis report says of its period (P1-4.4b)."""

    RECEIVED = "received"
    CLOSED = "closed"
    OPEN = "open"
    """At its end."""
    ANSWERED = "answered"
    VERIFIED = "verified"
    MEDIAN = "median"
    NINETIETH = "ninetieth"
    SATISFACTION = "satisfaction"
    COST = "cost"


class Repeated(StrEnum):
    PRODUCT = "product"
    CUSTOMER = "customer"


class AnalysisReportForm(SQLModel):
    period_from: date = Field(index=True)
    period_to: date
    conclusions: str = Field(min_length=1, max_length=4000)
    proposals: str = Field(min_length=1, max_length=4000)


class AnalysisReport(AnalysisReportForm, Base, table=True):
    """Complaints of a period: figures as they were when it was sent, and what is concluded from them."""

    document_id: int = Field(foreign_key="document.id", primary_key=True)


class AnalysisFigureForm(SQLModel):
    figure: ReportFigure = choose(ReportFigure)
    this_period: Line = Field(max_length=20)
    period_before: Line | None = Field(default=None, max_length=20)


class AnalysisFigure(AnalysisFigureForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class AnalysisCauseForm(SQLModel):
    cause_category: CauseCategory = choose(CauseCategory)
    case_count: int
    case_share: Line = Field(max_length=20)
    """With those before it."""


class AnalysisCause(AnalysisCauseForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class AnalysisRepeatForm(SQLModel):
    repeated: Repeated = choose(Repeated)
    repeated_name: Line = Field(max_length=140)
    case_count: int


class AnalysisRepeat(AnalysisRepeatForm, Base, table=True):
    """A product or a customer with more than one complaint."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class AnalysisActionForm(SQLModel):
    action_id: int = Field(foreign_key="document.id", index=True)
    problem: Line = Field(max_length=200)
    handling_department_id: int = Field(foreign_key="department.id")
    rectify_by: date
    days_late: int | None = None


class AnalysisAction(AnalysisActionForm, Base, table=True):
    """A corrective action that was open when the report was sent."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class ComplaintForm(SQLModel):
    customer_id: int = Field(foreign_key="customer.id", index=True)
    contact: Line = Field(min_length=1, max_length=40)
    contact_phone: Line | None = Field(default=None, max_length=40)
    channel: Channel = choose(Channel)
    received_at: datetime = moment()
    severity: Severity = choose(Severity, default=Severity.NORMAL)
    serial: Line | None = Field(default=None, max_length=40)
    """As the customer says it: one that is in no list is allowed and marked."""
    product_id: int | None = Field(default=None, foreign_key="product.id", index=True)
    bought_on: date | None = None
    content: str = Field(min_length=1, max_length=20_000)
    related_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    """An earlier complaint about the same."""


class Complaint(ComplaintForm, Base, table=True):
    """The file of a case (客户意见处理表): each step's owner fills in his part (P1-4.4a)."""

    document_id: int = Field(foreign_key="document.id", primary_key=True)
    received_at: datetime = moment(index=True)
    # what follows from what was taken in
    serial_known: bool | None = None
    warranty: Warranty = choose(Warranty, default=Warranty.UNKNOWN)
    warranty_until: date | None = None
    contract_number: str | None = Field(default=None, max_length=40)
    reopened_at: datetime | None = optional_moment()
    """When the customer came back with it last: from then on he waits for an answer again."""
    # accept, assign
    declined: bool = False
    handling_department_id: int | None = Field(default=None, foreign_key="department.id", index=True)
    handed_at: datetime | None = optional_moment()
    """When the handling department received it: its verification counts from there."""
    handler_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    # contact, verify, dispute
    contacted_at: datetime | None = optional_moment()
    contact_way: Channel | None = choose(Channel, default=None, nullable=True)
    contact_note: str | None = Field(default=None, max_length=500)
    verdict: Verdict | None = choose(Verdict, default=None, nullable=True)
    finding: str | None = Field(default=None, max_length=2000)
    verified_at: datetime | None = optional_moment()
    nature: ComplaintNature | None = choose(ComplaintNature, default=None, nullable=True)
    nature_term: str | None = Field(default=None, max_length=500)
    # analyse, rnd, responsibility
    cause_category: CauseCategory | None = choose(CauseCategory, default=None, nullable=True)
    cause: str | None = Field(default=None, max_length=2000)
    countermeasure: str | None = Field(default=None, max_length=2000)
    unusual: bool = False
    rnd_opinion: str | None = Field(default=None, max_length=2000)
    responsible_department_id: int | None = Field(default=None, foreign_key="department.id", index=True)
    responsible_person_id: int | None = Field(default=None, foreign_key="person.id")
    responsibility: str | None = Field(default=None, max_length=1000)
    # plan, its agreement, the customer's consent
    solution: Solution | None = choose(Solution, default=None, nullable=True)
    plan: str | None = Field(default=None, max_length=2000)
    basis: str | None = Field(default=None, max_length=1000)
    plan_disputed: bool = False
    plan_decision: str | None = Field(default=None, max_length=1000)
    promised_on: date | None = None
    consent: Consent | None = choose(Consent, default=None, nullable=True)
    consent_on: date | None = None
    consent_way: Channel | None = choose(Channel, default=None, nullable=True)
    consent_file: str | None = Field(default=None, max_length=120)
    """What the file is called in which he said it."""
    agreed_at: datetime | None = optional_moment()
    contract_term: str | None = Field(default=None, max_length=500)
    settlement: str | None = Field(default=None, max_length=1000)
    # execute, report, notify, survey
    executed_on: date | None = None
    work_done: str | None = Field(default=None, max_length=2000)
    result_report: str | None = Field(default=None, max_length=2000)
    notified_on: date | None = None
    notify_way: Channel | None = choose(Channel, default=None, nullable=True)
    notified_at: datetime | None = optional_moment()
    survey_answer: SurveyAnswer | None = choose(SurveyAnswer, default=None, nullable=True)
    score_speed: int | None = Field(default=None, ge=1, le=5)
    score_quality: int | None = Field(default=None, ge=1, le=5)
    score_attitude: int | None = Field(default=None, ge=1, le=5)
    score_price: int | None = Field(default=None, ge=1, le=5)
    score_overall: int | None = Field(default=None, ge=1, le=5)
    survey_remarks: str | None = Field(default=None, max_length=1000)
    surveyed_at: datetime | None = optional_moment()
    # allocate, recover, feed back
    case_cost: Decimal | None = optional_money()
    recovery: str | None = Field(default=None, max_length=1000)
    fed_back: str | None = Field(default=None, max_length=1000)

    @property
    def came_in_at(self) -> datetime:
        """When the customer complained, of a reopened one last."""
        return self.reopened_at or self.received_at


class CostShareForm(SQLModel):
    bearer: Bearer = choose(Bearer)
    bearing_department_id: int | None = Field(default=None, foreign_key="department.id")
    bearer_name: Line | None = Field(default=None, max_length=60)
    """The supplier's name."""
    percent: Decimal = money(le=Decimal("100"))
    """Of a hundred, with two decimals."""


class CostShare(CostShareForm, Base, table=True):
    """Who bears how much of a case's costs (P5-6c)."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    share_amount: Decimal | None = optional_money()
    """In yuan: the shares of a case add up to its cost, to the fen."""


# --- PR: parts request (P3-2.2, P3-2.4)


class PartSource(StrEnum):
    """Where a part comes from: the plant's store, or it is bought."""

    STOCK = "stock"
    PURCHASE = "purchase"


class PartsRequestForm(SQLModel):
    serves: Line | None = Field(default=None, max_length=40)
    """Number of the complaint or service order that the parts are for, as typed."""
    site: Line = Field(min_length=1, max_length=120)
    direct: bool = True
    """Do they go to the site directly, or to us?"""
    contact: Line = Field(min_length=1, max_length=40)
    contact_phone: Line = Field(min_length=1, max_length=40)
    remarks: str | None = Field(default=None, max_length=500)


class PartsRequest(PartsRequestForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    needed_on: date | None = Field(default=None, index=True)
    """The earliest day on which one of its parts is needed."""
    to_buy: bool = False
    """Is there a part that the store does not have?"""
    off_list: bool = False
    """Is there a part that stands in no list?"""
    shipped_on: date | None = None
    """What the store had; what was bought has a waybill of its own."""
    carrier: Line | None = Field(default=None, max_length=40)
    waybill: Line | None = Field(default=None, max_length=40)
    ordered_on: date | None = None
    ordered_amount: Decimal | None = optional_money()
    bought_shipped_on: date | None = None
    bought_carrier: Line | None = Field(default=None, max_length=40)
    bought_waybill: Line | None = Field(default=None, max_length=40)
    received_on: date | None = None
    receipt_note: str | None = Field(default=None, max_length=500)


class RequestedPartForm(SQLModel):
    part_id: int | None = Field(default=None, foreign_key="part.id", index=True)
    part_name: Line | None = Field(default=None, max_length=60)
    """Of a part that stands in no list, as typed."""
    part_model: Line | None = Field(default=None, max_length=40)
    quantity: int = Field(ge=1, le=9999)
    unit_price: Decimal | None = optional_money()
    """Yuan, estimated; that of the list where nothing is typed."""
    needed_on: date


class RequestedPart(RequestedPartForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    off_list: bool | None = None
    """True where it stands in no list, else nothing."""
    source: PartSource | None = choose(PartSource, default=None, nullable=True)
    supplier_id: int | None = Field(default=None, foreign_key="supplier.id", index=True)
    ordered_price: Decimal | None = optional_money()
    expected_on: date | None = None


# --- SN: supplier notice (P3-2.3)


class CostBearing(StrEnum):
    """Who is to bear what a bought-in fault costs (P3-2.3a)."""

    SUPPLIER = "supplier"
    SHARED = "shared"
    COMPANY = "company"


class SupplierNoticeForm(SQLModel):
    supplier_id: int = Field(foreign_key="supplier.id", index=True)
    serves: Line | None = Field(default=None, max_length=40)
    """Number of the complaint or service order that it is about, as typed."""
    problem: str = Field(min_length=1, max_length=1000)
    model: Line = Field(min_length=1, max_length=60)
    """Part and model."""
    quantity: int = Field(ge=1, le=9999)
    on_site: bool = True
    """Is he to come on site?"""
    site: Line = Field(min_length=1, max_length=120)
    contact: Line = Field(min_length=1, max_length=40)
    contact_phone: Line = Field(min_length=1, max_length=40)
    solve_by: date = Field(index=True)
    cost_bearing: CostBearing = choose(CostBearing)
    claimed_amount: Decimal | None = optional_money()
    """Yuan that he is to bear."""
    first_contact_on: date
    first_contact_note: Line | None = Field(default=None, max_length=200)


class SupplierNotice(SupplierNoticeForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    confirmer_id: int | None = Field(default=None, foreign_key="person.id")
    """Who handles the case that it serves: he says that it is solved."""
    sent_on: date | None = None
    sent_way: Channel | None = choose(Channel, default=None, nullable=True)
    mailed: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    """Does the portal itself mail the letter?"""
    dispatched_at: datetime | None = optional_moment()
    answered_on: date | None = None
    answer: str | None = Field(default=None, max_length=1000)
    accepted_amount: Decimal | None = optional_money()
    """Yuan that the supplier agrees to bear."""
    solved: bool | None = None
    solved_on: date | None = None
    rating: int | None = Field(default=None, ge=1, le=5)
    solve_note: str | None = Field(default=None, max_length=500)


# --- RT: return (P1-6.4)


class ReturnKind(StrEnum):
    REPAIR = "repair"
    EXCHANGE = "exchange"
    REFUND = "refund"


class Inspection(StrEnum):
    """What quality found in what came back."""

    DEFECT = "defect"
    NO_DEFECT = "no_defect"
    MISUSE = "misuse"
    TRANSPORT = "transport"


class ReturnForm(SQLModel):
    serves: Line | None = Field(default=None, max_length=40)
    """Number of the complaint or service order that it follows, as typed."""
    customer_id: int = Field(foreign_key="customer.id", index=True)
    product_id: int = Field(foreign_key="product.id", index=True)
    serial: Line | None = Field(default=None, max_length=40)
    quantity: int = Field(default=1, ge=1, le=9999)
    return_kind: ReturnKind = choose(ReturnKind)
    reason: str = Field(min_length=1, max_length=500)
    paid_price: Decimal | None = optional_money()
    """Yuan that the customer paid for the item."""
    refund_amount: Decimal | None = optional_money(gt=0, ge=None)


class Return(ReturnForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    item_id: int | None = Field(default=None, foreign_key="solditem.id", index=True)
    """What was sold under its serial number, where that is known."""
    sold_on: date | None = None
    out_of_period: bool = False
    """Has the time in which it may be exchanged or refunded gone?"""
    inspection: Inspection | None = choose(Inspection, default=None, nullable=True)
    inspection_note: str | None = Field(default=None, max_length=1000)
    exception_reason: str | None = Field(default=None, max_length=500)
    received_on: date | None = None
    receipt_note: str | None = Field(default=None, max_length=500)
    refunded_on: date | None = None
    refund_reference: Line | None = Field(default=None, max_length=60)


# --- SO: service order (P6-6, P6-8, P6-9)


class WorkKind(StrEnum):
    """What a service order is for."""

    INSTALLATION = "installation"
    MAINTENANCE = "maintenance"
    REPAIR = "repair"
    REPLACEMENT = "replacement"
    ADMINISTRATION = "administration"


class ServiceCategory(StrEnum):
    """The four kinds of service work (P6-6)."""

    PAID = "paid"
    """A"""
    CONTRACT = "contract"
    """B: charged by the contract."""
    FREE = "free"
    """C: in the warranty period."""
    ADMINISTRATION = "administration"
    """D"""


class CategoryBasis(StrEnum):
    """From what the category of an order was proposed."""

    ADMINISTRATION = "administration"
    WARRANTY = "warranty"
    CONTRACT = "contract"
    NO_COVER = "no_cover"
    """Neither a contract nor a warranty runs."""
    UNKNOWN = "unknown"
    """Nobody knows when it was sold, and no contract runs."""


class ServicePriceForm(SQLModel):
    """What a kind of work costs a customer who pays for it: for coming, and for each hour (P6-10)."""

    work_kind: WorkKind = choose(WorkKind)
    call_out: Decimal = money(ge=0, gt=None)
    per_hour: Decimal = money(ge=0, gt=None)


class VisitResult(StrEnum):
    SOLVED = "solved"
    UNFINISHED = "unfinished"


class ServiceOrderForm(SQLModel):
    customer_id: int = Field(foreign_key="customer.id", index=True)
    contact: Line | None = Field(default=None, max_length=40)
    """Empty: as in the customer's file; so are telephone and address."""
    contact_phone: Line | None = Field(default=None, max_length=40)
    address: Line | None = Field(default=None, max_length=200)
    received_at: datetime = moment()
    urgency: Severity = choose(Severity, default=Severity.NORMAL)
    work_kind: WorkKind = choose(WorkKind)
    serial: Line | None = Field(default=None, max_length=40)
    """As the customer says it: one that is in no list is allowed and marked."""
    product_id: int | None = Field(default=None, foreign_key="product.id", index=True)
    bought_on: date | None = None
    fault: str = Field(min_length=1, max_length=2000)
    category: ServiceCategory | None = choose(ServiceCategory, default=None, nullable=True)
    """Empty: as proposed."""
    category_reason: str | None = Field(default=None, max_length=300)
    serves: Line | None = Field(default=None, max_length=30)
    """Number of the complaint that it serves."""


class ServiceOrder(ServiceOrderForm, Base, table=True):
    """A repair call from the register to the archive, with the voucher that the customer signs."""

    document_id: int = Field(foreign_key="document.id", primary_key=True)
    received_at: datetime = moment(index=True)
    # what follows from what was taken in
    handling_department_id: int | None = Field(default=None, foreign_key="department.id", index=True)
    """The department that looks after the customer."""
    serial_known: bool | None = None
    warranty: Warranty = choose(Warranty, default=Warranty.UNKNOWN)
    warranty_until: date | None = None
    contract_number: str | None = Field(default=None, max_length=40)
    proposed_category: ServiceCategory | None = choose(ServiceCategory, default=None, nullable=True)
    proposed_because: CategoryBasis | None = choose(CategoryBasis, default=None, nullable=True)
    # dispatch
    technician_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    planned_from: datetime | None = optional_moment()
    planned_until: datetime | None = optional_moment()
    visit_on: date | None = Field(default=None, index=True)
    """The day on which the planned visit ends."""
    dispatched_at: datetime | None = optional_moment()
    # work
    worked_on: date | None = None
    work_done: str | None = Field(default=None, max_length=2000)
    work_hours: Decimal | None = optional_money(le=Decimal("24"))
    """Hours on that day, with two decimals."""
    visit_result: VisitResult | None = choose(VisitResult, default=None, nullable=True)
    unfinished_reason: str | None = Field(default=None, max_length=500)
    signed_by: Line | None = Field(default=None, max_length=40)
    """Who signed for the customer."""
    signature_id: int | None = Field(default=None, foreign_key="attachment.id")
    signed_content: str | None = Field(default=None, max_length=64)
    """SHA-256 of what the customer put his name to."""
    worked_at: datetime | None = optional_moment()
    # money
    fee: Decimal | None = optional_money()
    fee_reason: str | None = Field(default=None, max_length=300)
    collected_amount: Decimal | None = optional_money()
    """Taken from the customer on the spot (P6-10a)."""
    handed_amount: Decimal | None = optional_money()
    """What the cashier counted of it."""
    handed_remark: str | None = Field(default=None, max_length=300)
    # close
    archived_as: Line | None = Field(default=None, max_length=60)
    """Under which number or in which folder the signed voucher lies."""


class OrderPartForm(SQLModel):
    part_name: Line = Field(min_length=1, max_length=60)
    part_model: Line | None = Field(default=None, max_length=40)
    quantity: int = Field(ge=1, le=10_000)
    unit_price: Decimal | None = optional_money()
    """What the customer pays for one; empty where it is free."""


class OrderPart(OrderPartForm, Base, table=True):
    """A part that was used on a visit."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    listed: bool = False
    """Does it stand in the list of parts? What was typed freely is marked."""


# --- RV: service income (P8-5)


class IncomeKind(StrEnum):
    """From what the income comes (P8-5.2, P6-6, P5-5.2b)."""

    REPAIR_FEE = "repair_fee"
    CONTRACT_FEE = "contract_fee"
    PART_SALE = "part_sale"
    CONSULTING = "consulting"
    FROM_CUSTOMER = "from_customer"
    """Costs of a case recovered from the customer."""
    FROM_SUPPLIER = "from_supplier"


class ServiceIncomeForm(SQLModel):
    income_kind: IncomeKind = choose(IncomeKind)
    customer_id: int | None = Field(default=None, foreign_key="customer.id", index=True)
    supplier_id: int | None = Field(default=None, foreign_key="supplier.id", index=True)
    serves: Line | None = Field(default=None, max_length=30)
    """Number of the paper that it comes from."""
    earned_on: date
    """The day of the service: its income is of that month (P8-5.1)."""
    income_amount: Decimal = money()
    """With tax."""
    tax: Decimal | None = optional_money()
    basis: str = Field(min_length=1, max_length=500)
    collect_by: date


class ServiceIncome(ServiceIncomeForm, Base, table=True):
    """Income = collected + still receivable + written off, to the fen, from the moment it is recognised."""

    document_id: int = Field(foreign_key="document.id", primary_key=True)
    from_order: bool = False
    """The portal opened it for a service order: its fee is by the price list or the contract."""
    recognised_on: date | None = None
    invoice_number: Line | None = Field(default=None, max_length=30)
    invoiced_on: date | None = None
    write_off_asked: bool = False
    collected: Decimal | None = optional_money()
    written_off: Decimal | None = optional_money()
    receivable: Decimal | None = optional_money()
    """What is still to be collected; the three are empty until it is recognised."""


class CollectionForm(SQLModel):
    collected_on: date
    collected_sum: Decimal | None = optional_money(gt=0, ge=None)
    """Empty: all that is left."""
    collection_reference: Line = Field(min_length=1, max_length=60)


class Collection(CollectionForm, Base, table=True):
    """Money that a customer or supplier paid."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class WriteOffForm(SQLModel):
    write_off_sum: Decimal = money()
    write_off_reason: Line = Field(min_length=1, max_length=200)


class WriteOff(WriteOffForm, Base, table=True):
    """What will not be collected any more."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


# --- payments of claims and advances


class PaymentForm(SQLModel):
    paid_on: date
    paid_amount: Decimal | None = optional_money(gt=0, ge=None)
    """Empty: all that is left."""
    payment_reference: Line = Field(min_length=1, max_length=60)


class Payment(PaymentForm, Base, table=True):
    """Money that left the house for a paper."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    bank_name: Line | None = Field(default=None, max_length=60)
    bank_account: Line | None = Field(default=None, max_length=40)
    """The confirmed account of the payee to which it went."""


# --- OE: opening entry, what the old books held when the portal went live (P7-4, P9-5b)


class OpeningForm(SQLModel):
    year: int = Field(ge=2000, le=2099)
    remarks: str | None = Field(default=None, max_length=500)


class Opening(OpeningForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)


class OpeningActualForm(SQLModel):
    department_id: int = Field(foreign_key="department.id")
    category: BudgetCategory = choose(BudgetCategory)
    m01: Decimal = money(gt=None, ge=0)
    m02: Decimal = money(gt=None, ge=0)
    m03: Decimal = money(gt=None, ge=0)
    m04: Decimal = money(gt=None, ge=0)
    m05: Decimal = money(gt=None, ge=0)
    m06: Decimal = money(gt=None, ge=0)
    m07: Decimal = money(gt=None, ge=0)
    m08: Decimal = money(gt=None, ge=0)
    m09: Decimal = money(gt=None, ge=0)
    m10: Decimal = money(gt=None, ge=0)
    m11: Decimal = money(gt=None, ge=0)
    m12: Decimal = money(gt=None, ge=0)


class OpeningActual(OpeningActualForm, Base, table=True):
    """What a department spent on a category in the months of the year before (P7-4)."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class OpeningAdvanceForm(SQLModel):
    old_number: Line = Field(min_length=1, max_length=30)
    """Its number in the old books: it is taken over once."""
    holder_id: int = Field(foreign_key="person.id")
    purpose: Line = Field(min_length=1, max_length=200)
    paid_on: date
    repay_by: date
    still_open: Decimal = money()


class OpeningAdvance(OpeningAdvanceForm, Base, table=True):
    """An advance of which something was open (P9-5b)."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


# --- MR: monthly register (P9-6)


class RegisterKind(StrEnum):
    TRIPS = "trips"
    ENTERTAINMENT = "entertainment"


class MonthlyRegisterForm(SQLModel):
    registered_department_id: int | None = Field(default=None, foreign_key="department.id", index=True)
    """Whose register it is; where none is named, of the department in which its author works."""
    month: Month = Field(max_length=6, index=True)
    register_kind: RegisterKind = choose(RegisterKind)
    remarks: str | None = Field(default=None, max_length=500)


class MonthlyRegister(MonthlyRegisterForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)


class RegisterTripForm(SQLModel):
    """Somebody's trip, as it stood when the register was sent."""

    traveller_id: int = Field(foreign_key="person.id")
    trip_id: int = Field(foreign_key="document.id", index=True)
    departed_on: date
    returned_on: date = Field(index=True)
    days: int
    origin: Line = Field(max_length=60)
    destinations: Line = Field(max_length=120)
    transport: Transport = choose(Transport)
    task: str = Field(max_length=500)
    claim_numbers: Line | None = Field(default=None, max_length=400)
    claimed: Decimal | None = optional_money()
    """What he claimed for it, after the audit's cuts."""
    late_of: Month | None = Field(default=None, max_length=6)
    """The month it belongs to, whose register had been sent when it was recorded."""


class RegisterTrip(RegisterTripForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class RegisterSpendingForm(SQLModel):
    """Entertainment or a gift, as it stood when the register was sent."""

    spent_on: date = Field(index=True)
    spending: SpendingKind = choose(SpendingKind)
    spent_matter: str = Field(max_length=500)
    spent_guests: str | None = Field(default=None, max_length=300)
    spent_headcount: int | None = None
    spent_place: Line = Field(max_length=100)
    handler_id: int = Field(foreign_key="person.id")
    request_id: int = Field(foreign_key="document.id", index=True)
    spent_amount: Decimal = money()
    claim_numbers: Line | None = Field(default=None, max_length=400)
    claimed: Decimal | None = optional_money()
    """What claims name it with, after the audit's cuts."""
    late_of: Month | None = Field(default=None, max_length=6)


class RegisterSpending(RegisterSpendingForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


# --- TN: training (P1-8.1, P3-1.2, P4-1.2)


class TrainingKind(StrEnum):
    CUSTOMER = "customer"
    NEW_EMPLOYEE = "new_employee"
    REFRESHER = "refresher"


class TrainingStage(StrEnum):
    """At which stage of a product's use a customer is trained (P3-1.2)."""

    OPERATION = "operation"
    CARE = "care"
    FAULTS = "faults"


class TrainingResult(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"


class TrainingForm(SQLModel):
    training: TrainingKind = choose(TrainingKind)
    topic: Line = Field(min_length=1, max_length=100)
    held_for_id: int | None = Field(default=None, foreign_key="customer.id", index=True)
    stage: TrainingStage | None = choose(TrainingStage, default=None, nullable=True)
    trained_product_id: int | None = Field(default=None, foreign_key="product.id")
    """Empty: all that the customer has."""
    planned_on: date
    hours: int = Field(ge=1, le=200)
    training_place: Line | None = Field(default=None, max_length=100)
    trainer_id: int | None = Field(default=None, foreign_key="person.id")
    outside_trainer: Line | None = Field(default=None, max_length=100)
    outline: str = Field(min_length=1, max_length=2000)


class Training(TrainingForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    held_on: date | None = Field(default=None, index=True)
    held_hours: int | None = Field(default=None, ge=1, le=200)
    training_summary: str | None = Field(default=None, max_length=1000)


class AttendeeForm(SQLModel):
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    attendee_name: Line | None = Field(default=None, max_length=40)
    """Somebody of the customer's."""
    post: Line | None = Field(default=None, max_length=40)


class Attendee(AttendeeForm, Base, table=True):
    """Who is to come, and once the training was held, with which result."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    result: TrainingResult | None = choose(TrainingResult, default=None, nullable=True)
    score: int | None = Field(default=None, ge=0, le=100)


# --- VL: violations (P2-8.1, P8-6.3)


class FoundBy(StrEnum):
    AUDIT = "audit"
    INSPECTION = "inspection"
    REPORT = "report"


class Handling(StrEnum):
    """What follows for whoever broke a rule."""

    WARNING = "warning"
    RECOVERY = "recovery"
    FINE = "fine"
    DISCIPLINE = "discipline"


class ViolationForm(SQLModel):
    clause: Clause = Field(max_length=12, index=True)
    found_by: FoundBy = choose(FoundBy)
    facts_found: str = Field(min_length=1, max_length=2000)
    evidence: str = Field(min_length=1, max_length=1000)
    source_paper_id: int | None = Field(default=None, foreign_key="document.id")
    responsible_department_id: int = Field(foreign_key="department.id")
    violator_id: int | None = Field(default=None, foreign_key="person.id")
    """Empty: the department is responsible."""


class Violation(ViolationForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    heard_id: int | None = Field(default=None, foreign_key="person.id")
    """Follows: the person responsible, or the head of the department."""
    statement: str | None = Field(default=None, max_length=2000)
    accepts_facts: bool = False
    handling: Handling | None = choose(Handling, default=None, nullable=True)
    handling_note: str | None = Field(default=None, max_length=1000)
    to_recover: Decimal | None = optional_money()
    recovered_amount: Decimal | None = optional_money()
    recovered_on: date | None = None
    shortfall_reason: str | None = Field(default=None, max_length=500)
    """Why less came back than was decided, or nothing, and no more is awaited (P8-6.3)."""


# --- AS: assessment (P1-7, P2-6.1, P2-7, P4-1.4)


class Assessed(StrEnum):
    DEPARTMENT = "department"
    PERSON = "person"


class Span(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"


class Indicator(StrEnum):
    """What departments and people are measured by (P1-7.1, P2-7.2)."""

    ANSWER = "answer"
    """First responses to the customer in time, of a hundred."""
    VERIFICATION = "verification"
    """Verifications in time, of a hundred."""
    TURNAROUND = "turnaround"
    """Days of the calendar from receipt to the end: the median."""
    SATISFACTION = "satisfaction"
    """What customers said, of five: the mean."""
    REOPENED = "reopened"
    """Cases that were taken up again, of a hundred that were closed."""
    COST_PER_CASE = "cost_per_case"
    """Yuan: the mean."""
    BUDGET = "budget"
    """Spent of the plan of the months, of a hundred."""
    TRAINING = "training"
    """Service staff who passed a training within the time between two, of a hundred."""
    TECHNICAL = "technical"
    """Scores in trainings within that time: the mean."""


def figure(**options: Any) -> Any:
    """A figure that is no amount of money, with two decimals."""
    return Field(sa_type=Fen, **({"decimal_places": 2} | options))


class IndicatorRuleForm(SQLModel):
    """By what departments or people are measured, and how much it weighs. A row of a setting: it holds only after the
    general manager approved it (P6-5); the weights of either make a hundred.
    """

    assessed: Assessed = choose(Assessed)
    indicator: Indicator = choose(Indicator)
    goal: Decimal = money(gt=0)
    weight: int = Field(ge=1, le=100)


class AssessmentForm(SQLModel):
    assessed: Assessed = choose(Assessed)
    assessed_department_id: int | None = Field(default=None, foreign_key="department.id", index=True)
    """Of a person, his own."""
    assessed_person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    span: Span = choose(Span)
    month: Month = Field(max_length=6)
    """Of a quarter any of its months."""
    conclusion: str = Field(min_length=1, max_length=2000)
    leads_to_id: int | None = Field(default=None, foreign_key="document.id")
    """The budget adjustment or corrective action that follows from it (P2-7.3)."""


class Assessment(AssessmentForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    period: str = Field(max_length=6, index=True)
    """202610, or 2026Q3."""
    total_score: Annotated[Decimal | None, IS_FIGURE] = figure(default=None, nullable=True)


class IndicatorLineForm(SQLModel):
    """One indicator as it stood when the assessment was sent."""

    indicator: Indicator = choose(Indicator)
    reached: Annotated[Decimal | None, IS_FIGURE] = figure(default=None, nullable=True)
    """Empty where there was nothing to measure: its weight goes to the others."""
    goal: Annotated[Decimal, IS_FIGURE] = figure()
    weight: int
    score: Annotated[Decimal | None, IS_FIGURE] = figure(default=None, nullable=True)
    """Of a hundred."""
    counted: Line | None = Field(default=None, max_length=20)
    """How many of how many: 11 / 12."""
    papers: str | None = Field(default=None, max_length=600)
    """Numbers of the papers that fell short of it."""


class IndicatorLine(IndicatorLineForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


# --- BI: budget inspection (P7-10, P7-11)


class SampledFor(StrEnum):
    """Why a paper is looked at."""

    CHANCE = "chance"
    CONTROL = "control"
    """Something about it is on the control list."""


class BudgetInspectionForm(SQLModel):
    span: Span = choose(Span)
    month: Month = Field(max_length=6)
    """Of a quarter any of its months."""
    inspected_department_id: int | None = Field(default=None, foreign_key="department.id", index=True)
    """Empty: all departments."""
    sample_size: int = Field(ge=1, le=50)
    last_time: str | None = Field(default=None, max_length=2000)
    """What became of the points of the last inspection."""
    inspection_summary: str = Field(min_length=1, max_length=3000)
    proposals: str | None = Field(default=None, max_length=2000)


class BudgetInspection(BudgetInspectionForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    period: str = Field(max_length=6, index=True)
    ends_on: date
    """The last day that was inspected."""
    sample_seed: int | None = Field(default=None, sa_type=sa.BigInteger)
    """From which the same sample is drawn again."""


class SampleLineForm(SQLModel):
    sampled_for: SampledFor = choose(SampledFor)
    paper_id: int = Field(foreign_key="document.id")
    paper_title: Line = Field(max_length=200)
    paper_department_id: int = Field(foreign_key="department.id")
    paper_amount: Decimal | None = optional_money()


class SampleLine(SampleLineForm, Base, table=True):
    """A paper that was looked at."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class FindingForm(SQLModel):
    finding: str = Field(min_length=1, max_length=500)
    severity: Severity = choose(Severity)
    clause: Annotated[str | None, IS_CLAUSE] = Field(default=None, max_length=12)
    finding_department_id: int = Field(foreign_key="department.id")
    paper_id: int | None = Field(default=None, foreign_key="document.id")


class Finding(FindingForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class LastPointForm(SQLModel):
    point: str = Field(max_length=500)
    severity: Severity = choose(Severity)
    point_department_id: int = Field(foreign_key="department.id")
    actions: Line | None = Field(default=None, max_length=200)
    """Numbers of the corrective actions of that inspection that are still open."""


class LastPoint(LastPointForm, Base, table=True):
    """A finding of the inspection before."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


# --- BP, CB: budget plans and the company's budget (P2-3, P7-4, P7-6)


class BudgetPlanForm(SQLModel):
    planned_department_id: int = Field(foreign_key="department.id", index=True)
    year: int = Field(ge=2000, le=2099)
    demand: str = Field(min_length=1, max_length=1000)
    """What the plan weighs (P2-3.3): market demand, product quality, technical level, and this year's work (P7-4)."""
    product_quality: str = Field(min_length=1, max_length=1000)
    technical_level: str = Field(min_length=1, max_length=1000)
    work_plan: str = Field(min_length=1, max_length=1000)


class BudgetPlan(BudgetPlanForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    reviewed_amount: Decimal | None = optional_money()
    """What finance found right for the year; empty until the review."""
    company_budget_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    """The company's budget with which it was issued."""


class PlanLineForm(SQLModel):
    category: BudgetCategory = choose(BudgetCategory)
    m01: Decimal | None = optional_money()
    m02: Decimal | None = optional_money()
    m03: Decimal | None = optional_money()
    m04: Decimal | None = optional_money()
    m05: Decimal | None = optional_money()
    m06: Decimal | None = optional_money()
    m07: Decimal | None = optional_money()
    m08: Decimal | None = optional_money()
    m09: Decimal | None = optional_money()
    m10: Decimal | None = optional_money()
    m11: Decimal | None = optional_money()
    m12: Decimal | None = optional_money()
    year_total: Decimal | None = optional_money()
    """As typed, to be spread over the months; empty where the months say it all."""


class PlanLine(PlanLineForm, Base, table=True):
    """A category's year: what is planned month by month, what last year cost, what finance left of it."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    year_amount: Decimal = money(ge=0, gt=None, default=Decimal("0.00"))
    """What the months add up to."""
    last_amount: Decimal = money(ge=0, gt=None, default=Decimal("0.00"))
    """What the year before had cost when the plan was sent."""
    reviewed: Decimal | None = optional_money()
    review_reason: str | None = Field(default=None, max_length=200)


class CompanyBudgetForm(SQLModel):
    year: int = Field(ge=2000, le=2099)
    ceiling: Decimal = money()
    basis: str = Field(min_length=1, max_length=1000)
    """How the ceiling follows from the business plan and the profit target (P2-3.4)."""


class CompanyBudget(CompanyBudgetForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)


class CompanyBudgetLineForm(SQLModel):
    """A reviewed plan, by category, with what the year before has cost."""

    plan_id: int = Field(foreign_key="document.id", index=True)
    planned_department_id: int = Field(foreign_key="department.id")
    salaries: Decimal | None = optional_money()
    equipment: Decimal | None = optional_money()
    training: Decimal | None = optional_money()
    materials: Decimal | None = optional_money()
    projects: Decimal | None = optional_money()
    other: Decimal | None = optional_money()
    year_amount: Decimal | None = optional_money()
    last_salaries: Decimal | None = optional_money()
    last_equipment: Decimal | None = optional_money()
    last_training: Decimal | None = optional_money()
    last_materials: Decimal | None = optional_money()
    last_projects: Decimal | None = optional_money()
    last_other: Decimal | None = optional_money()
    last_amount: Decimal | None = optional_money()


class CompanyBudgetLine(CompanyBudgetLineForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class StandingBudget(Base, table=True):
    """A department's one plan for a year, or the company's one budget: of two sent in one instant one is refused.

    The key is free again once the paper is rejected, withdrawn, cancelled or reversed.
    """

    key: str = Field(primary_key=True, max_length=40)
    document_id: int = Field(foreign_key="document.id", index=True)


# --- CE: cost entry (P8-4.1, P8-4.2)


class CostEntryForm(SQLModel):
    charged_department_id: int = Field(foreign_key="department.id", index=True)
    month: Month = Field(max_length=6, index=True)
    """The month in which the costs arose, whenever they are paid (P8-4.1)."""
    remarks: str | None = Field(default=None, max_length=500)


class CostEntry(CostEntryForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)


class CostEntryLineForm(SQLModel):
    expense_type_id: int = Field(foreign_key="expensetype.id")
    asset_id: int | None = Field(default=None, foreign_key="asset.id", index=True)
    """What is written off by it."""
    amount: Decimal = money()
    basis: Line = Field(min_length=1, max_length=200)


class CostEntryLine(CostEntryLineForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    cost_element: CostElement = choose(CostElement)
    """These two follow from the expense type, as it was when the entry was sent."""
    category: BudgetCategory = choose(BudgetCategory)


# --- MS: monthly settlement (P2-2.2, P7-9)


class SettlementItem(StrEnum):
    """What has to be in before a month is settled (P8-4.4)."""

    CLAIMS = "claims"
    ADVANCES = "advances"
    ENTRIES = "entries"
    REGISTERS = "registers"


class MonthlySettlementForm(SQLModel):
    settled_department_id: int = Field(foreign_key="department.id", index=True)
    month: Month = Field(max_length=6, index=True)
    remarks: str | None = Field(default=None, max_length=1000)


class MonthlySettlement(MonthlySettlementForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)


class SettlementCategoryForm(SQLModel):
    """A category of the month, as it stood when the settlement was sent; below zero where more was taken back."""

    category: BudgetCategory = choose(BudgetCategory)
    month_planned: Decimal = Field(sa_type=Fen)
    month_spent: Decimal = Field(sa_type=Fen)
    month_over: Decimal = Field(sa_type=Fen)
    """Spent above what was planned, or less."""
    last_spent: Decimal = Field(sa_type=Fen)
    """In the same month a year ago."""


class SettlementCategory(SettlementCategoryForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class SettlementCostForm(SQLModel):
    """A cost element of a category in the month."""

    category: BudgetCategory = choose(BudgetCategory)
    cost_element: CostElement = choose(CostElement)
    element_spent: Decimal = Field(sa_type=Fen)
    last_spent: Decimal = Field(sa_type=Fen)


class SettlementCost(SettlementCostForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
    confirmed: bool = False
    """Finance has found it right."""
    finding: str | None = Field(default=None, max_length=200)


class SettlementCheckForm(SQLModel):
    """A point of the checklist, as it stood when the settlement was sent."""

    item: SettlementItem = choose(SettlementItem)
    open_count: int
    owners: Line | None = Field(default=None, max_length=400)
    papers: Line | None = Field(default=None, max_length=400)


class SettlementCheck(SettlementCheckForm, Base, table=True):
    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class BookVoucher(Base, table=True):
    """The number of a paper's accounting voucher in a month; the company's vouchers of a month are counted through."""

    __table_args__ = (sa.UniqueConstraint("month", "source_id"),)

    month: str = Field(max_length=6, primary_key=True)
    number: int = Field(primary_key=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    """The settlement with which it was numbered."""
    source_id: int = Field(foreign_key="document.id", index=True)
    """The paper whose costs it books."""


# --- OB: out-of-budget request (P2-4.1, P2-5.3)


class OutsideKind(StrEnum):
    """Why the budget has no money for it."""

    OUTSIDE_PLAN = "outside_plan"
    """Nothing was planned for it."""
    OVERSPEND = "overspend"
    UNPLANNED = "unplanned"
    """It could not be foreseen."""


class BudgetRequestForm(SQLModel):
    outside: OutsideKind = choose(OutsideKind)
    for_id: int | None = Field(default=None, foreign_key="document.id", index=True)
    """The paper that was stopped for lack of it."""
    category: BudgetCategory = choose(BudgetCategory)
    month: Month = Field(max_length=6)
    outside_amount: Decimal = money()
    reason: str = Field(min_length=1, max_length=500)
    demand: str = Field(min_length=1, max_length=500)
    """What was considered (P2-4.3): demand, the customer's satisfaction, the company's interest."""
    satisfaction: str = Field(min_length=1, max_length=500)
    interest: str = Field(min_length=1, max_length=500)


class BudgetRequest(BudgetRequestForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    granted_amount: Decimal | None = optional_money()
    """Empty until it is granted; at most what was asked for."""


# --- BA: budget adjustment (P7-7)


class BudgetAdjustmentForm(SQLModel):
    reason: str = Field(min_length=1, max_length=500)


class BudgetAdjustment(BudgetAdjustmentForm, Base, table=True):
    document_id: int = Field(foreign_key="document.id", primary_key=True)
    department_ids: list[int] = Field(default_factory=list, sa_type=Json)
    """Follows from the lines: whose heads are asked."""


class AdjustmentLineForm(SQLModel):
    department_id: int = Field(foreign_key="department.id")
    category: BudgetCategory = choose(BudgetCategory)
    month: Month = Field(max_length=6)
    amount: Decimal = money()


class AdjustmentTaken(AdjustmentLineForm, Base, table=True):
    """A line of the budget from which money is taken."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int


class AdjustmentGiven(AdjustmentLineForm, Base, table=True):
    """A line of the budget to which money is given."""

    id: int = row_id()
    document_id: int = Field(foreign_key="document.id", index=True)
    position: int
