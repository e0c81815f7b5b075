"""A factory per table, and the small standing company that most tests play with.

Whatever a test does not care about has a plausible value; whatever it names is taken as named. Times are `NOW`.
"""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel, select

from models import (
    Asset,
    Attachment,
    BudgetCategory,
    CalendarDay,
    ClaimKind,
    Contract,
    CostElement,
    Customer,
    Delegation,
    Department,
    Document,
    ExpenseClaim,
    ExpenseType,
    Grant,
    Nature,
    Part,
    Participant,
    Person,
    Product,
    Role,
    RouteVersion,
    Setting,
    Sheet,
    SignIn,
    SoldItem,
    SpendingKind,
    SpendingRequest,
    State,
    Supplier,
    Supply,
    Task,
    Ticket,
    Transport,
    TravelEstimate,
    TravelRequest,
    VoucherLine,
    VoucherReceipt,
)

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""A Monday, 09:00 in Shanghai."""

Row = TypeVar("Row", bound=SQLModel)

_count = itertools.count(1)


# --- people


def department(session: Session, code: str, name: str = "", **more: Any) -> Department:
    return _keep(session, Department(code=code, name=name or code, **more))


def person(session: Session, login: str, department: Department, name: str = "", **more: Any) -> Person:
    return _keep(session, Person(login=login, name=name or login, department_id=department.id, **more))


def grant(session: Session, person: Person, role: Role, department: Department | None = None, **more: Any) -> Grant:
    where = department.id if department else None
    return _keep(session, Grant(person_id=person.id, role=role, department_id=where, **({"granted_at": NOW} | more)))


def delegation(session: Session, person: Person, deputy: Person, **more: Any) -> Delegation:
    days = {"starts_on": NOW.date(), "ends_on": NOW.date(), "created_at": NOW}
    return _keep(session, Delegation(person_id=person.id, deputy_id=deputy.id, **(days | more)))


def sign_in(session: Session, person: Person, **more: Any) -> SignIn:
    facts = {
        "token_hash": f"{next(_count):064d}",
        "token_version": person.token_version,
        "created_at": NOW,
        "seen_at": NOW,
        "expires_at": NOW.replace(hour=NOW.hour + 10),
    }
    return _keep(session, SignIn(person_id=person.id, **(facts | more)))


def ticket(session: Session, person: Person, **more: Any) -> Ticket:
    facts = {"token_hash": f"{next(_count):064d}", "next_url": "/", "expires_at": NOW.replace(minute=1)}
    return _keep(session, Ticket(person_id=person.id, **(facts | more)))


# --- master data and settings


def setting(session: Session, key: str, value: Any, **more: Any) -> Setting:
    facts = {"valid_from": NOW, "proposed_at": NOW, "approved_at": NOW}
    return _keep(session, Setting(key=key, value=value, **(facts | more)))


def expense_type(session: Session, code: str, name: str = "", name_en: str = "", **more: Any) -> ExpenseType:
    facts = {"category": BudgetCategory.PROJECTS, "cost_element": CostElement.TRAVEL}
    return _keep(session, ExpenseType(code=code, name=name or code, name_en=name_en or code, **(facts | more)))


def calendar_day(session: Session, day: date, working: bool, note: str = "") -> CalendarDay:
    return _keep(session, CalendarDay(day=day, working=working, note=note or None))


def customer(session: Session, code: str, department: Department, name: str = "", **more: Any) -> Customer:
    return _keep(session, Customer(code=code, name=name or code, department_id=department.id, **more))


def product(session: Session, code: str, name: str = "", **more: Any) -> Product:
    facts = {"name": name or code, "model": code, "warranty_months": 24}
    return _keep(session, Product(code=code, **(facts | more)))


def sold_item(session: Session, serial: str, product: Product, customer: Customer, **more: Any) -> SoldItem:
    facts = {"product_id": product.id, "customer_id": customer.id, "sold_on": date(2025, 11, 23)}
    return _keep(session, SoldItem(serial=serial, **(facts | more)))


def contract(session: Session, number: str, customer: Customer, **more: Any) -> Contract:
    facts = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    return _keep(session, Contract(number=number, customer_id=customer.id, **(facts | more)))


def asset(session: Session, code: str, department: Department, **more: Any) -> Asset:
    """Bought for 3,600 in October, written off over 36 months from November on."""
    facts = {
        "name": "便携式检漏仪",
        "bought_on": date(2026, 10, 12),
        "in_use_from": date(2026, 10, 20),
        "cost": Decimal("3600.00"),
        "salvage": Decimal("0.00"),
        "life_months": 36,
    }
    return _keep(session, Asset(code=code, department_id=department.id, **(facts | more)))


def supplier(session: Session, code: str, name: str = "", **more: Any) -> Supplier:
    facts = {"name": name or code, "supply": Supply.PURCHASED}
    return _keep(session, Supplier(code=code, **(facts | more)))


def part(session: Session, code: str, name: str = "", **more: Any) -> Part:
    facts = {"name": name or code, "model": code, "unit": "件", "price": Decimal("120.00"), "stocked": True}
    return _keep(session, Part(code=code, **(facts | more)))


# --- papers


def document(session: Session, kind: str, applicant: Person, **more: Any) -> Document:
    """A header alone. A paper that is to travel its route is better made through services.documents."""
    facts = {
        "created_by_id": applicant.id,
        "department_id": applicant.department_id,
        "title": "西安北站 制动单元更换",
        "created_at": NOW,
        "client_token": f"token-{next(_count)}",
    }
    return _keep(session, Document(kind=kind, applicant_id=applicant.id, **(facts | more)))


def travel_request(session: Session, applicant: Person, **more: Any) -> Document:
    """A travel request with one estimate line; `more` goes to the header where it has such a column."""
    header, own = _split(more)
    paper = document(session, "TR", applicant, **({"amount": Decimal("1800.00")} | header))
    facts = {
        "traveller_id": applicant.id,
        "origin": "株洲",
        "destinations": "西安",
        "starts_on": date(2026, 11, 25),
        "ends_on": date(2026, 11, 27),
        "transport": Transport.TRAIN,
        "task": "更换 3 台制动单元并跟车试验",
    }
    _keep(session, TravelRequest(document_id=paper.id, **(facts | own)))
    return paper


def travel_estimate(session: Session, paper: Document, kind: ExpenseType, amount: str = "1800.00") -> TravelEstimate:
    return _keep(
        session,
        TravelEstimate(document_id=paper.id, position=next(_count), expense_type_id=kind.id, amount=Decimal(amount)),
    )


def spending_request(
    session: Session, applicant: Person, trip: Document | None, kind: ExpenseType, amount: Decimal, **more: Any
) -> Document:
    """A spending request that was agreed to, spent and recorded; `more` goes to the header or to its own table."""
    header, own = _split(more)
    facts = {"number": f"SR-202611-{next(_count) + 50000}", "state": State.DONE, "approved_at": NOW, "amount": amount}
    paper = document(session, "SR", applicant, source_id=trip.id if trip else None, **(facts | header))
    asked = {
        "trip_id": trip.id if trip else None,
        "spending": kind.spending,
        "expense_type_id": kind.id,
        "asked_amount": amount,
        "planned_on": date(2026, 11, 26),
        "matter": "与检修车间工作餐",
        "spent_on": date(2026, 11, 26),
        "spent_place": "西安",
        "spent_matter": "与检修车间工作餐",
        "spent_amount": amount,
        "spent_headcount": 3,
    }
    _keep(session, SpendingRequest(document_id=paper.id, **(asked | own)))
    return paper


def expense_claim(session: Session, applicant: Person, trip: Document, **more: Any) -> Document:
    """A claim for a trip, without lines; `more` goes to the header where it has such a column."""
    header, own = _split(more)
    paper = document(session, "EC", applicant, source_id=trip.id, **({"amount": Decimal("1750.00")} | header))
    facts = {
        "claim_kind": ClaimKind.TRAVEL,
        "trip_id": trip.id,
        "traveller_id": applicant.id,
        "starts_on": date(2026, 11, 25),
        "ends_on": date(2026, 11, 27),
        "origin": "株洲",
        "destinations": "西安",
        "purpose": "更换制动单元",
        "bank_name": "中国银行株洲分行",
        "bank_account": "6200 0000 0000 0001",
    }
    _keep(session, ExpenseClaim(document_id=paper.id, **(facts | own)))
    return paper


def voucher_receipt(session: Session, paper: Document, **more: Any) -> VoucherReceipt:
    facts = {"received_by_id": paper.applicant_id, "received_at": NOW}
    return _keep(session, VoucherReceipt(document_id=paper.id, **(facts | more)))


def voucher_line(session: Session, paper: Document, kind: ExpenseType, amount: str, **more: Any) -> VoucherLine:
    number = next(_count)
    facts = {"position": number, "sequence": number, "sheet": kind.sheet, "spent_on": date(2026, 11, 26)}
    return _keep(
        session,
        VoucherLine(document_id=paper.id, expense_type_id=kind.id, amount=Decimal(amount), **(facts | more)),
    )


def participant(
    session: Session, paper: Document, person: Person, part: str = "companions", **more: Any
) -> Participant:
    return _keep(session, Participant(document_id=paper.id, person_id=person.id, part=part, **more))


def task(session: Session, paper: Document, step: str, role: Role | None = None, **more: Any) -> Task:
    facts = {"decides": True, "round": paper.round, "opened_at": NOW}
    return _keep(session, Task(document_id=paper.id, step=step, role=role, **(facts | more)))


def attachment(session: Session, paper: Document, by: Person, name: str = "发票.pdf", **more: Any) -> Attachment:
    """The row alone: no bytes lie in the store."""
    facts = {"media_type": "application/pdf", "size": 1, "sha256": f"{next(_count):064x}", "uploaded_at": NOW}
    return _keep(session, Attachment(document_id=paper.id, uploaded_by_id=by.id, name=name, **(facts | more)))


def route_version(session: Session, kind: str, number: int = 1, **more: Any) -> RouteVersion:
    facts = {"steps": [], "digest": f"{next(_count):064x}", "created_at": NOW}
    return _keep(session, RouteVersion(kind=kind, number=number, **(facts | more)))


# --- the standing company


@dataclass
class Cast:
    """Who plays in the tests. Departments and the management; every role that the papers' routes need."""

    service: Department
    service2: Department
    office: Department
    finance: Department
    management: Department
    sales: Department
    quality: Department
    engineer: Person
    engineer2: Person
    clerk: Person
    department_head: Person
    stranger: Person
    """An engineer of the other after-sales department, and nothing more."""
    other_head: Person
    vice_president: Person
    office_director: Person
    finance_officer: Person
    finance_head: Person
    finance_vp: Person
    general_manager: Person
    accountant: Person
    cashier: Person
    administrator: Person
    customer_service: Person
    service_clerk: Person
    service_administrator: Person
    dispatcher: Person
    sales_manager: Person
    salesperson: Person
    quality_inspector: Person
    production_engineer: Person
    technical_engineer: Person
    rnd_engineer: Person
    dispute_coordinator: Person
    budget_supervisor: Person
    marketing_manager: Person
    purchaser: Person
    warehouse: Person
    expense: dict[str, ExpenseType] = field(default_factory=dict)
    """By code: train, lodging, local, meals, entertainment, materials, gift."""


