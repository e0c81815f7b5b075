"""Training: planned, agreed by the head, held, and recorded with everybody's result (P1-8.1, P3-1.2, P4-1.2)."""

from datetime import date, timedelta
from typing import Any

import pytest

from models import Customer, Document, Person, State, TrainingKind, TrainingResult
from services.database import reading, writing
from services.documents.kind import lines_of
from services.documents.training import ATTENDEES
from services.errors import Refused
from services.prints.render import render
from services.reports.training_due import Due, training_due
from tests import factories
from tests.complaint_story import stock
from tests.factories import NOW, Cast
from tests.governance_story import (
    HELD,
    TODAY,
    agreed_training,
    attends,
    held_training,
    results,
    sent_training,
    training_form,
)
from tests.services.documents.test_travel_request import said
from tests.services.test_prints import Paper
from tests.story import asked, do, draft, faults, may, refusal, reload


def _fault(cast: Cast, **changes: Any) -> list[tuple[str, int | None, str]]:
    found = faults(sent_training, cast, **changes)
    for fault in found:
        said(fault)
    return [(one.field, one.line, one.key) for one in found]


def _customers(cast: Cast, *names: str, **changes: Any) -> dict[str, Any]:
    customer, _ = stock()
    people = [{"person_id": None, "attendee_name": name, "post": "检修工"} for name in names]
    return {"training": "customer", "held_for_id": customer.id, "stage": "care", "attendees": people} | changes


# --- its way


def test_a_training_is_agreed_held_and_recorded_with_everybodys_result(cast: Cast) -> None:
    """P1-8.1, P4-1.2"""
    paper = sent_training(cast, attendees=[attends(cast.engineer), attends(cast.engineer2), attends(cast.clerk)])
    assert asked(paper) == {"department_head"}
    do(cast.department_head, paper, "approve")
    assert (reload(paper).step, asked(paper)) == ("hold_training", {"clerk"})
    assert may(cast.engineer, paper) >= {"comment"}, "whoever is to come reads it"
    do(cast.clerk, paper, "complete", lines=results(("passed", 85), ("failed", 40), ("absent", None)), **HELD)
    with reading() as session:
        found = [(line.result, line.score) for line in lines_of(session, paper, ATTENDEES)]
    assert reload(paper).state == State.DONE
    assert found == [(TrainingResult.PASSED, 85), (TrainingResult.FAILED, 40), (TrainingResult.ABSENT, None)]


def test_a_customers_people_are_trained_at_a_stage_of_use(cast: Cast) -> None:
    """P3-1.2"""
    paper = sent_training(cast, **_customers(cast, "王工", "赵工"))
    assert reload(paper).title == "西安地铁 制动单元检修规程"
    with reading() as session:
        for language, words in (("zh", "客户培训记录表"), ("en", "Customer training record")):
            pdf = render(session, cast.clerk, paper, "record", language=language, base_url="", now=NOW)
            printed = Paper(pdf)
            assert printed.says(words, "王工", "西安地铁") and printed.outside() == []


def test_a_head_does_not_agree_to_his_own_and_a_stranger_sees_nothing(cast: Cast) -> None:
    own = sent_training(cast, cast.department_head)
    assert asked(own) == {"vice_president"}
    assert may(cast.stranger, own) == set() and may(cast.engineer2, own) == set()
    assert refusal(do, cast.stranger, own, "approve").key == "access.not_found"
    assert refusal(draft, cast.engineer, "TN", training_form(cast)).key == "draft.may_not_start"


# --- what it may say


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"outside_trainer": None}, [("trainer_id", None, "TN.fault.one_trainer")]),
        ({"attendees": []}, [("attendees", None, "fault.no_lines")]),
        ({"hours": 0}, [("hours", None, "fault.at_least")]),
        ({"training": "customer"}, [("held_for_id", None, "fault.required"), ("stage", None, "fault.required"),
                                    ("person_id", 1, "TN.fault.customers_people")]),  # fmt: skip
    ],
)  # fmt: skip
def test_what_is_missing_is_said(cast: Cast, changes: dict[str, Any], found: list[Any]) -> None:
    assert _fault(cast, **changes) == found


def test_who_comes_is_named_once_and_as_he_ought_to_be(cast: Cast) -> None:
    twice = [attends(cast.engineer), attends(cast.engineer)]
    assert _fault(cast, attendees=twice) == [("person_id", 2, "TN.fault.twice")]
    himself = {"trainer_id": cast.engineer.id, "outside_trainer": None, "attendees": [attends(cast.engineer)]}
    assert _fault(cast, **himself) == [("person_id", 1, "TN.fault.trains_himself")]
    typed = [{"person_id": None, "attendee_name": "王工", "post": None}]
    assert _fault(cast, attendees=typed) == [("attendee_name", 1, "TN.fault.own_people")]


