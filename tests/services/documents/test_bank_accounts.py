"""Bank accounts of people: a change waits for a second person before anything is paid to it (P8-3.1)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import select

from models import Document, Event, Payment, Person, Role
from services.database import reading, writing
from services.documents.bank_accounts import (
    confirm_account,
    count_to_confirm,
    decline_account,
    past_changes,
    propose_account,
    waiting_changes,
    withdraw_account,
)
from services.errors import Invalid, Refused
from services.payment_batch import batch_to_excel, waiting_payments
from tests.factories import NOW, Cast
from tests.story import BACK, claim_at, do, hold, move, refusal, sent_advance, told

NEW = {"bank_name": "工商银行株洲支行", "bank_account": "6222 0000 1111 2222"}
OLD = ("中国银行株洲分行", "6200 0000 0000 0001")
PAID = {"paid_on": "2026-11-28", "payment_reference": "1"}


def proposed(by: Person, whose: Person | None = None, **changes: Any) -> int:
    with writing() as session:
        return propose_account(session, by, (whose or by).id, NEW | {"note": "换卡"} | changes, NOW).id


def decided(by: Person, id: int, reason: str | None = None) -> None:
    with writing() as session:
        if reason is None:
            confirm_account(session, by, id, NOW)
        else:
            decline_account(session, by, id, reason, NOW)


def in_force(person: Person) -> tuple[str | None, str | None]:
    with reading() as session:
        kept = session.get_one(Person, person.id)
        return kept.bank_name, kept.bank_account


def payments(paper: Document) -> list[Payment]:
    with reading() as session:
        return list(session.exec(select(Payment).where(Payment.document_id == paper.id)))


def test_money_goes_to_a_new_account_only_after_a_second_person_confirmed_it(cast: Cast) -> None:
    """P8-3.1: the first part to the account before, the rest to the new one; each payment shows its own."""
    claim = claim_at(cast, "payment")
    id = proposed(cast.engineer)
    do(cast.cashier, claim, "complete", **PAID | {"paid_amount": "1000.00"})
    assert in_force(cast.engineer) == OLD
    decided(cast.finance_officer, id)
    do(cast.cashier, claim, "complete", **PAID)
    assert [(one.bank_name, one.bank_account) for one in payments(claim)] == [OLD, (*NEW.values(),)]
    assert {"bank_confirmed"} <= set(told(cast.engineer)) and "bank_proposed" in told(cast.finance_head)
    with reading() as session:
        (past,) = past_changes(session, cast.engineer)
        seen = session.exec(select(Event.action, Event.subject).where(Event.action.startswith("bank."))).all()  # type: ignore[attr-defined]
    assert (past.former, past.by, past.decided_by) == (OLD, cast.engineer.name, cast.finance_officer.name)
    assert seen == [("bank.proposed", "engineer"), ("bank.confirmed", "engineer")]


@pytest.mark.parametrize("paper", ["claim", "advance"])
def test_a_paper_that_names_an_unknown_account_is_not_paid_before_it_is_confirmed(cast: Cast, paper: str) -> None:
    """P8-3.1: the claimant cannot bring his own account past the second person."""
    claim = paper == "claim"
    found = claim_at(cast, "payment", **NEW) if claim else move(cast, sent_advance(cast, **NEW), until="payment")
    paid = PAID if claim else PAID | {"paid_on": "2026-11-23"}
    assert refusal(do, cast.cashier, found, "complete", **paid).key == "bank.refused.not_confirmed"
    with reading() as session:
        (due,) = waiting_payments(session, cast.cashier, BACK)
        (change,) = waiting_changes(session, cast.finance_head)
        assert due.held is not None and change.number == found.number
        with pytest.raises(Refused, match="not_confirmed"):
            batch_to_excel(session, cast.cashier, {found.id}, BACK, language="zh")
    decided(cast.finance_head, change.row.id)
    do(cast.cashier, found, "complete", **paid)
    assert payments(found)[0].bank_account == NEW["bank_account"]


def test_an_account_that_is_not_accepted_leaves_the_money_where_it_went(cast: Cast) -> None:
    claim = claim_at(cast, "payment", **NEW)
    with reading() as session:
        (change,) = waiting_changes(session, cast.finance_head)
    assert refusal(decided, cast.finance_officer, change.row.id, "  ").key == "action.needs_note"
    decided(cast.finance_officer, change.row.id, "户名不符")
    do(cast.cashier, claim, "complete", **PAID)
    assert payments(claim)[0].bank_account == OLD[1]
    assert refusal(decided, cast.finance_officer, change.row.id).key == "bank.refused.settled"


@pytest.mark.parametrize("who", ["engineer", "department_head", "cashier", "accountant", "administrator", "stranger"])
def test_only_finance_confirms(cast: Cast, who: str) -> None:
    id = proposed(cast.engineer)
    assert refusal(decided, getattr(cast, who), id).key == "bank.refused.finance_only"
    assert in_force(cast.engineer) == OLD


def test_nobody_confirms_his_own_account_nor_one_that_he_entered(cast: Cast) -> None:
    own, entered = proposed(cast.finance_officer), proposed(cast.finance_officer, cast.engineer)
    for id in (own, entered):
        assert refusal(decided, cast.finance_officer, id).key == "bank.refused.second_person"
    with reading() as session:
        assert [count_to_confirm(session, who) for who in (cast.finance_officer, cast.finance_head)] == [0, 2]
    decided(cast.finance_head, own)
    assert in_force(cast.finance_officer) == (*NEW.values(),)


def test_whoever_pays_confirms_nothing_though_he_holds_the_role(cast: Cast) -> None:
    hold(cast.cashier, Role.FINANCE_OFFICER)
    assert refusal(decided, cast.cashier, proposed(cast.engineer)).key == "bank.refused.finance_only"


def test_a_colleague_enters_no_account_of_another_and_sees_none(cast: Cast) -> None:
    assert refusal(proposed, cast.engineer2, cast.engineer).key == "bank.refused.not_yours"
    id = proposed(cast.engineer)
    with reading() as session:
        assert waiting_changes(session, cast.engineer2) == []
    with pytest.raises(Refused), writing() as session:
        withdraw_account(session, cast.engineer2, id, NOW)
    with writing() as session:
        withdraw_account(session, cast.engineer, id, NOW)
    assert refusal(decided, cast.finance_head, id).key == "bank.refused.settled"


def test_bad_input_is_refused(cast: Cast) -> None:
    with pytest.raises(Invalid) as invalid:
        proposed(cast.engineer, bank_name="", bank_account="12")
    assert {fault.field for fault in invalid.value.faults} == {"bank_name", "bank_account"}
    same = {"bank_name": "中国银行株洲分行", "bank_account": "６２００000000000001"}
    assert refusal(proposed, cast.engineer, **same).key == "bank.refused.same"
    proposed(cast.engineer)
    assert refusal(proposed, cast.engineer).key == "bank.refused.waits_already"


def test_of_two_who_decide_in_one_instant_one_comes_second(cast: Cast) -> None:
    id = proposed(cast.engineer)

    def attempt(who: Person, reason: str | None) -> str:
        try:
            decided(who, id, reason)
        except Refused as refused:
            return refused.key
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(attempt, [cast.finance_officer, cast.finance_head], [None, "户名不符"]))
    assert sorted(said) == ["bank.refused.settled", "done"]
