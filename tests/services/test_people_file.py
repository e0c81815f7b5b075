"""People from Excel: the list that was taken away, looked through first, then written as a whole or not at all."""

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlmodel import select

from models import Event, Grant, Person
from services.accounts import matches
from services.accounts.people_file import (
    MOST_NEW,
    Initial,
    Newcomer,
    bring,
    headings,
    initial_passwords,
    look_through,
    passwords_to_excel,
)
from services.database import reading, writing
from services.directory import directory_to_excel
from services.errors import Invalid, Refused
from services.master_files import Brought
from tests.factories import NOW, Cast

INITIAL = Initial("abcd-efgh", "hash")


def book(*rows: list[Any], language: str = "zh") -> bytes:
    made = openpyxl.Workbook()
    made.active.append(list(headings(language).values()))
    for row in rows:
        made.active.append(row)
    target = BytesIO()
    made.save(target)
    return target.getvalue()


def row(login: str = "qinyue", name: str = "秦岳", number: str | None = "E-901", place: str = "售后一室") -> list[Any]:
    return [login, name, number, place, "员工", "13900000000", None, "2026-11-02"]


def looked(data: bytes, by: Person) -> Brought:
    with reading() as session:
        return look_through(session, by, data)


def brought(data: bytes, by: Person, *passwords: Initial) -> list[Newcomer]:
    with writing() as session:
        return bring(session, by, data, passwords, NOW)[1]


def everyone() -> dict[str, Person]:
    with reading() as session:
        return {one.login: one for one in session.exec(select(Person))}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_as_it_was_taken_away_changes_nothing(cast: Cast, language: str) -> None:
    with reading() as session:
        data = directory_to_excel(session, cast.administrator, language)
    found = looked(data, cast.administrator)
    assert (found.new, found.changed, found.faults, found.same) == ([], [], [], len(everyone()))


def test_newcomers_get_an_account_and_others_their_new_data(cast: Cast) -> None:
    with reading() as session:
        before = len(session.exec(select(Grant)).all())
    old = cast.engineer
    data = book(row(), [old.login, "王建国", old.employee_no, cast.service.name, "员工", None, None, None], [None] * 8)
    (initial,) = initial_passwords(1)
    (newcomer,) = brought(data, cast.administrator, initial)
    people = everyone()
    assert people[old.login].name == "王建国" and people[old.login].password_hash == old.password_hash
    new = people["qinyue"]
    assert (new.name, new.department_id, str(new.joined_on)) == ("秦岳", cast.service.id, "2026-11-02")
    assert newcomer == Newcomer("秦岳", "qinyue", initial.password)
    assert matches(initial.password, new.password_hash) and new.must_change_password
    with reading() as session:
        assert len(session.exec(select(Grant)).all()) == before  # rights are in no file
        told = session.exec(select(Event.action, Event.subject).where(Event.at == NOW)).all()
    assert {("account.added", "qinyue"), ("account.changed", old.login)} <= set(told)
    assert looked(data, cast.administrator).same == 2
    sheet = openpyxl.load_workbook(BytesIO(passwords_to_excel([newcomer], "zh"))).active
    assert initial.password in [cell.value for line in sheet.iter_rows() for cell in line]


def test_a_file_with_faults_names_them_by_row_and_writes_nothing(cast: Cast) -> None:
    with writing() as session:
        session.get_one(Person, cast.cashier.id).employee_no = "E-777"
    data = book(
        row(),
        row("qinyue2", number="E-901"),
        row("qinyue", number="E-903"),
        row("Ouyang", number=None),
        row("ouyang", number="E-777"),
        row("simayi", number=None, place="没有的室"),
    )
    found = looked(data, cast.administrator)
    assert [(one.line, one.field, one.key) for one in found.faults] == [
        (3, "employee_no", "master.twice_in_file"),
        (4, "login", "master.twice_in_file"),
        (5, "login", "account.login_pattern"),
        (6, "employee_no", "account.employee_no_taken"),
        (7, "department_id", "fault.option"),
    ]
    with pytest.raises(Invalid):
        brought(data, cast.administrator, *[INITIAL] * 6)
    assert "qinyue" not in everyone()


def test_more_newcomers_than_passwords_were_made_for_are_not_written(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        brought(book(row(), row("ouyang", number=None)), cast.administrator, INITIAL)
    assert [one.key for one in refused.value.faults] == ["people.changed_meanwhile"]
    assert not {"qinyue", "ouyang"} & set(everyone())


def test_no_more_come_in_at_once_than_can_be_given_passwords(cast: Cast) -> None:
    data = book(*(row(f"new{number}", number=None) for number in range(MOST_NEW + 1)))
    assert [one.key for one in looked(data, cast.administrator).faults] == ["people.too_many_new"]


@pytest.mark.parametrize("by", ["general_manager", "engineer", "stranger"])
def test_only_administrators_bring_people_in(cast: Cast, by: str) -> None:
    for attempt in (
        lambda: looked(book(row()), getattr(cast, by)),
        lambda: brought(book(row()), getattr(cast, by), INITIAL),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.key == "account.administrators_only"
