"""The demonstration company and the common expense types, read from YAML; whatever is there already is left alone."""

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import Session, col, select

from models import CostElement, Department, ExpenseType, Grade, Grant, Nature, Person, Role, Sheet, SpendingKind
from services.settings import put, setting

HERE = Path(__file__).resolve().parent


def load_company(session: Session, now: datetime) -> None:
    """Write the company's departments, people, roles, expense types, name and deputies. A second time adds nothing."""
    facts = _read("company.yaml")
    departments = _departments(session, facts["departments"])
    people = [
        _person(session, number, row, departments, facts["bank"]) for number, row in enumerate(facts["people"], start=1)
    ]
    for person, row in zip(people, facts["people"], strict=True):
        _grant(session, person, row["roles"], departments, now)
    load_expense_types(session)
    by_login = {person.login: person for person in people}
    _settle(session, {"company.name": facts["company"]["name"], "company.name_en": facts["company"]["name_en"]}, now)
    _settle(session, {f"company.{key}": facts["company"][key] for key in ("tax_title", "tax_number")}, now)
    _settle(session, {key: by_login[login].id for key, login in facts["deputies"].items()}, now)
    types = {kind.code: kind.id for kind in session.exec(select(ExpenseType))}
    _settle(session, {"claim.cities": _cities(facts), "claim.limits": _limits(facts, types)}, now)


def load_expense_types(session: Session) -> None:
    """Write the common expense types with their budget category (P7-5) and voucher sheet (P9-4a), by code."""
    known = set(session.exec(select(ExpenseType.code)))
    for position, row in enumerate(_read("expense_types.yaml"), start=1):
        if row["code"] not in known:
            session.add(
                ExpenseType(
                    code=row["code"],
                    name=row["name"],
                    name_en=row["en"],
                    category=row["category"],
                    cost_element=CostElement(row["element"]),
                    sheet=Sheet(row.get("sheet", Sheet.TRAVEL)),
                    for_trips=row.get("trips", True),
                    spending=SpendingKind(row["spending"]) if "spending" in row else None,
                    nature=Nature(row.get("nature", Nature.OTHER)),
                    accrued=row.get("accrued", False),
                    position=position,
                )
            )
    session.flush()


def _departments(session: Session, names: dict[str, str]) -> dict[str, Department]:
    found = {department.code: department for department in session.exec(select(Department))}
    for code, name in names.items():
        if code not in found:
            found[code] = Department(code=code, name=name)
            session.add(found[code])
    session.flush()
    return found


def _person(
    session: Session, number: int, row: dict[str, Any], departments: dict[str, Department], bank: str
) -> Person:
    """A person, with telephone, mail and account made up from his number. Nobody has a password."""
    person = session.exec(select(Person).where(Person.login == row["login"])).first()
    if person is None:
        person = Person(
            login=row["login"],
            name=row["name"],
            employee_no=f"LF{number:04d}",
            department_id=departments[row["department"]].id,
            grade=Grade(row.get("grade", Grade.STAFF)),
            phone=f"0519-0000 {8000 + number}",
            email=f"{row['login']}@lanfeng.example",
            bank_name=bank,
            bank_account=f"6200 0000 0000 {number:04d}",
        )
        session.add(person)
        session.flush()
    return person


def _grant(
    session: Session, person: Person, roles: list[str], departments: dict[str, Department], now: datetime
) -> None:
    rows = session.exec(select(Grant).where(Grant.person_id == person.id, col(Grant.ended_at).is_(None)))
    held = {(grant.role, grant.department_id) for grant in rows}
    for said in roles:
        role, _, place = said.partition("@")
        where = person.department_id if place == "own" else departments[place].id if place else None
        if (Role(role), where) not in held:
            session.add(Grant(person_id=person.id, role=Role(role), department_id=where, granted_at=now))
    session.flush()


def _cities(facts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"city": city, "tier": tier} for tier, cities in facts["cities"].items() for city in cities]


def _limits(facts: dict[str, Any], types: dict[str, int]) -> list[dict[str, Any]]:
    """A row of the setting for each expense type, tier and grade."""
    return [
        {
            "expense_type_id": types[row["type"]],
            "tier": row["tier"],
            "grade": grade.value,
            "per": row["per"],
            "amount": f"{row[grade.value]}.00",
        }
        for row in facts["limits"]
        for grade in Grade
    ]


def _settle(session: Session, values: dict[str, Any], now: datetime) -> None:
    """Set what nobody has set yet."""
    for key, value in values.items():
        if not setting(session, key, now):
            put(session, key, value, now=now)


def _read(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
