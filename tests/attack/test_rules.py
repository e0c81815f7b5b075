"""Somebody who knows the portal from inside tries to get round its rules: his own paper, the money, the trail."""

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlmodel import select

from models import Document, Event, Grant, Person, Role, State, Task, TaskState
from services.access import load_document, visible_documents
from services.accounts import disable_person, end_grant
from services.attachments import attach, attachments_of, open_attachment, remove
from services.audit import verify_chain
from services.database import engine, reading, writing
from services.documents.drafts import keep
from services.engine import act, actions_for
from services.errors import Refused
from services.inbox import decide_many
from services.lists import Filters, listing
from services.routes import Of, decision
from tests.factories import NOW, Cast
from tests.services.engine.test_claim import PDF
from tests.story import (
    BACK,
    LATER,
    approved_trip,
    asked,
    claim_at,
    decree,
    depute,
    detail,
    do,
    drafted_claim,
    drafted_trip,
    faults,
    finished_trip,
    hold,
    inbox,
    lines,
    may,
    move,
    paid_claim,
    refusal,
    reload,
    retype,
    sent_claim,
    sent_trip,
    signed,
    tasks,
    travels_by,
    voucher,
)

ACTIONS = ("submit", "approve", "return", "reject", "complete", "withdraw", "cancel", "comment")
NAMES = ("act", "_sign", "", "__init__", "APPROVE", "approve ", "approve\x00", "finance_audit", "../approve", "'", "*")


# --- every act at every moment


def _moments(cast: Cast) -> dict[str, Document]:
    """A paper at every station of its life."""
    days = iter(range(1, 29))

    def when() -> dict[str, str]:
        day = f"2026-12-{next(days):02d}"
        return {"starts_on": day, "ends_on": day}

    returned = do(cast.department_head, sent_trip(cast, **when()), "return")
    rejected = do(cast.department_head, sent_trip(cast, **when()), "reject")
    withdrawn = do(cast.engineer, sent_trip(cast, **when()), "withdraw")
    cancelled = do(cast.engineer, approved_trip(cast, **when()), "cancel")
    return {
        "draft": drafted_trip(cast, **when()),
        "sent": sent_trip(cast, **when()),
        "half": do(cast.department_head, sent_trip(cast, **when()), "approve"),
        "open": approved_trip(cast, **when()),
        "returned": returned,
        "rejected": rejected,
        "withdrawn": withdrawn,
        "cancelled": cancelled,
        "paid": paid_claim(cast),
    }


def test_at_every_moment_nobody_can_do_more_than_he_is_offered(cast: Cast) -> None:
    """The function that draws the buttons is the function that refuses."""
    tried = 0
    for moment, paper in _moments(cast).items():
        for login in ("engineer", "engineer2", "department_head", "office_director", "stranger", "administrator"):
            person = getattr(cast, login)
            offered = may(person, paper)
            for action in ACTIONS:
                if action in offered:
                    continue
                tried += 1
                answers = {"departed_on": "2026-11-25", "returned_on": "2026-11-26", "paid_on": "2026-11-26"}
                refused = refusal(do, person, paper, action, **answers)
                assert refused.key in ("access.not_found", "action.not_allowed"), f"{moment} {login} {action}"
        assert reload(paper).version == paper.version
    assert tried > 300


@pytest.mark.parametrize("action", NAMES)
def test_a_made_up_act_is_none(cast: Cast, action: str) -> None:
    trip = sent_trip(cast)
    assert refusal(do, cast.department_head, trip, action).key == "action.not_allowed"
    assert reload(trip).version == trip.version


def test_a_button_kept_from_yesterday_does_nothing_today(cast: Cast) -> None:
    """STREAMLIT.md 2: a client may replay an old button's callback"""
    trip = sent_trip(cast)
    with reading() as session:
        old = actions_for(session, cast.department_head, reload(trip), NOW)
    assert "approve" in {action.key for action in old}
    do(cast.engineer, trip, "withdraw")
    for action in old:
        if action.key != "comment":
            assert refusal(do, cast.department_head, trip, action.key).key == "action.not_allowed"


def test_a_person_object_with_rights_written_into_it_has_none(cast: Cast) -> None:
    """Rights come from the database, whatever the page hands over."""
    trip = sent_trip(cast)
    forged = Person(id=cast.stranger.id, login="x", name="x", department_id=cast.service.id, active=True)
    assert refusal(do, forged, trip, "approve").key == "access.not_found"
    nobody = Person(id=4711, login="x", name="x", department_id=cast.service.id)
    assert refusal(do, nobody, trip, "approve").key == "access.not_found"


# --- his own paper, by every detour


def test_changing_the_traveller_does_not_make_it_somebody_elses_paper(cast: Cast) -> None:
    trip = sent_trip(cast, cast.department_head, traveller_id=cast.engineer2.id)
    assert "approve" not in may(cast.department_head, trip)


