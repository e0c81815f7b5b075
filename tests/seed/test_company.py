"""The demonstration company: complete enough that every route finds its people, and loaded once however often asked."""

from collections import Counter
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from models import (
    BudgetCategory,
    Department,
    ExpenseType,
    Grade,
    Grant,
    Person,
    Role,
    Setting,
    Sheet,
    Transport,
)
from seed.company import load_company, load_expense_types
from services.access import may_start
from services.documents import KINDS
from services.engine.preview import on_trial
from services.engine.seats import NOT_NAMED
from services.people import holders
from services.settings import setting
from services.texts import has_text, languages
from tests.factories import NOW


@pytest.fixture
def company(session: Session) -> Session:
    load_company(session, NOW)
    return session


def test_loading_it_twice_adds_nothing(company: Session) -> None:
    before = counts(company)
    load_company(company, NOW)
    assert counts(company) == before


def test_it_has_eight_departments_and_every_role_is_held(company: Session) -> None:
    assert len(company.exec(select(Department)).all()) == 8
    assert set(company.exec(select(Grant.role))) == set(Role)


def test_every_department_has_a_clerk_a_head_and_a_vice_president(company: Session) -> None:
    """P9-4c sends a claim through all three, whoever travelled."""
    for department in company.exec(select(Department)):
        for role in (Role.CLERK, Role.DEPARTMENT_HEAD, Role.VICE_PRESIDENT):
            assert holders(company, role, department.id), (department.name, role)


@pytest.mark.parametrize(
    "role",
    [
        Role.OFFICE_DIRECTOR,
        Role.FINANCE_OFFICER,
        Role.ACCOUNTANT,
        Role.CASHIER,
        Role.FINANCE_HEAD,
        Role.FINANCE_VP,
        Role.GENERAL_MANAGER,
        Role.ADMINISTRATOR,
    ],
)
def test_the_companys_offices_are_held_for_the_company(company: Session, role: Role) -> None:
    assert holders(company, role, None)


def test_whoever_keeps_the_books_does_not_hold_the_cash(company: Session) -> None:
    books = {person.id for person in holders(company, Role.ACCOUNTANT, None)}
    assert not books & {person.id for person in holders(company, Role.CASHIER, None)}


def test_the_administrator_holds_no_other_role(company: Session) -> None:
    (administrator,) = holders(company, Role.ADMINISTRATOR, None)
    assert company.exec(select(Grant.role).where(Grant.person_id == administrator.id)).all() == [Role.ADMINISTRATOR]


def test_nobody_starts_with_a_password(company: Session) -> None:
    assert company.exec(select(Person).where(col(Person.password_hash).is_not(None))).all() == []


def test_the_companys_name_and_the_deputies_are_set(company: Session) -> None:
    assert setting(company, "company.name", NOW)
    assert setting(company, "company.name_en", NOW)
    assert company.get(Person, setting(company, "deputy.department_head", NOW))
    assert company.get(Person, setting(company, "deputy.general_manager", NOW))


def test_expense_types_serve_every_budget_category(company: Session) -> None:
    """P7-5 names six."""
    assert set(company.exec(select(ExpenseType.category))) == set(BudgetCategory)


def test_only_entertainment_and_gifts_are_pasted_on_a_sheet_of_their_own(company: Session) -> None:
    """P9-4a."""
    apart = company.exec(select(ExpenseType.name).where(ExpenseType.sheet == Sheet.ENTERTAINMENT)).all()
    assert sorted(apart) == ["业务招待费", "礼品费"]


def test_expense_types_can_be_loaded_alone(session: Session) -> None:
    """An empty portal needs them as well, before it has a company."""
    load_expense_types(session)
    positions = session.exec(select(ExpenseType.position)).all()
    assert Counter(positions) == Counter(range(1, len(positions) + 1))
    assert session.exec(select(Person)).all() == []


@pytest.mark.parametrize("language", languages())
def test_roles_categories_transports_sheets_and_grades_have_names(company: Session, language: str) -> None:
    keys = [
        f"{prefix}.{value}"
        for prefix, values in (
            ("role", Role),
            ("category", BudgetCategory),
            ("transport", Transport),
            ("sheet", Sheet),
            ("grade", Grade),
            ("cost_element", set(company.exec(select(ExpenseType.cost_element)))),
        )
        for value in values
    ]
    assert [key for key in keys if not has_text(language, key)] == []


def counts(session: Session) -> list[int]:
    tables: tuple[type[SQLModel], ...] = (Department, Person, Grant, ExpenseType, Setting)
    return [session.exec(select(sa.func.count()).select_from(table)).one() for table in tables]


@pytest.mark.parametrize("amount", [Decimal("120.00"), Decimal("9000.00")])
def test_everybody_can_send_a_paper_of_every_kind(company: Session, amount: Decimal) -> None:
    """DOCUMENTS.md, who stands in: nobody's own paper runs into a dead end, be it small or major."""
    stuck = []
    for person in company.exec(select(Person).where(Person.active)):
        for code, kind in KINDS.items():
            if not may_start(company, person, code):
                continue
            values = {name: person.id for name, benefits in kind.people.items() if benefits and name != "companions"}
            stations = on_trial(company, code, kind.route, person, amount, values | {"claim_kind": "travel"}, NOW)
            problems = ((one.step, one.problem) for one in stations if one.problem)
            stuck += [f"{person.name} {code} {step}: {why}" for step, why in problems if why.key != NOT_NAMED]
    assert not stuck
