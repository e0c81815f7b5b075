"""The dispatch board and the repair call register: what they show, and who plans (P5-8.1, P6-8a, P6-8b, P6-9b)."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl

from models import Document, Person
from services.database import reading, writing
from services.reports.dispatch import Board, Waiting, assign, board
from services.reports.order_register import CallFilters, Calls, calls_to_excel, calls_under
from tests import factories
from tests.complaint_story import stock
from tests.factories import NOW, Cast
from tests.order_story import FROM, UNTIL, at_step, order, sent_order, step
from tests.story import faults, open_tasks, refusal

TODAY = NOW.date()


def seen(by: Person) -> Board:
    with reading() as session:
        return board(session, by, TODAY, NOW)


def planned(by: Person, call: Waiting, person: Person, hours: int = 0) -> Document:
    with writing() as session:
        shift = timedelta(hours=hours)
        return assign(session, by, call, person.id, FROM + shift, UNTIL + shift, NOW)


def hours_of(found: Board, person: Person) -> Decimal:
    return next(one.hours for one in found.days if one.person_id == person.id)


def test_calls_wait_beside_everybodys_day_and_are_given_to_somebody(cast: Cast) -> None:
    """P5-8.1: the more urgent first; a visit is moved to somebody else in one act, and nobody is booked twice"""
    sent_order(cast)
    urgent = sent_order(cast, urgency="critical")
    found = seen(cast.dispatcher)
    assert [one.id for one in found.calls][0] == urgent.id and found.calls[0].area == cast.service.name
    paper = planned(cast.dispatcher, found.calls[0], cast.engineer)
    found = seen(cast.sales_manager)
    assert len(found.calls) == 1 and hours_of(found, cast.engineer) == Decimal("2.0")
    (fault,) = faults(planned, cast.dispatcher, found.calls[0], cast.engineer, 1)
    assert fault.key == "SO.fault.double_booked"
    assert len(seen(cast.dispatcher).calls) == 1, "nothing is lost"
    visit = next(day for day in found.days if day.person_id == cast.engineer.id).visits[0]
    planned(cast.sales_manager, visit, cast.engineer2)
    assert [task.person_id for task in open_tasks(paper)] == [cast.engineer2.id]
    assert hours_of(seen(cast.dispatcher), cast.engineer) == 0
    assert refusal(planned, cast.dispatcher, visit, cast.engineer).key == "action.someone_acted_first"


def test_only_who_dispatches_plans_and_a_stranger_sees_nothing(cast: Cast) -> None:
    sent_order(cast)
    call = seen(cast.dispatcher).calls[0]
    assert refusal(planned, cast.service_clerk, call, cast.engineer).key == "action.not_allowed"
    assert refusal(planned, cast.stranger, call, cast.engineer).key == "access.not_found"
    assert seen(cast.stranger).calls == []


def test_every_service_room_has_its_calls_on_the_one_board(cast: Cast) -> None:
    """P6-4: the department plans, in touch with all its service rooms"""
    product = stock()[1]
    with writing() as session:
        theirs = factories.customer(
            session, "K002", cast.service2, "咸阳车辆段", contact="王工", phone="029-2", address="咸阳"
        )
    sent_order(cast)
    sent_order(cast, customer_id=theirs.id, serial=None, product_id=product.id)
    assert {one.area for one in seen(cast.dispatcher).calls} == {cast.service.name, cast.service2.name}


def test_a_day_of_more_than_eight_hours_is_marked(cast: Cast) -> None:
    for start in (0, 2, 4, 6, 8):
        sent_order(cast)
        planned(cast.dispatcher, seen(cast.dispatcher).calls[0], cast.engineer, start)
    day = next(one for one in seen(cast.dispatcher).days if one.person_id == cast.engineer.id)
    assert day.overloaded and not day.overlaps and day.hours == Decimal("10.0")


def numbers(by: Person, **query: Any) -> list[str]:
    with reading() as session:
        return [one.number for one in calls_under(session, by, CallFilters.read(query), NOW).calls]


def test_the_register_holds_every_call_and_finds_it_again(cast: Cast) -> None:
    """P6-8a, P6-9b"""
    at_step(cast, None)
    step(cast, sent_order(cast, fault="空压机异响", contact_phone="010-8888"), technician_id=cast.engineer2.id)
    assert numbers(cast.service_clerk) == ["SO-202611-0002"]
    assert numbers(cast.service_clerk, view="closed") == ["SO-202611-0001"]
    assert numbers(cast.service_clerk, view="all", q="010-8888") == ["SO-202611-0002"]
    assert len(numbers(cast.service_clerk, view="all", month="2026-11", category="free")) == 2
    assert numbers(cast.service_clerk, view="all", month="2026-10") == []
    assert numbers(cast.service_clerk, step="visit", technician=str(cast.engineer2.id)) == ["SO-202611-0002"]
    assert numbers(cast.stranger, view="all") == []
    nonsense = {"view": "x", "step": "y", "technician": "-1", "month": "2026-13", "category": "z", "page": "0"}
    assert CallFilters.read(nonsense) == CallFilters()


def test_the_workbook_is_laid_out_as_the_paper_register(cast: Cast) -> None:
    """P6-8a, P6-7"""
    paper = at_step(cast, None, fault="=1+1")
    with reading() as session:
        data = calls_to_excel(session, cast.service_clerk, CallFilters(view=Calls.ALL), NOW, language="zh")
    sheet = openpyxl.load_workbook(BytesIO(data)).active
    assert sheet["A2"].value == "叫修登记簿"
    line = dict(zip((cell.value for cell in sheet[4]), (cell.value for cell in sheet[5]), strict=True))
    assert line["编号"] == paper.number and line["客户"] == "西安地铁" and line["故障现象"] == "=1+1"
    assert line["归档号"] == order(paper).archived_as and line["客户签字"] == "李工"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
