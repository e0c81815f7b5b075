"""Opening balances at go-live: last year's spending and open advances, by Excel, by two persons (P7-4, P9-5b)."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from sqlmodel import select

from models import Basis, BudgetCategory, CashAdvance, Document, Person, Response, State
from services.ageing import ageing
from services.database import reading, writing
from services.documents import KINDS
from services.documents.advances import balance
from services.documents.drafts import blank
from services.documents.opening_entry import ACTUALS, ADVANCES
from services.errors import Fault, Invalid, Refused
from services.money.years import spent_in
from services.opening_files import Looked, bring, look_through, template
from services.routes import as_data
from services.verify import problems
from tests import factories
from tests.factories import NOW, Cast
from tests.services.documents.test_grid_files import bomb
from tests.services.money.test_control import asked
from tests.story import asked as asked_now
from tests.story import do, faults, may, move, refusal, reload, sent_advance, sent_settlement

YEAR, PROJECTS = 2025, BudgetCategory.PROJECTS
OLD = {"old_number": "JK-2025-118", "holder": "engineer", "purpose": "购置随车工具"}


def spending(cast: Cast, **cells: Any) -> bytes:
    """The template of spending with one department's projects filled in; `cells` are written over it (B2="x")."""
    with reading() as session:
        book = openpyxl.load_workbook(BytesIO(template(session, cast.finance_officer, ACTUALS, "zh")))
    sheet = book.active
    for row in sheet.iter_rows(min_row=2):
        if (row[0].value, row[1].value) == (cast.service.name, "服务项目"):
            for month, cell in enumerate(row[2:14], start=1):
                cell.value = 1000 + month / 100
    return _saved(book, cells)


def advances(cast: Cast, **cells: Any) -> bytes:
    with reading() as session:
        book = openpyxl.load_workbook(BytesIO(template(session, cast.finance_officer, ADVANCES, "zh")))
    book.active.append(["JK-2025-118", "engineer", "购置随车工具", date(2025, 12, 3), date(2025, 12, 10), 800])
    return _saved(book, cells)


def looked(cast: Cast, by: Person | None = None, **files: bytes | None) -> Looked:
    with reading() as session:
        both = {"actuals": None, "advances": None} | files
        return look_through(session, by or cast.finance_officer, YEAR, both["actuals"], both["advances"], NOW)


def brought(cast: Cast, by: Person | None = None, **files: bytes | None) -> Document:
    with writing() as session:
        both = {"actuals": None, "advances": None} | files
        return bring(session, by or cast.finance_officer, YEAR, both["actuals"], both["advances"], NOW)


def cells(found: list[Fault]) -> dict[str, str]:
    return {one.facts["cell"]: one.key.rsplit(".")[-1] for one in found}


@pytest.fixture
def opened(cast: Cast) -> Document:
    """Both tables brought by the finance officer, approved by the head of finance."""
    return do(cast.finance_head, brought(cast, actuals=spending(cast), advances=advances(cast)), "approve", now=NOW)


def opened_advance(entry: Document) -> Document:
    with reading() as session:
        return session.exec(select(Document).where(Document.kind == "CA", Document.source_id == entry.id)).one()


def test_a_plan_is_prefilled_with_what_was_taken_over(cast: Cast, opened: Document) -> None:
    """P7-4: nothing stands before the second person has approved it; then all of it does, to the fen."""
    assert opened.state == State.DONE
    with reading() as session:
        months = spent_in(session, cast.service.id, YEAR)[BudgetCategory.PROJECTS]
        assert months == [Decimal("1000.00") + Decimal(month) / 100 for month in range(1, 13)]
        assert problems(session) == []


def test_until_a_budget_is_issued_what_was_taken_over_is_what_a_month_may_spend(cast: Cast, opened: Document) -> None:
    """DESIGN.md "Money": last year's same month, as the old books say it; nothing is said of categories left out"""
    assert asked(cast, {"202611": "1000.11"}, PROJECTS)[0].response is None
    assert asked(cast, {"202611": "1000.12"}, PROJECTS)[0].basis == Basis.PROVISIONAL
    assert asked(cast, {"202611": "9999.00"}, BudgetCategory.OTHER) == [], "of it the old books were not asked"
    do(cast.finance_officer, opened, "reverse", note="重录", now=NOW)
    assert asked(cast, {"202611": "1000.12"}, PROJECTS)[0].response, "it stands as long as nobody agreed"


