"""What a field is, read from its table, and what may be typed into it."""

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel

from models import ExpenseClaim, ExpenseClaimForm, TravelEstimateForm, TravelRequest, TravelRequestForm, VoucherLineForm
from services.database import reading, writing
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.filling import check_value, cleaned, visible
from services.documents.lookups import names, options
from services.errors import Fault
from tests.factories import NOW, Cast


@pytest.mark.parametrize(
    ("form", "name", "kind", "required", "longest"),
    [
        (TravelRequestForm, "traveller_id", Type.LINK, True, None),
        (TravelRequestForm, "companions", Type.LINKS, False, None),
        (TravelRequestForm, "origin", Type.TEXT, True, 60),
        (TravelRequestForm, "task", Type.LONG_TEXT, True, 500),
        (TravelRequestForm, "serves", Type.TEXT, False, 40),
        (TravelRequestForm, "starts_on", Type.DATE, True, None),
        (TravelRequestForm, "transport", Type.CHOICE, True, None),
        (TravelRequest, "returned_on", Type.DATE, False, None),
        (TravelEstimateForm, "amount", Type.MONEY, True, None),
        (TravelEstimateForm, "expense_type_id", Type.LINK, True, None),
        (ExpenseClaimForm, "allowance_days", Type.NUMBER, True, None),
        (ExpenseClaim, "audited_amount", Type.MONEY, False, None),
        (VoucherLineForm, "tax", Type.MONEY, False, None),
        (VoucherLineForm, "transport", Type.CHOICE, False, None),
    ],
)
def test_a_field_is_what_its_table_says(
    form: type[SQLModel], name: str, kind: Type, required: bool, longest: int | None
) -> None:
    field = spec(form, name)
    assert (field.kind, field.required, field.longest) == (kind, required, longest)


_anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.binary(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=5,
)
_forms: list[tuple[type[SQLModel], tuple[str, ...]]] = [
    (KINDS["TR"].form, KINDS["TR"].fields),
    (KINDS["EC"].form, KINDS["EC"].fields),
    *((lines.form, lines.columns) for kind in KINDS.values() for lines in kind.tables),
]
_fields = st.sampled_from([(form, name) for form, fields in _forms for name in fields])


@given(_fields, _anything)
def test_whatever_is_typed_is_a_value_or_a_fault_and_never_a_crash(field: tuple[type[SQLModel], str], raw: Any) -> None:
    """STREAMLIT.md 3: callbacks see raw client values"""
    found = spec(*field)
    value, fault = check_value(found, raw)
    assert fault is None or (value is None and fault.field == found.name)
    assert not found.required or fault or value is not None


_money = spec(VoucherLineForm, "amount")


@given(st.decimals("0.01", "100000000", places=2))
def test_every_amount_within_the_limits_is_taken_to_the_fen(amount: Decimal) -> None:
    for typed in (str(amount), f"{amount:,}", f"¥ {amount}"):
        assert check_value(_money, typed) == (amount, None)


@given(st.text())
def test_an_amount_is_a_number_of_fen_or_a_fault(text: str) -> None:
    value, fault = check_value(_money, text)
    assert fault or (0 < value <= Decimal("100000000") and value == value.quantize(Decimal("0.01")))


@given(st.text())
def test_text_that_is_kept_can_be_stored_and_seen(text: str) -> None:
    seen = visible(text)
    assert "\0" not in seen
    seen.encode()
    assert visible(seen) == seen


def test_characters_that_turn_text_round_are_taken_out() -> None:
    assert visible("a\u202eb\u2066c\u200bd\tе") == "abcd е"


@pytest.mark.parametrize("nothing", [None, "", "  ", "\u3000", "\n", float("nan")])
def test_nothing_is_nothing_in_every_field(nothing: Any) -> None:
    for form, fields in _forms:
        for name in fields:
            assert cleaned(spec(form, name), nothing) is None


@pytest.mark.parametrize("typed", ["10²", "1,5", "1,23", "12,34.50", "1,2345", "10 20", "1¥2", "①", "1,000 000"])
def test_what_is_no_clear_amount_is_not_made_one(typed: str) -> None:
    assert check_value(_money, typed)[1] is not None


@pytest.mark.parametrize(
    "typed", ["1,234,567.50", "1 234 567.50", "１，２３４，５６７．５０", "￥1,234,567.5", "1234567.50"]
)
def test_thousands_may_be_set_apart(typed: str) -> None:
    assert check_value(_money, typed) == (Decimal("1234567.50"), None)


def test_megabytes_typed_into_a_number_cost_no_time() -> None:
    began = time.process_time()
    assert check_value(_money, "\u0315\u0300" * 500_000)[1]
    assert time.process_time() - began < 2


@pytest.mark.parametrize("nothing", ["\u3164", "\u2800", "\u115f", "\u034f", "a\ufe0f"[1:], "\u0301", "—", "\u200b"])
def test_a_required_text_says_something_that_is_seen(nothing: str) -> None:
    assert check_value(spec(TravelRequestForm, "task"), nothing * 3)[1] == Fault("task", "fault.required")
    assert visible(nothing).strip() in ("", "\u0301", "—")


# --- what may be chosen


def test_people_and_expense_types_are_offered_while_they_are_active(cast: Cast) -> None:
    with writing() as session:
        session.merge(cast.stranger).active = False
        session.merge(cast.expense["meals"]).active = False
    with reading() as session:
        people = options(session, cast.engineer, KINDS["TR"], spec(TravelRequestForm, "traveller_id"), NOW)
        types = options(session, cast.engineer, KINDS["TR"], spec(TravelEstimateForm, "expense_type_id"), NOW)
    assert cast.stranger.id not in {one.value for one in people}
    assert cast.engineer2.id in {one.value for one in people}
    assert [one.said("zh") for one in types][:2] == ["城市间交通费", "住宿费"]
    assert [one.said("en") for one in types][:2] == ["Long-distance transport", "Lodging"]
    assert cast.expense["meals"].id not in {one.value for one in types}


def test_an_id_reads_as_a_name_also_after_its_owner_has_left(cast: Cast) -> None:
    with writing() as session:
        session.merge(cast.engineer).active = False
    train = cast.expense["train"].id
    with reading() as session:
        assert names(session, "person", [cast.engineer.id, None, 999], "zh") == {cast.engineer.id: "王建军"}
        assert names(session, "expensetype", [train], "en") == {train: "Long-distance transport"}
        assert names(session, "department", [], "zh") == {}