def test_getting_a_role_after_sending_does_not_let_him_sign_his_own(cast: Cast) -> None:
    trip = sent_trip(cast)
    for role, where in ((Role.DEPARTMENT_HEAD, cast.service), (Role.OFFICE_DIRECTOR, None), (Role.FINANCE_VP, None)):
        hold(cast.engineer, role, where)
    assert "approve" not in may(cast.engineer, trip)
    trip = do(cast.department_head, trip, "approve")
    assert "approve" not in may(cast.engineer, trip)


def test_two_colleagues_cannot_sign_each_others_seat_in_a_circle_of_deputies(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer)
    depute(cast.engineer, cast.department_head)
    for author in (cast.engineer, cast.department_head):
        trip = sent_trip(cast, author)
        for person in (cast.engineer, cast.department_head):
            assert "approve" not in may(person, trip) or (person, author) == (cast.department_head, cast.engineer)
        do(author, trip, "withdraw")


def test_becoming_a_companion_after_signing_takes_the_signature_back(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "approve")
    trip = do(cast.office_director, trip, "return")
    retype(cast.engineer, trip, companions=[cast.department_head.id])
    trip = do(cast.engineer, trip, "submit")
    assert (asked(trip), signed(trip)) == ({"vice_president"}, [])


def test_nobody_signs_in_the_name_of_a_colleague_who_travels(cast: Cast) -> None:
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    depute(cast.clerk, cast.engineer2)
    trip = sent_trip(cast, companions=[cast.clerk.id])
    assert asked(trip) == {"department_head"}
    assert "approve" not in may(cast.engineer2, trip)


@pytest.mark.parametrize("login", ["clerk", "department_head", "vice_president", "office_director", "finance_vp"])
def test_no_signer_of_a_claim_signs_it_a_second_time_with_all_roles_in_his_hand(cast: Cast, login: str) -> None:
    """P9-4c: six different people"""
    person = getattr(cast, login)
    for role, where in (
        (Role.CLERK, cast.service),
        (Role.DEPARTMENT_HEAD, cast.service),
        (Role.VICE_PRESIDENT, cast.service),
        (Role.OFFICE_DIRECTOR, None),
        (Role.FINANCE_VP, None),
        (Role.FINANCE_OFFICER, None),
    ):
        hold(person, role, where)
    claim = sent_claim(cast)
    claim = do(person, claim, "approve")
    while claim.step != "payment":
        assert "approve" not in may(person, claim)
        assert claim.id not in {row.document_id for row in inbox(person, BACK)}
        claim = _signed_by_another(cast, claim)
    signers = [task.closed_by_id for task in tasks(claim) if task.state == TaskState.DONE and task.stands]
    assert len(signers) == len(set(signers)) == 6


def _signed_by_another(cast: Cast, claim: Document) -> Document:
    for someone in vars(cast).values():
        if isinstance(someone, Person) and "approve" in may(someone, claim):
            return do(someone, claim, "approve")
    raise AssertionError(f"nobody may sign {claim.step}")


# --- the money


def test_a_claim_cannot_be_fattened_after_it_was_signed(cast: Cast) -> None:
    """P8-3.1: sent, nearly approved, returned by agreement, then doubled"""
    claim = do(cast.finance_officer, claim_at(cast, "finance_audit"), "return")
    retype(cast.engineer, claim, BACK, vouchers=[voucher(cast, "lodging", "9000.00")])
    claim = do(cast.engineer, claim, "submit")
    assert (claim.step, signed(claim)) == ("clerk", [])
    assert "finance_head" in signed(move(cast, claim, until="payment"))


def test_an_account_cannot_be_exchanged_after_it_was_signed(cast: Cast) -> None:
    claim = do(cast.finance_officer, claim_at(cast, "finance_audit"), "return")
    retype(cast.engineer, claim, BACK, bank_account="6222 9999 9999")
    assert do(cast.engineer, claim, "submit").step == "clerk"


def test_a_claim_is_not_split_under_the_limit_over_one_trip(cast: Cast) -> None:
    """P8-3.3: one trip, one claim"""
    trip = finished_trip(cast)
    sent_claim(cast, trip, vouchers=[voucher(cast, "lodging", "4000.00")])
    second = drafted_claim(cast, trip, vouchers=[voucher(cast, "lodging", "4000.00")])
    assert faults(do, cast.engineer, second, "submit")[0].key == "EC.fault.claimed_already"


