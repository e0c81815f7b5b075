"""Monthly registers that are due, who sees them, and who begins one (P9-6)."""

from datetime import date
from decimal import Decimal

import pytest

from models import Person, RegisterKind
from services.database import reading, writing
from services.documents.drafts import typed
from services.errors import Refused
from services.reports.registers_due import Due, begin_register, may_follow_registers, registers_due
from tests import factories
from tests.factories import Cast
from tests.story import LATER, NOW, do, finished_trip, sent_register


def due(reader: Person) -> list[Due]:
    with reading() as session:
        return registers_due(session, reader, LATER)


def seen(reader: Person) -> list[tuple[str, str, str, int]]:
    return [(one.department, one.month, one.kind, one.lines) for one in due(reader)]


def dinner(cast: Cast, day: date) -> None:
    with writing() as session:
        kind = cast.expense["entertainment"]
        factories.spending_request(session, cast.engineer, None, kind, Decimal("300.00"), spent_on=day)


def test_a_month_with_trips_and_no_register_is_due_until_it_is_sent(cast: Cast) -> None:
    """P9-6a: two people came back in November; once its register is sent nothing is due."""
    finished_trip(cast, companions=[cast.engineer2.id])
    with reading() as session:
        assert registers_due(session, cast.clerk, NOW) == [], "the month is not over"
    assert seen(cast.clerk) == [(cast.service.name, "202611", "trips", 2)]
    (one,) = due(cast.clerk)
    assert (one.clerks, one.may_begin, one.days) == (cast.clerk.name, True, (LATER.date() - date(2026, 11, 30)).days)
    with writing() as session:
        which = (cast.service.id, one.month, one.kind, LATER)
        draft = begin_register(session, cast.clerk, *which)
        assert begin_register(session, cast.clerk, *which).id == draft.id
        assert typed(session, draft)["register_kind"] == "trips"
    assert due(cast.clerk)[0].begun == draft.id
    do(cast.clerk, draft, "submit", now=LATER)
    assert due(cast.clerk) == []


def test_what_was_recorded_late_is_due_with_the_next_month(cast: Cast) -> None:
    """P9-6a: October's register was sent without the dinner."""
    dinner(cast, date(2026, 10, 7))
    sent_register(cast, cast.clerk, month="2026-10", register_kind="entertainment")
    assert seen(cast.clerk) == []
    dinner(cast, date(2026, 10, 20))
    dinner(cast, date(2026, 9, 2))
    assert seen(cast.clerk) == [
        (cast.service.name, "202609", RegisterKind.ENTERTAINMENT, 1),
        (cast.service.name, "202611", RegisterKind.ENTERTAINMENT, 1),
    ]


def test_each_sees_the_departments_that_he_answers_for(cast: Cast) -> None:
    finished_trip(cast)
    for who in (cast.department_head, cast.vice_president, cast.finance_officer, cast.general_manager):
        assert [one.may_begin for one in due(who)] == [False], who.login
    assert due(cast.other_head) == []
    with reading() as session:
        assert not may_follow_registers(session, cast.engineer)


@pytest.mark.parametrize("who", ["department_head", "engineer", "administrator", "finance_officer"])
def test_nobody_but_its_clerk_begins_one(cast: Cast, who: str) -> None:
    with pytest.raises(Refused), writing() as session:
        begin_register(session, getattr(cast, who), cast.service.id, "202611", RegisterKind.TRIPS, LATER)