def test_a_nought_that_was_brought_says_that_nothing_was_spent(cast: Cast) -> None:
    """DESIGN.md "Money": a January without spending is a January all the same"""
    row = place_of(cast)
    file = spending(cast, **{f"{get_column_letter(column)}{row}": 0 for column in range(3, 14)})
    entry = brought(cast, actuals=file)
    assert asked(cast, {"202612": "1000.13"}, PROJECTS) == [], "it is not approved yet"
    do(cast.finance_head, entry, "approve", now=NOW)
    assert asked(cast, {"202612": "1000.12"}, PROJECTS)[0].response is None
    assert asked(cast, {"202611": "0.01"}, PROJECTS)[0].response == Response.STOP
    assert looked(cast, actuals=file).same == 1


def place_of(cast: Cast) -> int:
    """The row of the department's projects in the file of spending."""
    with reading() as session:
        sheet = openpyxl.load_workbook(BytesIO(template(session, cast.finance_officer, ACTUALS, "zh"))).active
    rows = [(row[0].value, row[1].value) for row in sheet.iter_rows(min_row=2)]
    return rows.index((cast.service.name, "服务项目")) + 2


def test_nothing_stands_before_the_head_of_finance_approved_it(cast: Cast) -> None:
    entry = brought(cast, actuals=spending(cast), advances=advances(cast))
    with reading() as session:
        assert not any(spent_in(session, cast.service.id, YEAR)[BudgetCategory.PROJECTS])
        assert session.exec(select(CashAdvance)).all() == []
    assert "approve" not in may(cast.finance_officer, entry, NOW)
    do(cast.finance_head, entry, "reject", now=NOW)
    assert brought(cast, actuals=spending(cast)).number != entry.number, "a rejected entry stands in nobody's way"


def test_an_open_advance_ages_and_is_settled_by_a_claim(cast: Cast) -> None:
    """P9-5b: overdue from the old day on; a claim settles a part, the cashier takes back the rest."""
    advance = opened_advance(do(cast.finance_head, brought(cast, advances=advances(cast)), "approve", now=NOW))
    assert (advance.state, advance.step, advance.applicant_id) == (State.RUNNING, "settlement", cast.engineer.id)
    with reading() as session:
        (owed,) = ageing(session, cast.finance_head, NOW)
        assert (owed.open, owed.days_overdue) == (Decimal("800.00"), (NOW.date() - date(2025, 12, 10)).days)
        assert blank(session, cast.engineer, "EC", NOW, advance.id)["offsets"] == [{"advance_id": advance.id}]
    assert "cancel" not in may(cast.engineer, advance, NOW) and "withdraw" not in may(cast.engineer, advance, NOW)
    move(cast, sent_settlement(cast, advance, "500.00"), until=None)
    with reading() as session:
        left = balance(session, advance.id)
        assert (left.paid, left.settled, left.open) == (Decimal("800.00"), Decimal("500.00"), Decimal("300.00"))
    back = {"returned_on": NOW.date().isoformat(), "returned_amount": "300.00"}
    assert do(cast.cashier, advance, "complete", **back, now=NOW).state == State.DONE
    with reading() as session:
        assert problems(session) == []


def test_a_route_of_the_company_from_before_asks_nobody_for_an_old_advance_again(cast: Cast) -> None:
    """P9-5b: it knows of no advances that were paid already, and would ask for every approval anew."""
    steps = [one | {"when": []} for one in as_data(KINDS["CA"].route)]
    with writing() as session:
        factories.route_version(session, "CA", steps=steps, shipped=False, valid_from=NOW, approved_at=NOW)
    advance = opened_advance(do(cast.finance_head, brought(cast, advances=advances(cast)), "approve", now=NOW))
    assert (advance.state, advance.step) == (State.RUNNING, "settlement")
    assert asked_now(sent_advance(cast, by=cast.engineer2)) == {"department_head"}


