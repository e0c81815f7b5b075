"""The complaint register: every case that one may see with stage, clocks and owner, found by any word (P5-5.1b)."""

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from models import Person
from services.database import reading
from services.reports.cases import CaseFilters, View
from services.reports.complaint_register import Register, clock_words, register, register_to_excel, stage
from tests.complaint_story import at_step, sent_complaint, step
from tests.factories import NOW, Cast
from tests.story import do


def seen(by: Person, now: datetime = NOW, **filters: Any) -> Register:
    with reading() as session:
        return register(session, by, CaseFilters(**filters), now)


def numbers(by: Person, now: datetime = NOW, **filters: Any) -> list[str]:
    return [case.number[-4:] for case in seen(by, now, **filters).cases]


# --- what it shows


def test_a_case_stands_there_with_stage_clocks_and_whom_it_waits_for(cast: Cast) -> None:
    """P5-5.1b"""
    at_step(cast, "verify")
    (case,) = seen(cast.service_administrator).cases
    assert (case.customer, case.product, case.department) == ("西安地铁", "制动单元 ZD-200", "售后一室")
    assert (case.handler, case.owners) == ("王建军", ("王建军", "潘晓东"))
    assert stage(case, "zh") == "核实中"
    assert clock_words(case.clocks["answer"], NOW, "zh") == "按时"
    assert clock_words(case.clocks["verification"], NOW, "zh") == "11-26 周四"
    assert clock_words(case.clocks["verification"], NOW + timedelta(days=5), "en") == "late by 1 day"
    assert clock_words(case.clocks.get("survey"), NOW, "zh") == ""


def test_what_is_due_first_stands_on_top(cast: Cast) -> None:
    sent_complaint(cast, severity="normal", received_at=(NOW - timedelta(hours=22)).isoformat())
    sent_complaint(cast, severity="critical", received_at=(NOW - timedelta(hours=3)).isoformat())
    sent_complaint(cast, received_at=NOW.isoformat())
    assert numbers(cast.quality_inspector) == ["0002", "0001", "0003"]


def test_open_late_closed_and_all_are_counted(cast: Cast) -> None:
    """P3-2.5"""
    at_step(cast, None)
    sent_complaint(cast)
    sent_complaint(cast, received_at=(NOW - timedelta(hours=30)).isoformat())
    do(cast.customer_service, sent_complaint(cast), "withdraw", now=NOW)
    found = seen(cast.quality_inspector)
    assert {view.value: count for view, count in found.views.items()} == {"open": 2, "late": 1, "closed": 1, "all": 3}
    assert numbers(cast.quality_inspector, view=View.LATE) == ["0003"]
    assert numbers(cast.quality_inspector, view=View.CLOSED) == ["0001"]


def test_open_cases_are_counted_by_stage(cast: Cast) -> None:
    at_step(cast, "verify")
    at_step(cast, "verify")
    sent_complaint(cast)
    assert seen(cast.quality_inspector).stages == {"verify": 2, "accept": 1}
    assert seen(cast.quality_inspector, step="accept").stages == {"verify": 2, "accept": 1}
    assert numbers(cast.quality_inspector, step="accept") == ["0003"]


# --- who sees what


def test_each_reader_sees_the_cases_he_may_read_and_counts_no_others(cast: Cast) -> None:
    at_step(cast, "verify")
    sent_complaint(cast)
    for who in (cast.quality_inspector, cast.service_administrator, cast.customer_service, cast.general_manager):
        assert len(seen(who).cases) == 2
    assert numbers(cast.engineer) == ["0001"]
    assert numbers(cast.department_head) == ["0001"]
    for who in (cast.stranger, cast.other_head, cast.finance_officer, cast.administrator):
        found = seen(who)
        assert (found.cases, found.count, set(found.views.values()), found.stages) == ([], 0, {0}, {})