def standing_company(session: Session) -> Cast:
    service = department(session, "service", "售后一室")
    service2 = department(session, "service2", "售后二室")
    office = department(session, "office", "综合办公室")
    finance = department(session, "finance", "财务部")
    management = department(session, "management", "公司领导")
    sales = department(session, "sales", "营销服务部")
    quality = department(session, "quality", "质量技术部")

    def works(login: str, name: str, at: Department, *roles: tuple[Role, Department | None]) -> Person:
        someone = person(session, login, at, name, bank_name="中国银行株洲分行", bank_account="6200 0000 0000 0001")
        for role, where in roles:
            grant(session, someone, role, where)
        return someone

    return Cast(
        service=service,
        service2=service2,
        office=office,
        finance=finance,
        management=management,
        sales=sales,
        quality=quality,
        engineer=works("engineer", "王建军", service, (Role.ENGINEER, service)),
        engineer2=works("engineer2", "李海涛", service, (Role.ENGINEER, service)),
        clerk=works("clerk", "陈晓芸", service, (Role.CLERK, service)),
        department_head=works("department_head", "赵国强", service, (Role.DEPARTMENT_HEAD, service)),
        stranger=works("stranger", "孙立新", service2, (Role.ENGINEER, service2)),
        other_head=works("other_head", "周文斌", service2, (Role.DEPARTMENT_HEAD, service2)),
        vice_president=works(
            "vice_president", "吴志远", management, *((Role.VICE_PRESIDENT, at) for at in (service, service2, office))
        ),
        office_director=works("office_director", "郑雅琴", office, (Role.OFFICE_DIRECTOR, None)),
        finance_officer=works("finance_officer", "冯丽娟", finance, (Role.FINANCE_OFFICER, None)),
        finance_head=works(
            "finance_head", "褚明华", finance, (Role.FINANCE_HEAD, None), (Role.DEPARTMENT_HEAD, finance)
        ),
        finance_vp=works("finance_vp", "卫东升", management, (Role.FINANCE_VP, None)),
        general_manager=works("general_manager", "蒋培元", management, (Role.GENERAL_MANAGER, None)),
        accountant=works("accountant", "沈佳怡", finance, (Role.ACCOUNTANT, None)),
        cashier=works("cashier", "韩雪梅", finance, (Role.CASHIER, None)),
        administrator=works("administrator", "杨帆", office, (Role.ADMINISTRATOR, None)),
        customer_service=works("customer_service", "刘敏", sales, (Role.CUSTOMER_SERVICE, None)),
        service_clerk=works("service_clerk", "李娜", sales, (Role.SERVICE_CLERK, None)),
        service_administrator=works("service_administrator", "潘晓东", sales, (Role.SERVICE_ADMINISTRATOR, None)),
        dispatcher=works("dispatcher", "潘晓东", sales, (Role.DISPATCHER, None)),
        sales_manager=works("sales_manager", "邓超群", sales, (Role.SALES_MANAGER, None)),
        salesperson=works("salesperson", "董浩", sales, (Role.SALESPERSON, None)),
        quality_inspector=works("quality_inspector", "丁一鸣", quality, (Role.QUALITY_INSPECTOR, None)),
        production_engineer=works("production_engineer", "魏建设", quality, (Role.PRODUCTION_ENGINEER, None)),
        technical_engineer=works("technical_engineer", "余海", quality, (Role.TECHNICAL_ENGINEER, None)),
        rnd_engineer=works("rnd_engineer", "石磊", quality, (Role.RND_ENGINEER, None)),
        dispute_coordinator=works("dispute_coordinator", "金文", office, (Role.DISPUTE_COORDINATOR, None)),
        marketing_manager=works("marketing_manager", "梁文博", sales, (Role.MARKETING_MANAGER, None)),
        budget_supervisor=works("budget_supervisor", "罗静", finance, (Role.BUDGET_SUPERVISOR, None)),
        purchaser=works("purchaser", "李强", quality, (Role.PURCHASER, None)),
        warehouse=works("warehouse", "石秀英", quality, (Role.WAREHOUSE, None)),
        expense={kind.code: kind for kind in _expense_types(session)},
    )