def test_days_that_were_none_earn_no_allowance(cast: Cast) -> None:
    """P9-2: nobody records that he left before it was signed, to be paid for the days"""
    trip = approved_trip(cast)
    early = {"departed_on": "2026-01-01", "returned_on": "2026-11-27"}
    refused = refusal(do, cast.engineer, trip, "complete", now=BACK, **early)
    assert refused.key == "TR.refused.departed_before_approved"
    claim = drafted_claim(cast, finished_trip(cast, cast.engineer2), cast.engineer2, allowance_days=300)
    assert {fault.field for fault in faults(do, cast.engineer2, claim, "submit")} == {"allowance_days"}


def test_a_rate_a_number_or_an_audited_amount_cannot_be_sent_along(cast: Cast) -> None:
    forged = {"allowance_rate": "99999", "audited_amount": "99999", "amount": "99999", "number": "EC-1", "paid_on": "x"}
    rows = [voucher(cast, "train", "10.00", audited_amount="9999", sequence=7, sheet="entertainment", position=9)]
    claim = sent_claim(cast, vouchers=rows, **forged)
    assert (claim.amount, claim.number) == (Decimal("310.00"), "EC-202611-0001")
    assert detail(claim).audited_amount is None
    assert [(one.audited_amount, one.sequence, one.sheet.value) for one in lines(claim)] == [(None, 1, "travel")]


def test_a_payment_is_recorded_once(cast: Cast) -> None:
    claim = paid_claim(cast)
    refused = refusal(do, cast.cashier, claim, "complete", now=LATER, paid_on="2026-12-01", payment_reference="again")
    assert refused.key == "action.not_allowed"
    assert detail(claim).payment_reference == "20261201-17"


def test_the_cashier_changes_nothing_but_the_payment(cast: Cast) -> None:
    claim = claim_at(cast, "payment")
    rows = {"lines": {"vouchers": {1: {"audited_amount": "0.01", "audit_reason": "x", "amount": "1"}}}}
    claim = do(
        cast.cashier,
        claim,
        "complete",
        paid_on="2026-11-28",
        payment_reference="1",
        audited_amount="1",
        bank_account="x",
        **rows,
    )
    assert (detail(claim).audited_amount, detail(claim).bank_account) == (Decimal("1750.00"), "6200 0000 0000 0001")
    assert lines(claim)[0].audited_amount == lines(claim)[0].amount


def test_receipts_cannot_be_exchanged_under_the_eyes_of_the_signers(cast: Cast) -> None:
    """P8-3.2"""
    claim = drafted_claim(cast)
    with writing() as session:
        receipt = attach(session, cast.engineer, claim, "票.pdf", PDF, BACK)
    claim = do(cast.engineer, claim, "submit")
    with writing() as session:
        with pytest.raises(Refused):
            remove(session, cast.engineer, receipt.id, BACK)
        with pytest.raises(Refused):
            attach(session, cast.engineer, claim, "票.pdf", PDF + b"\n%other", BACK)
        assert [one.sha256 for one in attachments_of(session, claim)] == [receipt.sha256]


# --- reading what is not for him


def test_a_stranger_finds_no_way_to_a_paper_or_its_files(cast: Cast) -> None:
    claim = drafted_claim(cast)
    with writing() as session:
        receipt = attach(session, cast.engineer, claim, "票.pdf", PDF, BACK)
    claim = do(cast.engineer, claim, "submit")
    for person in (cast.stranger, cast.other_head, cast.administrator):
        with reading() as session:
            assert session.exec(visible_documents(session, person, BACK)).all() == []
            for what in ({"id": claim.id}, {"number": claim.number}):
                with pytest.raises(Refused):
                    load_document(session, person, BACK, **what)
            with pytest.raises(Refused):
                open_attachment(session, person, receipt.id, BACK)
            assert listing(session, person, Filters(text=claim.number or ""), BACK).count == 0


def test_a_refusal_says_the_same_whether_a_paper_is_there_or_not(cast: Cast) -> None:
    trip, draft = sent_trip(cast), drafted_trip(cast, cast.engineer2)
    said = set()
    for id in (trip.id, draft.id, 9999):
        for action in ("approve", "comment", "made_up"):
            with pytest.raises(Refused) as caught, writing() as session:
                act(session, cast.stranger, id, action, seen=99, now=NOW, note="?")
            said.add((caught.value.key, tuple(sorted(caught.value.facts.items()))))
    assert said == {("access.not_found", (("number", ""),))}


def test_an_ended_role_is_ended_in_the_middle_of_a_session(cast: Cast) -> None:
    trip = sent_trip(cast)
    person = cast.department_head  # as the page still holds it
    with writing() as session:
        grant = session.exec(select(Grant).where(Grant.person_id == person.id)).one()
        end_grant(session, cast.administrator, grant.id, NOW)
    assert may(person, trip) == set()
    assert inbox(person) == []
    assert refusal(do, person, trip, "approve").key == "access.not_found"


