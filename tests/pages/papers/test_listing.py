"""Lists: what each may see, filters that stand in the address."""

from datetime import date
from urllib.parse import parse_qsl

import pytest

from models import State
from services.documents import KINDS
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import (
    address,
    chips,
    columns,
    follow,
    go,
    open_row,
    pages,
    press_named,
    rows,
    run,
    shown,
    turn,
    zh,
)
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
    assert app.selectbox[0].value == 0, "all departments; without a value the field would say nothing"
    assert "西安" in shown(app) and "兰州" not in shown(app)
    assert chips(app) == [zh("state.rejected")]
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


def test_no_filter_of_the_address_is_unseen(cast: Cast, visit: Visit) -> None:
    """DESIGN.md, List: active filters always visible; each can be changed, all can be cleared"""
    sent_trip(cast)
    address_of_all = {"from": "2026-11-24", "to": "2026-11-30", "mine": "1", "order": "asc"}
    app = visit(cast.general_manager, "travel_requests", **address_of_all)
    assert zh("list.empty") in shown(app)
    assert [one.value for one in app.date_input] == [date(2026, 11, 24), date(2026, 11, 30)]
    assert [one.value for one in app.toggle] == [True]
    (folded,) = (one.proto.popover.label for one in app.get("popover") if "2026" in one.proto.popover.label)
    assert zh("list.days.between", start="2026-11-24", end="2026-11-30") in folded and zh("list.mine") in folded
    app.date_input[0].set_value(None)
    app = run(app)
    assert address(app)[1] == {"to": "2026-11-30", "mine": "1", "order": "asc"}
    app = press_named(app, zh("list.clear"))
    assert address(app)[1] == {"order": "asc"}
    assert "TR-202611-0001" in shown(app) and zh("list.clear") not in shown(app)


def test_a_list_is_narrowed_down_to_days(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = visit(cast.general_manager, "travel_requests")
    for day, there in (("2026-11-24", False), ("2026-11-23", True)):
        app.date_input[0].set_value(date.fromisoformat(day))
        app = run(app)
        assert address(app)[1] == {"from": day} and (str(trip.number) in shown(app)) == there


def test_fields_go_back_with_the_address(cast: Cast, visit: Visit) -> None:
    """The browser's button leads to the address of before: fields and rows have to be those of before too."""
    sent_trip(cast)
    app = visit(cast.general_manager, "travel_requests")
    app.text_input[0].set_value("兰州")
    app = follow(app, zh("state.rejected"))
    app.toggle[0].set_value(True)
    app = run(app)
    assert address(app)[1] == {"q": "兰州", "state": "rejected", "mine": "1"} and zh("list.empty") in shown(app)
    app = go(app, "travel_requests", q="兰州")
    assert app.text_input[0].value == "兰州" and not chips(app) and not app.toggle[0].value
    app = go(app, "travel_requests")
    assert app.text_input[0].value == "" and "TR-202611-0001" in shown(app)


def test_ones_own_list_has_nothing_to_clear(cast: Cast, visit: Visit) -> None:
    sent_trip(cast, cast.engineer2, destinations="兰州")
    app = visit(cast.general_manager, "mine")
    assert not app.toggle and zh("list.clear") not in shown(app)
    app = press_named(visit(cast.general_manager, "mine", q="x"), zh("list.clear"))
    assert "兰州" not in shown(app)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"state": "x,rejected2"}, {"state": "draft"}, {"department": "999"},
        {"department": "9" * 30}, {"page": "-3"}, {"page": "999999"}, {"from": "gestern"},
        {"from": "0002-01-01"},
        {"to": "9999-12-31"},
        {"sort": "password_hash"}, {"q": "' OR 1=1 --"}, {"q": "%"}, {"mine": "2"},
    ],
)  # fmt: skip
def test_nonsense_in_the_address_breaks_nothing(cast: Cast, visit: Visit, nonsense: dict[str, str]) -> None:
    sent_trip(cast)
    seen = shown(visit(cast.general_manager, "travel_requests", **nonsense))
    assert ("TR-202611-0001" in seen) != ("q" in nonsense)


def test_a_click_opens_the_paper(cast: Cast, visit: Visit) -> None:
    """That which was seen in the row: meanwhile somebody sends another, which would stand in its place now."""
    trip = sent_trip(cast)
    app = visit(cast.general_manager, "travel_requests")
    sent_trip(cast, cast.engineer2, destinations="兰州")
    app = open_row(app, 0)
    assert address(app) == ("travel_requests", {"number": trip.number})
    assert "西安" in shown(app) and "兰州" not in shown(app)


def test_a_draft_leads_to_its_form(cast: Cast, visit: Visit) -> None:
    draft = drafted_trip(cast, destinations="成都")
    app = visit(cast.engineer, "mine")
    assert rows(app)[0]["cells"][0] == zh("word.draft"), "a link has words, though it has no number yet"
    app = open_row(app, 0)
    assert address(app) == ("travel_requests", {"edit": str(draft.id)})


def test_a_heading_puts_the_list_in_its_order_and_turns_it_round(cast: Cast, visit: Visit) -> None:
    sent_trip(cast)
    app = visit(cast.general_manager, "travel_requests", q="西安")
    for leads, order in (("sort=amount", None), ("sort=amount&order=asc", "descending"), ("sort=amount", "ascending")):
        (amount,) = (one for one in columns(app) if one["label"] == zh("column.amount"))
        assert (amount["href"], amount.get("order")) == (f"/travel_requests?q=%E8%A5%BF%E5%AE%89&{leads}", order)
        app = follow(app, zh("column.amount"))
        assert address(app)[1] == {"q": "西安", **dict(parse_qsl(leads))} and "西安" in shown(app)


def test_a_long_list_has_pages(cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.lists.PAGE", 2)
    for by in (cast.engineer, cast.engineer2, cast.clerk):
        sent_trip(cast, by)
    app = visit(cast.general_manager, "travel_requests", sort="number")
    assert len(rows(app)) == 2 and pages(app)["count"] == 2
    app = turn(app, pages(app)["href"] + "&page=2")
    assert address(app)[1] == {"sort": "number", "page": "2"} and len(rows(app)) == 1
    assert zh("list.total", count=3, total="5,400.00") in shown(app)
    app.text_input[0].set_value("王建军")
    assert address(run(app))[1] == {"q": "王建军", "sort": "number"}, "what is sought anew is seen from its beginning"


def test_of_two_quick_clicks_each_counts(cast: Cast, visit: Visit) -> None:
    """The second comes from chips that do not know of the first yet."""
    app = visit(cast.general_manager, "travel_requests")
    for state in (State.RUNNING, State.REJECTED):
        app = turn(app, f"?flip={state}")
    assert chips(app) == [zh("state.running"), zh("state.rejected")]
    assert chips(turn(app, f"?flip={State.RUNNING}")) == [zh("state.rejected")]


@pytest.mark.parametrize(
    "said", ["flip=draft", "flip=x", "state=draft", "state=x&sort=password_hash", "mine=1&q=x", "%", 7, None, ["state"]]
)
def test_what_no_chip_says_turns_nothing(cast: Cast, visit: Visit, said: object) -> None:
    sent_trip(cast)
    app = turn(visit(cast.general_manager, "travel_requests"), f"?{said}" if isinstance(said, str) else said)
    assert address(app)[1] == {} and "西安" in shown(app) and not chips(app)


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
