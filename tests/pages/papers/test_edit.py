"""The form: what is wrong stands beside its field, what is typed is kept, what is sent is what was seen."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest
from time_machine import Traveller

from models import Document, State, TravelRequest
from services.database import reading, writing
from services.documents.drafts import keep
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import (
    address,
    edit_table,
    errors,
    faults,
    forge,
    go,
    press,
    press_named,
    run,
    shown,
    told,
    type_in,
    zh,
)
from tests.services.test_attachments import picture
from tests.story import (
    BACK,
    detail,
    do,
    draft,
    drafted_trip,
    finished_trip,
    lines,
    reload,
    sent_trip,
    trip_form,
    vouchers,
)

LONG_AGO = date(2020, 1, 1)


def new_trip(visit: Visit, cast: Cast, who: Any = None, token: str = "form") -> AppTest:
    return visit(who or cast.engineer, "travel_requests", new=token)


def filled(app: AppTest, cast: Cast, amount: Any = "1800", **changes: Any) -> AppTest:
    """A whole travel request, typed; `changes` by field."""
    facts = {
        "origin": "株洲",
        "destinations": "西安",
        "starts_on": date(2026, 11, 25),
        "ends_on": date(2026, 11, 27),
        "transport": "train",
        "task": "更换制动单元",
    }
    type_in(app, **(facts | changes))
    edit_table(app, "estimates", {0: {"expense_type_id": cast.expense["train"].id, "amount": amount}})
    return app


def papers() -> list[Document]:
    with reading() as session:
        return list(session.exec(select(Document).order_by(Document.id)))  # type: ignore[arg-type]


def requests() -> list[TravelRequest]:
    with reading() as session:
        return list(session.exec(select(TravelRequest)))


def test_a_form_that_was_only_opened_leaves_no_draft(cast: Cast, visit: Visit) -> None:
    app = new_trip(visit, cast)
    assert app.date_input(key="form.starts_on").value == date(2026, 11, 23), "today is proposed"
    for name in ("赵国强", "郑雅琴"):
        assert name in shown(app), "who will decide is shown before sending"
    assert papers() == []


def test_a_whole_request_is_sent_and_shown(cast: Cast, visit: Visit) -> None:
    """P9-2"""
    app = run(filled(new_trip(visit, cast), cast))
    assert "¥ 1,800.00" in shown(app) and "壹仟捌佰元整" in shown(app)
    app = press(app, "form.send")
    (trip,) = papers()
    assert (trip.state, trip.step, trip.number) == (State.RUNNING, "department_head", "TR-202611-0001")
    assert address(app) == ("travel_requests", {"number": trip.number})
    assert zh("told.submit", number=trip.number) in told(app)
    assert detail(trip).task == "更换制动单元"


def test_typing_and_pressing_in_one_go_sends_what_was_typed(cast: Cast, visit: Visit) -> None:
    """A click on the button takes the last field's text along."""
    press(filled(new_trip(visit, cast), cast), "form.send")
    assert [paper.state for paper in papers()] == [State.RUNNING]


def test_what_is_missing_is_said_when_sending_and_not_before(cast: Cast, visit: Visit) -> None:
    app = run(type_in(new_trip(visit, cast), origin="株洲"))
    assert faults(app) == []
    app = press(app, "form.send")
    assert faults(app).count(zh("fault.required")) == 3, "destination, transport and task"
    assert zh("fault.no_lines") in faults(app)
    assert told(app) == [zh("fault.summary", count=4)]
    assert [paper.state for paper in papers()] == [State.DRAFT] and requests() == []
    app = press(filled(app, cast), "form.send")
    assert [paper.state for paper in papers()] == [State.RUNNING]


