"""The payment batch for the bank: what waits, to the fen, account numbers as text (P8-3.1)."""

from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from models import Document, Person
from services.database import reading, writing
from services.documents.bank_accounts import confirm_account, waiting_changes
from services.errors import Refused
from services.payment_batch import batch_to_excel, waiting_payments
from tests.factories import Cast
from tests.story import BACK, claim_at, decree, do, move, sent_advance, voucher

ACCOUNT = "0062 0000 1234 5678 901"
PART = {"paid_on": "2026-11-28", "payment_reference": "1", "paid_amount": "1000.01"}


def _file(user: Person, *papers: Document) -> bytes:
    with reading() as session:
        return batch_to_excel(session, user, {paper.id for paper in papers}, BACK, language="zh")


def test_what_waits_for_the_cashier_is_there_with_what_is_left(cast: Cast) -> None:
    claim, advance = claim_at(cast, "payment"), move(cast, sent_advance(cast), until="payment")
    claim_at(cast, "finance_audit", by=cast.engineer2)
    do(cast.cashier, claim, "complete", **PART)
    with reading() as session:
        waiting = waiting_payments(session, cast.cashier, BACK)
        assert waiting_payments(session, cast.accountant, BACK) == []
    assert [(one.number, one.payee, one.amount) for one in waiting] == [
        (claim.number, cast.engineer.name, Decimal("749.99")),
        (advance.number, cast.engineer.name, Decimal("1000.00")),
    ]


def test_the_bank_gets_payee_bank_account_amount_and_number(cast: Cast) -> None:
    claim = claim_at(cast, "payment", bank_name="工商银行", bank_account=ACCOUNT)
    with writing() as session:
        (change,) = waiting_changes(session, cast.finance_head)
        confirm_account(session, cast.finance_head, change.row.id, BACK)
    sheet = openpyxl.load_workbook(BytesIO(_file(cast.cashier, claim))).active
    heads, row = list(sheet.values)
    assert heads == ("收款人", "开户银行", "收款账号", "金额（元）", "编号")
    assert row == (cast.engineer.name, "工商银行", ACCOUNT, 1750, claim.number)
    assert sheet["C2"].data_type == "s"


@pytest.mark.parametrize("who", ["accountant", "finance_head", "engineer", "stranger"])
def test_nobody_else_gets_the_file(cast: Cast, who: str) -> None:
    claim = claim_at(cast, "payment")
    with pytest.raises(Refused):
        _file(getattr(cast, who), claim)


def test_what_a_control_speaks_against_by_now_is_in_no_file(cast: Cast) -> None:
    """P8-3.2: the controls run before payment, and the bank pays by this file"""
    bill = voucher(cast, "lodging", "20.00", buyer_name="旧名称有限公司")
    claim = claim_at(cast, "payment", vouchers=[bill])
    decree("company.tax_title", "新名称有限公司", BACK)
    with reading() as session:
        (due,) = waiting_payments(session, cast.cashier, BACK)
        assert due.held and due.held.key == "control.buyer_is_company.found"
    with pytest.raises(Refused, match="buyer_is_company"):
        _file(cast.cashier, claim)


def test_what_is_paid_or_not_approved_is_in_no_file(cast: Cast) -> None:
    """Nothing is paid twice, and nothing before the audit."""
    claim, other = claim_at(cast, "payment"), claim_at(cast, "finance_audit", by=cast.engineer2)
    with pytest.raises(Refused):
        _file(cast.cashier, claim, other)
    do(cast.cashier, claim, "complete", paid_on="2026-11-28", payment_reference="1")
    for papers in ([claim], []):
        with pytest.raises(Refused):
            _file(cast.cashier, *papers)
