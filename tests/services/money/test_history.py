"""The history of a line: who moved what, when and why (P7-7)."""

from decimal import Decimal

import pytest

from models import BudgetCategory, Posting
from services.database import reading
from services.errors import Refused
from services.money.history import history
from services.money.ledger import BudgetLine
from services.reports.budget_history import line_history
from tests.factories import NOW, Cast
from tests.services.money.test_control import spent
from tests.story import granted_outside, issued, move, sent_adjustment

OTHER = BudgetCategory.OTHER


def test_a_line_tells_what_was_issued_moved_and_granted_by_whom_and_why(cast: Cast) -> None:
    """P7-7"""
    adjusted = move(cast, sent_adjustment(cast))
    granted = granted_outside(cast)
    spent(cast, "202611", "5.00")
    with reading() as session:
        found = history(session, cast.service.id, BudgetCategory.OTHER, 2026)
    assert [(one.posting, one.month, one.amount) for one in found] == [
        (Posting.ISSUED, "202611", Decimal("1000.00")),
        (Posting.ADJUSTED, "202611", Decimal("-300.00")),
        (Posting.GRANTED, "202611", Decimal("500.00")),
    ]
    assert [(one.kind, one.number, one.author, one.reason) for one in found[1:]] == [
        ("BA", adjusted.number, cast.clerk.name, "培训提前到本月"),
        ("OB", granted.number, cast.engineer.name, "客户追加 2 台检修"),
    ]


def test_other_lines_and_years_have_histories_of_their_own(cast: Cast) -> None:
    lines = [("202611", cast.service2.id, "other"), ("202711", cast.service.id, "other"), ("202601", 1, "training")]
    issued(cast, *(BudgetLine(month, where, BudgetCategory(name), Decimal(1)) for month, where, name in lines))
    with reading() as session:
        assert history(session, cast.service.id, BudgetCategory.OTHER, 2026) == []


def test_a_manager_reads_it_paper_by_paper_and_what_he_may_not_read_as_a_sum(cast: Cast) -> None:
    """P2-1.3, P7-7"""
    november, december = (
        BudgetLine(month, cast.service.id, OTHER, Decimal("600.00")) for month in ("202611", "202612")
    )
    issued(cast, november, december)
    granted = granted_outside(cast)
    with reading() as session:
        steps = line_history(session, cast.department_head, cast.service.id, OTHER, 2026, NOW)
        assert [(one.first, one.last, one.amount) for one in steps] == [
            ("202611", "202612", Decimal("1200.00")),
            ("202611", "202611", Decimal("500.00")),
        ]
        assert [one.document and one.document.number for one in steps] == [None, granted.number]
        others = line_history(session, cast.other_head, cast.service.id, OTHER, 2026, NOW)
        assert [(one.document, one.amount, one.author) for one in others[1:]] == [
            (None, Decimal("500.00"), cast.engineer.name)
        ]
        with pytest.raises(Refused):
            line_history(session, cast.engineer, cast.service.id, OTHER, 2026, NOW)