@pytest.mark.parametrize(
    ("amount", "fault", "facts"),
    [
        ("0", "fault.above", {"gt": "0.00"}),
        ("-5", "fault.above", {"gt": "0.00"}),
        ("十元", "fault.number", {}),
        ("1.234", "fault.decimals", {}),
        ("NaN", "fault.number", {}),
        ("1e3", "fault.number", {}),
        ("100000000.01", "fault.at_most", {"le": "100,000,000.00"}),
    ],
)
def test_a_bad_amount_is_said_beside_its_line_and_nothing_is_stored(
    cast: Cast, visit: Visit, amount: str, fault: str, facts: dict[str, Any]
) -> None:
    app = press(filled(new_trip(visit, cast), cast, amount), "form.send")
    where = zh("fault.in_line", line=1, field=zh("field.amount"))
    assert faults(app) == [f"{where} {zh(fault, **facts)}"]
    assert requests() == [] and papers()[0].number is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"ends_on": date(2026, 11, 24)}, "fault.ends_before_start"),
        ({"starts_on": LONG_AGO}, "TR.fault.already_started"),
        ({"task": "长" * 1001}, "fault.too_long"),
        ({"origin": "\u200b \u202e"}, "fault.required"),
    ],
)
def test_a_bad_field_is_said_beside_it_and_nothing_is_stored(
    cast: Cast, visit: Visit, changes: dict[str, Any], fault: str
) -> None:
    app = press(filled(new_trip(visit, cast), cast, **changes), "form.send")
    assert zh(fault).split("{")[0] in "".join(faults(app))
    assert requests() == []


def test_a_trip_over_another_one_names_it(cast: Cast, visit: Visit) -> None:
    other = sent_trip(cast)
    app = press(filled(new_trip(visit, cast), cast), "form.send")
    assert other.number in "".join(faults(app))
    assert len(requests()) == 1


@pytest.mark.parametrize("forged", [{"traveller_id": "9999"}, {"transport": "rocket"}, {"companions": ["9999"]}])
def test_a_forged_choice_never_reaches_the_paper(cast: Cast, visit: Visit, forged: dict[str, Any]) -> None:
    """What a browser sends is not what was offered to it: it counts as not chosen."""
    forge(run(filled(new_trip(visit, cast), cast)), "form.send", **forged)
    assert all(trip.traveller_id == cast.engineer.id and trip.companions == [] for trip in requests())
    assert len(requests()) == (0 if "transport" in forged else 1)


@pytest.mark.parametrize("forged", [{"traveller_id": 9999}, {"transport": "rocket"}, {"companions": [9999]}])
def test_a_draft_with_a_choice_that_is_none_is_not_sent(cast: Cast, visit: Visit, forged: dict[str, Any]) -> None:
    paper = drafted_trip(cast, **forged)
    app = visit(cast.engineer, "travel_requests", number="", edit=str(paper.id))
    press(app, f"{paper.client_token}.send")
    assert requests() == [] and reload(paper).state == State.DRAFT


def test_a_forged_cell_is_refused_beside_its_line(cast: Cast, visit: Visit) -> None:
    app = filled(new_trip(visit, cast), cast)
    forged = {"expense_type_id": 9999, "amount": "10"}
    app = press(edit_table(app, "estimates", {0: forged}), "form.send")
    assert zh("fault.option") in "".join(faults(app))
    assert requests() == []


def test_only_who_may_start_a_paper_gets_its_form(cast: Cast, visit: Visit) -> None:
    app = new_trip(visit, cast, cast.administrator)
    assert [one.value for one in app.warning] == [zh("draft.may_not_start")]
    assert not app.date_input


# --- what is typed is kept


def test_a_draft_keeps_itself_and_is_there_in_a_new_session(cast: Cast, visit: Visit) -> None:
    app = run(filled(new_trip(visit, cast), cast, "123.45", task="写到一半"))
    (paper,) = papers()
    assert paper.state == State.DRAFT and zh("form.kept") in shown(app)
    anew = visit(cast.engineer, "travel_requests", edit=str(paper.id))
    assert anew.text_area(key="form.task").value == "写到一半"
    assert anew.date_input(key="form.ends_on").value == date(2026, 11, 27)
    assert anew.dataframe[0].value["amount"][0] == "123.45"
    press(type_in(anew, task="写完了"), "form.send")
    assert [paper.state for paper in papers()] == [State.RUNNING]


