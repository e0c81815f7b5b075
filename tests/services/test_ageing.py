"""Open advances by person, with days overdue (P9-5b): who sees which, and as Excel."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from models import Person
from services.ageing import Owed, ageing, ageing_to_excel, by_age
from services.database import reading
from tests.factories import NOW, Cast
from tests.story import do, paid_advance, sent_advance

IN_A_WEEK = NOW + timedelta(days=7)


def _listed(reader: Person) -> list[Owed]:
    with reading() as session:
        return ageing(session, reader, IN_A_WEEK)


def test_open_advances_are_listed_by_person_the_longest_overdue_first(cast: Cast) -> None:
    """P9-5b"""
    later = paid_advance(cast, cast.engineer2, repay_by="2026-11-27")
    both = [paid_advance(cast, repay_by="2026-11-28"), paid_advance(cast, repay_by="2026-11-24")]
    sent_advance(cast, cast.clerk)
    rows = _listed(cast.finance_officer)
    assert [(row.number, row.days_overdue) for row in rows] == [
        (both[1].number, 6),
        (both[0].number, 2),
        (later.number, 3),
    ]
    assert rows[0].applicant == rows[1].applicant == cast.engineer.name


def test_what_is_settled_in_full_is_not_listed_and_what_is_partly_shows_its_parts(cast: Cast) -> None:
    first, second = paid_advance(cast), paid_advance(cast)
    back = {"returned_on": "2026-11-23"}
    do(cast.cashier, first, "complete", **back, returned_amount="1000.00")
    do(cast.cashier, second, "complete", **back, returned_amount="250.00")
    (row,) = _listed(cast.cashier)
    said = (row.number, str(row.paid), str(row.returned), str(row.open))
    assert said == (
        second.number,
        "1000.00",
        "250.00",
        "750.00",
    )


@pytest.mark.parametrize(
    ("who", "count"),
    [("finance_head", 2), ("department_head", 2), ("engineer", 1), ("stranger", 0), ("other_head", 0)],
)
def test_everybody_sees_the_advances_he_may_read(cast: Cast, who: str, count: int) -> None:
    """DESIGN.md, Who sees and does what"""
    paid_advance(cast)
    paid_advance(cast, cast.engineer2)
    assert len(_listed(getattr(cast, who))) == count


def test_sums_by_age_are_told_apart_at_the_day() -> None:
    def owed(days: int) -> Owed:
        one = Decimal("1.00")
        return Owed("", "", "", "", one, one, one, one, NOW.date(), days)

    sums = by_age([owed(days) for days in (0, 1, 30, 31, 90, 91, 400)])
    assert [str(one) for one in sums] == ["1.00", "2.00", "2.00", "2.00"]


@pytest.mark.parametrize(("language", "heading"), [("zh", "逾期天数"), ("en", "Days overdue")])
def test_the_list_as_excel(cast: Cast, language: str, heading: str) -> None:
    advance = paid_advance(cast, repay_by="2026-11-24")
    with reading() as session:
        book = ageing_to_excel(session, cast.finance_head, IN_A_WEEK, language=language)
    sheet = openpyxl.load_workbook(BytesIO(book)).active
    heads, row = list(sheet.values)
    assert heads[-1] == heading
    assert (row[2], row[7], row[9]) == (advance.number, 1000, 6)
