"""The monthly registers on paper and as an Excel form: every line, every sum, ready to be printed (P9-6, P6-7)."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlmodel import Session

from models import (
    Document,
    MonthlyRegister,
    RegisterKind,
    RegisterSpending,
    RegisterTrip,
    Role,
    SpendingKind,
    State,
    Transport,
)
from services import settings
from services.errors import Refused
from services.prints.render import workbook
from tests import factories
from tests.factories import NOW, Cast
from tests.services.test_prints import printed, signed

BOTH = pytest.mark.parametrize("kind", list(RegisterKind), ids=str)
LONG = 60
LONG_TASK = "=SUM(A1) 处理牵引电机轴承异响并与检修车间核对质量信息，跟踪试运行两趟"
MANY_GUESTS = "西安机务段 李主任、王工、赵工，成都车辆段 陈科长、刘工、质检科 张工"


def a_register(session: Session, cast: Cast, kind: RegisterKind, lines: int, **more: Any) -> Document:
    """A register of so many lines that both have signed."""
    settings.put(session, "company.name", "岚峰轨道装备有限公司", now=NOW)
    facts = {"number": "MR-202612-0001", "state": State.DONE, "submitted_at": NOW, "approved_at": NOW}
    paper = factories.document(session, "MR", cast.clerk, **(facts | more))
    session.add(MonthlyRegister(document_id=paper.id, month="202611", register_kind=kind, remarks="两笔待补单据"))
    trip = factories.travel_request(session, cast.engineer, number=f"TR-202611-{paper.id:04d}")
    for number in range(1, lines + 1):
        session.add((_trip if kind == RegisterKind.TRIPS else _spending)(cast, paper, trip, number))
    signed(session, paper, "department_head", Role.DEPARTMENT_HEAD, cast.department_head)
    signed(session, paper, "vice_president", Role.VICE_PRESIDENT, cast.vice_president, hours=2)
    session.flush()
    return paper


def _trip(cast: Cast, paper: Document, trip: Document, number: int) -> RegisterTrip:
    day = date(2026, 11, 1) + timedelta(days=number % 28)
    return RegisterTrip(
        document_id=paper.id,
        position=number,
        traveller_id=cast.engineer.id,
        trip_id=trip.id,
        departed_on=day,
        returned_on=day + timedelta(days=2),
        days=3,
        origin="株洲",
        destinations="西安、成都" if number % 7 else "乌鲁木齐、库尔勒、阿克苏、喀什",
        transport=Transport.TRAIN,
        task="更换 3 台制动单元并跟车试验" if number % 5 else LONG_TASK,
        claim_numbers=f"EC-202611-{number:04d}" if number % 3 else None,
        claimed=Decimal(f"{number * 100}.10") if number % 3 else None,
        late_of="202610" if number == 2 else None,
    )


def _spending(cast: Cast, paper: Document, trip: Document, number: int) -> RegisterSpending:
    return RegisterSpending(
        document_id=paper.id,
        position=number,
        spent_on=date(2026, 11, 1) + timedelta(days=number % 28),
        spending=SpendingKind.ENTERTAINMENT if number % 4 else SpendingKind.GIFT,
        spent_matter="与检修车间工作餐",
        spent_guests="西安机务段 李主任、王工" if number % 6 else MANY_GUESTS,
        spent_headcount=3,
        spent_place="西安",
        handler_id=cast.engineer.id,
        request_id=trip.id,
        spent_amount=Decimal(f"{number * 10}.01"),
        claim_numbers=f"EC-202611-{number:04d}" if number % 2 else None,
        claimed=Decimal(f"{number * 10}.01") if number % 2 else None,
    )


def _sums(kind: RegisterKind, lines: int) -> list[str]:
    """What the register adds up to, by another way."""
    every = range(1, lines + 1)
    if kind == RegisterKind.TRIPS:
        return [str(3 * lines), f"{sum(Decimal(f'{n * 100}.10') for n in every if n % 3):,.2f}"]
    spent = [Decimal(f"{n * 10}.01") for n in every]
    return [f"{sum(spent):,.2f}", f"{sum(spent[::2]):,.2f}"]


@BOTH
@pytest.mark.parametrize("lines", [1, LONG])
def test_every_line_and_every_sum_stands_on_the_paper(
    session: Session, cast: Cast, kind: RegisterKind, lines: int
) -> None:
    """P9-6a, P6-7"""
    paper = printed(session, cast.clerk, a_register(session, cast, kind, lines), "register")
    name = "出差明细表" if kind == RegisterKind.TRIPS else "招待费明细表"
    assert paper.says("岚峰轨道装备有限公司", f"售后一室{name}", "2026-11", "两笔待补单据", *_sums(kind, lines))
    assert paper.says("赵国强", "吴志远", f"EC-202611-{lines - (lines % 3 == 0 or lines % 2 == 0):04d}")
    assert not paper.outside()
    width, height = paper.document[0].get_size()
    assert width > height


@BOTH
def test_of_several_pages_each_says_what_stands_on_it(session: Session, cast: Cast, kind: RegisterKind) -> None:
    """P9-6a"""
    paper = printed(session, cast.clerk, a_register(session, cast, kind, LONG), "register")
    counted = [int(page.split("本页")[1].split("行")[0]) for page in paper.pages if "本页" in page]
    assert len(counted) > 1 and sum(counted) == LONG
    alone = printed(session, cast.clerk, a_register(session, cast, kind, 1, number="MR-202612-0002"), "register")
    assert "本页" not in alone.text


@BOTH
def test_the_excel_form_is_laid_out_as_the_paper(session: Session, cast: Cast, kind: RegisterKind) -> None:
    """P9-6a: title across, columns, sums, signatures; A4 landscape, the heading on every page."""
    page = _sheet(session, cast, a_register(session, cast, kind, LONG))
    cells = [[cell.value for cell in row] for row in page.iter_rows()]
    width = page.max_column
    assert cells[0][0] == "岚峰轨道装备有限公司" and "售后一室" in cells[1][0]
    assert {str(one) for one in page.merged_cells.ranges} >= {
        f"A{row}:{openpyxl.utils.get_column_letter(width)}{row}" for row in (1, 2, 3)
    }
    assert cells[3][0] == "序号" and all(cells[3])
    assert [row[0] for row in cells[4 : 4 + LONG]] == list(range(1, LONG + 1))
    sums = {f"{value:,.2f}" for value in cells[4 + LONG][1:] if value}
    assert {f"{Decimal(one.replace(',', '')):,.2f}" for one in _sums(kind, LONG)} <= sums
    assert "两笔待补单据" in cells[5 + LONG][0] and "赵国强" in cells[6 + LONG][0]
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.sheet_properties.pageSetUpPr.fitToPage and page.page_setup.fitToHeight == 0
    assert page.print_title_rows == "$4:$4"
    assert page.print_area.endswith(str(7 + LONG))


def test_days_and_amounts_are_real_and_text_is_no_formula(session: Session, cast: Cast) -> None:
    page = _sheet(session, cast, a_register(session, cast, RegisterKind.TRIPS, 5))
    row = list(page[9])
    assert row[2].is_date and row[10].value == 500.1 and row[10].number_format == "#,##0.00"
    task = row[6]
    assert (task.data_type, task.value[:8]) == ("s", "=SUM(A1)")


@pytest.mark.parametrize("who", ["stranger", "engineer", "administrator"])
def test_who_may_not_read_it_gets_no_print_and_no_excel(session: Session, cast: Cast, who: str) -> None:
    paper = a_register(session, cast, RegisterKind.TRIPS, 1)
    person = getattr(cast, who)
    with pytest.raises(Refused):
        printed(session, person, paper, "register")
    with pytest.raises(Refused):
        workbook(session, person, paper, "register", now=NOW)


def test_a_draft_prints_what_would_be_sent_and_has_no_excel(session: Session, cast: Cast) -> None:
    trip = {"state": State.DONE, "departed_on": date(2026, 11, 3), "returned_on": date(2026, 11, 5)}
    away = factories.travel_request(session, cast.engineer, number="TR-202611-0004", **trip)
    factories.participant(session, away, cast.engineer, "traveller_id")
    paper = factories.document(session, "MR", cast.clerk, draft={"month": "2026-11", "register_kind": "trips"})
    assert printed(session, cast.clerk, paper, "register").says("TR-202611-0004", "2026-11-05", "草稿")
    with pytest.raises(Refused):
        workbook(session, cast.clerk, paper, "register", now=NOW)


def _sheet(session: Session, cast: Cast, paper: Document) -> Any:
    _, data = workbook(session, cast.clerk, paper, "register", now=NOW)
    return openpyxl.load_workbook(BytesIO(data)).active