def test_the_same_form_sent_twice_is_one_document(cast: Cast, visit: Visit) -> None:
    app = run(filled(new_trip(visit, cast), cast))
    app.button(key="form.send").click()
    clicked = app._tree.get_widget_states()
    for _ in range(2):
        app._run(clicked)
        assert not app.exception
    assert [paper.number for paper in papers()] == ["TR-202611-0001"]


def test_a_form_left_and_opened_again_shows_what_was_typed(cast: Cast, visit: Visit) -> None:
    app = run(type_in(new_trip(visit, cast), task="第一稿"))
    app = run(type_in(app, task="第二稿"))
    (paper,) = papers()
    app = go(go(app, "home"), "travel_requests", edit=str(paper.id))
    assert app.text_area(key="form.task").value == "第二稿"
    assert papers()[0].draft["task"] == "第二稿"  # type: ignore[index]


def test_switching_the_language_loses_nothing(cast: Cast, visit: Visit) -> None:
    app = run(filled(new_trip(visit, cast), cast, "66.60", task="写到一半"))
    app = press(app, "shell.language")
    assert app.text_area(key="form.task").value == "写到一半"
    assert app.selectbox(key="form.transport").value == "train"
    app = run(app)
    kept = papers()[0].draft or {}
    assert kept["task"] == "写到一半" and kept["transport"] == "train"
    assert kept["estimates"][0]["amount"] == "66.60"


def test_saving_by_hand_says_so_and_makes_the_draft_findable(cast: Cast, visit: Visit) -> None:
    app = press(type_in(new_trip(visit, cast), task="稍后再填"), "form.save")
    (paper,) = papers()
    assert told(app) == [zh("told.saved")]
    assert address(app) == ("travel_requests", {"edit": str(paper.id)})
    assert "稍后再填" in shown(go(app, "home"))


def test_a_draft_can_be_thrown_away(cast: Cast, visit: Visit) -> None:
    app = run(type_in(new_trip(visit, cast), task="不去了"))
    app = press(app, "form.discard")
    assert told(app) == [zh("told.discarded")]
    assert "不去了" not in shown(go(app, "home"))
    assert "不去了" not in shown(go(app, "mine"))


# --- two windows


def test_a_draft_changed_in_another_window_is_not_overwritten(cast: Cast, visit: Visit) -> None:
    paper = drafted_trip(cast)
    app = visit(cast.engineer, "travel_requests", edit=str(paper.id))
    with writing() as session:
        elsewhere = trip_form(cast, task="另一个窗口的内容")
        keep(session, cast.engineer, "TR", elsewhere, token=paper.client_token, now=NOW)
    app = run(type_in(app, task="这个窗口的内容"))
    assert errors(app) == [zh("draft.changed_elsewhere")]
    assert (reload(paper).draft or {})["task"] == "另一个窗口的内容"
    assert app.text_area(key=f"{paper.client_token}.task").value == "这个窗口的内容", "nothing typed is lost"
    app = press(app, f"{paper.client_token}.send")
    assert reload(paper).state == State.DRAFT, "what this window never showed is not sent from it"


def test_a_paper_sent_in_another_window_is_not_typed_on(cast: Cast, visit: Visit) -> None:
    paper = drafted_trip(cast)
    app = visit(cast.engineer, "travel_requests", edit=str(paper.id))
    sent = do(cast.engineer, paper, "submit")
    app = run(type_in(app, task="改一改"))
    assert [one.value for one in app.warning] == [zh("draft.not_editable", number=sent.number)]
    assert detail(paper).task == trip_form(cast)["task"]


# --- returned, and claims