@pytest.mark.parametrize(
    ("record", "line", "field", "key"),
    [
        ({}, ("passed", 59), "score", "TN.fault.score_says_otherwise"),
        ({}, ("failed", 60), "score", "TN.fault.score_says_otherwise"),
        ({}, ("absent", 10), "score", "TN.fault.absent_has_no_score"),
        ({}, ("passed", 101), "score", "fault.at_most"),
        ({}, (None, None), "result", "fault.required"),
        ({"held_on": "2026-11-24"}, ("passed", 60), "held_on", "TN.fault.not_held_yet"),
    ],
)
def test_a_result_says_what_the_score_says(cast: Cast, record: dict[str, Any], line: Any, field: str, key: str) -> None:
    paper = agreed_training(cast)
    (fault,) = faults(do, cast.clerk, paper, "complete", now=NOW, lines=results(line), **(HELD | record))
    assert (fault.field, fault.key) == (field, key)
    said(fault)
    assert reload(paper).step == "hold_training"


# --- who is due


def _joined(person: Person, day: date) -> None:
    with writing() as session:
        session.get_one(Person, person.id).joined_on = day


def _due(reader: Person, kind: TrainingKind) -> list[Due]:
    with reading() as session:
        return [one for one in training_due(session, reader, NOW) if one.kind == kind]


def test_a_new_colleague_is_due_within_thirty_days_until_he_has_passed(cast: Cast) -> None:
    """P1-8.1"""
    _joined(cast.clerk, NOW.date() - timedelta(days=31))
    _joined(cast.engineer, NOW.date() - timedelta(days=30))
    found = {one.who: (one.days_overdue, one.planned) for one in _due(cast.department_head, TrainingKind.NEW_EMPLOYEE)}
    assert found == {cast.clerk.name: (1, None), cast.engineer.name: (0, None)}
    both = [attends(cast.clerk), attends(cast.engineer)]
    paper = agreed_training(cast, training="new_employee", attendees=both)
    assert {one.planned for one in _due(cast.department_head, TrainingKind.NEW_EMPLOYEE)} == {paper.number}
    do(cast.clerk, paper, "complete", lines=results(("passed", 90), ("failed", 30)), **HELD)
    assert [one.who for one in _due(cast.department_head, TrainingKind.NEW_EMPLOYEE)] == [cast.engineer.name]


def test_service_staff_are_due_again_after_twelve_months(cast: Cast) -> None:
    """P4-1.2"""
    assert {one.who for one in _due(cast.department_head, TrainingKind.REFRESHER)} == {
        cast.engineer.name,
        cast.engineer2.name,
    }, "nobody knows when they were trained; a clerk of papers serves no customer"
    held_training(cast, ("passed", 85), attendees=[attends(cast.engineer)], planned_on=TODAY)
    assert {one.who for one in _due(cast.department_head, TrainingKind.REFRESHER)} == {cast.engineer2.name}
    with reading() as session:
        later = NOW + timedelta(days=366)
        again = [one for one in training_due(session, cast.department_head, later) if one.who == cast.engineer.name]
    assert [(one.due_on, one.days_overdue) for one in again] == [(date(2027, 11, 23), 1)]


def test_customers_are_due_by_the_stages_of_use(cast: Cast) -> None:
    """P3-1.2: bought on 2025-11-23; operation within 1 month, care 6, faults 12"""
    stock()
    found = _due(cast.department_head, TrainingKind.CUSTOMER)
    assert [(one.stage, one.due_on) for one in found] == [
        ("operation", date(2025, 12, 23)),
        ("care", date(2026, 5, 23)),
        ("faults", date(2026, 11, 23)),
    ]
    held_training(cast, ("passed", None), **_customers(cast, "王工"))
    assert [one.stage for one in _due(cast.department_head, TrainingKind.CUSTOMER)] == ["operation", "faults"]


def test_who_sees_whom(cast: Cast) -> None:
    stock()
    with writing() as session:
        factories.customer(session, "K9", cast.service2, "太原机务段")
        other = session.get_one(Customer, 2)
        product = factories.product(session, "KY-1", "空压机")
        factories.sold_item(session, "KY-0001", product, other)
    assert {one.who for one in _due(cast.other_head, TrainingKind.CUSTOMER)} == {"太原机务段"}
    assert {one.who for one in _due(cast.service_administrator, TrainingKind.CUSTOMER)} == {"太原机务段", "西安地铁"}
    with reading() as session, pytest.raises(Refused) as caught:
        training_due(session, cast.engineer, NOW)
    assert caught.value.key == "training_due.shut"


def test_a_training_that_was_undone_counts_no_more(cast: Cast) -> None:
    paper: Document = held_training(cast, ("passed", 85), attendees=[attends(cast.engineer)])
    do(cast.clerk, paper, "reverse", note="签到表有误")
    do(cast.department_head, paper, "approve")
    assert cast.engineer.name in {one.who for one in _due(cast.department_head, TrainingKind.REFRESHER)}
