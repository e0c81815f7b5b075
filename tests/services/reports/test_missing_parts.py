"""Missing parts: what sites wait for, by the day it is needed, and chasing it (P3-2.2, P3-2.5)."""

from datetime import timedelta

from models import Document, Person
from services.database import reading, writing
from services.documents.marks import marks_of
from services.reports.dispatch import board
from services.reports.missing_parts import Missing, chase, missing_for, missing_parts, missing_to_excel
from tests.complaint_story import sent_complaint
from tests.factories import NOW, Cast
from tests.order_story import at_step, sent_order
from tests.parts_story import part_line, received_parts, sent_parts, shipped_from_stock, store
from tests.story import do, refusal, reload, told

MISSING = "SO.mark.parts_missing"


def missing(reader: Person, days: int = 0, **more: str) -> list[Missing]:
    with reading() as session:
        return missing_parts(session, reader, NOW + timedelta(days=days), **more)


def test_open_lines_stand_by_their_day_and_are_late_after_it(cast: Cast) -> None:
    """P3-2.2"""
    seal, valve, _ = store()
    sent_parts(cast, lines=[part_line(seal, needed_on="2026-11-27"), part_line(valve, needed_on="2026-11-25")])
    shipped_from_stock(cast)
    received_parts(cast)
    found = missing(cast.purchaser)
    assert [(f"{one.needed_on:%m-%d}", one.part, one.stage) for one in found] == [
        ("11-25", "电磁阀 EV-24D", "parts_source"),
        ("11-27", "皮碗 PW-178", "parts_source"),
        ("11-30", "皮碗 PW-178", "on_its_way"),
        ("11-30", "电磁阀 EV-24D", "parts_order"),
    ]
    assert found[1].owner == "role.production_engineer" and found[2].owner == ""
    assert [one.days_late for one in missing(cast.purchaser, days=3)] == [1, 0, 0, 0]


def test_what_a_case_waits_for_is_asked_by_its_number(cast: Cast) -> None:
    """P3-2.2: no equipment on site with parts missing"""
    case = sent_complaint(cast)
    sent_parts(cast, serves=case.number)
    sent_parts(cast)
    assert {one.serves for one in missing(cast.engineer, serves=f" {case.number.lower()}")} == {case.number}


def test_what_has_not_come_for_a_visit_is_seen_before_the_technician_leaves(cast: Cast) -> None:
    """P3-2.2, P3-2.5: on the order, in its lists and on the board; for the visit that goes on with it, too"""
    visit, other = at_step(cast, "visit"), sent_order(cast)
    paper = sent_parts(cast, serves=visit.number)

    def seen() -> tuple[list[str], set[int], set[int]]:
        with reading() as session:
            order = session.get_one(Document, visit.id)
            marked = marks_of(session, [("SO", visit.id), ("SO", other.id)], NOW)
            calls = board(session, cast.dispatcher, NOW.date(), NOW)
            waiting = [*calls.calls, *(one for day in calls.days for one in day.visits)]
            return (
                [one.part for one in missing_for(session, order, NOW)],
                {id for id, marks in marked.items() if MISSING in [mark.key for mark in marks]},
                {one.id for one in waiting if one.parts_missing},
            )

    assert seen() == (["皮碗 PW-178", "电磁阀 EV-24D"], {visit.id}, {visit.id})
    do(cast.production_engineer, paper, "return", now=NOW, note="型号不清")
    assert seen()[1] == {visit.id}, "what is asked back has not come either"
    received_parts(cast, serves=visit.number)
    do(cast.engineer, reload(paper), "cancel", now=NOW, note="x")
    assert seen() == ([], set(), set())


def test_quality_chases_and_whoever_is_asked_is_told(cast: Cast) -> None:
    """P3-2.5"""
    paper = sent_parts(cast)
    with writing() as session:
        chase(session, cast.quality_inspector, paper.id, "现场停运，今天能发吗？", NOW)
    assert "mentioned" in told(cast.production_engineer)
    assert [one.chased for one in missing(cast.quality_inspector)] == [1, 1]


def test_a_stranger_sees_nothing_and_chases_nothing(cast: Cast) -> None:
    paper = sent_parts(cast)
    assert missing(cast.stranger) == []

    def ask() -> None:
        with writing() as session:
            chase(session, cast.stranger, paper.id, "?", NOW)

    assert refusal(ask).key == "access.not_found"
    with reading() as session:
        assert missing_to_excel(session, cast.stranger, NOW, language="en")[:2] == b"PK"