def test_a_disabled_person_does_nothing_with_the_page_he_has_open(cast: Cast) -> None:
    trip, own = sent_trip(cast), drafted_trip(cast, cast.engineer2)
    with writing() as session:
        for person in (cast.department_head, cast.engineer2):
            disable_person(session, cast.administrator, person.id, NOW)
    assert may(cast.department_head, trip) == set()
    assert refusal(do, cast.department_head, trip, "approve").key == "access.not_found"
    assert refusal(do, cast.engineer2, own, "submit").key == "action.not_allowed"
    with pytest.raises(Refused), writing() as session:
        keep(session, session.get_one(Person, cast.engineer2.id), "TR", {}, token="new", now=NOW)


def test_a_disabled_person_does_not_go_on_typing_in_his_draft(cast: Cast) -> None:
    draft = drafted_trip(cast)
    with writing() as session:
        disable_person(session, cast.administrator, cast.engineer.id, NOW)
    with pytest.raises(Refused), writing() as session:
        keep(session, cast.engineer, "TR", {"task": "noch etwas"}, token=draft.client_token, now=NOW)
    assert (reload(draft).draft or {})["task"] == "更换 3 台制动单元并跟车试验"


# --- the batch, the route, the trail


def test_a_batch_is_no_way_round_anything(cast: Cast) -> None:
    own, others = sent_trip(cast, cast.department_head), sent_trip(cast)
    draft = drafted_trip(cast, cast.engineer2)
    chosen = [
        (own.id, own.version),
        (draft.id, draft.version),
        (others.id, others.version),
        (others.id, others.version),
    ]
    with writing() as session:
        results = decide_many(session, cast.department_head, chosen, "approve", note="", now=NOW)
    assert [refused.key if refused else None for _, refused in results] == [
        "action.not_allowed",
        "access.not_found",
        None,
        "action.someone_acted_first",
    ]
    assert (reload(own).step, reload(draft).state) == ("department_head", State.DRAFT)


def test_a_route_changed_overnight_does_not_shorten_the_way_of_a_paper(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P6-5"""
    claim = sent_claim(cast)
    travels_by(monkeypatch, "EC", decision(Role.CLERK, of=Of.APPLICANT, milestone="approved"))
    claim = do(cast.clerk, claim, "approve")
    assert (claim.state, claim.step, claim.approved_at) == (State.RUNNING, "department_head", None)


def test_a_limit_raised_after_a_claim_passed_it_does_not_unsay_the_signature(cast: Cast) -> None:
    claim = claim_at(cast, "finance_vp", vouchers=[voucher(cast, "lodging", "9000.00")])
    decree("claim.major_amount", "99999.00", now=BACK)
    assert "finance_head" in signed(move(cast, claim, until="payment"))


def test_the_trail_refuses_every_change_that_the_portals_own_connection_could_make(cast: Cast) -> None:
    """Issue 2 point 5"""
    do(cast.department_head, sent_trip(cast), "approve")
    columns = ", ".join(Event.model_fields)
    attempts = [
        "UPDATE event SET note = 'x'",
        "UPDATE event SET hash = 'x' WHERE 1 = 0 OR id = 1",
        "DELETE FROM event",
        "DELETE FROM event WHERE id = 1",
    ]
    if engine().dialect.name == "sqlite":
        attempts += [
            f"INSERT OR REPLACE INTO event ({columns}) SELECT {columns} FROM event WHERE id = 1",
            f"REPLACE INTO event ({columns}) SELECT {columns} FROM event WHERE id = 1",
            "UPDATE OR REPLACE event SET sequence = 1",
            f"INSERT INTO event ({columns}) SELECT {columns} FROM event WHERE id = 1 "
            "ON CONFLICT DO UPDATE SET note = 'x'",
        ]
    else:
        attempts += ["TRUNCATE event CASCADE"]
    for attempt in attempts:
        with pytest.raises(sa.exc.DBAPIError), writing() as session:
            session.connection().exec_driver_sql(attempt)
    with reading() as session:
        assert len(session.exec(select(Event)).all()) == 2
        assert verify_chain(session) == []


def test_only_the_open_task_of_a_paper_can_be_signed(cast: Cast) -> None:
    trip = move(cast, sent_trip(cast), until="office_director")
    with reading() as session:
        open_now = session.exec(select(Task).where(Task.state == TaskState.OPEN)).all()
    assert [task.step for task in open_now] == ["office_director"]
    assert refusal(do, cast.department_head, trip, "approve").key == "action.not_allowed"


def test_time_is_not_the_users_to_choose(cast: Cast) -> None:
    """A deputy whose days are over does not act with yesterday's form."""
    depute(cast.department_head, cast.engineer2, ends_on=NOW.date())
    trip = sent_trip(cast)
    assert "approve" in may(cast.engineer2, trip, NOW)
    assert refusal(do, cast.engineer2, trip, "approve", now=NOW + timedelta(days=1)).key == "access.not_found"