def test_the_advance_of_whoever_has_no_bank_account_is_taken_over_as_well(cast: Cast) -> None:
    """P9-5b: he had it in cash"""
    with writing() as session:
        holder = session.get_one(Person, cast.engineer.id)
        holder.bank_name = holder.bank_account = None
    entry = do(cast.finance_head, brought(cast, advances=advances(cast)), "approve", now=NOW)
    assert opened_advance(entry).step == "settlement"


def test_the_same_file_twice_changes_nothing(cast: Cast, opened: Document) -> None:
    again = {"actuals": spending(cast), "advances": advances(cast)}
    found = looked(cast, **again)
    assert (found.actuals, found.advances, found.same, found.faults) == ([], [], 2, [])
    assert refusal(brought, cast, **again).key == "OE.refused.nothing_new"
    other = looked(cast, actuals=spending(cast, C2=5), advances=advances(cast, F2=801))
    assert "F2" in cells(other.faults)


def test_every_fault_is_named_with_its_cell_and_nothing_is_half_brought(cast: Cast) -> None:
    with reading() as session:
        names = [row[0].value for row in openpyxl.load_workbook(BytesIO(spending(cast))).active.iter_rows(min_row=2)]
        row = names.index(cast.service.name) + 2 + [*BudgetCategory].index(BudgetCategory.PROJECTS)
    bad = {f"C{row}": "很多", f"D{row}": "=1+1", f"E{row}": None, f"F{row}": -5, f"G{row}": 1.005, f"A{row}": "采购部"}
    wrong = advances(cast, B2="nobody", D2="昨天", F2=0)
    found = cells(looked(cast, actuals=spending(cast, **bad), advances=wrong).faults)
    assert found == {
        f"A{row}": "unknown",
        f"C{row}": "wrong",
        f"D{row}": "formula",
        f"E{row}": "empty",
        f"F{row}": "wrong",
        f"G{row}": "wrong",
        "B2": "unknown",
        "D2": "wrong",
        "F2": "wrong",
    }
    assert len(faults(brought, cast, actuals=spending(cast, **bad), advances=advances(cast))) == 6
    with reading() as session:
        assert session.exec(select(Document).where(Document.kind == "OE")).all() == []


def test_a_merged_cell_is_named_and_a_missing_month_refused(cast: Cast) -> None:
    row = place_of(cast)

    def changed(change: Any) -> bytes:
        book = openpyxl.load_workbook(BytesIO(spending(cast)))
        change(book.active)
        return _saved(book, {})

    found = cells(looked(cast, actuals=changed(lambda sheet: sheet.merge_cells(f"C{row}:D{row}"))).faults)
    assert found == {f"C{row}": "merged", f"D{row}": "empty"}
    refused = refusal(looked, cast, actuals=changed(lambda sheet: sheet.delete_cols(5)))
    assert (refused.key, refused.facts["column"]) == ("settings.column_missing", "3月")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no book", b"a,b,c", b"x" * 2_000_001, bomb()])
def test_what_is_no_workbook_is_refused(cast: Cast, data: bytes) -> None:
    assert refusal(looked, cast, actuals=data).key == "settings.bad_file"


@pytest.mark.parametrize("who", ["engineer", "department_head", "finance_head", "cashier", "administrator"])
def test_only_finance_brings_them(cast: Cast, who: str) -> None:
    file = spending(cast)
    with pytest.raises(Refused):
        brought(cast, getattr(cast, who), actuals=file)


def test_a_year_that_runs_and_a_row_that_stands_are_refused(cast: Cast, opened: Document) -> None:
    with pytest.raises(Invalid), writing() as session:
        bring(session, cast.finance_officer, NOW.year, spending(cast), None, NOW)
    assert reload(opened).state == State.DONE


def _saved(book: Any, changes: dict[str, Any]) -> bytes:
    for place, value in changes.items():
        book.active[place] = value
    made = BytesIO()
    book.save(made)
    return made.getvalue()