def company_in(session: Session) -> Cast:
    """The standing company that a database holds already."""
    people = {one.login: one for one in session.exec(select(Person))}
    departments = {one.code: one for one in session.exec(select(Department))}
    return Cast(**departments, **people, expense={one.code: one for one in session.exec(select(ExpenseType))})


def _expense_types(session: Session) -> list[ExpenseType]:
    facts = (
        ("train", "城市间交通费", "Long-distance transport", {"nature": Nature.TICKET}),
        ("lodging", "住宿费", "Lodging", {"nature": Nature.LODGING}),
        ("local", "市内交通费", "Local transport", {"nature": Nature.RIDE}),
        ("meals", "餐费", "Meals", {"nature": Nature.MEALS}),
        (
            "entertainment",
            "业务招待费",
            "Entertainment",
            {
                "sheet": Sheet.ENTERTAINMENT,
                "spending": SpendingKind.ENTERTAINMENT,
                "nature": Nature.ENTERTAINMENT,
            },
        ),
        (
            "materials",
            "维修材料费",
            "Repair materials",
            {
                "category": BudgetCategory.MATERIALS,
                "cost_element": CostElement.MATERIALS,
                "spending": SpendingKind.REPAIR,
            },
        ),
        ("gift", "礼品费", "Gifts", {"sheet": Sheet.ENTERTAINMENT, "spending": SpendingKind.GIFT}),
        ("wages", "工资薪酬", "Wages", {"category": BudgetCategory.SALARIES, "accrued": True, **_of("labour")}),
        (
            "depreciation",
            "设备折旧",
            "Depreciation",
            {"category": BudgetCategory.EQUIPMENT, "accrued": True, **_of("depreciation")},
        ),
    )
    return [
        expense_type(session, code, name, name_en, position=position, **({"category": BudgetCategory.OTHER} | more))
        for position, (code, name, name_en, more) in enumerate(facts, start=1)
    ]


# --- helpers


def _of(element: str) -> dict[str, Any]:
    """Booked by cost entries, never on a trip."""
    return {"cost_element": CostElement(element), "for_trips": False}


def _keep(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def _split(more: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What belongs to the header, and what to the kind's own table."""
    header = {name: value for name, value in more.items() if name in Document.model_fields}
    return header, {name: value for name, value in more.items() if name not in header}