# --- narrowing down


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"severity": "critical"}, 1),
        ({"severity": "major"}, 0),
        ({"verdict": "quality"}, 1),
        ({"cause": "seal"}, 1),
        ({"cause": "misuse"}, 0),
        ({"start": date(2026, 11, 23)}, 1),
        ({"end": date(2026, 11, 22)}, 0),
        ({"department_id": 99}, 0),
        ({"customer_id": 1, "product_id": 1}, 1),
        ({"handler_id": 99}, 0),
        ({"channel": "phone"}, 1),
        ({"channel": "email"}, 0),
        ({"customer_id": 2}, 0),
        ({"warranty": "running"}, 1),
        ({"warranty": "over"}, 0),
    ],
)
def test_it_is_narrowed_down_by_anything(cast: Cast, filters: dict[str, Any], found: int) -> None:
    at_step(cast, "plan", severity="critical")
    assert seen(cast.quality_inspector, **filters).count == found


def test_what_it_came_to_narrows_it_down(cast: Cast) -> None:
    """P5-6c, P4-2.5: nature, who is responsible, what the customer said afterwards"""
    at_step(cast, "feed_back")
    quality = cast.quality.id
    for filters, found in (
        ({"nature": "quality", "responsible_id": quality, "score": 5}, 1),
        ({"nature": "non_quality"}, 0),
        ({"responsible_id": quality + 90}, 0),
        ({"score": 4}, 0),
    ):
        assert seen(cast.quality_inspector, **filters).count == found


@pytest.mark.parametrize("word", ["漏风", "制动缸", "西安", "zd2511", "ZD-200", "李工", "硬化", "0001", " 漏风 "])
def test_it_is_searched_in_full_by_two_characters(cast: Cast, word: str) -> None:
    """Issue 6, 6"""
    at_step(cast, "plan", content="2 号制动缸漏风，复测 3 次")
    assert seen(cast.quality_inspector, text=word).count == 1


@pytest.mark.parametrize("word", ["漏油", "%", "_", "\\", "' OR 1=1 --", "x" * 100])
def test_what_is_not_there_is_not_found_and_signs_mean_themselves(cast: Cast, word: str) -> None:
    sent_complaint(cast)
    assert seen(cast.quality_inspector, text=word).count == 0


def test_an_address_that_anyone_may_type_breaks_nothing(cast: Cast) -> None:
    nonsense = {
        "view": "x",
        "step": "y",
        "department": "-1",
        "customer": "9" * 40,
        "from": "2026-13-01",
        "page": "0",
        "score": "6",
    }
    assert CaseFilters.read(nonsense) == CaseFilters()
    asked = CaseFilters(
        view=View.ALL, text="漏风", step="plan", handler_id=7, severity="major", channel="email",
        warranty="over", nature="quality", responsible_id=3, score=2,
        start=date(2026, 1, 5), page=2,
    )  # fmt: skip
    assert CaseFilters.read(asked.query()) == asked
    assert asked.narrowed and not asked.cleared().narrowed


# --- on paper


def test_the_workbook_is_laid_out_as_the_paper_form(cast: Cast) -> None:
    """P5-5.1b, P6-7"""
    at_step(cast, None)
    step(cast, sent_complaint(cast, content="=1+1"))
    with reading() as session:
        filters = CaseFilters(view=View.ALL)
        data = register_to_excel(session, cast.service_administrator, filters, NOW, language="zh")
        nothing = register_to_excel(session, cast.stranger, filters, NOW, language="en")
    sheet = openpyxl.load_workbook(BytesIO(data)).active
    assert sheet["A2"].value == "投诉登记追踪表"
    heads = [cell.value for cell in sheet[4]]
    assert heads[:4] == ["序号", "编号", "接到时间", "客户"] and "首次答复" in heads
    rows = {row[1].value: [cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_row=6)}
    assert rows["CP-202611-0001"][heads.index("满意度")] == 5
    assert rows["CP-202611-0002"][heads.index("投诉内容")] == "=1+1"
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert openpyxl.load_workbook(BytesIO(nothing)).active.max_row < 8
