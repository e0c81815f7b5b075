"""People and rights: for administrators, and checked again behind the page."""

import io
from datetime import timedelta

import openpyxl
import pytest
from sqlmodel import col, select

from models import Grant, Person, Role
from services.database import reading, writing
from services.directory import directory_to_excel
from services.errors import Refused
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, errors, faults, go, pick_row, press, press_named, run, shown, type_in, zh
from tests.story import approved_trip, asked


def people() -> dict[str, Person]:
    with reading() as session:
        return {one.login: one for one in session.exec(select(Person))}


def roles_of(person: Person) -> set[Role]:
    with reading() as session:
        held = select(Grant.role).where(Grant.person_id == person.id, col(Grant.ended_at).is_(None))
        return set(session.exec(held))


def test_the_list_opens_a_person(cast: Cast, visit: Visit) -> None:
    app = visit(cast.administrator, "people")
    assert "王建军" in shown(app) and zh("role.cashier") in shown(app)
    app = pick_row(app, 0)
    assert "person" in address(app)[1]


def test_somebody_new_gets_a_password_that_is_shown_until_his_page_is_left(cast: Cast, visit: Visit) -> None:
    app = visit(cast.administrator, "people", person="new")
    app = press_named(app, zh("form.save_changes"))
    assert zh("fault.required") in faults(app) and "newcomer" not in people()
    app = press_named(
        type_in(app, login="newcomer", name="新来的", employee_no="E-77", department_id=cast.service.id, grade="staff"),
        zh("form.save_changes"),
    )
    assert address(app)[1] == {"person": str(people()["newcomer"].id)}
    password = app.code[0].value
    assert len(password) >= 8
    app.selectbox(key=f"role.{people()['newcomer'].id}.0").set_value(Role.ENGINEER)
    app = run(app)
    assert app.selectbox(key=f"where.{people()['newcomer'].id}.{Role.ENGINEER}").value == cast.service.id
    app = press_named(app, zh("people.give_role"))
    assert app.code[0].value == password and roles_of(people()["newcomer"]) == {Role.ENGINEER}
    app = press_named(app, zh("list.back"))
    assert password not in shown(app)
    app = go(app, "people", person=str(people()["newcomer"].id))
    assert password not in shown(app) and not app.code


def test_roles_are_given_and_ended(cast: Cast, visit: Visit) -> None:
    app = visit(cast.administrator, "people", person=str(cast.engineer2.id))
    app.selectbox(key=f"role.{cast.engineer2.id}.1").set_value(Role.CLERK)
    app = run(app)
    app.selectbox(key=f"where.{cast.engineer2.id}.{Role.CLERK}").set_value(cast.service.id)
    app = press_named(app, zh("people.give_role"))
    assert Role.CLERK in roles_of(cast.engineer2)
    with reading() as session:
        grant = session.exec(select(Grant).where(Grant.person_id == cast.engineer2.id)).first()
    press(app, f"end.{grant.id}")  # type: ignore[union-attr]
    assert roles_of(cast.engineer2) == {Role.CLERK}


def test_an_administrator_gives_himself_no_say(cast: Cast, visit: Visit) -> None:
    app = visit(cast.administrator, "people", person=str(cast.administrator.id))
    app.selectbox(key=f"role.{cast.administrator.id}.1").set_value(Role.GENERAL_MANAGER)
    app = press_named(run(app), zh("people.give_role"))
    assert len(errors(app)) == 1 and roles_of(cast.administrator) == {Role.ADMINISTRATOR}


def test_who_is_locked_out_is_seen_in_the_list_and_let_in_again(cast: Cast, visit: Visit) -> None:
    with writing() as session:
        session.get_one(Person, cast.engineer.id).locked_until = NOW + timedelta(hours=2)
    assert zh("people.locked") in shown(visit(cast.administrator, "people"))
    press_named(visit(cast.administrator, "people", person=str(cast.engineer.id)), zh("people.unlock"))
    assert zh("people.locked") not in shown(visit(cast.administrator, "people"))


def test_the_list_is_taken_away_by_administrators_alone(cast: Cast) -> None:
    with reading() as session:
        sheet = openpyxl.load_workbook(io.BytesIO(directory_to_excel(session, cast.administrator, "zh"))).active
        rows = list(sheet.iter_rows(values_only=True))
        head = next(row for row in rows if row[1] == "department_head")
        assert len(rows) == len(people()) + 1
        assert head[3:5] == ("售后一室", "部门领导（售后一室）")
        with pytest.raises(Refused):
            directory_to_excel(session, cast.general_manager, "zh")


def test_disabling_is_asked_twice_and_shuts_the_door(cast: Cast, visit: Visit) -> None:
    app = visit(cast.administrator, "people", person=str(cast.engineer.id))
    assert zh("people.disable.consequence") in shown(app)
    press(app, "people.disable.yes")
    assert not people()["engineer"].active


@pytest.mark.parametrize("label", ["people.reset", "form.save_changes"])
def test_a_page_open_since_the_role_was_taken_away_does_nothing(cast: Cast, visit: Visit, label: str) -> None:
    app = visit(cast.administrator, "people", person=str(cast.engineer.id))
    with writing() as session:
        session.add(Grant(person_id=cast.general_manager.id, role=Role.ADMINISTRATOR, granted_at=NOW))
        held = session.exec(select(Grant).where(Grant.person_id == cast.administrator.id)).one()
        held.ended_at = NOW
    before = people()["engineer"]
    app = press_named(type_in(app, name="改名"), zh(label))
    assert "王建军" not in shown(app)
    assert (people()["engineer"].name, people()["engineer"].password_hash) == (before.name, before.password_hash)


def test_what_somebody_leaves_open_is_handed_over_on_his_page(cast: Cast, visit: Visit) -> None:
    """Issue 3 point 2"""
    trip = approved_trip(cast)
    app = type_in(visit(cast.administrator, "people", person=str(cast.engineer.id)), successor=cast.engineer2.id)
    app = press(run(app), "people.hand_over.yes")
    assert asked(trip) == {"engineer2"}
    assert zh("people.handed_over", name=cast.engineer2.name, tasks=1, papers=1) in shown(app)
