"""The leadership's briefing leaves as a PDF and as slides, in both languages, for the leadership alone."""

from datetime import timedelta
from io import BytesIO

import pypdfium2
import pytest
from pptx import Presentation

from models import ServiceCategory
from services.compliance import months_to_look_at
from services.database import reading
from services.errors import Refused
from services.reports.briefing import briefing
from services.texts import text
from tests.complaint_story import sent_complaint
from tests.factories import NOW, Cast
from tests.order_story import at_step, sent_order
from tests.story import granted_outside
from tests.ui.test_files import As, browser
from ui.texts import language, speaking

MONTH = months_to_look_at(NOW)[0]
__all__ = ["browser"]  # the fixture


@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_one_click_makes_the_month_as_pdf_and_as_slides(cast: Cast, browser: As, spoken: str) -> None:
    granted_outside(cast)
    sent_complaint(cast)
    client = browser(cast.general_manager)
    answer = client.get(f"/briefing/pdf?month={MONTH}&lang={spoken}")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
    pages = pypdfium2.PdfDocument(answer.content)
    printed = "".join(page.get_textpage().get_text_bounded() for page in pages)
    parts = [text(spoken, f"briefing.part.{one}") for one in ("rules", "money", "cases", "service")]
    assert all(part in printed for part in parts) and cast.general_manager.name in printed
    slides = Presentation(BytesIO(client.get(f"/briefing/pptx?month={MONTH}&lang={spoken}").content)).slides
    assert len(slides) == 5
    said = ["".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame) for slide in slides]
    assert all(part in one for part, one in zip(parts, said[1:], strict=True))
    assert [sum(shape.shape_type == 13 for shape in slide.shapes) for slide in slides] == [0, 1, 2, 2, 2], "pictures"


def test_the_figures_are_those_of_the_month(cast: Cast) -> None:
    sent_complaint(cast)
    later = NOW + timedelta(days=2)
    with reading() as session:
        found = briefing(session, cast.general_manager, MONTH, later)
    figures = {one.name: one for one in found.figures}
    assert figures["answer"].facts == {"rate": "0.0%"} and figures["answer"].well is False
    assert figures["open"].facts["open"] == 1
    assert figures["median"].facts == {}
    assert "P1-6.1" in {one.clause.id for one in found.attention}


def test_service_orders_are_counted_by_week_kind_and_technician(cast: Cast) -> None:
    """P6-6, P5-8.1"""
    at_step(cast, "archive")
    sent_order(cast)
    until = NOW + timedelta(days=1)
    with reading() as session:
        found = briefing(session, cast.general_manager, MONTH, until).service
    week = found.weeks[-1]
    assert (len(found.weeks), week.received, week.closed, week.open) == (12, 2, 0, 2)
    assert found.categories == [(ServiceCategory.FREE, 2)]
    (technician,) = found.technicians
    assert (technician.visits, technician.solved) == (1, 1) and technician.hours > 0


@pytest.mark.parametrize("role", ["engineer", "department_head", "finance_officer", "administrator", "stranger"])
def test_it_is_the_leaderships_alone(cast: Cast, browser: As, role: str) -> None:
    person = getattr(cast, role)
    assert browser(person).get(f"/briefing/pdf?month={MONTH}").status_code == 404
    with reading() as session, pytest.raises(Refused, match=r"briefing\.not_yours"):
        briefing(session, person, MONTH, NOW)


def test_nobody_and_nonsense_get_none(cast: Cast, browser: As) -> None:
    assert browser(None).get(f"/briefing/pdf?month={MONTH}").status_code == 303
    client = browser(cast.general_manager)
    assert client.get("/briefing/pdf?month=209913").status_code == 404
    assert client.get(f"/briefing/exe?month={MONTH}").status_code == 404


def test_what_is_made_speaks_the_language_that_was_asked_for() -> None:
    with speaking("en"):
        assert language() == "en"
    with speaking("zh"):
        assert language() == "zh"
