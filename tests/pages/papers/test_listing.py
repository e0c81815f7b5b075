"""Lists: what each may see, filters that stand in the address."""

import pytest

from models import State
from services.documents import KINDS
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, go, pick_row, run, shown, zh
from tests.story import claim_at, do, drafted_trip, sent_trip


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("engineer", True), ("engineer2", False), ("clerk", True), ("department_head", True), ("vice_president", True),
        ("office_director", True), ("finance_officer", True), ("cashier", True), ("general_manager", True),
        ("administrator", False), ("stranger", False), ("other_head", False),
    ],
)  # fmt: skip
def test_a_list_holds_what_its_reader_may_see(cast: Cast, visit: Visit, role: str, sees: bool) -> None:
    claim = claim_at(cast, "department_head")
    app = visit(getattr(cast, role), "travel_requests")
    for page, number in (("travel_requests", "TR-202611-0001"), ("expense_claims", claim.number)):
        seen = shown(go(app, page))
        assert (str(number) in seen) == sees and ("西安" in seen) == sees
        assert sees or zh("list.empty") in seen


def test_filters_are_read_from_the_address_and_written_to_it(cast: Cast, visit: Visit) -> None:
    do(cast.department_head, sent_trip(cast, destinations="西安"), "reject")
    sent_trip(cast, cast.engineer2, destinations="兰州")
    app = visit(cast.general_manager, "travel_requests", state="rejected")
    assert "西安" in shown(app) and "兰州" not in shown(app)
    assert app.button_group[0].value == [State.REJECTED]
    app = go(app, "travel_requests", q="兰州", sort="amount")
    assert "西安" not in shown(app) and app.text_input[0].value == "兰州"
    app.text_input[0].set_value("")
    app = run(app)
    assert address(app) == ("travel_requests", {"sort": "amount"})
    assert zh("list.total", count=2, total="3,600.00") in shown(app)
    app.selectbox[0].set_value(cast.service2.id)
    app = run(app)
    assert address(app)[1]["department"] == str(cast.service2.id)
    assert zh("list.empty") in shown(app)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"state": "x,rejected2"}, {"department": "9" * 30}, {"page": "-3"}, {"page": "999999"}, {"from": "gestern"},
        {"sort": "password_hash"}, {"q": "' OR 1=1 --"}, {"q": "%"}, {"mine": "2"},
    ],
)  # fmt: skip
def test_nonsense_in_the_address_breaks_nothing(cast: Cast, visit: Visit, nonsense: dict[str, str]) -> None:
    sent_trip(cast)
    seen = shown(visit(cast.general_manager, "travel_requests", **nonsense))
    assert ("TR-202611-0001" in seen) != ("q" in nonsense)


def test_a_click_opens_the_paper(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = pick_row(visit(cast.general_manager, "travel_requests"), 0)
    assert address(app) == ("travel_requests", {"number": trip.number})


def test_my_own_are_mine_alone_drafts_too(cast: Cast, visit: Visit) -> None:
    sent_trip(cast, cast.engineer2, destinations="兰州")
    drafted_trip(cast, destinations="成都")
    assert "成都" in shown(visit(cast.engineer, "mine"))
    for who in (cast.engineer2, cast.department_head, cast.general_manager):
        assert "成都" not in shown(visit(who, "mine"))
    assert "兰州" not in shown(visit(cast.department_head, "mine"))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_an_empty_list_says_so(cast: Cast, visit: Visit, kind: object) -> None:
    app = visit(cast.general_manager, kind.slug)  # type: ignore[attr-defined]
    assert [one.value for one in app.info] == [zh("list.empty")]