def test_a_returned_request_is_mended_and_sent_again_under_its_number(cast: Cast, visit: Visit) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return", note="请写明配件")
    app = visit(cast.engineer, "travel_requests", number=trip.number)
    app = press_named(app, zh("document.edit"))
    (why,) = [one.value for one in app.warning]
    assert cast.department_head.name in why and "请写明配件" in why
    app = press(type_in(app, task="更换制动单元，带配件 3 套"), f"{trip.client_token}.send")
    assert (reload(trip).state, reload(trip).number, reload(trip).step) == (
        State.RUNNING,
        trip.number,
        "department_head",
    )
    assert detail(trip).task == "更换制动单元，带配件 3 套"


def test_a_claim_takes_over_the_trip_and_adds_up_its_vouchers(cast: Cast, visit: Visit, clock: Traveller) -> None:
    """P9-4a, P9-4b"""
    trip = finished_trip(cast)
    clock.move_to(BACK)
    app = visit(cast.engineer, "expense_claims", new="claim", **{"from": str(trip.id)})
    assert app.text_input(key="claim.destinations").value == "西安"
    assert app.date_input(key="claim.starts_on").value == date(2026, 11, 25)
    typed = [{k: v for k, v in row.items() if v is not None} for row in vouchers(cast)]
    typed.pop(2)  # entertainment falls under a request
    app = run(edit_table(app, "vouchers", dict(enumerate(typed))))
    assert "¥ 1,500.00" in shown(app) and "壹仟伍佰元整" in shown(app)
    assert zh("EC.count.vouchers", count=3) in shown(app)
    press(app, "claim.send")
    claim = papers()[-1]
    assert (claim.kind, claim.state, claim.step) == ("EC", State.RUNNING, "clerk")
    assert [(line.sheet, line.sequence) for line in lines(claim)] == [
        ("travel", 1),
        ("travel", 2),
        ("travel", 3),
    ]


@pytest.mark.parametrize("source", ["", "9999", "x"])
def test_a_report_out_of_nothing_is_not_begun(cast: Cast, visit: Visit, source: str) -> None:
    app = visit(cast.engineer, "field_reports", new="report", **{"from": source})
    assert len(app.warning) == 1 and not app.date_input


def test_nobody_claims_for_another_mans_trip(cast: Cast, visit: Visit) -> None:
    trip = finished_trip(cast)
    for who in (cast.department_head, cast.stranger):
        app = visit(who, "expense_claims", new="claim", **{"from": str(trip.id)})
        assert len(app.warning) == 1 and not app.date_input


def test_the_token_of_anothers_form_opens_nothing(cast: Cast, visit: Visit) -> None:
    paper = draft(cast.engineer, "TR", trip_form(cast), token="his-form")
    app = visit(cast.stranger, "travel_requests", new="his-form")
    assert [one.value for one in app.warning] == [zh("access.not_found")]
    assert reload(paper).draft == paper.draft


# --- files


def test_a_voucher_is_attached_and_one_that_is_not_what_it_says_is_refused(cast: Cast, visit: Visit) -> None:
    app = new_trip(visit, cast)
    app.file_uploader[0].upload("车票.png", b"MZ this is a program", "image/png")
    app = run(app)
    assert len(errors(app)) == 1 and "车票.png" in errors(app)[0]
    assert "/files/" not in shown(app)
    app.file_uploader[0].upload("车票.jpg", picture("JPEG"), "image/jpeg")
    app = run(app)
    assert errors(app) == [] and shown(app).count("/files/") == 1


def test_the_route_says_where_its_clocks_reach_into_a_year_without_known_holidays(
    cast: Cast, visit: Visit, clock: Traveller
) -> None:
    """Issue 3 point 3"""
    said = zh("timeline.unknown_year", years="2027")
    assert said not in shown(new_trip(visit, cast))
    clock.move_to(NOW + timedelta(days=37))  # the last but one of the year; two steps of a working day each
    assert said in shown(new_trip(visit, cast, token="later"))
