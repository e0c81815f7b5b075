"""Master data: departments and expense types."""

from datetime import date

from sqlmodel import select

from models import CalendarDay, Department, Role
from services.database import reading, writing
from tests import factories
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import errors, faults, menu, pick_row, press, run, shown, told, type_in, zh
from tests.story import hold


def names() -> dict[str, str]:
    with reading() as session:
        return {one.code: one.name for one in session.exec(select(Department))}


def test_a_department_is_added_once_and_whole(cast: Cast, visit: Visit) -> None:
    before = names()
    app = visit(cast.administrator, "master_data")
    app = press(app, "master.departments.new.0.save")
    assert zh("fault.required") in faults(app) and len(names()) == len(before)
    app = press(type_in(app, code="service", name="又一个"), "master.departments.new.0.save")
    assert zh("master.code_taken") in faults(app) + errors(app) and names() == before
    app = press(type_in(app, code="service3", name="售后三室"), "master.departments.new.0.save")
    assert names()["service3"] == "售后三室" and told(app)
    assert not app.text_input(key="master.departments.new.1.code").value, "the next one begins on an empty form"


def test_a_row_is_opened_and_changed(cast: Cast, visit: Visit) -> None:
    app = pick_row(visit(cast.administrator, "master_data"), 0)
    first = next(code for code, name in names().items() if name in shown(app) and code == "service")
    app = press(type_in(app, name="售后服务一室"), f"master.departments.{cast.service.id}.save")
    assert names()[first] == "售后服务一室"


def test_expense_types_stand_in_a_table_of_their_own(cast: Cast, visit: Visit) -> None:
    seen = shown(visit(cast.administrator, "master_data", table="expense_types"))
    assert "住宿费" in seen and "Lodging" in seen


def test_a_day_of_the_companys_own_is_entered_and_put_right(cast: Cast, visit: Visit) -> None:
    app = visit(cast.administrator, "master_data", table="calendar_days")
    unknown = zh("timeline.unknown_year", years="2027")
    assert zh("master.calendar.known", year=2026) in shown(app) and unknown in shown(app)
    app = press(app, "master.calendar_days.new.0.save")
    assert zh("fault.required") in faults(app)
    app.date_input(key="master.calendar_days.new.0.day").set_value(FOUNDED)
    app = press(app, "master.calendar_days.new.0.save")
    assert told(app) and days() == {FOUNDED: False}
    assert unknown not in shown(app), "the company has its own word on that year"
    app.date_input(key="master.calendar_days.new.1.day").set_value(FOUNDED)
    app = press(app, "master.calendar_days.new.1.save")
    assert zh("master.day_taken") in faults(app) + errors(app)
    app = pick_row(visit(cast.administrator, "master_data", table="calendar_days"), 0)
    app.checkbox(key=f"master.calendar_days.{FOUNDED}.working").check()
    app = press(app, f"master.calendar_days.{FOUNDED}.save")
    assert told(app)
    assert days() == {FOUNDED: True}


FOUNDED = date(2027, 3, 9)


def days() -> dict[date, bool]:
    with reading() as session:
        return {one.day: one.working for one in session.exec(select(CalendarDay))}


def test_customers_are_looked_for_and_added_with_their_department(cast: Cast, visit: Visit) -> None:
    with writing() as session:
        factories.customer(session, "K001", cast.service, "西安地铁")
        factories.customer(session, "K002", cast.service2, "宁波机务段")
    app = visit(cast.administrator, "master_data", table="customers")
    assert "西安地铁" in shown(app) and "宁波机务段" in shown(app)
    app = press(type_in(app, code="K003", name="武汉动车段"), "master.customers.new.0.save")
    assert zh("fault.required") in faults(app)
    app.selectbox(key="master.customers.new.0.department_id").set_value(cast.service.id)
    app = press(app, "master.customers.new.0.save")
    assert told(app)
    app.text_input(key="master.customers.search").set_value("机务")
    seen = shown(run(app))
    assert "宁波机务段" in seen and "西安地铁" not in seen


def test_the_service_administrator_finds_the_tables_he_keeps(cast: Cast, visit: Visit) -> None:
    hold(cast.engineer2, Role.SERVICE_ADMINISTRATOR)
    app = visit(cast.engineer2, "master_data")
    assert zh("master.customers") in shown(app) and zh("master.expense_types") not in shown(app)
    assert "master_data" in menu()
