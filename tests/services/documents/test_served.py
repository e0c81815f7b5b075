"""A trip, a report or a request names the case that it serves: each leads to the other (P4-2.4)."""

from models import Document, Person
from services.database import reading
from services.lists import related_papers
from tests.complaint_story import at_step
from tests.factories import NOW, Cast
from tests.story import approved_trip, drafted_trip, sent_report, sent_trip


def related(who: Person, paper: Document) -> list[str | None]:
    with reading() as session:
        return [one.number for one in related_papers(session, who, paper, NOW)]


def test_a_case_leads_to_the_papers_that_serve_it_and_they_to_the_case(cast: Cast) -> None:
    case = at_step(cast, "verify")
    trip = approved_trip(cast, serves="cp-202611-0001 ")
    report = sent_report(cast, trip, serves=case.number)
    assert related(cast.engineer, case) == [trip.number, report.number]
    assert related(cast.engineer, trip) == [case.number, report.number]
    assert case.number in related(cast.engineer, report)


def test_a_number_that_is_no_case_leads_nowhere(cast: Cast) -> None:
    case = at_step(cast, "verify")
    assert related(cast.engineer, sent_trip(cast, serves="CP-202611-0099")) == []
    assert related(cast.engineer, case) == []


def test_nobody_is_led_to_what_he_may_not_read(cast: Cast) -> None:
    case = at_step(cast, "verify")
    trip = sent_trip(cast, cast.engineer2, serves=case.number)
    assert related(cast.engineer2, trip) == []
    assert related(cast.customer_service, case) == []


def test_a_draft_serves_nothing_yet(cast: Cast) -> None:
    case = at_step(cast, "verify")
    drafted_trip(cast, serves=case.number)
    assert related(cast.engineer, case) == []
