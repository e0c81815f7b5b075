"""A document's page: who sees it, what he may do there, and what comes of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest
from time_machine import Traveller

from models import Document, Event, Grant, Role, State
from services.accounts import end_grant
from services.database import writing
from services.texts import text
from services.worker import one_round
from tests import factories
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import (
    address,
    buttons,
    edit_table,
    errors,
    faults,
    follow,
    go,
    markup,
    menu_words,
    press,
    press_named,
    run,
    shown,
    told,
    type_in,
    zh,
)
from tests.services.engine.test_claim import PDF
from tests.story import (
    BACK,
    BESIDES,
    LATER,
    approved_trip,
    claim_at,
    depute,
    detail,
    do,
    drafted_trip,
    estimate,
    events,
    finished_trip,
    move,
    reload,
    retype,
    sent_claim,
    sent_general,
    sent_trip,
    voucher,
)

NOT_FOUND = "access.not_found"


def open_paper(visit: Visit, who: object, paper: Document, **more: str) -> AppTest:
    return visit(who, "travel_requests" if paper.kind == "TR" else "expense_claims", number=paper.number, **more)


def acts(paper: Document, action: str) -> list[Event]:
    return [event for event in events(paper) if event.action == action]


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("engineer", {"withdraw", "comment"}),
        ("department_head", {"approve", "return", "reject", "comment"}),
        ("clerk", {"comment"}),
        ("vice_president", {"comment"}),
        ("office_director", {"comment"}),
        ("finance_officer", {"comment"}),
        ("cashier", {"comment"}),
        ("general_manager", {"comment"}),
    ],
)
def test_a_reader_sees_the_paper_whole_and_is_offered_what_he_may_do(
    cast: Cast, visit: Visit, role: str, offered: set[str]
) -> None:
    app = open_paper(visit, getattr(cast, role), sent_trip(cast))
    for said in ("TR-202611-0001", "更换 3 台制动单元并跟车试验", "1,800.00", "壹仟捌佰元整", "郑雅琴"):
        assert said in shown(app)
    assert set(buttons(app, ".do.")) - BESIDES == offered


@pytest.mark.parametrize("role", ["engineer2", "stranger", "other_head", "administrator"])
def test_who_may_not_read_it_is_told_that_there_is_no_such_document_and_not_one_word_of_it(
    cast: Cast, visit: Visit, role: str
) -> None:
    trip = sent_trip(cast)
    app = open_paper(visit, getattr(cast, role), trip)
    seen = shown(app)
    assert [one.value for one in app.warning] == [zh(NOT_FOUND)]
    for word in ("王建军", "西安", "制动单元", "1,800", "0001", "赵国强", "2026"):
        assert word not in seen
    assert buttons(app, ".do.") == []
    for way in ({"id": str(trip.id)}, {"edit": str(trip.id)}):
        assert [one.value for one in go(app, "travel_requests", **way).warning] == [zh(NOT_FOUND)]


@pytest.mark.parametrize("sought", ["TR-202611-9999", "", "' OR 1=1 --", "9" * 30])
@pytest.mark.parametrize("how", ["number", "id", "edit"])
def test_a_made_up_address_finds_nothing(cast: Cast, visit: Visit, how: str, sought: str) -> None:
    sent_trip(cast)
    app = visit(cast.general_manager, "travel_requests", **{how: sought})
    assert [one.value for one in app.warning] == [zh(NOT_FOUND)]


def test_a_draft_is_its_authors_alone(cast: Cast, visit: Visit) -> None:
    draft = drafted_trip(cast)
    for who in (cast.department_head, cast.general_manager, cast.engineer2):
        app = visit(who, "travel_requests", id=str(draft.id))
        assert [one.value for one in app.warning] == [zh(NOT_FOUND)]


def test_approving_passes_the_paper_on_and_says_so(cast: Cast, visit: Visit) -> None:
    """P9-2"""
    trip = sent_trip(cast)
    app = press(type_in(open_paper(visit, cast.department_head, trip), note="同意，注意安全"), "doc.1.0.do.approve")
    assert reload(trip).step == "office_director"
    assert [event.note for event in acts(trip, "approve")] == ["同意，注意安全"]
    assert zh("told.approve", number=trip.number) in told(app)
    assert "同意，注意安全" in shown(app)
    assert set(buttons(app, ".do.")) - BESIDES == {"comment"}
    assert "同意，注意安全" not in [one.value for one in (*app.text_input, *app.text_area)], "nothing is said twice"


def test_after_a_decision_the_paper_stays_and_the_next_is_one_click_away(cast: Cast, visit: Visit) -> None:
    first, second = sent_trip(cast), sent_trip(cast, cast.engineer2)
    app = open_paper(visit, cast.department_head, first)
    assert zh("inbox.place", here=1, count=2) in shown(app)
    app = press(app, f"doc.{first.id}.0.do.approve")
    assert address(app) == ("travel_requests", {"number": first.number})
    assert f"{zh('menu.inbox')} **1**" in menu_words() and zh("inbox.left", count=1) in shown(app)
    assert next_paper(app) == second.number


@pytest.mark.parametrize("action", ["return", "reject"])
def test_without_a_reason_a_paper_is_neither_returned_nor_rejected(cast: Cast, visit: Visit, action: str) -> None:
    trip = sent_trip(cast)
    app = press(open_paper(visit, cast.department_head, trip), f"doc.{trip.id}.0.do.{action}")
    assert zh("action.needs_note") in faults(app)
    assert reload(trip).state == State.RUNNING and not acts(trip, action)
    app = press(type_in(app, note="预算不足"), f"doc.{trip.id}.0.do.{action}")
    assert reload(trip).state == {"return": State.RETURNED, "reject": State.REJECTED}[action]
    assert acts(trip, action)[0].note == "预算不足"
    assert "预算不足" in shown(app)


def test_a_later_signer_may_return_it_to_an_earlier_step(cast: Cast, visit: Visit) -> None:
    trip = do(cast.department_head, sent_trip(cast), "approve")
    app = type_in(open_paper(visit, cast.office_director, trip), note="请室领导核实行程")
    press(app, f"doc.{trip.id}.0.return.department_head")
    assert reload(trip).step == "department_head"


def test_the_author_withdraws_and_finds_it_in_his_form_again(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = press(open_paper(visit, cast.engineer, trip), f"doc.{trip.id}.0.do.withdraw")
    assert reload(trip).state == State.WITHDRAWN
    app = press_named(app, zh("document.edit"))
    assert address(app) == ("travel_requests", {"edit": str(trip.id)})
    app = press(app, f"{trip.client_token}.send")
    assert (reload(trip).state, reload(trip).number) == (State.RUNNING, trip.number)
    assert address(app) == ("travel_requests", {"number": trip.number})


def test_a_remark_is_written_by_whoever_reads_it(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = type_in(open_paper(visit, cast.clerk, trip), comment="酒店已预订 <b>x</b>")
    app = press(app, f"doc.{trip.id}.0.do.comment")
    assert acts(trip, "comment")[0].actor_id == cast.clerk.id
    assert "酒店已预订 <b>x</b>" in shown(app)
    assert "<b>" not in markup(app), "what was typed is text, not markup"


# --- on to the next


def _three(cast: Cast) -> list[Document]:
    """Of 300, 100 and 200 yuan, sent in this order."""
    return [
        sent_trip(cast, by, estimates=[estimate(cast, "train", amount)])
        for by, amount in ((cast.engineer, "300"), (cast.engineer2, "100"), (cast.clerk, "200"))
    ]


def test_a_second_press_at_the_same_place_signs_nothing_more(cast: Cast, visit: Visit) -> None:
    """Whoever clicks twice has signed what he saw, and nothing that came under his finger meanwhile."""
    first, second, third = _three(cast)
    app = press(open_paper(visit, cast.department_head, first), f"doc.{first.id}.0.do.approve")
    assert "approve" not in buttons(app, ".do.")
    assert not acts(second, "approve") and not acts(third, "approve")
    assert next_paper(app) == second.number


def test_after_a_remark_the_paper_is_still_there(cast: Cast, visit: Visit) -> None:
    first, _, _ = _three(cast)
    app = type_in(open_paper(visit, cast.department_head, first), note="请补充行程")
    app = press(app, f"doc.{first.id}.0.do.comment")
    assert acts(first, "comment") and "请补充行程" in shown(app)
    assert address(app) == ("travel_requests", {"number": first.number})


def test_the_next_paper_is_the_next_of_the_inbox_as_it_was_opened(cast: Cast, visit: Visit) -> None:
    first, second, third = _three(cast)
    app = visit(cast.department_head, "inbox")
    app = go(follow(app, zh("column.amount")), "travel_requests", number=str(first.number))
    assert zh("inbox.place", here=1, count=3) in shown(app)
    app = press(app, f"doc.{first.id}.0.do.approve")
    assert next_paper(app) == third.number
    app = go(app, "inbox")
    app.text_input(key="inbox.search").set_value(str(second.number))
    app = go(run(app), "travel_requests", number=str(second.number))
    assert zh("inbox.next") not in shown(app), "nothing else was sought"


# --- what is paid


@pytest.mark.parametrize("who", ["cashier", "engineer"])
def test_after_a_cut_the_sum_that_is_paid_stands_on_the_paper(
    cast: Cast, visit: Visit, clock: Traveller, who: str
) -> None:
    """P8-3.4"""
    claim = claim_at(cast, "finance_audit")
    cut = {"vouchers": {1: {"audited_amount": "500.00", "audit_reason": "超标准"}}}
    assert zh("step.lines.fill") in shown(open_paper(visit, cast.finance_officer, claim))
    do(cast.finance_officer, claim, "approve", lines=cut)
    assert zh("step.lines.fill") not in shown(open_paper(visit, cast.finance_officer, claim)), "he may take it back"
    clock.move_to(LATER)
    seen = shown(open_paper(visit, getattr(cast, who), claim))
    assert "¥ 1,650.00" in seen and "壹仟陆佰伍拾元整" in seen and "壹仟柒佰伍拾元整" not in seen
    assert zh("document.claimed", amount="1,750.00") in seen


def test_work_is_proposed_on_the_day_it_is_in_the_company(cast: Cast, visit: Visit, clock: Traveller) -> None:
    """At seven in the morning in Zhuzhou it is yesterday by the clock of the server."""
    claim = claim_at(cast, "payment")
    clock.move_to(datetime(2026, 11, 30, 23, tzinfo=UTC))
    app = open_paper(visit, cast.cashier, claim)
    assert app.date_input[0].value == date(2026, 12, 1)


# --- files


def test_whoever_is_asked_to_sign_may_bring_a_file(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    assert not open_paper(visit, cast.clerk, trip).file_uploader, "he reads it, and that is all"
    app = open_paper(visit, cast.department_head, trip)
    app.file_uploader[0].upload("批示.pdf", PDF, "application/pdf")
    app = run(app)
    assert "批示" in shown(app)
    assert [event.actor_id for event in acts(trip, "attach")] == [cast.department_head.id]


# --- what happened


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_timeline_says_in_words_what_was_changed(cast: Cast, visit: Visit, clock: Traveller, language: str) -> None:
    """P8-3.4, P4-2.4"""
    claim = do(cast.vice_president, claim_at(cast, "vice_president"), "return", to="clerk")
    claim = move(cast, claim, until="finance_audit", now=BACK)
    cut = {"vouchers": {4: {"audited_amount": "60.00", "audit_reason": "*无票*\n![x](y)"}}}
    do(cast.finance_officer, claim, "approve", lines=cut)
    clock.move_to(LATER)
    seen = shown(open_paper(visit, cast.engineer, claim, language=language)).replace("\\", "")
    number, audited = ("票-3", "核定金额") if language == "zh" else ("T-3", "Audited")
    assert text(language, "timeline.to", step=text(language, "role.clerk")) in seen
    assert any(one.startswith(f"{number} {audited}") and one.endswith("60.00") for one in seen.splitlines())
    assert "*无票* ![x](y)" in seen


# --- two at once


def test_who_comes_second_is_told_who_was_first_and_keeps_what_he_typed(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    depute(cast.department_head, cast.clerk)
    app = type_in(open_paper(visit, cast.department_head, trip), note="我不同意")
    do(cast.clerk, trip, "approve")
    app = press(app, f"doc.{trip.id}.0.do.reject")
    (said,) = errors(app)
    assert "陈晓芸" in said and zh("action.approve") in said
    assert reload(trip).step == "office_director" and not acts(trip, "reject")
    assert app.text_input(key=f"doc.{trip.id}.0.note").value == "我不同意"


def test_what_was_decided_on_an_older_wording_is_not_taken_for_the_new_one(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = open_paper(visit, cast.department_head, trip)
    do(cast.engineer, trip, "withdraw")
    do(cast.engineer, trip, "submit")
    app = press(app, f"doc.{trip.id}.0.do.approve")
    assert "王建军" in errors(app)[0]
    assert reload(trip).step == "department_head"
    press(app, f"doc.{trip.id}.0.do.approve")
    assert reload(trip).step == "office_director", "he has seen it now, and presses again"


def test_who_comes_second_reads_what_was_changed_meanwhile(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = open_paper(visit, cast.department_head, trip)
    do(cast.engineer, trip, "withdraw")
    retype(cast.engineer, trip, destinations="兰州")
    do(cast.engineer, trip, "submit")
    app = press(app, f"doc.{trip.id}.0.do.approve")
    (warning,) = (one.value for one in app.warning)
    withdrawn, sent = (zh("action.somebody_acted", who="王建军", action=zh(f"action.{act}"), at=NOW) for act in _TWO)
    changed = zh("timeline.changed", field=zh("field.destinations"), before="西安", after="兰州")
    assert [line.strip(" -") for line in warning.splitlines()] == [
        zh("action.meanwhile"),
        "",
        withdrawn,
        "",
        sent,
        changed,
    ]


_TWO = ("withdraw", "submit")


def test_a_double_click_is_one_act(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = open_paper(visit, cast.department_head, trip)
    app.button(key=f"doc.{trip.id}.0.do.approve").click()
    clicked = app._tree.get_widget_states()
    for _ in range(2):
        app._run(clicked)
        assert not app.exception and not errors(app)
    assert len(acts(trip, "approve")) == 1
    assert reload(trip).step == "office_director"


def test_two_windows_of_one_person_make_one_act(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    windows = [open_paper(visit, cast.department_head, trip) for _ in range(2)]
    for app in windows:
        press(app, f"doc.{trip.id}.0.do.approve")
    assert len(acts(trip, "approve")) == 1
    assert "赵国强" in errors(windows[1])[0]


def test_a_button_kept_from_before_is_refused_by_the_service(cast: Cast, visit: Visit) -> None:
    """What the page remembers is no right: the role was taken away since."""
    trip = sent_trip(cast)
    app = open_paper(visit, cast.department_head, trip)
    with writing() as session:
        grants = session.exec(select(Grant).where(Grant.person_id == cast.department_head.id)).all()
        grant = next(one for one in grants if one.role == Role.DEPARTMENT_HEAD)
        end_grant(session, cast.administrator, grant.id, NOW)
    app = press(app, f"doc.{trip.id}.0.do.approve")
    assert reload(trip).step == "department_head" and not acts(trip, "approve")


def test_a_forged_press_gives_nobody_a_right(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    for who in (cast.engineer, cast.clerk, cast.stranger):
        app = open_paper(visit, who, trip)
        app.session_state["doc.pressed"] = (trip.id, trip.version, "approve", None, True, "")
        run(app)
        assert not acts(trip, "approve")


# --- work steps, audit, payment


def test_the_traveller_records_his_return_and_makes_the_claim_from_there(
    cast: Cast, visit: Visit, clock: Traveller
) -> None:
    """P9-4a"""
    trip = approved_trip(cast)
    clock.move_to(BACK)
    app = open_paper(visit, cast.engineer, trip)
    app = press(
        type_in(app, departed_on=date(2026, 11, 28), returned_on=date(2026, 11, 27)), f"doc.{trip.id}.0.do.complete"
    )
    assert errors(app) == [zh("TR.refused.returned_before_departed")]
    app = type_in(app, departed_on=date(2026, 11, 25))
    app = press(app, f"doc.{trip.id}.0.do.complete")
    assert reload(trip).state == State.DONE
    app = press_named(app, zh("start.EC"))
    path, query = address(app)
    assert (path, query["from"]) == ("expense_claims", str(trip.id))
    assert "西安" in [field.value for field in app.text_input]


def test_the_audit_cuts_single_lines_with_a_reason(cast: Cast, visit: Visit, clock: Traveller) -> None:
    """P8-3.4"""
    claim = claim_at(cast, "finance_audit")
    clock.move_to(BACK)
    app = open_paper(visit, cast.finance_officer, claim)
    app = press(edit_table(app, "vouchers", {0: {"audited_amount": "700"}}), f"doc.{claim.id}.0.do.approve")
    assert errors(app) and reload(claim).step == "finance_audit", "more than was claimed"
    app = press(edit_table(app, "vouchers", {0: {"audited_amount": "580"}}), f"doc.{claim.id}.0.do.approve")
    assert errors(app) and reload(claim).step == "finance_audit", "no reason"
    app = press(edit_table(app, "vouchers", {0: {"audited_amount": "5x0"}}), f"doc.{claim.id}.0.do.approve")
    assert errors(app) and reload(claim).step == "finance_audit", "not a number"
    cut = {0: {"audited_amount": "580.00", "audit_reason": "超标准"}}
    app = press(edit_table(app, "vouchers", cut), f"doc.{claim.id}.0.do.approve")
    assert reload(claim).step == "payment"
    assert str(detail(claim).audited_amount) == "1730.00"
    assert "超标准" in shown(app)


def test_a_forged_column_of_the_audit_changes_nothing(cast: Cast, visit: Visit, clock: Traveller) -> None:
    claim = claim_at(cast, "finance_audit")
    clock.move_to(BACK)
    app = open_paper(visit, cast.finance_officer, claim)
    press(edit_table(app, "vouchers", {0: {"amount": "9999.00"}}), f"doc.{claim.id}.0.do.approve")
    assert str(reload(claim).amount) == "1750.00"
    assert str(detail(claim).audited_amount) == "1750.00"


def test_the_cashier_records_the_payment(cast: Cast, visit: Visit, clock: Traveller) -> None:
    claim = claim_at(cast, "payment")
    clock.move_to(LATER)
    app = open_paper(visit, cast.cashier, claim)
    assert set(buttons(app, ".do.")) >= {"complete", "comment"}
    app = press(type_in(app, payment_reference="20261201-17"), f"doc.{claim.id}.0.do.complete")
    assert reload(claim).state == State.DONE
    assert detail(claim).payment_reference == "20261201-17"
    assert zh("told.complete", number=claim.number) in told(app)


def test_a_payment_tomorrow_is_none(cast: Cast, visit: Visit, clock: Traveller) -> None:
    claim = claim_at(cast, "payment")
    clock.move_to(LATER)
    app = type_in(open_paper(visit, cast.cashier, claim), paid_on=date(2026, 12, 2), payment_reference="1")
    app = press(app, f"doc.{claim.id}.0.do.complete")
    assert errors(app) == [zh("payment.refused.in_future")]
    assert reload(claim).state == State.RUNNING


def test_a_claim_is_read_by_whoever_pays_it_and_not_by_another_departments_head(
    cast: Cast, visit: Visit, clock: Traveller
) -> None:
    claim = claim_at(cast, "department_head")
    clock.move_to(BACK)
    assert "1,750.00" in shown(open_paper(visit, cast.cashier, claim))
    assert [one.value for one in open_paper(visit, cast.other_head, claim).warning] == [zh(NOT_FOUND)]


def test_what_the_portal_did_by_itself_stands_under_its_own_name(cast: Cast, visit: Visit, clock: Traveller) -> None:
    trip = sent_trip(cast)
    clock.move_to(NOW + timedelta(days=4))
    one_round(NOW + timedelta(days=4))
    app = visit(cast.engineer, "travel_requests", number=trip.number)
    assert f"<strong>{zh('timeline.portal')}</strong>" in markup(app)
    assert zh("did.escalate", name=cast.vice_president.name) in shown(app)
    assert trip.number in shown(visit(cast.vice_president, "travel_requests", number=trip.number))


def test_a_due_day_in_a_year_without_known_holidays_says_so(cast: Cast, visit: Visit, clock: Traveller) -> None:
    """Issue 3 point 3"""
    trip = sent_trip(cast)
    said = zh("timeline.unknown_year", years="2027")
    assert said not in shown(visit(cast.engineer, "travel_requests", number=trip.number))
    clock.move_to(NOW + timedelta(days=38))  # the last day of the year
    late = sent_trip(cast, starts_on="2027-01-05", ends_on="2027-01-06")
    with writing() as session:
        session.get_one(Document, late.id).due_at = NOW + timedelta(days=39)
    assert said in shown(visit(cast.engineer, "travel_requests", number=late.number))
    with writing() as session:
        factories.calendar_day(session, date(2027, 1, 1), False)
    assert said not in shown(visit(cast.engineer, "travel_requests", number=late.number))


def next_paper(app: AppTest) -> str | None:
    """The number of the paper that the page offers to go on with."""
    link = next((one for one in app.get("page_link") if one.proto.label == zh("inbox.next")), None)
    return link.proto.query_string.partition("number=")[2] if link else None


def test_from_a_paper_one_goes_back_to_its_list(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = press(open_paper(visit, cast.department_head, trip), "list.back")
    assert address(app) == ("travel_requests", {})
    assert zh("list.total", count=1, total=trip.amount) in shown(app)


def test_on_a_phone_a_line_stands_with_what_it_comes_to_and_its_tax_is_called_tax(cast: Cast, visit: Visit) -> None:
    ticket = voucher(cast, "train", "600.00", tax="49.54")
    app = open_paper(visit, cast.clerk, sent_claim(cast, finished_trip(cast), vouchers=[ticket]))
    assert "<strong>600.00</strong>" in markup(app)
    assert f"{zh('field.tax')} 49.54" in shown(app)


def test_a_general_claim_shows_nothing_of_a_trip(cast: Cast, visit: Visit) -> None:
    seen = shown(open_paper(visit, cast.clerk, sent_general(cast)))
    assert zh("EC.field.purpose") in seen and zh("field.allowance_days") not in seen
